//! `--json`: the result for scripts.

use std::fs;

use serde_json::{Value, json};

use crate::recording::{Folder, host, says, succeeds};

fn report(folder: &Folder) -> Value {
    serde_json::from_str(&folder.text("r.json")).unwrap()
}

#[test]
fn scripts_get_what_was_added() {
    let folder = Folder::new("json");
    // An older report is not taken for this one.
    folder.write("r.json", "old");
    let words = ["--json", "r.json", "-o", "p.json", "--", host(), "ppid"];
    succeeds(folder.record(&words));
    let first = report(&folder);
    assert_eq!(first["profile"], "p.json");
    assert_eq!(first["command"], json!([host(), "ppid"]));
    assert_eq!(first["abi"], crate::recording::HOST.name());
    assert_eq!(first["ended"], "exit status: 0");
    assert_eq!(first["succeeded"], true);
    assert_eq!(first["seen"], first["new"]);
    assert!(
        first["seen"]
            .as_array()
            .unwrap()
            .contains(&"getppid".into())
    );
    assert!(first["calls"].as_u64().unwrap() > 10);
    // The rules of the file, in its order.
    let rules = folder.rules("p.json");
    assert_eq!(first["added"], Value::from(rules));
    assert_eq!(first["conflicts"], json!([]));
    assert_eq!(first["groups"], Value::Null);
    assert_eq!(first["notes"], json!([]));
    assert_eq!(first["problem"], Value::Null);

    let words = ["--merge", "--json", "r.json", "-o", "p.json", "--", host()];
    succeeds(folder.record(&[&words[..], &["nothing"]].concat()));
    let again = report(&folder);
    assert_eq!(again["new"], json!([]));
    assert_eq!(again["added"], json!([]));
}

#[test]
fn scripts_get_conflicts_with_their_places() {
    let folder = Folder::new("json-conflict");
    let written = "{\n  \"defaultAction\": \"SCMP_ACT_ERRNO\",\n  \"syscalls\": [\n    { \"names\": \
                   [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\",\n      \"args\": [{ \"index\": 0, \
                   \"op\": \"SCMP_CMP_EQ\", \"value\": 1 }] }\n  ]\n}\n";
    folder.write("p.json", written);
    let words = ["--merge", "--json", "r.json", "-o", "p.json", "--", host()];
    let output = folder.record(&[&words[..], &["sockets"]].concat());
    says(&output, 1);
    let report = report(&folder);
    assert_eq!(
        report["conflicts"],
        json!([{
            "syscall": "socket",
            "number": if cfg!(target_arch = "x86_64") { 41 } else { 198 },
            "args": ["0x2", "0x2", "0x0"],
            "call": "socket(family = AF_INET, type = SOCK_DGRAM, protocol = IPPROTO_IP)",
            "place": "p.json:4:17",
            "why": "is allowed on conditions that this call does not meet",
            "recorded": "allowed",
            "answer": "ERRNO(1)"
        }])
    );
    assert!(!report["new"].as_array().unwrap().contains(&"socket".into()));
}

#[test]
fn scripts_get_groups_and_how_the_command_ended() {
    let folder = Folder::new("json-groups");
    let words = ["--groups", "--json", "r.json", "-o", "p.json", "--", host()];
    says(&folder.record(&[&words[..], &["killed"]].concat()), 1);
    let killed = report(&folder);
    assert_eq!(killed["ended"], "signal: 9 (SIGKILL)");
    assert_eq!(killed["succeeded"], false);
    let note = "the command failed (signal: 9 (SIGKILL)); it may make more calls if it succeeds";
    assert_eq!(killed["notes"], json!([note]));
    let with = killed["groups"]["with"].as_array().unwrap();
    assert!(with.contains(&"abort".into()), "{with:?}");
    let unseen = killed["groups"]["unseen"].as_array().unwrap();
    let abort = unseen.iter().find(|group| group["group"] == "abort");
    assert!(
        abort.unwrap()["syscalls"]
            .as_array()
            .unwrap()
            .contains(&"tgkill".into())
    );
    // Where a rule of the file replaces those of groups.
    let seen = folder.seen("p.json");
    let replaced = killed["groups"]["replaced"].as_array().unwrap();
    assert!({ replaced.iter() }.all(|it| seen.contains(it["syscall"].as_str().unwrap())));
}

#[test]
fn scripts_get_why_nothing_was_written() {
    let folder = Folder::new("json-problem");
    let json = ["--json", "r.json", "-o", "p.json"];
    for (words, problem) in [
        (
            &["--after-install", "--", "true"][..],
            "p.json: the program neither installed a filter nor called `record_from_here`; nothing \
             was written",
        ),
        (
            &["--", "no-such-command"],
            "no-such-command: No such file or directory (os error 2)",
        ),
    ] {
        folder.write("r.json", "old");
        says(&folder.record(&[&json[..], words].concat()), 1);
        let wanted = json!({ "profile": "p.json", "problem": problem });
        assert_eq!(report(&folder), wanted);
    }
}

/// Its folder is looked for before the command runs.
#[test]
fn a_report_that_cannot_be_written_is_refused() {
    let folder = Folder::new("json-unwritten");
    let output = folder.record(&["--json", "none/r.json", "-o", "p.json", "touch", "ran"]);
    let errors = says(&output, 1);
    assert!(errors.starts_with("none/r.json: No such file"), "{errors}");
    let mut files = fs::read_dir(&folder.0).unwrap();
    assert!(files.next().is_none());
}
