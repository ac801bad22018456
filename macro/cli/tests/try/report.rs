//! What is reported, and the exit status. The command is this test program, which makes known calls.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use seccomp_profile::{Filter, seccomp_profile};
use serde_json::Value;

use super::skip::skip;
use super::{folder, golden, run, text};

/// Makes this test program install a filter.
const INSTALL: &str = "TRY_INSTALL";

/// Denies everything, if it is installed.
static NOTHING: Filter = seccomp_profile!(
    { "defaultAction": "SCMP_ACT_KILL_PROCESS" },
    allow(exit_denied, crash_denied)
);

/// Makes this test program make calls.
const CALLS: &str = "TRY_CALLS";

/// Makes calls that `report.json` has rules for, and writes the results.
#[test]
fn calls() {
    if std::env::var_os(CALLS).is_none() {
        return;
    }
    let result = |value: libc::c_long| match value {
        -1 => format!(
            "errno {}",
            std::io::Error::last_os_error().raw_os_error().unwrap()
        ),
        0 => "0".into(),
        _ => "a number".into(),
    };
    let mut results = Vec::new();
    // SAFETY: none of these calls changes memory, or anything but the new descriptors, which stay
    // open until the end.
    unsafe {
        for (name, number) in [
            ("getppid", libc::SYS_getppid),
            ("getpgid", libc::SYS_getpgid),
            ("sched_getscheduler", libc::SYS_sched_getscheduler),
            ("getsid", libc::SYS_getsid),
            ("getpriority", libc::SYS_getpriority),
            ("sched_yield", libc::SYS_sched_yield),
            ("sched_get_priority_min", libc::SYS_sched_get_priority_min),
        ] {
            let mut value = libc::syscall(number, 0, 0, 0);
            // The number of a process is 0 where its namespace does not show it: the leader of the
            // session of a container is often outside.
            if value == 0 && ["getppid", "getpgid", "getsid"].contains(&name) {
                value = 1;
            }
            results.push(format!("{name}: {}", result(value)));
        }
        for family in [libc::AF_UNIX, libc::AF_INET, libc::AF_INET, libc::AF_INET6] {
            let mut socket = libc::socket(family, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0);
            // The call was made; whether this kernel has IPv6 is another matter.
            let error = std::io::Error::last_os_error().raw_os_error();
            if family == libc::AF_INET6 && socket == -1 && error == Some(libc::EAFNOSUPPORT) {
                socket = 1;
            }
            results.push(format!("socket {family}: {}", result(socket.into())));
        }
    }
    let path = std::env::var(CALLS).unwrap();
    std::fs::write(path, results.join("\n") + "\n").unwrap();
}

/// Runs `try` on this program; returns what the program and `try` wrote.
fn tried(options: &[&str], profile: &str) -> (Output, String) {
    let this = std::env::current_exe().unwrap();
    let results = scratch("results");
    let this = this.to_str().unwrap();
    let mut words = options.to_vec();
    let assignment = format!("{CALLS}={}", results.display());
    words.extend([
        profile,
        "--",
        "env",
        &assignment,
        this,
        "--exact",
        "report::calls",
    ]);
    let output = run(&words);
    let written = std::fs::read_to_string(&results).unwrap_or_default();
    let _ = std::fs::remove_file(results);
    (output, written)
}

fn scratch(name: &str) -> PathBuf {
    // Tests of one process run at the same time.
    let thread = format!("{:?}", std::thread::current().id());
    std::env::temp_dir().join(format!("try-{}-{thread}-{name}", std::process::id()))
}

