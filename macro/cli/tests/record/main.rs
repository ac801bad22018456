//! `record`, on the running kernel, with real programs: what it writes, and how a command runs under
//! that.
#![cfg(target_os = "linux")]

#[path = "../../../../tests/support/package.rs"]
mod package;

#[cfg(target_arch = "x86_64")]
mod abi;
mod arguments;
mod from;
mod groups;
mod json;
mod merge;
mod portable;
mod rate;
mod recording;
mod robust;
mod served;
mod servers;
#[path = "../../../compiler/tests/support/skip.rs"]
mod skip;
mod usage;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use package::Package;
use recording::{Folder, host, says, set, succeeds};
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::{Abi, Options, compile};

/// The block of the README that puts `ls` under what was recorded.
fn readme() -> String {
    let text = fs::read_to_string(package::repository().join("README.md")).unwrap();
    let mut blocks = text.split("```rust\n").skip(1);
    let block = blocks.find(|block| block.contains("\"ls.json\""));
    block.unwrap().split("```").next().unwrap().to_string()
}

#[test]
fn what_was_recorded_runs_and_what_was_not_is_denied() {
    let folder = Folder::new("runs");
    let listed = succeeds(folder.record(&["ls", "/"]));
    assert!(listed.contains("proc"), "{listed}");
    succeeds(folder.record(&["-o", "true.json", "--", "true"]));
    let counted = succeeds(folder.record(&["-o", "threads.json", host(), "threads"]));
    // Whether a lock is met by two threads at once is chance.
    for _ in 0..3 {
        let again = ["--merge", "-o", "threads.json", host(), "threads"];
        succeeds(folder.record(&again));
    }
    let children = succeeds(folder.record(&["-o", "children.json", host(), "children"]));
    assert_eq!(children, "exit status: 0\n");

    let under = |file: &str, words: &[&str]| folder.under(file, &[], words);
    assert_eq!(succeeds(under("ls.json", &["ls", "/"])), listed);
    assert_eq!(succeeds(under("true.json", &["true"])), "");
    assert_eq!(
        succeeds(under("threads.json", &[host(), "threads"])),
        counted
    );
    assert_eq!(
        succeeds(under("children.json", &[host(), "children"])),
        children
    );
    // `true` reads no folder, and `ls` starts no thread.
    assert!(!under("true.json", &["ls", "/"]).status.success());
    assert!(!under("ls.json", &[host(), "threads"]).status.success());

    for file in ["ls.json", "true.json", "threads.json", "children.json"] {
        assert_eq!(folder.compiled(file, &[]).warnings, [], "{file}");
    }
}

#[test]
fn the_program_of_the_readme_runs_under_what_was_recorded() {
    let package = Package::new("recorded", "");
    let folder = Folder(package.root.clone());
    let listed = succeeds(folder.record(&["-o", "ls.json", "--", "ls", "/"]));
    let program = package.build("recorded-readme", &readme()).unwrap();
    let printed = succeeds(Command::new(program).output().unwrap());
    assert_eq!(printed, format!("{listed}exit status: 0\n"));
}

#[test]
fn real_programs_run_under_what_was_recorded() {
    let folder = Folder::new("real");
    folder.write("text", "some words\n");
    for (file, words) in [
        (
            "git.json",
            &[
                "git",
                "-c",
                "grep.threads=1",
                "grep",
                "--no-index",
                "words",
                "text",
            ][..],
        ),
        (
            "python.json",
            &[
                "python3",
                "-c",
                "import threading, subprocess\n\
                 t = threading.Thread(target=lambda: print('thread', flush=True))\n\
                 t.start(); t.join(); subprocess.run(['true'], check=True)",
            ],
        ),
        (
            "shell.json",
            &["sh", "-c", "ls / | sort | head -n 3; exit 3"],
        ),
    ] {
        if Command::new(words[0]).arg("--version").output().is_err() {
            skip::skip(format!("there is no `{}`", words[0]));
            continue;
        }
        let recorded = folder.record(&[&["-o", file, "--"], words].concat());
        says(&recorded, i32::from(file == "shell.json"));
        let confined = folder.under(file, &[], words);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(
            text(&confined.stdout),
            text(&recorded.stdout),
            "{file}: {}",
            text(&confined.stderr)
        );
        assert_ne!(text(&confined.stdout), "", "{file}");
    }
}

/// The file says on what it was recorded, and names only what was seen in the first rule.
#[test]
fn the_profile_says_what_was_recorded_on_what() {
    let folder = Folder::new("origin");
    succeeds(folder.record(&["-o", "p.json", "--", host(), "ppid"]));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let comment = format!(
        "Recorded: {} ppid (on Linux {}, {})",
        host(),
        kernel.trim(),
        recording::HOST
    );
    assert_eq!(folder.rules("p.json")[0]["comment"], comment.as_str());
    let seen = folder.seen("p.json");
    assert!(
        seen.contains("getppid") && !seen.contains("getpid"),
        "{seen:?}"
    );
    succeeds(folder.record(&["-o", "q.json", "--", host(), "nothing"]));
    let less = folder.seen("q.json");
    assert_eq!(&seen - &less, set(&["getppid"]));
}

#[test]
fn a_profile_has_the_whole_name_of_its_command() {
    let folder = Folder::new("name");
    symlink(host(), folder.path("my.tool-1.2")).unwrap();
    succeeds(folder.record(&["./my.tool-1.2", "nothing"]));
    assert!(folder.path("my.tool-1.2.json").exists());
}

/// The recorder is notified of everything there is.
#[test]
fn every_call_is_recorded() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/watch/every-call.json");
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

/// A name is bytes.
#[test]
fn a_name_that_is_not_utf_8_works() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = Folder::new("bytes");
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.json");
    for mode in ["nothing", "ppid"] {
        let mut command = folder.command(&["--merge"]);
        command.arg("-o").arg(name).args(["--", host(), mode]);
        says(&command.output().unwrap(), 0);
    }
    let text = fs::read_to_string(folder.0.join(name)).unwrap();
    assert!(text.contains("\"getppid\"") && text.contains("\"execve\""));
}
