//! A kernel that cannot filter: qemu's emulation of Linux, which knows no seccomp.
#![cfg(target_os = "linux")]

mod built;

use std::io::Write;
use std::process::Command;

#[test]
fn a_kernel_without_seccomp_is_an_error() {
    let qemu = format!("qemu-{}-static", std::env::consts::ARCH);
    let output = match Command::new(&qemu).arg(built::example("sandbox")).output() {
        Ok(output) => output,
        Err(error) => {
            let required = std::env::var_os("CI").is_some_and(|ci| ci == "true");
            assert!(!required, "{qemu}: {error}");
            let line = format!("tests/emulated: skipped, {qemu}: {error}\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            return;
        }
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{errors}");
    assert!(
        errors.contains("the kernel cannot filter system calls"),
        "{errors}"
    );
}
