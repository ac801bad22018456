//! How much the recorder does for each call.

use std::fs;
use std::process::Command;

use crate::recording::Folder;
use crate::skip::skip;

/// What is known of a process does not change from one call to the next: the recorder makes no more than
/// a few calls for each of the command's, and opens no file for it.
#[test]
fn a_call_costs_few_calls() {
    if Command::new("strace").arg("-V").output().is_err() {
        return skip("there is no `strace`");
    }
    let folder = Folder::new("rate");
    let recorder = env!("CARGO_BIN_EXE_seccomp-profile");
    let blocks = 5_000;
    let count = format!("count={blocks}");
    let command = [
        "record",
        "-o",
        "p.json",
        "--",
        "dd",
        "if=/dev/zero",
        "of=/dev/null",
        "bs=1",
        &count,
    ];
    // Not the command's own calls: only those of the process that watches it, and of its threads.
    let output = Command::new("strace")
        .args(["-f", "-qq", "-o", "trace", recorder])
        .args(command)
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let trace = folder.text("trace");
    let watcher = trace.split(' ').next().unwrap();
    let calls: Vec<&str> = { trace.lines() }
        .filter(|line| line.split(' ').next() == Some(watcher))
        .collect();
    let opened = calls.iter().filter(|line| line.contains(" open")).count();
    // `dd` reads and writes each block.
    let each = calls.len() / (2 * blocks);
    assert!(opened < 500 && each <= 6, "{opened} files, {each} calls");
    assert!(fs::exists(folder.path("p.json")).unwrap());
}
