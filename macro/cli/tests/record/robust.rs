//! Signals, recorders that are killed, programs that are killed, files that cannot be written.

use std::fs;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use crate::recording::{Folder, host, says, set, succeeds, wait_until};
use crate::skip::skip;

fn signal(process: &Child, signal: i32) {
    // SAFETY: the process has not been waited for.
    assert_eq!(unsafe { libc::kill(process.id() as i32, signal) }, 0);
}

/// What starts the tests can ignore signals, as `nohup` and the `&` of a script do. Children inherit
/// that, and a shell traps no signal that it was started with ignored.
fn signals_have_their_default() {
    for signal in [libc::SIGTERM, libc::SIGHUP, libc::SIGINT, libc::SIGQUIT] {
        // SAFETY: no handler is installed, and every thread can have the default.
        let before = unsafe { libc::signal(signal, libc::SIG_DFL) };
        assert_ne!(before, libc::SIG_ERR);
    }
}

/// A shell that says which signal it got, and ends with a status of its own.
const TRAPS: &str = "for s in TERM HUP INT QUIT; do trap \"echo $s; exit 7\" $s; done; \
                     touch ready; while :; do sleep 0.02; done";

#[test]
fn signals_are_passed_on_and_what_was_seen_is_written() {
    signals_have_their_default();
    for (name, number) in [
        ("TERM", libc::SIGTERM),
        ("HUP", libc::SIGHUP),
        ("INT", libc::SIGINT),
        ("QUIT", libc::SIGQUIT),
    ] {
        let folder = Folder::new(&format!("signal-{name}"));
        let recorder = folder.start(&["-o", "p.json", "--", "sh", "-c", TRAPS]);
        wait_until("the shell starts", || folder.path("ready").exists());
        signal(&recorder, number);
        let output = recorder.wait_with_output().unwrap();
        let errors = says(&output, 0);
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{name}\n"));
        assert!(
            errors.contains("the command was ended (exit status: 7)"),
            "{errors}"
        );
        let seen = folder.seen("p.json");
        assert!(
            seen.is_superset(&set(&["execve", "wait4", "rt_sigaction"])),
            "{seen:?}"
        );
    }
}

/// It has the signal mask of a command that is not recorded.
#[test]
fn a_signal_ends_a_command_that_does_not_handle_it() {
    let folder = Folder::new("signal-ends");
    let recorder = folder.start(&[
        "-o",
        "p.json",
        "--",
        "sh",
        "-c",
        "touch ready; exec sleep 100",
    ]);
    wait_until("the command starts", || folder.path("ready").exists());
    signal(&recorder, libc::SIGTERM);
    let errors = says(&recorder.wait_with_output().unwrap(), 0);
    assert!(
        errors.contains("the command was ended (signal: 15 (SIGTERM))"),
        "{errors}"
    );
    let mask = |text: String| {
        let line = text.lines().find(|line| line.starts_with("SigBlk:"));
        line.unwrap().to_string()
    };
    let printed = succeeds(folder.record(&["-o", "mask.json", "--", "cat", "/proc/self/status"]));
    let own = succeeds(
        Command::new("cat")
            .arg("/proc/self/status")
            .output()
            .unwrap(),
    );
    assert_eq!(mask(printed), mask(own));
}

/// The terminal sends a signal to the command too.
#[test]
fn a_signal_of_the_terminal_arrives_once() {
    if Command::new("script").arg("--version").output().is_err() {
        return skip("there is no `script`");
    }
    signals_have_their_default();
    let folder = Folder::new("terminal");
    let traps = "trap 'echo got >> got' INT; touch ready; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sleep 0.1; done; exit 0";
    folder.write("traps", traps);
    // A shell between them would get the signal too, and some end by it after their child.
    let record = format!(
        "exec {} record -o p.json -- sh traps",
        env!("CARGO_BIN_EXE_seccomp-profile")
    );
    let mut script = Command::new("script");
    script
        .args(["-qec", &record, "typescript"])
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .current_dir(&folder.0);
    let mut script = script
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    wait_until("the shell starts", || folder.path("ready").exists());
    use std::io::Write as _;
    let mut terminal = script.stdin.take().unwrap();
    terminal.write_all(b"\x03").unwrap();
    wait_until("the signal arrives", || folder.path("got").exists());
    assert!(script.wait().unwrap().success());
    drop(terminal);
    assert_eq!(folder.text("got"), "got\n");
    // There is a line with the calls so far.
    let shown = String::from_utf8_lossy(&fs::read(folder.path("typescript")).unwrap()).into_owned();
    assert!(
        shown.contains(" calls, ") && shown.contains(" different; the last new one is "),
        "{shown}"
    );
}

