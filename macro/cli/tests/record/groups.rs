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

    // Nothing that the run does not show.
    let output = folder.record(&["--groups", "-o", "q.json", "--", host(), "nothing"]);
    let errors = says(&output, 0);
    for group in ["threads", "spawn", "tcp", "panic"] {
        assert!(!errors.contains(&format!("\"{group}\"")), "{errors}");
    }
}
