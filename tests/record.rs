//! From a command to its profile and back: recorded, compiled by the macro in a crate of its own,
//! and the command held to it, with the README's words.
#![cfg(target_os = "linux")]

mod built;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use seccomp_profile_compiler::{Abi, Options, compile, syscalls};

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

/// A package of its own, as a user would begin one.
struct Package(PathBuf);

impl Package {
    fn new() -> Package {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("record");
        let _ = fs::remove_dir_all(root.join("src"));
        fs::create_dir_all(root.join("src/bin")).unwrap();
        for profile in ["ls.json", "true.json", "threads.json"] {
            let _ = fs::remove_file(root.join(profile));
        }
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::copy(here.join("Cargo.lock"), root.join("Cargo.lock")).unwrap();
        let manifest = format!(
            "workspace = {{}}\n\
             package = {{ name = \"recorded\", version = \"0.0.0\", edition = \"2024\" }}\n\
             profile.dev = {{ debug = false, incremental = false }}\n\
             dependencies.seccomp-profile = {{ path = {:?} }}\n",
            here.join("runtime")
        );
        fs::write(root.join("Cargo.toml"), manifest).unwrap();
        Package(root)
    }

    fn build(&self, binary: &str, source: &str) -> PathBuf {
        let file = self.0.join("src/bin").join(binary).with_extension("rs");
        fs::write(file, source).unwrap();
        let output = Command::new(env!("CARGO"))
            .args(["build", "--offline", "--color=never", "--bin", binary])
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", self.0.join("target"))
            .env_remove("CARGO_BUILD_TARGET")
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        // A lint would be about what was recorded.
        assert!(!errors.contains("warning"), "{errors}");
        self.0.join("target/debug").join(binary)
    }

    /// Records a command in the package's folder.
    fn record(&self, words: &[&str]) -> Output {
        Command::new(built::example("record"))
            .args(words)
            .current_dir(&self.0)
            .output()
            .unwrap()
    }

    fn profile(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }
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
    let package = Package::new();
    let threads = package.build("threads", THREADS);
    let threads = threads.to_str().unwrap();
    let listed = succeeds(package.record(&["ls", "/"]));
    assert!(listed.contains("proc"), "{listed}");
    succeeds(package.record(&["true"]));
    let counted = succeeds(package.record(&["--output", "threads.json", threads]));
    // Whether a lock is met by two threads at once is chance.
    for _ in 0..3 {
        succeeds(package.record(&["--merge", "--output", "threads.json", threads]));
    }
    let profile = package.profile("threads.json");
    assert!(
        profile.contains("\"clone3\"") || profile.contains("\"clone\""),
        "{profile}"
    );

    let held = package.build("held", HELD);
    let under = |words: &[&str]| Command::new(&held).args(words).output().unwrap();
    assert_eq!(succeeds(under(&["ls", "ls", "/"])), listed);
    assert_eq!(succeeds(under(&["true", "true"])), "");
    assert_eq!(succeeds(under(&["threads", threads])), counted);
    // `true` reads no folder, and `ls` starts no thread.
    assert!(!under(&["true", "ls", "/"]).status.success());
    assert!(!under(&["ls", threads]).status.success());

    let quoted = package.build("quoted", &readme());
    let said = succeeds(Command::new(quoted).output().unwrap());
    assert_eq!(said, format!("{listed}exit status: 0\n"));
}

#[test]
fn a_profile_is_extended_and_never_overwritten() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("record-merge");
    fs::create_dir_all(&folder).unwrap();
    let package = Package(folder);
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
    fs::write(package.0.join("p.json"), before).unwrap();
    let refused = package.record(&["-o", "p.json", "true"]);
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(errors.contains("p.json exists"), "{errors}");
    assert_eq!(package.profile("p.json"), before);

    succeeds(package.record(&["--merge", "-o", "p.json", "true"]));
    let once = package.profile("p.json");
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
    succeeds(package.record(&["--merge", "-o", "p.json", "true"]));
    assert_eq!(package.profile("p.json"), once);

    // What a rule denies is not allowed behind its author's back.
    let before = r#"{
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{ "names": ["execve"], "action": "SCMP_ACT_ERRNO" }]
    }"#;
    fs::write(package.0.join("p.json"), before).unwrap();
    let refused = package.record(&["--merge", "-o", "p.json", "true"]);
    assert!(!refused.status.success());
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(
        errors.contains("`execve` was called, and a rule"),
        "{errors}"
    );
    assert_eq!(package.profile("p.json"), before);

    let refused = package.record(&["no-such-command"]);
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(errors.contains("no-such-command"), "{errors}");
    assert!(!package.0.join("no-such-command.json").exists());
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
