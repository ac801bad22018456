//! `--arguments`: choices and flags that were seen.

use serde_json::json;

use crate::recording::{Folder, host, runs, succeeds};

fn rules(folder: &Folder, file: &str, name: &str) -> Vec<serde_json::Value> {
    let mut rules = folder.rules(file);
    rules.retain(|rule| rule["names"] == json!([name]));
    rules
}

#[test]
fn choices_are_conditions() {
    let folder = Folder::new("choices");
    succeeds(folder.record(&["--arguments", "-o", "p.json", "--", host(), "sockets"]));
    let sockets = rules(&folder, "p.json", "socket");
    assert_eq!(sockets.len(), 2);
    assert_eq!(
        sockets[0]["comment"],
        "family is AF_UNIX; type is SOCK_STREAM|SOCK_CLOEXEC; protocol is IPPROTO_IP"
    );
    assert_eq!(
        sockets[1]["args"],
        json!([
            { "index": 0, "op": "SCMP_CMP_EQ", "value": 2 },
            { "index": 1, "op": "SCMP_CMP_EQ", "value": 2 },
            { "index": 2, "op": "SCMP_CMP_EQ", "value": 0 }
        ])
    );
    let compiled = folder.compiled("p.json", &[]);
    assert_eq!(compiled.warnings, []);
    assert!(runs(&compiled, "socket", [2, 2, 0, 0, 0, 0]));
    assert!(!runs(&compiled, "socket", [2, 1, 0, 0, 0, 0]));
    assert!(!runs(&compiled, "socket", [16, 2, 0, 0, 0, 0]));
    succeeds(folder.under("p.json", &[], &[host(), "sockets"]));
}

/// The kernel takes 32 bits of it; C libraries extend them in two ways.
#[test]
fn a_choice_of_32_bits_has_both_extensions() {
    let folder = Folder::new("extended");
    let words = ["--arguments", "-o", "p.json", "--", host(), "terminal"];
    let said = succeeds(folder.record(&words));
    assert!(said.contains("Bad file descriptor"), "{said}");
    let compiled = folder.compiled("p.json", &[]);
    assert_eq!(compiled.warnings, []);
    let with = |request| runs(&compiled, "ioctl", [u64::MAX, request, 0, 0, 0, 0]);
    assert!(with(0xffff_ffff_8004_5430) && with(0x8004_5430));
    assert!(!with(0x8004_5431) && !with(0x4_5430));
    let under = succeeds(folder.under("p.json", &[], &[host(), "terminal"]));
    assert_eq!(under, said);
}

#[test]
fn flags_are_bits_that_were_never_seen() {
    let folder = Folder::new("flags");
    succeeds(folder.record(&["--arguments", "-o", "p.json", "--", host(), "threads"]));
    let compiled = folder.compiled("p.json", &[]);
    // Read, close on exec; not written.
    assert!(runs(&compiled, "openat", [0, 0, 0o2000000, 0, 0, 0]));
    assert!(!runs(&compiled, "openat", [0, 0, 0o101, 0, 0, 0]));
    // Threads, not processes with namespaces of their own.
    assert!(!runs(&compiled, "clone", [0x1000_0000, 0, 0, 0, 0, 0]));
    // A flag without which a call can do more must be set if it always was.
    let clone = rules(&folder, "p.json", "clone");
    let comment = clone[0]["comment"].as_str().unwrap();
    assert!(comment.ends_with(", always CLONE_THREAD"), "{comment}");
    assert!(!runs(&compiled, "clone", [0x11, 0, 0, 0, 0, 0]));
    let openat = rules(&folder, "p.json", "openat");
    assert_eq!(openat[0]["comment"], "bits of flags seen: O_CLOEXEC");
    assert_eq!(openat[0]["args"][0]["op"], "SCMP_CMP_MASKED_EQ");
    assert_eq!(openat[0]["args"][0]["valueTwo"], 0);
    assert_eq!(
        succeeds(folder.under("p.json", &[], &[host(), "threads"])),
        "32\n"
    );
}

#[test]
fn too_many_choices_are_none() {
    let folder = Folder::new("many");
    succeeds(folder.record(&["--arguments", "-o", "p.json", "--", host(), "advice"]));
    let advice = rules(&folder, "p.json", "madvise");
    assert_eq!(
        advice,
        [json!({
            "comment": "Without conditions: more than 8 choices of behavior were seen",
            "names": ["madvise"],
            "action": "SCMP_ACT_ALLOW"
        })]
    );
}

#[test]
fn constants_can_be_written_by_name() {
    let folder = Folder::new("names");
    let words = [
        "--arguments",
        "--names",
        "-o",
        "p.json",
        "--",
        host(),
        "sockets",
    ];
    succeeds(folder.record(&words));
    let sockets = rules(&folder, "p.json", "socket");
    assert_eq!(sockets[0]["args"][1]["value"], "SOCK_STREAM|SOCK_CLOEXEC");
    succeeds(folder.under("p.json", &[], &[host(), "sockets"]));
}
