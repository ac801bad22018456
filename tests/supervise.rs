//! The `supervise` example as a user runs it.
#![cfg(target_os = "linux")]

#[path = "support/example.rs"]
mod example;

use std::process::{Command, Output};

fn supervise(words: &[&str]) -> Output {
    Command::new(example::example("supervise"))
        .args(words)
        .env("LC_ALL", "C")
        .output()
        .unwrap()
}

const GREETING: &str = "hello from the supervisor\n";
const OPENED: &str = "supervise: opened /nowhere/greeting\n";

/// Requires that the program succeeds, and returns what it and the supervisor wrote, in order of
/// the lines, as either may be first.
fn lines(words: &[&str]) -> Vec<String> {
    let output = supervise(words);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<String> = text.split_inclusive('\n').map(String::from).collect();
    lines.sort();
    lines
}

#[test]
fn a_file_that_is_nowhere_is_read() {
    assert_eq!(lines(&[]), [GREETING, OPENED]);
}

#[test]
fn other_files_are_what_they_are() {
    let path = "Cargo.toml";
    let file = std::fs::read_to_string(path).unwrap();
    let mut expected: Vec<&str> = file.split_inclusive('\n').collect();
    expected.extend([GREETING, GREETING, OPENED, OPENED]);
    expected.sort();
    let twice = ["cat", "/nowhere/greeting", path, "/nowhere/greeting"];
    assert_eq!(lines(&twice), expected);
}

#[test]
fn the_errors_are_the_calls_own() {
    let output = supervise(&["cat", "/nowhere/else"]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("No such file or directory"), "{errors}");
    assert!(
        errors.ends_with("supervise: the program ended with exit status: 1\n"),
        "{errors}"
    );

    let output = supervise(&["sh", "-c", "echo changed > /nowhere/greeting"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("Read-only file system"), "{errors}");

    let output = supervise(&["/nowhere/program"]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("os error 2"), "{errors}");
}

/// Each program that the program starts is supervised too, and all at once.
#[test]
fn grandchildren_are_supervised() {
    let script = "for i in 1 2 3 4 5 6 7 8; do cat /nowhere/greeting & done; wait";
    let lines = lines(&["sh", "-c", script]);
    assert_eq!(lines.iter().filter(|line| *line == GREETING).count(), 8);
    assert_eq!(lines.iter().filter(|line| *line == OPENED).count(), 8);
    assert_eq!(lines.len(), 16);
}