#[test]
fn the_profile_is_written_while_the_command_runs() {
    let folder = Folder::new("while");
    let end = folder.path("end").to_str().unwrap().to_string();
    let mut recorder = folder.start(&["-o", "p.json", "--", host(), "work", "4000", &end]);
    wait_until("the profile is written", || folder.path("p.json").exists());
    assert!(!folder.path("end").exists());
    assert!(folder.seen("p.json").contains("getppid"));
    // Each text that a reader sees is whole; it changes at most once a second.
    let (mut texts, mut changes, start) = (vec![folder.text("p.json")], 0, Instant::now());
    while recorder.try_wait().unwrap().is_none() {
        let text = folder.text("p.json");
        folder.compiled("p.json", &[]);
        if texts.last() != Some(&text) {
            changes += 1;
            texts.push(text);
        }
        thread::sleep(Duration::from_millis(1));
    }
    assert!(folder.seen("p.json").contains("chdir"));
    assert!(
        changes >= 1 && changes <= start.elapsed().as_secs() + 2,
        "{changes}"
    );
    // Nothing else is left in the folder.
    let mut files: Vec<_> = fs::read_dir(&folder.0)
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    files.sort();
    assert_eq!(files, ["end", "p.json"]);
}

/// The command and its threads go on: another process lets their calls run.
#[test]
fn a_command_goes_on_if_the_recorder_is_killed() {
    for threads in ["1", "6"] {
        let folder = Folder::new(&format!("orphan-{threads}"));
        let words = ["-o", "p.json", "--", host(), "busy", threads, "end"];
        let mut recorder = folder.start(&words);
        thread::sleep(Duration::from_millis(300));
        recorder.kill().unwrap();
        recorder.wait().unwrap();
        assert!(!folder.path("end").exists(), "too fast for this test");
        wait_until("the command goes on to its end", || {
            folder.path("end").exists()
        });
    }
}

/// The keeper ends with what it keeps.
#[test]
fn no_process_is_left_over() {
    let folder = Folder::new("left");
    let here = fs::canonicalize(&folder.0).unwrap();
    let keepers = || {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let keeps = processes.filter(|process| {
            let folder = fs::read_link(process.path().join("cwd"));
            folder.is_ok_and(|folder| folder == here)
        });
        keeps.count()
    };
    succeeds(folder.record(&["-o", "p.json", "--", host(), "children"]));
    wait_until("no process is left", || keepers() == 0);
}

#[test]
fn processes_that_outlive_the_command_are_recorded() {
    let folder = Folder::new("outlive");
    let script = "(sleep 0.4; umask 022; echo done > end) & exit 0";
    succeeds(folder.record(&["-o", "p.json", "--", "sh", "-c", script]));
    assert_eq!(folder.text("end"), "done\n");
    assert!(folder.seen("p.json").contains("umask"));

    // A signal ends the recording, not the process.
    let folder = Folder::new("outlive-signal");
    let script = "(touch ready; sleep 1.5; echo done > end) & exit 0";
    let recorder = folder.start(&["-o", "p.json", "--", "sh", "-c", script]);
    wait_until("the process starts", || folder.path("ready").exists());
    thread::sleep(Duration::from_millis(200));
    signal(&recorder, libc::SIGTERM);
    let mut recorder = recorder;
    assert!(recorder.wait().unwrap().success());
    assert!(!folder.path("end").exists());
    assert!(folder.seen("p.json").contains("execve"));
    wait_until("the process goes on", || folder.path("end").exists());
}

#[test]
fn a_program_that_is_killed_is_recorded() {
    let folder = Folder::new("killed");
    let errors = says(&folder.record(&["-o", "p.json", "--", host(), "killed"]), 1);
    assert!(
        errors.contains("the command failed (signal: 9 (SIGKILL))"),
        "{errors}"
    );
    assert!(folder.seen("p.json").is_superset(&set(&["kill", "getpid"])));
}

