//! A kernel that cannot filter: qemu's emulation of Linux, which knows no seccomp.
#![cfg(target_os = "linux")]

#[path = "support/example.rs"]
mod example;
#[path = "../macro/compiler/tests/support/skip.rs"]
mod skip;

use std::process::Command;

#[test]
fn a_kernel_without_seccomp_is_an_error() {
    let qemu = format!("qemu-{}-static", std::env::consts::ARCH);
    let output = match Command::new(&qemu)
        .arg(example::example("sandbox"))
        .output()
    {
        Ok(output) => output,
        Err(error) => return skip::skip(format_args!("{qemu}: {error}")),
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{errors}");
    assert!(
        errors.contains("the kernel cannot filter system calls"),
        "{errors}"
    );
}
