//! `seccomp-profile check` as a user runs it.

#[path = "../scan/folder.rs"]
mod folder;
#[path = "../../../compiler/tests/support/golden.rs"]
mod golden;
#[path = "../scan/program.rs"]
mod program;

use std::path::Path;

use folder::Folder;
use golden::golden;
use program::Elf;
use program::Op::{Call, First, Make, MakeAny, Point, Return};

/// Two sockets, one by a pointer; a write, `clone3` and an exit.
fn program() -> Elf {
    Elf::new(&[
        ("_start", &[Call("main"), First(0), Make(231), Return]),
        (
            "main",
            &[First(1), Make(41), Point("later"), Call("tell"), Return],
        ),
        ("tell", &[First(1), Make(1), Return]),
        (
            "later",
            &[First(2), Make(41), Make(435), Call("tell"), Return],
        ),
    ])
}

fn open() -> Elf {
    Elf::new(&[("_start", &[MakeAny, First(0), Make(231), Return])])
}

const PROFILE: &str = r#"{
    "defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [
        { "names": ["exit_group", "restart_syscall", "getpid"], "action": "SCMP_ACT_ALLOW" },
        { "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 },
        { "names": ["socket"], "action": "SCMP_ACT_ALLOW",
          "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }] }
    ]
}
"#;

/// As `record` writes it.
const RECORDING: &str = r#"{
    "defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [
        { "comment": "Recorded: program", "names": ["getpid", "read", "exit_group"], "action": "SCMP_ACT_ALLOW" },
        { "comment": "Not recorded: a program crashes", "names": ["tgkill"], "action": "SCMP_ACT_ALLOW" }
    ]
}
"#;

fn files(name: &str) -> Folder {
    let folder = Folder::new(&format!("check-{name}"));
    folder.write("program", program().bytes());
    folder.write("open", open().bytes());
    let missing = Elf {
        needed: vec!["libnone.so.1"],
        ..program()
    };
    folder.write("missing", missing.bytes());
    folder.write("profile.json", PROFILE);
    folder.write("recording.json", RECORDING);
    folder.write("exit.json", PROFILE.replace(", \"getpid\"", ""));
    let all = PROFILE.replace("\"exit_group\"", "\"exit_group\", \"write\"");
    folder.write("write.json", &all);
    let any = all
        .replace("\"SCMP_CMP_EQ\"", "\"SCMP_CMP_LE\"")
        .replace("\"value\": 1", "\"value\": 2");
    folder.write("any.json", any.replace(", \"getpid\"", ""));
    let listed = "\"architectures\": [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\"],\n    \"syscalls\"";
    folder.write(
        "x86.json",
        any.replace(", \"getpid\"", "")
            .replace("\"syscalls\"", listed),
    );
    folder.write("open.json", r#"{ "defaultAction": "SCMP_ACT_ALLOW" }"#);
    folder
}

#[test]
fn lists_are_these() {
    let text = files("lists").session(&[
        "check profile.json program",
        "check any.json program",
        "check --with stdio any.json program",
        "check x86.json program",
        "check open.json program",
        "check --recording recording.json profile.json program",
        "check profile.json open",
        "check --partial profile.json missing",
        "check --accept write --accept socket --accept read profile.json program",
    ]);
    golden(Path::new("tests/check/lists.txt"), &text);
}

#[test]
fn scripts_get_these() {
    let text = files("scripts").session(&[
        "check --json --with stdio profile.json program",
        "check --json any.json open",
    ]);
    golden(Path::new("tests/check/json.txt"), &text);
}

/// Each list is an error only if it is named, and what is not complete always.
#[test]
fn the_status_is_that_of_the_named_lists() {
    let folder = files("status");
    folder.write("empty.json", r#"{ "defaultAction": "SCMP_ACT_ERRNO" }"#);
    // What the code can do was not recorded.
    folder.write("scanned.json", RECORDING.replace("Recorded: ", "Scanned: "));
    for (words, status) in [
        ("profile.json program", 0),
        ("--deny can-be-denied profile.json program", 1),
        ("--deny can-be-denied write.json program", 0),
        (
            "--deny can-be-denied --accept write profile.json program",
            0,
        ),
        ("--deny can-be-denied --accept read profile.json program", 1),
        ("--deny on-conditions write.json program", 1),
        ("--deny on-conditions --accept socket write.json program", 0),
        ("--deny on-conditions any.json program", 0),
        ("--deny unused profile.json program", 1),
        ("--deny unused --accept getpid profile.json program", 0),
        (
            "--deny unused --recording recording.json profile.json program",
            0,
        ),
        ("--deny unused exit.json program", 0),
        ("--deny unused --with stdio exit.json program", 0),
        ("--deny unused any.json program", 0),
        ("--deny unused x86.json program", 1),
        ("--deny unused --native-only x86.json program", 0),
        ("--deny unused --deny can-be-denied any.json program", 0),
        ("--deny unused --deny can-be-denied profile.json program", 1),
        ("--json --deny can-be-denied profile.json program", 1),
        ("exit.json open", 1),
        ("--partial exit.json open", 0),
        ("any.json missing", 1),
        ("--partial any.json missing", 0),
        ("--partial --deny unused profile.json missing", 1),
        ("none.json program", 1),
        ("profile.json none", 1),
        ("profile.json profile.json", 1),
        ("program program", 1),
        ("--recording none profile.json program", 1),
        ("--recording program profile.json program", 1),
        ("--recording empty.json profile.json program", 1),
        ("--recording scanned.json profile.json program", 1),
        ("--deny everything profile.json program", 2),
        ("--accept none profile.json program", 2),
        ("--target aarch64 profile.json program", 2),
        ("profile.json", 2),
    ] {
        let words: Vec<&str> = ["check"].into_iter().chain(words.split(' ')).collect();
        let output = folder.run(&words);
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(status), "{words:?}: {text}");
    }
}

/// What `scan -o` writes denies nothing that the code can do, and a program under it is not held up.
#[test]
fn a_scanned_profile_denies_nothing() {
    let folder = files("scanned");
    folder.succeeds(&["scan", "-o", "p.json", "--exact", "program"]);
    let words = [
        "check",
        "--deny",
        "can-be-denied",
        "--deny",
        "on-conditions",
    ];
    let words = [&words[..], &["--deny", "unused", "p.json", "program"]].concat();
    folder.succeeds(&words);
}

#[test]
fn the_help_is_this() {
    let help = Folder::new("check-help").succeeds(&["check", "--help"]);
    golden(Path::new("tests/check/help.txt"), &help);
}