/// The file alone lets the program crash, whether it was recorded or not.
#[test]
fn a_program_can_crash_under_what_was_recorded() {
    let folder = Folder::new("crash");
    use std::os::unix::process::ExitStatusExt as _;
    for (how, end) in [("abort", libc::SIGABRT), ("fault", libc::SIGSEGV)] {
        says(
            &folder.record(&["-o", &format!("{how}.json"), "--", host(), how]),
            1,
        );
        succeeds(folder.record(&["--merge", "-o", "nothing.json", "--", host(), "nothing"]));
        for file in [&format!("{how}.json"), "nothing.json"] {
            let output = folder.under(file, &[], &[host(), how]);
            assert_eq!(output.status.signal(), Some(end), "{file}: {output:?}");
        }
    }
    let output = folder.under("nothing.json", &["panic"], &[host(), "panic"]);
    assert_eq!(output.status.code(), Some(101), "{output:?}");
}

#[test]
fn a_profile_that_cannot_be_written_is_refused_before_and_not_lost_after() {
    let folder = Folder::new("unwritten");
    for (file, says_of) in [
        ("none/p.json", "No such file"),
        ("link.json", "No such file"),
        ("p.json/p.json", "Not a directory"),
    ] {
        folder.write("p.json", "");
        let _ = std::os::unix::fs::symlink("none/p.json", folder.path("link.json"));
        let output = folder.record(&["-o", file, "touch", "ran"]);
        let errors = says(&output, 1);
        let wanted = format!("{file}: cannot write to the folder ");
        assert!(
            errors.starts_with(&wanted) && errors.contains(says_of),
            "{errors}"
        );
        assert!(!folder.path("ran").exists());
    }
    fs::create_dir(folder.path("gone")).unwrap();
    let output = folder.record(&["-o", "gone/p.json", "rmdir", "gone"]);
    let errors = says(&output, 1);
    assert!(errors.starts_with("gone/p.json: "), "{errors}");
    assert!(
        errors.contains("the profile went to standard output"),
        "{errors}"
    );
    let profile: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        profile["syscalls"][0]["names"]
            .as_array()
            .unwrap()
            .contains(&"execve".into())
    );
}

#[test]
fn what_somebody_writes_meanwhile_is_not_replaced() {
    let folder = Folder::new("meanwhile");
    succeeds(folder.record(&["-o", "old.json", "--", host(), "nothing"]));
    for words in [
        &["-o", "p.json"][..],
        &["--merge", "-o", "old.json"],
        &["--merge", "-o", "new.json"],
    ] {
        let file = words[words.len() - 1];
        let script = format!("echo mine > {file}");
        let output = folder.record(&[words, &["--", "sh", "-c", &script]].concat());
        let errors = says(&output, 1);
        assert!(
            errors.contains("the file has been changed since it was read"),
            "{errors}"
        );
        assert_eq!(folder.text(file), "mine\n");
        assert!(String::from_utf8_lossy(&output.stdout).contains("\"execve\""));
    }
}

#[test]
fn a_file_keeps_its_link_and_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("mode");
    succeeds(folder.record(&["-o", "real.json", "--", host(), "nothing"]));
    fs::set_permissions(folder.path("real.json"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.json", folder.path("p.json")).unwrap();
    succeeds(folder.record(&["--merge", "-o", "p.json", "--", host(), "ppid"]));
    assert!(
        fs::symlink_metadata(folder.path("p.json"))
            .unwrap()
            .is_symlink()
    );
    let file = fs::File::open(folder.path("real.json")).unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert!(folder.text("real.json").contains("getppid"));
}

#[test]
fn a_command_that_cannot_be_started_leaves_no_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("unstarted");
    folder.write("data", "");
    folder.write("script", "#!/no/such/interpreter\n");
    fs::set_permissions(folder.path("script"), fs::Permissions::from_mode(0o755)).unwrap();
    for (command, why) in [
        ("no-such-command", "No such file or directory"),
        ("./no-such-command", "No such file or directory"),
        ("./data", "Permission denied"),
        ("./script", "No such file or directory"),
        ("..", "Permission denied"),
    ] {
        let output = folder.record(&["-o", "p.json", command]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(why), "{errors}");
        assert!(!output.status.success());
        assert!(!folder.path("p.json").exists());
    }
}

/// What was seen is written, and the status says that it may not be all.
#[test]
fn the_status_is_that_the_command_failed() {
    let folder = Folder::new("failed");
    let errors = says(&folder.record(&["-o", "p.json", "false"]), 1);
    assert!(
        errors.contains("the command failed (exit status: 1); it may make more calls"),
        "{errors}"
    );
    assert!(folder.seen("p.json").contains("execve"));
    // As a server that a signal ends.
    let words = ["-o", "q.json", "sh", "-c", "kill -TERM $$"];
    let errors = says(&folder.record(&words), 0);
    assert!(errors.contains("(signal: 15 (SIGTERM))"), "{errors}");
}
