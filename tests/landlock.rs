//! The `landlock` example as a user runs it.
#![cfg(target_os = "linux")]

#[path = "support/example.rs"]
mod example;
#[path = "../macro/compiler/tests/support/skip.rs"]
mod skip;

use std::process::{Command, Output};

/// What the example wrote, unless this kernel has no Landlock.
fn landlock(folder: &str) -> Option<Output> {
    let output = Command::new(example::example("landlock"))
        .arg(folder)
        .output()
        .unwrap();
    if !output.stderr.ends_with(b"this kernel has no Landlock\n") {
        return Some(output);
    }
    skip::skip("this kernel has no Landlock");
    None
}

#[test]
fn each_refuses_what_it_knows_of() {
    let Some(output) = landlock("tests") else {
        return;
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let files = std::fs::read_dir("tests").unwrap().count();
    let [first, rest @ ..] = &lines[..] else {
        panic!("nothing was written")
    };
    assert!(first.starts_with("landlock: in force"), "{first}");
    assert_eq!(
        rest,
        [
            &format!("allowed: list tests, {files} entries"),
            "denied by Landlock: read /etc/passwd",
            "denied by the profile: remove a file",
            "denied by the profile: make a socket",
        ]
    );
}

/// Who may read everything is held by the filter alone.
#[test]
fn the_folder_is_what_landlock_goes_by() {
    let Some(output) = landlock("/") else {
        return;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\nallowed: read /etc/passwd\n"), "{text}");
    assert!(
        text.contains("\ndenied by the profile: remove a file\n"),
        "{text}"
    );
}
