//! `seccomp-profile run` as a user runs it.
#![cfg(target_os = "linux")]

#[path = "../../../compiler/tests/support/golden.rs"]
mod golden;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
    command.arg("run").args(words).current_dir("tests/run");
    command
}

fn run(words: &[&str]) -> Output {
    command(words).output().unwrap()
}

const SHELL: [&str; 4] = ["no-folders.json", "--", "sh", "-c"];

#[test]
fn the_command_is_confined() {
    let script = "grep -h '^Seccomp:\\|^NoNewPrivs:' /proc/self/status";
    let output = run(&[&SHELL[..], &[script]].concat());
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!(lines, "NoNewPrivs:\t1\nSeccomp:\t2\n");
    let output = run(&[&SHELL[..], &["mkdir never"]].concat());
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("Read-only file system"), "{errors}");
    assert!(!Path::new("tests/run/never").exists());
}

/// Groups are enough for a program, on any C library.
#[test]
fn groups_are_enough_for_small_programs() {
    let groups = ["panic", "spawn", "threads", "stdio"];
    let with: Vec<&str> = groups.iter().flat_map(|name| ["--with", name]).collect();
    let words = [&with[..], &["nothing.json", "--", "cat", "nothing.json"]].concat();
    let output = run(&words);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(
        output.stdout,
        std::fs::read("tests/run/nothing.json").unwrap()
    );
}

#[test]
fn the_exit_status_is_the_commands() {
    let status = |script: &str| run(&[&SHELL[..], &[script]].concat()).status.code();
    assert_eq!(status("exit 0"), Some(0));
    assert_eq!(status("exit 7"), Some(7));
    assert_eq!(status("kill -KILL $$"), Some(128 + 9));
    assert_eq!(status("exec ln -s a never"), Some(128 + 31));
    assert!(!Path::new("tests/run/never").exists());
}

#[test]
fn termination_is_passed_on() {
    let script = "trap 'exit 3' TERM; echo ready; while :; do sleep 0.1; done";
    let mut command = command(&[&SHELL[..], &[script]].concat());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    let id = child.id().to_string();
    let killed = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

#[test]
fn wrong_ones_are_these() {
    let mut text = String::new();
    for run_words in [
        "no-folders.json -- ln -s a never",
        "no-exec.json -- true",
        "notify.json -- true",
        "no-folders.json -- ./no-such-command",
        "none.json -- true",
    ] {
        let words: Vec<&str> = run_words.split(' ').collect();
        let output = run(&words);
        assert!(output.stdout.is_empty(), "{run_words}");
        let errors = String::from_utf8(output.stderr).unwrap();
        let status = output.status.code().unwrap();
        text.push_str(&format!(
            "$ seccomp-profile run {run_words}\n{errors}exit status {status}\n\n"
        ));
    }
    golden::golden(Path::new("tests/run/wrong.txt"), &text);
    for words in [
        &["no-folders.json"][..],
        &["no-folders.json", "true"],
        &["no-folders.json", "--target", "sheb", "--", "true"],
        &["--", "true"],
    ] {
        assert_eq!(run(words).status.code(), Some(2), "{words:?}");
    }
}
