//! A panic with a backtrace, which reads files.

use super::{folder, text};

use std::process::{Command, Output, Stdio};

/// Makes this test program panic.
const PANICS: &str = "TRY_PANICS";

#[test]
fn panics() {
    if std::env::var_os(PANICS).is_some() {
        panic!("as wanted");
    }
}

fn tried(backtrace: &str, options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
    command.current_dir(folder()).arg("try").args(options);
    command.args(["default.json", "--with", "panic", "--"]);
    command.arg(std::env::current_exe().unwrap());
    command.args(["--nocapture", "--exact", "backtrace::panics"]);
    command
        .env(PANICS, "")
        .env("RUST_BACKTRACE", backtrace)
        .stdin(Stdio::null());
    command.output().unwrap()
}

#[test]
fn the_group_for_backtraces_is_named() {
    let hint = "try: a thread panicked and read files for its backtrace (RUST_BACKTRACE): the group \
                `backtrace` allows this";
    let group = ["--with", "backtrace"];
    for (backtrace, options, hinted) in [
        ("1", &[][..], true),
        ("full", &[], true),
        // Any program reads files when it starts.
        ("0", &[], false),
        ("1", &group, false),
    ] {
        let output = tried(backtrace, options);
        let errors = text(&output.stderr);
        assert_eq!(errors.contains(hint), hinted, "{backtrace}: {errors}");
        assert_eq!(output.status.code(), Some(1));
    }
    let report = std::env::temp_dir().join(format!("try-backtrace-{}", std::process::id()));
    let path = report.to_str().unwrap();
    tried("1", &["--json", "-o", path]);
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
    std::fs::remove_file(report).unwrap();
    let notes = json["notes"].as_array().unwrap();
    let named = |note: &serde_json::Value| hint.contains(&note.as_str().unwrap()[..60]);
    assert!(notes.iter().any(named), "{notes:?}");
}
