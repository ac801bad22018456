//! Children that are held by a filter, and a parent that is not.
#![cfg(target_os = "linux")]

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Barrier;
use std::thread;

use seccomp_profile::{CommandExt, Filter, seccomp_profile};

static NO_MKDIR: Filter = seccomp_profile!("tests/profiles/command-denied-mkdir.json");

/// The same, with the flag `TSYNC`.
static NO_MKDIR_ANYWHERE: Filter = seccomp_profile!("tests/profiles/command-tsync-mkdir.json");

/// The errno that the profiles of this test answer with.
const DENIED: i32 = libc::EXDEV;

/// A folder that does not exist yet.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir(&folder).unwrap();
    }
    folder
}

#[test]
fn the_child_is_held_and_its_parent_is_not() {
    let folder = folder("held");
    let mut mkdir = Command::new("mkdir");
    mkdir.arg(&folder).env("LC_ALL", "C").seccomp(&NO_MKDIR);
    // A command can be run again, and so can what it does in the child.
    for _ in 0..2 {
        cannot_make(&mut mkdir, &folder);
    }
    std::fs::create_dir(&folder).unwrap();
}

/// Runs a `mkdir` that is confined.
fn cannot_make(mkdir: &mut Command, folder: &Path) {
    let output = mkdir.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("cross-device"), "{errors}");
    assert!(!output.status.success());
    assert!(!folder.exists());
}

/// The child has one thread, so `TSYNC` changes nothing, and a kernel without it is enough.
#[test]
fn a_child_is_confined_with_tsync_and_without() {
    const LINUX_3_16: Filter = seccomp_profile!("tests/profiles/install-on-linux-3.16.json");
    let folder = folder("tsync");
    for filters in [&[NO_MKDIR_ANYWHERE][..], &[LINUX_3_16, NO_MKDIR]] {
        let mut mkdir = Command::new("mkdir");
        mkdir.arg(&folder).env("LC_ALL", "C");
        for filter in filters {
            mkdir.seccomp(filter);
        }
        cannot_make(&mut mkdir, &folder);
    }
    // Neither the parent nor the thread that spawned is confined.
    std::fs::create_dir(&folder).unwrap();
    // A profile that asks for all threads is not installed on one.
    let errno = errno(&[LINUX_3_16, NO_MKDIR_ANYWHERE]);
    assert_eq!(errno, Some(libc::ENOSYS));
}

/// What a thread gets that makes a folder: an errno, or nothing.
fn make(folder: &Path) -> Option<i32> {
    let made = std::fs::create_dir(folder);
    made.err().and_then(|error| error.raw_os_error())
}

/// Fails to execute a program, and returns what this thread and another one get afterwards.
fn after_exec(filter: &Filter, name: &str) -> [Option<i32>; 2] {
    let folders = [folder(name), folder(&format!("{name}-other"))];
    let together = Barrier::new(2);
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            together.wait(); // started
            together.wait(); // `exec` has failed
            make(&folders[1])
        });
        together.wait();
        let error = Command::new("/nowhere/program").seccomp(filter).exec();
        together.wait();
        assert_eq!(error.raw_os_error(), Some(libc::ENOENT));
        [make(&folders[0]), other.join().unwrap()]
    })
}

/// In a process of its own, because the filters stay.
#[test]
fn an_exec_that_fails_leaves_the_filter() {
    const VARIABLE: &str = "COMMAND_TEST";
    let cases = [
        (&NO_MKDIR, "exec", [Some(DENIED), None]),
        (&NO_MKDIR_ANYWHERE, "exec-tsync", [Some(DENIED); 2]),
    ];
    for (filter, name, expected) in cases {
        match std::env::var(VARIABLE) {
            Ok(wanted) if wanted == name => assert_eq!(after_exec(filter, name), expected),
            Ok(_) => (),
            Err(_) => {
                let output = Command::new(std::env::current_exe().unwrap())
                    .args(["an_exec_that_fails_leaves_the_filter", "--exact"])
                    .env(VARIABLE, name)
                    .output()
                    .unwrap();
                let text = String::from_utf8_lossy(&output.stdout);
                assert!(text.contains("test result: ok. 1 passed"), "{output:?}");
            }
        }
    }
}

#[test]
fn children_of_the_child_are_held_too() {
    let folder = folder("grandchild");
    let status = Command::new("sh")
        .args(["-c", "mkdir \"$0\"; exit 7"])
        .arg(&folder)
        .seccomp(&NO_MKDIR)
        .status();
    assert_eq!(status.unwrap().code(), Some(7));
    assert!(!folder.exists());
}

#[test]
fn several_filters_hold_together() {
    static SECOND: Filter = seccomp_profile!("tests/profiles/install-second.json");
    let mut show = Command::new("cat");
    show.arg("/proc/self/status")
        .seccomp(&NO_MKDIR)
        .seccomp(&SECOND);
    let status = String::from_utf8(show.output().unwrap().stdout).unwrap();
    let number = |key: &str| -> i32 {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        line.unwrap().trim().parse().unwrap()
    };
    assert_eq!(number("NoNewPrivs:"), 1);
    assert_eq!(number("Seccomp:"), libc::SECCOMP_MODE_FILTER as i32);
    let ours = std::fs::read_to_string("/proc/self/status").unwrap();
    let before = ours
        .lines()
        .find_map(|l| l.strip_prefix("Seccomp_filters:"));
    // The file has this line since Linux 5.9.
    if let Some(before) = before {
        let before: i32 = before.trim().parse().unwrap();
        assert_eq!(number("Seccomp_filters:"), before + 2);
    }
}

/// What spawning a program answers under the filters.
fn errno(filters: &[Filter]) -> Option<i32> {
    let mut command = Command::new("true");
    for filter in filters {
        command.seccomp(filter);
    }
    command.status().unwrap_err().raw_os_error()
}

#[test]
fn a_child_that_cannot_be_held_does_not_run() {
    const NO_EXEC: Filter = seccomp_profile!("tests/profiles/command-denied-execve.json");
    const NO_SECCOMP: Filter = seccomp_profile!("tests/profiles/install-on-seccomp-denied.json");
    const NO_PRCTL: Filter = seccomp_profile!("tests/profiles/install-on-prctl-denied.json");
    const NOTIFY: Filter = seccomp_profile!("tests/profiles/install-notify.json");
    const LATER: Filter = seccomp_profile!(
        "tests/profiles/command-denied-mkdir.json",
        kernel = "255.255"
    );
    assert!(!NO_EXEC.allows_exec());
    assert_eq!(errno(&[NO_EXEC]), Some(DENIED));
    assert_eq!(errno(&[NO_SECCOMP, NO_MKDIR]), Some(libc::EPERM));
    assert_eq!(errno(&[NO_PRCTL, NO_MKDIR]), Some(libc::EPERM));
    // These are found without a system call.
    assert_eq!(errno(&[NOTIFY]), Some(libc::EOPNOTSUPP));
    assert_eq!(errno(&[LATER]), Some(libc::EOPNOTSUPP));
}
