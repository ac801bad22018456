//! From a command to its profile and back: recorded, compiled by the macro in a crate of its own,
//! and the command held to it, with the README's words.
#![cfg(target_os = "linux")]

#[path = "support/example.rs"]
mod example;
#[path = "support/package.rs"]
mod package;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use package::Package;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::{Abi, Options, compile};

/// Threads, locks, a channel, a file and a child, but no time: each run makes the same calls.
const THREADS: &str = r#"
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

fn main() {
    let (sender, receiver) = mpsc::channel();
    let threads: Vec<_> = (0..4)
        .map(|i| {
            let sender = sender.clone();
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(50 * (i + 1)));
                let text = std::fs::read_to_string("/proc/self/comm").unwrap();
                sender.send(text.len()).unwrap();
            })
        })
        .collect();
    let sum: usize = (0..4).map(|_| receiver.recv().unwrap()).sum();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    println!("{sum}");
}
"#;

/// Runs a program under the filter that is named, its arguments behind.
const HELD: &str = r#"
use std::process::Command;
use seccomp_profile::{CommandExt, Filter, seccomp_profile};

static LS: Filter = seccomp_profile!("ls.json");
static TRUE: Filter = seccomp_profile!("true.json");
static THREADS: Filter = seccomp_profile!("threads.json");
const _: () = assert!(LS.allows_exec() && TRUE.allows_exec() && THREADS.allows_exec());

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let filter = match words[0].as_str() {
        "ls" => LS,
        "true" => TRUE,
        _ => THREADS,
    };
    let status = Command::new(&words[1]).args(&words[2..]).seccomp(&filter).status().unwrap();
    std::process::exit(status.code().unwrap_or(99));
}
"#;

/// Where commands are recorded.
struct Folder(PathBuf);

impl Folder {
    /// A folder with nothing in it.
    fn new(name: &str) -> Folder {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        Folder(root)
    }

    fn record(&self, words: &[&str]) -> Output {
        Command::new(example::example("record"))
            .args(words)
            .current_dir(&self.0)
            .output()
            .unwrap()
    }

    fn profile(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }
}

/// Requires an exit status, and returns what was said on standard error.
#[track_caller]
fn says(output: &Output, status: i32) -> String {
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{errors}");
    errors
}

#[track_caller]
fn succeeds(output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The block of the README that puts `ls` under what was recorded.
fn readme() -> String {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let mut blocks = text.split("```rust\n").skip(1);
    let block = blocks.find(|block| block.contains("\"ls.json\""));
    block.unwrap().split("```").next().unwrap().to_string()
}

#[test]
fn what_was_recorded_runs_and_what_was_not_is_denied() {
    let package = Package::new("recorded", "");
    let folder = Folder(package.root.clone());
    let threads = package.build("recorded-threads", THREADS).unwrap();
    let threads = threads.to_str().unwrap();
    let listed = succeeds(folder.record(&["ls", "/"]));
    assert!(listed.contains("proc"), "{listed}");
    succeeds(folder.record(&["true"]));
    let counted = succeeds(folder.record(&["--output", "threads.json", threads]));
    // Whether a lock is met by two threads at once is chance.
    for _ in 0..3 {
        succeeds(folder.record(&["--merge", "--output", "threads.json", threads]));
    }
    let profile = folder.profile("threads.json");
    assert!(
        profile.contains("\"clone3\"") || profile.contains("\"clone\""),
        "{profile}"
    );

    let held = package.build("recorded-held", HELD).unwrap();
    let under = |words: &[&str]| Command::new(&held).args(words).output().unwrap();
    assert_eq!(succeeds(under(&["ls", "ls", "/"])), listed);
    assert_eq!(succeeds(under(&["true", "true"])), "");
    assert_eq!(succeeds(under(&["threads", threads])), counted);
    // `true` reads no folder, and `ls` starts no thread.
    assert!(!under(&["true", "ls", "/"]).status.success());
    assert!(!under(&["ls", threads]).status.success());

    let quoted = package.build("recorded-quoted", &readme()).unwrap();
    let said = succeeds(Command::new(quoted).output().unwrap());
    assert_eq!(said, format!("{listed}exit status: 0\n"));
}

#[test]
fn a_profile_is_extended_and_never_overwritten() {
    let folder = Folder::new("record-merge");
    let before = r#"{
        "defaultAction": "SCMP_ACT_KILL_PROCESS",
        "flags": ["SECCOMP_FILTER_FLAG_LOG"],
        "syscalls": [
            {
                "names": ["socket"], "action": "SCMP_ACT_ALLOW",
                "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }]
            },
            { "names": ["getpid", "read"], "action": "SCMP_ACT_ALLOW", "comment": "mine" }
        ]
    }"#;
    fs::write(folder.0.join("p.json"), before).unwrap();
    let errors = says(&folder.record(&["-o", "p.json", "true"]), 1);
    assert!(errors.contains("`p.json` exists"), "{errors}");
    assert_eq!(folder.profile("p.json"), before);

    succeeds(folder.record(&["--merge", "-o", "p.json", "true"]));
    let once = folder.profile("p.json");
    for kept in [
        "KILL_PROCESS",
        "FLAG_LOG",
        "SCMP_CMP_EQ",
        "\"getpid\"",
        "\"mine; true\"",
    ] {
        assert!(once.contains(kept), "{kept} is gone: {once}");
    }
    assert!(once.contains("\"execve\""), "{once}");
    succeeds(folder.record(&["--merge", "-o", "p.json", "true"]));
    assert_eq!(folder.profile("p.json"), once);

    // What a rule denies is not allowed behind its author's back.
    let before = r#"{
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{ "names": ["execve"], "action": "SCMP_ACT_ERRNO" }]
    }"#;
    fs::write(folder.0.join("p.json"), before).unwrap();
    let errors = says(&folder.record(&["--merge", "-o", "p.json", "true"]), 1);
    assert!(
        errors.contains("`execve` was called, and a rule"),
        "{errors}"
    );
    assert_eq!(folder.profile("p.json"), before);

    let errors = says(&folder.record(&["no-such-command"]), 1);
    assert!(errors.contains("no-such-command"), "{errors}");
    assert!(!folder.0.join("no-such-command.json").exists());
}

