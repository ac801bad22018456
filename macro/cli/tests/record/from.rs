//! `--after-install` and `--after`: from some moment on.

use std::process::Command;

use crate::package::Package;
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
        errors.contains(
            "the program neither installed a filter nor called `record_from_here`; nothing was \
             written"
        ),
        "{errors}"
    );
    assert!(!folder.path("p.json").exists());
}

/// The marker stands where the program will install what is recorded.
#[test]
fn a_marker_is_replaced_by_the_filter() {
    let package = Package::new("marked", "");
    let manifest = std::fs::read_to_string(package.path("Cargo.toml")).unwrap();
    // Without `std`.
    let smaller = manifest.replace("/runtime\" }", "/runtime\", default-features = false }");
    assert_ne!(manifest, smaller);
    package.write("Cargo.toml", smaller);
    let source = |line: &str| {
        format!(
            "use seccomp_profile::{{Filter, record_from_here, seccomp_profile}};
             unsafe extern \"C\" {{
                 safe fn getuid() -> u32;
                 safe fn getgid() -> u32;
             }}
             fn main() {{
                 getuid();
                 {line}
                 println!(\"{{}}\", getgid());
             }}
             pub fn later() {{ record_from_here() }}
             pub static NOTHING: Filter = seccomp_profile!({{ \"defaultAction\": \"SCMP_ACT_ALLOW\" }});"
        )
    };
    let marked = package.build("marked-first", &source("record_from_here();"));
    let marked = marked.unwrap();
    let marked = marked.to_str().unwrap();
    let printed = succeeds(Command::new(marked).output().unwrap());
    let folder = Folder(package.root.clone());
    let words = ["--after-install", "-o", "p.json", "--", marked];
    let output = folder.record(&words);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let started = "the program is recorded from `record_from_here` on (process ";
    assert!(errors.starts_with(started), "{errors}");
    assert_eq!(succeeds(output), printed);
    let seen = folder.seen("p.json");
    assert!(seen.is_superset(&set(&["getgid", "write"])), "{seen:?}");
    let before = ["getuid", "getpid", "execve", "brk"];
    assert!(seen.is_disjoint(&set(&before)), "{seen:?}");

    let judged = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
        command.args(["try", "--after-install"]).args(words);
        command.args(["--", marked]).current_dir(&folder.0);
        command.output().unwrap()
    };
    says(&judged(&["p.json"]), 0);
    folder.write("none.json", "{ \"defaultAction\": \"SCMP_ACT_ERRNO\" }");
    let errors = says(&judged(&["none.json"]), 1);
    assert!(
        errors.contains("getgid()") && !errors.contains("getuid()"),
        "{errors}"
    );

    let line = "static F: Filter = seccomp_profile!(\"p.json\"); F.install().unwrap();";
    let confined = package.build("marked-then", &source(line)).unwrap();
    assert_eq!(succeeds(Command::new(confined).output().unwrap()), printed);
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
