//! `--groups`: what groups cover is left to them.

use crate::recording::{Folder, host, says, set, succeeds};

#[test]
fn what_groups_cover_is_left_to_them() {
    let folder = Folder::new("groups");
    let output = folder.record(&["--groups", "-o", "p.json", "--", host(), "threads"]);
    let errors = says(&output, 0);
    let line = "the groups are for the macro: seccomp_profile!(\"p.json\", with = [";
    let (_, with) = errors.split_once(line).unwrap();
    let with = with.split(']').next().unwrap();
    let with: Vec<&str> = with
        .split(", ")
        .map(|name| name.trim_matches('"'))
        .collect();
    assert!(with.contains(&"threads"), "{errors}");
    let seen = folder.seen("p.json");
    assert!(seen.contains("execve"), "{seen:?}");
    assert!(
        seen.is_disjoint(&set(&["clone", "futex", "exit_group"])),
        "{seen:?}"
    );
    let words = [host(), "threads"];
    assert_eq!(succeeds(folder.under("p.json", &with, &words)), "32\n");
    assert!(!folder.under("p.json", &["abort"], &words).status.success());
    // It says what else a group allows.
    let threads = errors
        .lines()
        .find(|line| line.starts_with("  threads: not seen: "));
    assert!(
        threads.is_some_and(|line| line.contains("restart_syscall")),
        "{errors}"
    );
    assert!(
        threads.is_some_and(|line| !line.contains("clone")),
        "{errors}"
    );

    // Groups that are given are part of it.
    let words = [
        "--groups",
        "--with",
        "abort",
        "--with",
        "stdio",
        "-o",
        "w.json",
        "--",
        host(),
        "threads",
    ];
    let errors = says(&folder.record(&words), 0);
    assert!(
        errors.contains("with = [\"abort\", \"stdio\", "),
        "{errors}"
    );
    assert_eq!(errors.matches("\"abort\"").count(), 1, "{errors}");

    // Nothing that the run does not show.
    let output = folder.record(&["--groups", "-o", "q.json", "--", host(), "nothing"]);
    let errors = says(&output, 0);
    for group in ["threads", "spawn", "tcp", "panic"] {
        assert!(!errors.contains(&format!("\"{group}\"")), "{errors}");
    }
}

/// `F_DUPFD` is not one of the commands that groups allow.
#[test]
fn what_a_recorded_rule_replaces_is_told() {
    let folder = Folder::new("groups-replaced");
    let script = "exec 5>/dev/null; ls / >&5; (echo a; exec 6>&5)";
    let output = folder.record(&["--groups", "-o", "p.json", "--", "sh", "-c", script]);
    let errors = says(&output, 0);
    let told = errors.contains("`fcntl`: the rule of the file replaces those of ");
    assert_eq!(told, folder.seen("p.json").contains("fcntl"), "{errors}");
    assert!(told, "{errors}");
}
