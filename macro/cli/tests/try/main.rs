//! `seccomp-profile try` as a user runs it.

#[cfg(target_os = "linux")]
mod backtrace;
#[path = "../../../compiler/tests/support/golden.rs"]
mod golden;
#[cfg(target_os = "linux")]
mod installed;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod reuse;
#[cfg(target_os = "linux")]
#[path = "../../../compiler/tests/support/skip.rs"]
mod skip;
#[cfg(target_os = "linux")]
mod start;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The folder of the tests, which paths begin with.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/try")
}

fn run(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
    command.current_dir(folder()).arg("try").args(words);
    command.stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn help_has_an_example() {
    let help = text(&run(&["--help"]).stdout);
    assert!(
        help.contains("server.json -- ./server --port 8080\n"),
        "{help}"
    );
}

#[test]
fn wrong_usage_has_its_own_exit_status() {
    for words in [
        &[][..],
        &["programs.json"],
        &["programs.json", "--"],
        &["programs.json", "ls"],
        &["--json", "programs.json", "--", "true"],
        &["--no-such-option", "programs.json", "--", "true"],
        &["--target", "sh", "programs.json", "--", "true"],
        &["--after", "no_such_call", "programs.json", "--", "true"],
        &[
            "--after-install",
            "--after",
            "read",
            "programs.json",
            "--",
            "true",
        ],
        &["--kernel", "new", "programs.json", "--", "true"],
    ] {
        assert_eq!(run(words).status.code(), Some(2), "{words:?}");
    }
}

/// It would be lost.
#[cfg(target_os = "linux")]
#[test]
fn the_profile_is_not_written_over() {
    let path = std::env::temp_dir().join(format!("try-profile-{}.json", std::process::id()));
    let text = "{ \"defaultAction\": \"SCMP_ACT_LOG\" }";
    std::fs::write(&path, text).unwrap();
    let name = path.to_str().unwrap();
    for words in [
        ["--add", "-o", name, name, "--", "true"].as_slice(),
        &["--with", name, "-o", name, "programs.json", "--", "true"],
    ] {
        assert_eq!(run(words).status.code(), Some(2), "{words:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    std::fs::remove_file(path).unwrap();
}

#[cfg(not(target_os = "linux"))]
#[test]
fn other_systems_get_an_error() {
    let output = run(&["programs.json", "--", "true"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("`try` needs Linux"));
}
