//! What `-o` writes.

use std::path::Path;

use seccomp_profile_compiler::{Abi, Options, compile};

use crate::folder::Folder;
use crate::golden::golden;
use crate::program::Elf;
use crate::program::Op::{First, Make, Return};
use crate::{newer, small};

/// A program that needs a counterpart, conditions and `clone3`.
fn rich() -> Elf {
    Elf::new(&[(
        "_start",
        &[
            First(1),
            Make(41),
            First(2),
            Make(41),
            Make(2),
            Make(56),
            Make(435),
            First(0),
            Make(231),
            Return,
        ],
    )])
}

fn files(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("small", small().bytes());
    folder.write("newer", newer().bytes());
    folder.write("rich", rich().bytes());
    folder
}

fn compiles(folder: &Folder, file: &str) {
    let options = Options::default();
    compile(&folder.read(file), Abi::X86_64, &options).unwrap();
}

#[test]
fn profiles_are_these() {
    let folder = files("profiles");
    let mut text = String::new();
    for (file, words) in [
        ("small.json", "scan -o small.json --exact small"),
        ("rich.json", "scan -o rich.json rich"),
        (
            "arguments.json",
            "scan -o arguments.json --exact --arguments --names rich",
        ),
        ("groups.json", "scan -o groups.json --groups rich"),
        ("part.json", "scan -o part.json --exact --partial newer"),
    ] {
        text.push_str(&folder.session(&[words]));
        text.push_str(&folder.read(file));
        text.push('\n');
        if file != "groups.json" && file != "arguments.json" {
            compiles(&folder, file);
        }
    }
    golden(Path::new("tests/scan/profiles.txt"), &text);
}

#[test]
fn nothing_is_written_if_the_answer_is_not_complete() {
    let folder = files("refused");
    let text = folder.session(&[
        "scan -o p.json newer",
        "scan -o p.json --json small > j.json",
    ]);
    golden(Path::new("tests/scan/refused.txt"), &text);
    assert!(folder.read("j.json").starts_with('{'));
    compiles(&folder, "p.json");
}

/// A rule of a person stays as it is, and what it denies is told.
#[test]
fn a_merge_loosens_nothing() {
    let folder = files("merge");
    let mine = r#"{
    "defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [
        { "names": ["socket"], "action": "SCMP_ACT_ALLOW",
          "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }] },
        { "names": ["open"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13 }
    ]
}
"#;
    folder.write("mine.json", mine);
    folder.write("same.json", mine);
    folder.write("over.json", mine);
    let mut text = folder.session(&[
        "scan -o mine.json rich",
        "scan -o mine.json --merge --exact rich",
        "scan -o over.json --merge --exact --override socket --override open rich",
    ]);
    for file in ["mine.json", "over.json"] {
        text.push_str(&folder.read(file));
        compiles(&folder, file);
    }
    let rules = mine.split("\"syscalls\": [").nth(1).unwrap();
    let rules = rules.trim_end().trim_end_matches(['}', ']', '\n', ' ']);
    assert!(folder.read("mine.json").contains(rules), "{rules}");
    golden(Path::new("tests/scan/merge.txt"), &text);
}
