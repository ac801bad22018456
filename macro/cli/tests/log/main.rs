//! `seccomp-profile log` as a user runs it: on samples of each form of log in `tests/log/`, and on
//! records of the running kernel.

#[path = "../../../compiler/tests/support/golden.rs"]
mod golden;
#[cfg(target_os = "linux")]
mod kernel;
#[cfg(target_os = "linux")]
#[path = "../../../compiler/tests/support/skip.rs"]
mod skip;

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn log(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
    command
        .current_dir(folder())
        .args(["log", "--target", "x86_64"])
        .args(words)
        .stdin(Stdio::null());
    command
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/log")
}

fn run(words: &[&str]) -> Output {
    log(words).output().unwrap()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// Compares the output with `tests/log/NAME`.
#[track_caller]
fn golden(name: &str, words: &[&str]) {
    let output = run(words);
    let status = output.status.code().unwrap();
    let shown = format!(
        "$ seccomp-profile log {}\n{}--- standard error\n{}--- exit status {status}\n",
        words.join(" "),
        text(output.stdout),
        text(output.stderr),
    );
    golden::golden(&folder().join(name), &shown);
}

#[test]
fn records_are_counted_and_named() {
    golden("audit.out", &["audit.log"]);
    golden("dmesg.out", &["dmesg.txt"]);
    golden("journal.out", &["journal.txt"]);
    golden("strace.out", &["strace.txt"]);
}

#[test]
fn a_profile_answers() {
    golden("audit-profile.out", &["profile.json", "audit.log"]);
    golden("ausearch-profile.out", &["profile.json", "ausearch.txt"]);
    golden("strace-profile.out", &["profile.json", "strace.txt"]);
    let options = ["--deny-action", "SCMP_ACT_LOG", "profile.json", "audit.log"];
    golden("audit-deny-action.out", &options);
}

/// A whole trace of a program that confines itself.
#[test]
fn calls_before_the_filter_can_be_left_out() {
    golden("strace-whole.out", &["profile.json", "strace-whole.txt"]);
    let words = ["--after-install", "profile.json", "strace-whole.txt"];
    golden("strace-after.out", &words);
    let words = ["--after-install", "profile.json", "strace.txt"];
    golden("strace-none.out", &words);
}

#[test]
fn rules_are_proposed() {
    golden("audit-add.out", &["--add", "audit.log"]);
    golden(
        "audit-profile-add.out",
        &["--add", "profile.json", "audit.log"],
    );
    golden(
        "strace-profile-add.out",
        &["--add", "profile.json", "strace.txt"],
    );
}

#[test]
fn reports_are_json_too() {
    golden(
        "dmesg-profile.json.out",
        &["--json", "profile.json", "dmesg.txt"],
    );
    golden(
        "strace-profile.json.out",
        &["--json", "profile.json", "strace.txt"],
    );
}

/// All of these have the same records, some of them twice.
#[test]
fn every_form_says_the_same() {
    let wanted = text(run(&["profile.json", "audit.log"]).stdout);
    for form in [
        "plain.txt",
        "dmesg.txt",
        "dmesg-human.txt",
        "dmesg-decoded.txt",
        "journal.txt",
        "journal.json",
    ] {
        let output = run(&["profile.json", form]);
        assert_eq!(text(output.stdout), wanted, "{form}");
    }
}

#[test]
fn standard_input_is_a_log() {
    let wanted = text(run(&["profile.json", "audit.log"]).stdout);
    for words in [&["profile.json"][..], &["profile.json", "-"]] {
        let input = File::open(folder().join("audit.log")).unwrap();
        let output = log(words).stdin(input).output().unwrap();
        assert_eq!(text(output.stdout), wanted, "{words:?}");
    }
    let wanted = text(run(&["audit.log"]).stdout);
    for words in [&[][..], &["-"]] {
        let input = File::open(folder().join("audit.log")).unwrap();
        let output = log(words).stdin(input).output().unwrap();
        assert_eq!(text(output.stdout), wanted, "{words:?}");
    }
}

#[test]
fn exit_status_says_whether_all_calls_run() {
    let open = std::env::temp_dir().join(format!("log-open-{}.json", std::process::id()));
    std::fs::write(&open, "{ \"defaultAction\": \"SCMP_ACT_ALLOW\" }").unwrap();
    let open_path = open.to_str().unwrap();
    for (words, status) in [
        (&["audit.log"][..], 0),
        (&["/dev/null"], 0),
        (&["profile.json", "/dev/null"], 0),
        (&["profile.json", "audit.log"], 1),
        (&["profile.json", "strace.txt"], 1),
        (&["--native-only", open_path, "audit.log"], 1),
        (&[open_path, "strace.txt"], 0),
        (&["no-such-file"], 1),
        (&["audit.log", "audit.log"], 1),
        (&["--no-such-option"], 2),
        (&["--add", "--json", "audit.log"], 2),
        (&["--kernel", "new", "profile.json", "audit.log"], 2),
        (&["profile.json", "audit.log", "audit.log"], 2),
    ] {
        let output = run(words);
        assert_eq!(output.status.code(), Some(status), "{words:?}: {output:?}");
    }
    std::fs::remove_file(open).unwrap();
}

#[test]
fn help_has_an_example() {
    let help = text(run(&["--help"]).stdout);
    assert!(help.contains("dmesg | seccomp-profile log\n"), "{help}");
}

/// Nothing in a log can control the terminal.
#[test]
fn names_are_shown_without_control_characters() {
    for words in [
        &["audit.log"][..],
        &["profile.json", "audit.log"],
        &["--add", "audit.log"],
    ] {
        let output = run(words);
        for shown in [text(output.stdout), text(output.stderr)] {
            let control = |c: char| c.is_control() && c != '\n';
            assert!(!shown.contains(control), "{shown}");
        }
    }
}

/// What groups answer as meant is not denied, and no rule is proposed that replaces theirs.
#[test]
fn rules_of_groups_stay() {
    let name = |end: &str| std::env::temp_dir().join(format!("log-{}.{end}", std::process::id()));
    let (profile, records, trace) = (name("json"), name("log"), name("strace"));
    std::fs::write(&profile, "{ \"defaultAction\": \"SCMP_ACT_ERRNO\" }").unwrap();
    let record = "audit: type=1326 audit(1.0:1): pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=c000003e \
                  syscall=435 code=0x50000\n";
    std::fs::write(&records, record).unwrap();
    let call = "clone(child_stack=NULL, flags=CLONE_NEWUSER|SIGCHLD) = 9\n";
    std::fs::write(&trace, call).unwrap();
    let [profile, records, trace] = [&profile, &records, &trace].map(|path| path.to_str().unwrap());
    let output = run(&["--add", "--with", "threads", profile, records]);
    assert_eq!(
        (text(output.stdout), output.status.code()),
        (String::new(), Some(0))
    );
    let output = run(&["--add", "--with", "threads", profile, trace]);
    assert_eq!(
        (text(output.stdout), output.status.code()),
        (String::new(), Some(1))
    );
    let said = text(output.stderr);
    assert!(said.contains("groups have rules for `clone`"), "{said}");
    // Without the group both are proposed.
    assert!(text(run(&["--add", profile, records]).stdout).contains("\"clone3\""));
    assert!(text(run(&["--add", profile, trace]).stdout).contains("\"clone\""));
    // Groups without a profile.
    assert_eq!(run(&["--with", "threads", records]).status.code(), Some(2));
    for path in [profile, records, trace] {
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_record_that_cannot_be_judged_is_no_success() {
    let path = std::env::temp_dir().join(format!("log-unknown-{}.log", std::process::id()));
    let record = "type=SECCOMP msg=audit(1.0:1) : pid=5 comm=a exe=/a sig=SIGSYS arch=x86_64 \
                  syscall=newcall code=kill-process\n";
    std::fs::write(&path, record).unwrap();
    let output = run(&["profile.json", path.to_str().unwrap()]);
    std::fs::remove_file(path).unwrap();
    let said = text(output.stderr);
    assert!(
        said.contains("no call `newcall`") && !said.contains("no SECCOMP record"),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(1));
}
