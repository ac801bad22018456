//! `--after-install` and `--after`: from some moment on.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use seccomp_profile_compiler::verify::compare;

use crate::recording::{Folder, host, program, runs, says, set, succeeds};

#[test]
fn a_program_is_recorded_from_its_own_filter_on() {
    for (name, program) in [("glibc", Some(host())), ("musl", program(true))] {
        let Some(program) = program else { continue };
        for how in ["seccomp", "tsync", "prctl"] {
            let folder = Folder::new(&format!("install-{name}-{how}"));
            // The shell is not confined.
            let script = format!("{program} install {how} && umask 022");
            let words = [
                "--after-install",
                "--exact",
                "-o",
                "p.json",
                "--",
                "sh",
                "-c",
                &script,
            ];
            let output = folder.record(&words);
            let errors = says(&output, 0);
            // The program that is installed kills for every call. The probes went to the kernel:
            // a null pointer is EFAULT, unknown flags are EINVAL.
            assert_eq!(String::from_utf8_lossy(&output.stdout), "-1 -1 0 0\n");
            assert!(
                errors.contains("it is not confined while it is recorded"),
                "{errors}"
            );
            let seen = folder.seen("p.json");
            let after = set(&["getgid", "getegid", "wait4", "write", "exit_group"]);
            assert!(seen.is_superset(&after), "{seen:?}");
            for before in ["getuid", "geteuid", "execve", "prctl", "seccomp", "umask"] {
                assert!(!seen.contains(before), "{before}: {seen:?}");
            }
        }
    }
}

/// What was recorded is installed where the program installs its filter, on both C libraries.
#[test]
fn a_program_runs_under_what_was_recorded_from_its_filter_on() {
    let programs: Vec<&str> = [Some(host()), program(true)]
        .into_iter()
        .flatten()
        .collect();
    for from in &programs {
        let folder = Folder::new(&format!("confined-{}", from.len()));
        let words = [
            "--after-install",
            "--arguments",
            "-o",
            "p.json",
            "--",
            from,
            "install",
            "tsync",
        ];
        says(&folder.record(&words), 0);
        let compiled = folder.compiled("p.json", &[]);
        assert_eq!(compiled.warnings, []);
        assert!(!runs(&compiled, "execve", [0; 6]) && !runs(&compiled, "getuid", [0; 6]));
        std::fs::write(folder.path("program"), compiled.program.to_bytes()).unwrap();
        for to in &programs {
            for how in ["tsync", "prctl"] {
                let mut command = Command::new(to);
                let command = command
                    .args(["install", how, "program"])
                    .current_dir(&folder.0);
                let printed = succeeds(command.output().unwrap());
                assert_eq!(printed, "-1 -1 0 0\n", "{from} {to} {how}");
            }
        }
    }
}

/// The examples, recorded from their own filter on, need no more than their own profiles allow.
#[test]
fn a_server_needs_no_more_than_its_profile() {
    for (name, with) in [
        ("server", &["panic"][..]),
        ("async_server", &["panic", "stdio", "event-loop"]),
    ] {
        // Built by `cargo test --workspace`.
        let test = std::env::current_exe().unwrap();
        let server = test.ancestors().nth(2).unwrap().join("examples").join(name);
        if !server.exists() {
            continue;
        }
        let folder = Folder::new(&format!("from-{name}"));
        folder.write("page", "page");
        let mut words = vec![
            "--after-install",
            "--arguments",
            "--exact",
            "-o",
            "p.json",
            "--",
        ];
        words.push(server.to_str().unwrap());
        words.extend(["--requests", "2"]);
        words.extend((name == "server").then_some("page"));
        let mut recorder = folder.start(&words);
        let mut lines = BufReader::new(recorder.stdout.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        let address = line.trim_start_matches("http://").trim_end_matches('/');
        for _ in 0..2 {
            let mut peer = TcpStream::connect(address).unwrap();
            peer.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
            let mut answer = String::new();
            peer.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        }
        lines.for_each(drop);
        says(&recorder.wait_with_output().unwrap(), 0);
        let file = crate::package::repository().join(format!("examples/{name}.json"));
        folder.write("written.json", &std::fs::read_to_string(file).unwrap());
        let recorded = folder.compiled("p.json", &[]).policy;
        let written = folder.compiled("written.json", with).policy;
        let wider = compare(&recorded, &written, |one, other| {
            one.runs() && !other.runs()
        });
        assert_eq!(wider.unwrap(), None);
    }
}

#[test]
fn a_filter_that_cannot_be_recorded_is_an_error() {
    let folder = Folder::new("install-listener");
    let words = |how| {
        [
            "--after-install",
            "-o",
            "p.json",
            "--",
            host(),
            "install",
            how,
        ]
    };
    let output = folder.record(&words("listener"));
    let errors = says(&output, 1);
    assert!(
        errors.contains("installs a filter with a listener"),
        "{errors}"
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout), "-1 -1 0 -1\n");
    assert!(!folder.path("p.json").exists());
    // Probes alone install nothing.
    let errors = says(&folder.record(&words("probe")), 1);
    assert!(
        errors.contains("the program did not install a filter; nothing was written"),
        "{errors}"
    );
    assert!(!folder.path("p.json").exists());
}

#[test]
fn a_program_without_a_filter_is_recorded_from_a_call_on() {
    let folder = Folder::new("after");
    let words = [
        "--after",
        "getgid",
        "--exact",
        "-o",
        "p.json",
        "--",
        host(),
        "install",
        "probe",
    ];
    says(&folder.record(&words), 0);
    let seen = folder.seen("p.json");
    assert!(
        seen.contains("getegid") && seen.contains("write"),
        "{seen:?}"
    );
    assert!(
        !seen.contains("getgid") && !seen.contains("getuid"),
        "{seen:?}"
    );
    let words = [
        "--after",
        "getppid",
        "-o",
        "q.json",
        "--",
        host(),
        "nothing",
    ];
    let errors = says(&folder.record(&words), 1);
    assert!(
        errors.contains("the program did not call `getppid`"),
        "{errors}"
    );
    let words = ["--after", "getgit", "-o", "q.json", "--", host(), "nothing"];
    let errors = says(&folder.record(&words), 2);
    assert!(
        errors.contains("--after: unknown system call `getgit`"),
        "{errors}"
    );
}
