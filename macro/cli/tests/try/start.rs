//! A command that does not start, and reports that cannot be written.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{run, text};

/// What this command's own child does is no finding.
#[test]
fn a_command_that_is_not_there_has_no_findings() {
    let script = std::env::temp_dir().join(format!("try-script-{}", std::process::id()));
    fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let script = script.to_str().unwrap().to_string();
    for (command, calls) in [
        ("no-such-command", 0),
        ("./no-such-command", 0),
        ("main.rs", 0),
        // The kernel alone knows, after `execve`.
        (script.as_str(), 1),
    ] {
        for deny in [None, Some("--deny")] {
            let words = [deny.as_slice(), &["default.json", "--", command]].concat();
            let output = run(&words);
            let errors = text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{errors}");
            assert!(errors.contains(&format!("{command}: ")), "{errors}");
            let denied = errors.lines().filter(|line| line.starts_with("try: "));
            assert_eq!(denied.count(), calls, "{errors}");
            assert_eq!(errors.matches("try: execve(").count(), calls, "{errors}");
        }
    }
    fs::remove_file(script).unwrap();
}

/// `execve` is a call of the command: it starts only if it is allowed.
#[test]
fn a_command_that_is_not_allowed_to_start_is_reported() {
    let output = run(&["--deny", "default.json", "--", "true"]);
    let errors = text(&output.stderr);
    assert!(errors.contains("try: execve("), "{errors}");
    assert!(!errors.contains("try: exit"), "{errors}");
    assert!(errors.contains("true: Operation not permitted"), "{errors}");
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before() {
    let ran = std::env::temp_dir().join(format!("try-ran-{}", std::process::id()));
    let ran = ran.to_str().unwrap();
    for (file, status, why) in [
        ("-", 2, "`-`, standard output, is not possible"),
        ("/nowhere/report", 1, "/nowhere/report: No such file"),
    ] {
        let output = run(&["-o", file, "open.json", "--", "touch", ran]);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{errors}");
        assert!(errors.contains(why), "{errors}");
        assert!(!fs::exists(ran).unwrap());
    }
}
