//! `Filter::as_bytes` is what bubblewrap reads: a filter of ours in force in its sandbox.
#![cfg(target_os = "linux")]

#[path = "../macro/compiler/tests/support/skip.rs"]
mod skip;

use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::process::{Command, Output};

use seccomp_profile::{Filter, seccomp_profile};

static NO_MKDIR: Filter = seccomp_profile!("tests/profiles/command-denied-mkdir.json");

/// Runs a script in bubblewrap's sandbox; `$0` is the argument.
fn bwrap(options: &[&str], script: &str, argument: &str) -> std::io::Result<Output> {
    let all = ["--dev-bind", "/", "/"].iter().chain(options).copied();
    let mut command = Command::new("bwrap");
    command.args(all).args(["sh", "-c", script, argument]);
    command.env("LC_ALL", "C").output()
}

/// Why there is nothing to test here, if so: no bubblewrap, or no user namespaces for it.
fn hindrance() -> Option<String> {
    match bwrap(&[], "true", "") {
        Err(error) => Some(error.to_string()),
        Ok(output) if !output.status.success() => {
            Some(String::from_utf8_lossy(&output.stderr).into_owned())
        }
        Ok(_) => None,
    }
}

#[test]
fn bubblewrap_takes_the_bytes() {
    if let Some(hindrance) = hindrance() {
        return skip::skip(format_args!("bwrap: {}", hindrance.trim()));
    }
    let folder = concat!(env!("CARGO_TARGET_TMPDIR"), "/bubblewrap");
    std::fs::create_dir_all(folder).unwrap();
    let program = format!("{folder}/program.bpf");
    File::create(&program)
        .and_then(|mut file| file.write_all(NO_MKDIR.as_bytes()))
        .unwrap();
    // bubblewrap gets the descriptor from the shell that starts it.
    let file = File::open(&program).unwrap();
    // SAFETY: the descriptor is open; the call only makes it stay so on exec.
    let kept = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETFD, 0) };
    assert_eq!(kept, 0);
    let fd = file.as_raw_fd().to_string();
    let inside = format!("{folder}/inside");
    let script = "grep Seccomp: /proc/self/status; mkdir \"$0\"";
    let output = bwrap(&["--seccomp", &fd], script, &inside).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said.split_whitespace().last(), Some("2"), "{said}{errors}");
    assert!(errors.contains("cross-device"), "{said}{errors}");
    assert!(!output.status.success());
}
