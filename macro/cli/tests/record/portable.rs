//! A recording on one C library, for another.

use std::process::Command;

use crate::recording::{Folder, host, program, runs, says, set, succeeds};

/// The start of a program differs too: that of a dynamic one of glibc makes the most calls.
#[test]
fn what_was_recorded_with_glibc_runs_with_musl() {
    let Some(musl) = program(true) else { return };
    let folder = Folder::new("portable");
    for mode in [&["nothing"][..], &["threads"], &["write", "."]] {
        let file = format!("{}.json", mode[0]);
        let recorded = folder.record(&[&["-o", &file, "--", host()], mode].concat());
        says(&recorded, 0);
        assert_eq!(folder.compiled(&file, &[]).warnings, []);
        let confined = succeeds(folder.under(&file, &[], &[&[musl], mode].concat()));
        let lines = |text: &str| text.lines().count();
        assert_eq!(
            lines(&confined),
            lines(&String::from_utf8_lossy(&recorded.stdout))
        );
    }
}

#[test]
fn a_static_program_of_musl_is_recorded() {
    let Some(musl) = program(true) else { return };
    let folder = Folder::new("musl");
    for mode in ["nothing", "threads", "children"] {
        let recorded = folder.record(&["-o", &format!("{mode}.json"), "--", musl, mode]);
        says(&recorded, 0);
        let confined = folder.under(&format!("{mode}.json"), &[], &[musl, mode]);
        assert_eq!(
            succeeds(confined),
            String::from_utf8_lossy(&recorded.stdout)
        );
    }
}

#[test]
fn counterparts_have_a_rule_of_their_own() {
    let folder = Folder::new("counterparts");
    succeeds(folder.record(&["-o", "p.json", "--", host(), "write", "."]));
    let counterparts = folder.names("p.json", "Not recorded: other C libraries");
    let seen = folder.seen("p.json");
    assert!(
        seen.contains("openat") && counterparts.contains("open"),
        "{counterparts:?}"
    );
    assert!(
        counterparts.is_superset(&set(&["mmap2", "renameat2"])),
        "{counterparts:?}"
    );
    assert!(seen.is_disjoint(&counterparts));
    // Nothing of it, nor of a crash.
    succeeds(folder.record(&["-o", "exact.json", "--exact", "--", host(), "write", "."]));
    let rules = folder.rules("exact.json");
    assert_eq!(rules.len(), 1);
    assert_eq!(folder.seen("exact.json"), seen);
}

#[test]
fn clone3_gets_enosys_and_clone_is_seen() {
    let folder = Folder::new("clone3");
    succeeds(folder.record(&["-o", "p.json", "--", host(), "threads"]));
    assert!(folder.seen("p.json").contains("clone"));
    let rules = folder.rules("p.json");
    let clone3 = rules
        .iter()
        .find(|rule| rule["names"] == serde_json::json!(["clone3"]));
    let clone3 = clone3.unwrap();
    assert_eq!(clone3["action"], "SCMP_ACT_ERRNO");
    assert_eq!(clone3["errnoRet"], 38);
    // It is meant so: nothing is denied.
    let mut tried = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
    let tried = tried.args(["try", "p.json", "--", host(), "threads"]);
    let errors = says(&tried.current_dir(&folder.0).output().unwrap(), 0);
    let meant = "ERRNO(38), as meant: C libraries then make another call";
    assert_eq!(
        errors.contains("clone3("),
        errors.contains(meant),
        "{errors}"
    );
    assert!(errors.contains("try: none of "), "{errors}");
    // Threads are no reason to allow processes.
    assert!(!runs(&folder.compiled("p.json", &[]), "fork", [0; 6]));
    // Nor with --exact; there the default action is the answer.
    succeeds(folder.record(&["-o", "exact.json", "--exact", "--", host(), "threads"]));
    let compiled = folder.compiled("exact.json", &[]);
    assert!(folder.seen("exact.json").contains("clone"));
    assert!(!runs(&compiled, "clone3", [0; 6]));
    // It is allowed if that is said.
    let words = [
        "-o",
        "meant.json",
        "--override",
        "clone3",
        "--",
        host(),
        "threads",
    ];
    succeeds(folder.record(&words));
    let seen = folder.seen("meant.json");
    assert!(
        seen.contains("clone3") != seen.contains("clone"),
        "{seen:?}"
    );
}

#[test]
fn a_crash_has_rules_or_a_group() {
    let folder = Folder::new("crash-rules");
    succeeds(folder.record(&["-o", "p.json", "--", host(), "nothing"]));
    let compiled = folder.compiled("p.json", &[]);
    assert!(runs(&compiled, "tgkill", [1, 1, 6, 0, 0, 0]));
    assert!(!runs(&compiled, "tgkill", [1, 1, 9, 0, 0, 0]));
    let output = folder.record(&["-o", "g.json", "--groups", "--", host(), "nothing"]);
    let errors = says(&output, 0);
    assert!(
        errors.contains("seccomp_profile!(\"g.json\", with = [\"abort\""),
        "{errors}"
    );
    assert!(!runs(
        &folder.compiled("g.json", &[]),
        "tgkill",
        [1, 1, 6, 0, 0, 0]
    ));
}
