//! Under each profile that is shipped or shown, a program crashes and ends as it does without a
//! filter: with the same status or signal, and with the same words.
#![cfg(target_os = "linux")]

#[path = "support/package.rs"]
mod package;

use std::fs;
use std::io::Read as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use package::Package;

/// What a program does under the filter `filter(name)`, if that is one. A thread that panics has
/// started before, as the workers of a server do.
const PROGRAM: &str = r#"
use seccomp_profile::{Filter, seccomp_profile};
use std::sync::mpsc;

#[inline(never)]
fn overflow(depth: u64) -> u64 {
    let block = std::hint::black_box([depth; 64]);
    if depth == u64::MAX { 0 } else { overflow(depth + 1) + block[63] }
}

fn main() -> Result<(), seccomp_profile::Error> {
    let words: Vec<String> = std::env::args().collect();
    let (sender, receiver) = mpsc::channel::<()>();
    let (started, has_started) = mpsc::channel::<()>();
    let worker = std::thread::Builder::new().name("worker".into()).spawn(move || {
        started.send(()).unwrap();
        if receiver.recv().is_ok() {
            panic!("in a thread");
        }
    });
    has_started.recv().unwrap();
    if let Some(filter) = filter(&words[1]) {
        filter.install()?;
    }
    match words[2].as_str() {
        // The worker waits until the process ends.
        "end" => {}
        "map" => assert!(std::collections::HashMap::<i32, i32>::new().is_empty()),
        "sleep" => std::thread::sleep(std::time::Duration::from_millis(1)),
        "panic" => panic!("at the disco"),
        "thread" => {
            sender.send(()).unwrap();
            assert!(worker.unwrap().join().is_err());
        }
        "abort" => std::process::abort(),
        "fault" => unsafe { (8 as *mut u8).write_volatile(1) },
        "overflow" => assert!(overflow(0) > 0),
        _ => unreachable!(),
    }
    std::mem::forget(sender);
    Ok(())
}
"#;

/// A profile with the groups of its invocation.
struct Shown {
    name: &'static str,
    text: String,
    with: String,
}

/// The groups in the first invocation of a source text.
fn with(source: &str) -> String {
    let (_, groups) = source.split_once("with = [").unwrap();
    groups.split(']').next().unwrap().into()
}

fn shown() -> Vec<Shown> {
    let readme = fs::read_to_string("README.md").unwrap();
    let block = |language: &str| {
        let (_, block) = readme.split_once(&format!("```{language}\n")).unwrap();
        block.split("```").next().unwrap()
    };
    let mut all = vec![Shown {
        name: "readme",
        text: block("json").into(),
        with: with(block("rust")),
    }];
    for entry in fs::read_dir("examples").unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_string();
        // A supervisor opens its files.
        if path.extension().is_none_or(|end| end != "json") || stem == "supervise" {
            continue;
        }
        let source = fs::read_to_string(path.with_extension("rs")).unwrap();
        all.push(Shown {
            name: stem.leak(),
            text: fs::read_to_string(&path).unwrap(),
            with: with(&source),
        });
    }
    assert!(all.len() >= 5);
    all
}

/// How a program ends, and what it says, without numbers of threads.
fn outcome(program: &Path, filter: &str, deed: &str) -> (ExitStatus, String) {
    let mut command = Command::new(program);
    command
        .args([filter, deed])
        .env_remove("RUST_BACKTRACE")
        .stderr(Stdio::piped());
    // A stack without a limit has no guard page, and overflows when memory ends.
    // SAFETY: both calls may be made between `fork` and `execve`; the structure is theirs.
    unsafe {
        command.pre_exec(|| {
            let mut limit: libc::rlimit = std::mem::zeroed();
            libc::getrlimit(libc::RLIMIT_STACK, &mut limit);
            limit.rlim_cur = limit.rlim_max.min(8 << 20);
            libc::setrlimit(libc::RLIMIT_STACK, &limit);
            Ok(())
        });
    }
    let mut child = command.spawn().unwrap();
    let limit = Instant::now() + Duration::from_secs(20);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > limit {
            child.kill().unwrap();
            panic!("{filter}: {deed}: it never ends");
        }
        thread::sleep(Duration::from_millis(2));
    };
    let mut said = String::new();
    child.stderr.unwrap().read_to_string(&mut said).unwrap();
    let said = said.split('(').map(|part| match part.split_once(')') {
        Some((number, rest)) if number.parse::<u32>().is_ok() => format!("N){rest}"),
        _ => part.into(),
    });
    (status, said.collect::<Vec<_>>().join("("))
}

#[test]
fn a_program_crashes_as_without_a_filter() {
    let package = Package::new("crash", "");
    let shown = shown();
    let mut source = String::from(PROGRAM);
    source.push_str("fn filter(name: &str) -> Option<Filter> {\n Some(match name {\n");
    for Shown { name, text, with } in &shown {
        package.write(&format!("{name}.json"), text);
        source.push_str(&format!(
            "{name:?} => {{ static F: Filter = seccomp_profile!(\"{name}.json\", with = [{with}]); F }}\n"
        ));
    }
    source.push_str("\"none\" => return None,\n_ => unreachable!(),\n})\n}\n");
    let unwinds = package.build("crash-unwinds", &source).unwrap();
    let aborts = package.build_with(
        "crash-aborts",
        &source,
        &[("CARGO_PROFILE_DEV_PANIC", "abort")],
    );
    for (program, way) in [(unwinds, "unwinds"), (aborts.unwrap(), "aborts")] {
        // The signal, the status, and words that are written.
        let panics = |code, words| match way {
            "unwinds" => (None, Some(code), words),
            _ => (Some(libc::SIGABRT), None, words),
        };
        for (deed, wanted) in [
            ("end", (None, Some(0), "")),
            ("panic", panics(101, "at the disco")),
            ("thread", panics(0, "in a thread")),
            ("abort", (Some(libc::SIGABRT), None, "")),
            ("fault", (Some(libc::SIGSEGV), None, "")),
            (
                "overflow",
                (Some(libc::SIGABRT), None, "has overflowed its stack"),
            ),
            ("map", (None, Some(0), "")),
            ("sleep", (None, Some(0), "")),
        ] {
            let alone = outcome(&program, "none", deed);
            let (signal, code, words) = wanted;
            assert_eq!(
                (alone.0.signal(), alone.0.code()),
                (signal, code),
                "{deed}, panic {way}"
            );
            assert!(alone.1.contains(words), "{deed}, panic {way}: {}", alone.1);
            assert_eq!(alone.1.is_empty(), words.is_empty(), "{deed}: {}", alone.1);
            for Shown { name, .. } in &shown {
                // The others neither make hash maps nor sleep.
                if ["map", "sleep"].contains(&deed) && !["readme", "sandbox"].contains(name) {
                    continue;
                }
                let confined = outcome(&program, name, deed);
                assert_eq!(confined, alone, "{name}: {deed}, panic {way}");
            }
        }
    }
}