/// The names of the only rule, in order.
fn names(profile: &str) -> Vec<String> {
    let profile: serde_json::Value = serde_json::from_str(profile).unwrap();
    serde_json::from_value(profile["syscalls"][0]["names"].clone()).unwrap()
}

/// Every name in the file is accounted for: the command made it, or it is always allowed.
#[test]
fn what_is_new_in_the_file_is_counted() {
    let folder = Folder::new("record-count");
    let said = says(&folder.record(&["true"]), 0);
    let first = names(&folder.profile("true.json"));
    let always: Vec<&str> = said.split('`').skip(1).step_by(2).collect();
    assert!(always.contains(&"rt_sigreturn"), "{said}");
    let made = first.len() - always.len();
    let count = format!("record: true.json: the command made {made} different system calls");
    let always = always.join("`, `");
    let expected = format!("{count}\nrecord: true.json: always allowed, and added: `{always}`\n");
    assert_eq!(said, expected);

    let said = says(&folder.record(&["--merge", "true"]), 0);
    assert_eq!(said, format!("{count}, 0 of them new in the file\n"));
    let other = folder.record(&["--merge", "-o", "true.json", "ls", "/"]);
    let said = says(&other, 0);
    let new = names(&folder.profile("true.json")).len() - first.len();
    let expected = format!(" calls, {new} of them new in the file\n");
    assert!(new > 0 && said.ends_with(&expected), "{said}");
}

/// It is named before the command runs.
#[test]
fn a_file_that_cannot_be_extended_is_named() {
    let folder = Folder::new("record-unmerged");
    fs::write(folder.0.join("empty.json"), "").unwrap();
    fs::write(folder.0.join("object.json"), "{}").unwrap();
    for (file, problem) in [
        ("none.json", "there is no `none.json`: leave --merge out to"),
        ("empty.json", "`empty.json`: EOF while parsing a value"),
        (
            "object.json",
            "`object.json`: the profile has no `syscalls`",
        ),
    ] {
        let refused = folder.record(&["--merge", "-o", file, "touch", "made"]);
        let errors = says(&refused, 1);
        assert!(
            errors.starts_with(&format!("record: {problem}")),
            "{errors}"
        );
        assert!(!folder.0.join("made").exists(), "{file}");
    }
}

#[test]
fn a_profile_that_cannot_be_written_is_not_lost() {
    let folder = Folder::new("record-unwritten");
    let refused = folder.record(&["-o", "no-folder/true.json", "true"]);
    let errors = says(&refused, 1);
    assert!(
        errors.starts_with("record: `no-folder/true.json`: "),
        "{errors}"
    );
    let profile = String::from_utf8(refused.stdout).unwrap();
    assert!(names(&profile).contains(&"execve".to_string()), "{profile}");
}

#[test]
fn a_profile_has_the_whole_name_of_its_command() {
    let folder = Folder::new("record-name");
    symlink(example::example("record"), folder.0.join("my.tool-1.2")).unwrap();
    succeeds(folder.record(&["./my.tool-1.2", "--help"]));
    assert!(folder.0.join("my.tool-1.2.json").exists());
}

#[test]
fn wrong_usage_is_told_from_failure() {
    let folder = Folder::new("record-usage");
    for words in ["", "--merge", "--output", "--none true", ".."] {
        let words: Vec<&str> = words.split_whitespace().collect();
        let errors = says(&folder.record(&words), 2);
        assert!(errors.ends_with("\ntry --help\n"), "{errors}");
    }
    assert!(succeeds(folder.record(&["--help"])).starts_with("usage: record"));
}

/// The recorder asks about everything there is.
#[test]
fn every_call_is_recorded() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/record/every-call.json"
    );
    let text = fs::read_to_string(file).unwrap();
    let profile: serde_json::Value = serde_json::from_str(&text).unwrap();
    let names = profile["syscalls"][0]["names"].as_array().unwrap();
    let names: Vec<&str> = names.iter().map(|name| name.as_str().unwrap()).collect();
    assert!(syscalls::names().eq(names), "the file is not the table's");
    for target in Abi::ALL {
        let options = Options {
            allow_notify_write: true,
            ..Options::default()
        };
        compile(&text, target, &options).unwrap();
    }
}
