//! `try --deny` denies what the installed filter denies: the same programs under both.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use seccomp_profile::{CommandExt as _, Filter, seccomp_profile};
use serde_json::Value;

use super::{folder, skip::skip, text};

/// What the profile answers. No call fails with it on its own.
const ERRNO: &str = "4000";

static PROGRAMS: Filter = seccomp_profile!("tests/try/programs.json", allow(not_portable));

/// Names the program that a child of this test executes under the filter.
const PROGRAM: &str = "TRY_PROGRAM";

/// Makes this test program start threads.
const THREADS: &str = "TRY_THREADS";

/// Each program makes the same calls in each run.
const COMMANDS: [&[&str]; 13] = [
    &[
        "sh",
        "-c",
        "echo $((1 + 2)); cd /; pwd; cd /nowhere; umask 077; exit 3",
    ],
    &["sh", "-c", "ls / >/dev/null; true | cat; kill -0 $$"],
    &["ls", "-l", "."],
    &["cat", "programs.json"],
    &["mkdir", "-p", "/nowhere/new"],
    &["wc", "programs.json"],
    &["find", ".", "-name", "*.json"],
    &["uname", "-a"],
    &["id"],
    &["env"],
    &["git", "--version"],
    &["git", "ls-files"],
    &[
        "python3",
        "-c",
        "import os, socket\ntry: socket.socket()\nexcept OSError as e: print(e.errno)\nprint(os.getpid() > 0)",
    ],
];

/// How a program ended, what it wrote, and how often it was denied which call.
#[derive(Debug, PartialEq)]
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    denied: Option<BTreeMap<String, u64>>,
}

impl Run {
    fn new(output: &Output, denied: Option<BTreeMap<String, u64>>) -> Run {
        // The harness of the program with threads writes how long it ran.
        let stable = |bytes: &[u8]| {
            let text = text(bytes);
            let lines = text
                .lines()
                .map(|line| line.split("; finished in").next().unwrap());
            lines.collect::<Vec<_>>().join("\n")
        };
        Run {
            code: output.status.code(),
            stdout: stable(&output.stdout),
            stderr: stable(&output.stderr),
            denied,
        }
    }
}

/// A command with the same environment in all runs.
fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("LC_ALL", "C")
        .env(THREADS, "1")
        .stdin(Stdio::null());
    command
}

fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("try-{}-{name}", std::process::id()))
}

/// The program under `try --deny`.
fn tried(words: &[&str]) -> Run {
    let report = scratch("report.json");
    let output = command(env!("CARGO_BIN_EXE_seccomp-profile"))
        .args(["try", "--deny", "--json", "--output"])
        .arg(&report)
        .args(["programs.json", "--"])
        .args(words)
        .output()
        .unwrap();
    let json: Value = serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
    std::fs::remove_file(report).unwrap();
    let mut denied = BTreeMap::new();
    for found in json["found"].as_array().unwrap() {
        let name = found["syscall"].as_str().unwrap().to_string();
        *denied.entry(name).or_default() += found["count"].as_u64().unwrap();
    }
    let mut run = Run::new(&output, Some(denied));
    let status = "try: the command failed (exit status: ";
    run.code = run
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix(status)?.strip_suffix(')')?.parse().ok());
    run.code = run
        .code
        .or((!run.stderr.contains("try: the command failed")).then_some(0));
    let own = |line: &&str| !line.starts_with("try: ");
    run.stderr = run
        .stderr
        .lines()
        .filter(own)
        .collect::<Vec<_>>()
        .join("\n");
    run
}

/// The program under the installed filter.
fn confined(words: &[&str]) -> Run {
    let mut command = command(words[0]);
    Run::new(
        &command
            .args(&words[1..])
            .seccomp(&PROGRAMS)
            .output()
            .unwrap(),
        None,
    )
}

/// How often the program is denied which call under the installed filter, by `strace`.
fn traced(words: &[&str]) -> Option<BTreeMap<String, u64>> {
    let trace = scratch("trace");
    let launcher = std::env::current_exe().unwrap();
    let mut command = command("strace");
    command.args(["-f", "-o"]).arg(&trace).arg(launcher);
    command.args(["--exact", "installed::launcher", "--nocapture"]);
    command.env(PROGRAM, words.join("\u{1f}"));
    let output = command.output().ok()?;
    let text = std::fs::read_to_string(&trace).ok()?;
    let _ = std::fs::remove_file(trace);
    assert!(!text.is_empty(), "{output:?}");
    let mut denied = BTreeMap::new();
    for line in text.lines() {
        // `77 chdir("/") = -1 ERRNO_4000 (…)`; also `77 <... chdir resumed>) = …`.
        let Some((call, result)) = line.rsplit_once(" = ") else {
            continue;
        };
        if !result.contains(ERRNO) || !result.starts_with("-1") {
            continue;
        }
        let call = call
            .split_once(' ')
            .unwrap()
            .1
            .trim_start()
            .trim_start_matches("<... ");
        let name = call.split(['(', ' ']).next().unwrap();
        *denied.entry(name.to_string()).or_default() += 1;
    }
    Some(denied)
}

/// The path of the interpreter.
fn python() -> String {
    let script = ["-c", "import sys; print(sys.executable)"];
    let output = command("python3").args(script).output().unwrap();
    text(&output.stdout).trim().to_string()
}

/// Executes a program under the filter, in place of this test.
#[test]
fn launcher() {
    let Ok(words) = std::env::var(PROGRAM) else {
        return;
    };
    let words: Vec<&str> = words.split('\u{1f}').collect();
    let status = command(words[0])
        .args(&words[1..])
        .seccomp(&PROGRAMS)
        .status();
    let _ = status.unwrap();
}

/// A program with threads, which make calls that are denied.
#[test]
fn threads() {
    if std::env::var_os(THREADS).is_none() {
        return;
    }
    let threads = (0..4).map(|i| {
        std::thread::spawn(move || {
            let folder = format!("/nowhere/{i}");
            std::fs::create_dir(folder).unwrap_err().raw_os_error()
        })
    });
    let threads: Vec<_> = threads.collect();
    for thread in threads {
        println!("{:?}", thread.join().unwrap());
    }
}

#[test]
fn the_same_calls_are_denied() {
    let this = std::env::current_exe().unwrap();
    let threads = [
        this.to_str().unwrap(),
        "--exact",
        "installed::threads",
        "--nocapture",
    ];
    let commands = COMMANDS.into_iter().chain([&threads[..]]);
    let mut compared = 0;
    for words in commands {
        let found = command("sh")
            .args(["-c", "command -v \"$0\"", words[0]])
            .output();
        if !found.unwrap().status.success() {
            skip(format!("there is no `{}`", words[0]));
            continue;
        }
        // Where `python3` is a script that finds the program, its own calls are enough.
        let python = (words[0] == "python3").then(python);
        let words: Vec<&str> = { python.iter().map(String::as_str) }
            .chain(words.iter().copied().skip(python.iter().len()))
            .collect();
        let words = words.as_slice();
        let tried = tried(words);
        let mut wanted = confined(words);
        wanted.denied = traced(words);
        if wanted.denied.is_none() {
            skip("there is no `strace`: only what programs write is compared");
            wanted.denied = tried.denied.clone();
        }
        assert_eq!(tried.denied, wanted.denied, "{words:?}");
        assert_eq!(tried.stderr, wanted.stderr, "{words:?}");
        assert_eq!(tried, wanted, "{words:?}");
        compared += 1;
        eprintln!("{words:?}: {:?}", tried.denied);
    }
    assert!(compared >= 8, "{compared}");
}