/// Replaces what is different in each run: numbers of threads, addresses, and files of the system.
fn stable(text: &str) -> String {
    let this = std::env::current_exe().unwrap();
    let text = text.replace(this.to_str().unwrap(), "THIS");
    let mut out = String::new();
    for line in text.lines() {
        let line = match line.split_once(" thread ") {
            Some((before, after)) => {
                let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
                let (who, site) = after.split_once(", at ").unwrap();
                let symbol = site.split_once(" in ").map_or("", |(_, symbol)| symbol);
                let symbol = symbol.split('+').next().unwrap();
                format!("{before} thread N{who}, at SITE in {symbol}")
            }
            None => line.to_string(),
        };
        let line = line.replace("of 0 calls", "of N calls");
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// The number of all calls depends on the C library.
fn without_calls(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once(" calls ") {
        Some((before, after)) if line.starts_with("try: ") => {
            let count = before.rsplit_once(' ').unwrap().0;
            format!("{count} N calls {after}\n")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn calls_are_reported() {
    for (name, options) in [("try.out", &[][..]), ("try-deny.out", &["--deny"])] {
        let (output, results) = tried(options, "report.json");
        assert_eq!(output.status.code(), Some(1));
        let errors = without_calls(&stable(&text(&output.stderr)));
        golden::golden(&folder().join(name), &format!("{results}---\n{errors}"));
    }
}

#[test]
fn reports_are_json_too() {
    let file = scratch("report");
    let (output, _) = tried(&["--json", "-o", file.to_str().unwrap()], "report.json");
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    std::fs::remove_file(file).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(report["real"], false);
    assert_eq!(report["denied"], 8, "{report:#}");
    let found = report["found"].as_array().unwrap();
    let first = found
        .iter()
        .find(|found| found["syscall"] == "getppid")
        .unwrap();
    assert_eq!(first["answer"], "ERRNO(13)");
    assert_eq!(first["place"], "report.json:4:21");
    assert_eq!(first["count"], 1);
    assert_eq!(first["thread"], "report::calls");
    let symbol = first["symbol"].as_str();
    // A stripped C library has only the symbols that it exports.
    assert!(
        symbol.is_none_or(|symbol| symbol.starts_with("syscall+")),
        "{first}"
    );
    let sockets: Vec<u64> = { found.iter() }
        .filter(|found| found["syscall"] == "socket")
        .map(|found| found["count"].as_u64().unwrap())
        .collect();
    assert_eq!(sockets, [2, 1]);
}

/// Makes a call, installs a filter and makes another call.
#[test]
fn installs() {
    if std::env::var_os(INSTALL).is_none() {
        return;
    }
    // SAFETY: the calls have no effect.
    unsafe {
        libc::getppid();
        let _ = NOTHING.install().unwrap();
        libc::getpgid(0);
    }
}

#[test]
fn programs_are_judged_from_their_own_filter_on() {
    let this = std::env::current_exe().unwrap();
    let file = scratch("after");
    let report = |option: &[&str]| {
        let assignment = format!("{INSTALL}=1");
        let mut words = vec!["--json", "-o", file.to_str().unwrap()];
        words.extend(option);
        let this = this.to_str().unwrap();
        words.extend(["report.json", "--", "env", &assignment, this]);
        words.extend(["--exact", "report::installs"]);
        let output = run(&words);
        let report: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        std::fs::remove_file(&file).unwrap();
        let found = report["found"].as_array().unwrap().iter();
        let names: Vec<String> = found
            .map(|found| found["syscall"].as_str().unwrap().to_string())
            .collect();
        (output, names)
    };
    let (output, names) = report(&["--after-install"]);
    assert_eq!(names, ["getpgid"], "{output:?}");
    let errors = text(&output.stderr);
    assert!(
        errors.contains("it is not confined while it is tried"),
        "{errors}"
    );
    let (output, names) = report(&["--after", "getppid"]);
    // The filter is installed here, and kills the program.
    assert_eq!(names, Vec::<String>::new(), "{output:?}");
    assert_eq!(output.status.code(), Some(1));
    let (output, _) = report(&["--after", "vmsplice"]);
    let errors = text(&output.stderr);
    let said = "try: the program did not call `vmsplice`; no call was judged";
    assert!(errors.contains(said), "{errors}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn rules_are_proposed() {
    let file = scratch("rules");
    let path = file.to_str().unwrap();
    let (output, _) = tried(&["--add", "-o", path], "report.json");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "");
    let notes = text(&output.stderr);
    assert!(
        notes.contains("report.json:4:21: ERRNO(13): this rule must be changed"),
        "{notes}"
    );
    // With the rules that are proposed for a profile that allows next to nothing, nothing is denied.
    let _ = tried(&["--add", "-o", path], "default.json");
    let rules = std::fs::read_to_string(&file).unwrap();
    assert!(rules.contains("\"value\": \"AF_INET\""), "{rules}");
    let profile = std::fs::read_to_string(folder().join("default.json")).unwrap();
    let at = profile.rfind("\n    ]").unwrap();
    let added = format!(
        "{},\n{}{}",
        &profile[..at],
        rules.trim_end(),
        &profile[at..]
    );
    std::fs::write(&file, added).unwrap();
    let (output, _) = tried(&[], path);
    std::fs::remove_file(file).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn exit_status_says_whether_all_calls_run() {
    for (words, status) in [
        (&["open.json", "--", "true"][..], 0),
        (&["open.json", "--", "sh", "-c", "sleep 0.1 & exit 0"], 0),
        // The command fails.
        (&["open.json", "--", "false"], 1),
        (&["open.json", "--", "sh", "-c", "kill -9 $$"], 1),
        (&["open.json", "--", "no-such-command"], 1),
        // Something is denied.
        (&["default.json", "--", "true"], 1),
        (
            &[
                "--default-action",
                "SCMP_ACT_LOG",
                "default.json",
                "--",
                "true",
            ],
            0,
        ),
        (&["--deny", "default.json", "--", "true"], 1),
        // A supervisor would decide.
        (
            &[
                "--default-action",
                "SCMP_ACT_ALLOW",
                "notify.json",
                "--",
                "sh",
                "-c",
                "umask",
            ],
            0,
        ),
        (&["no-such-file.json", "--", "true"], 1),
        (&["main.rs", "--", "true"], 1),
        (&["-o", "/nowhere/report", "open.json", "--", "true"], 1),
    ] {
        let output = run(words);
        assert_eq!(output.status.code(), Some(status), "{words:?}: {output:?}");
    }
}

/// The signal is passed on, and ends the command, which then has failed.
#[test]
fn a_signal_ends_the_command() {
    let mut tried = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
    tried
        .current_dir(folder())
        .args(["try", "open.json", "--", "sh", "-c"]);
    tried
        .args(["echo started; exec sleep 1000"])
        .stdout(Stdio::piped());
    let mut tried = tried.stderr(Stdio::piped()).spawn().unwrap();
    let mut started = [0; 8];
    tried
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut started)
        .unwrap();
    let kill = format!("kill -TERM {}", tried.id());
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    let output = tried.wait_with_output().unwrap();
    // As servers end.
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    assert!(errors.contains("would be denied"), "{errors}");
}

/// After the answer of the group a C library starts its thread by another call.
#[test]
fn what_a_group_answers_as_a_fallback_is_not_denied() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skip("there is no `python3`");
    }
    let mut tried = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
    tried.current_dir(folder());
    std::fs::write(
        folder().join("log.json"),
        "{ \"defaultAction\": \"SCMP_ACT_LOG\" }",
    )
    .unwrap();
    tried.args([
        "try", "log.json", "--with", "threads", "--", "python3", "-c",
    ]);
    tried.args(["import threading as t; a = t.Thread(target=int); a.start(); a.join()"]);
    let output = tried.output().unwrap();
    let errors = text(&output.stderr);
    if errors.contains("clone3") {
        assert!(
            errors.contains("as meant: C libraries then make another call"),
            "{errors}"
        );
    }
    assert!(
        errors.contains("would be denied") && errors.contains("none of"),
        "{errors}"
    );
    assert_eq!(output.status.code(), Some(0), "{errors}");
}
