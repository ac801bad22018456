//! Processes.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

pub fn spawn() {
    assert!(Command::new("/bin/true").status().unwrap().success());
    assert!(!Command::new("/bin/false").status().unwrap().success());
    // A search through PATH, another directory.
    assert!(
        Command::new("true")
            .current_dir("/")
            .status()
            .unwrap()
            .success()
    );
}

pub fn output() {
    let output = Command::new("/bin/echo").arg("words").output().unwrap();
    assert_eq!(output.stdout, b"words\n");
}

pub fn kill() {
    let mut child = Command::new("/bin/sleep")
        .arg("60")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
}

/// With `pre_exec` std forks.
pub fn fork() {
    let mut command = Command::new("/bin/true");
    // SAFETY: it does nothing.
    unsafe { command.pre_exec(|| Ok(())) };
    assert!(command.status().unwrap().success());
}

/// The child must report that there is no such program.
pub fn missing() {
    assert!(Command::new("/missing").spawn().is_err());
    let mut command = Command::new("/missing");
    // SAFETY: it does nothing.
    unsafe { command.pre_exec(|| Ok(())) };
    assert!(command.spawn().is_err());
}

/// A program of Rust starts.
pub fn itself() {
    let program = std::env::args_os().nth(3).unwrap();
    assert!(
        Command::new(program)
            .args(["return", "-"])
            .status()
            .unwrap()
            .success()
    );
}
