//! `seccomp-profile scan` as a user runs it.

#[path = "../../../compiler/tests/support/golden.rs"]
mod golden;
#[path = "../../../compiler/tests/support/skip.rs"]
mod skip;

mod folder;
mod libraries;
mod program;
mod real;
mod writes;

use std::path::Path;

use folder::Folder;
use golden::golden;
use program::Elf;
use program::Op::{Call, First, Make, MakeAny, Point, Return};

/// A program with two ways to `write`, one of them by a pointer.
pub(crate) fn small() -> Elf {
    Elf::new(&[
        ("_start", &[Call("main"), First(0), Make(231), Return]),
        (
            "main",
            &[
                Call("_ZN3app4tell17h0123456789abcdefE"),
                Point("later"),
                Return,
            ],
        ),
        (
            "_ZN3app4tell17h0123456789abcdefE",
            &[First(1), Make(1), Return],
        ),
        ("later", &[First(2), Make(41), Make(1), Return]),
        ("never", &[Make(101), Return]),
    ])
}

/// The same after an update: another call, and a site that is not bounded.
pub(crate) fn newer() -> Elf {
    Elf::new(&[
        ("_start", &[Call("main"), First(0), Make(231), Return]),
        ("main", &[Point("later"), Call("wrapper"), Return]),
        ("later", &[First(2), Make(41), Make(59), Make(1), Return]),
        ("wrapper", &[MakeAny, Return]),
    ])
}

fn files(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("small", small().bytes());
    folder.write("newer", newer().bytes());
    folder.write(
        "dynamic",
        Elf {
            needed: vec!["libnone.so.1"],
            ..small()
        }
        .bytes(),
    );
    folder
}

#[test]
fn answers_are_these() {
    let text = files("answers").session(&[
        "scan small",
        "scan newer",
        "scan --partial newer",
        "scan dynamic",
        "scan --why write --why socket --why ptrace small",
        "scan --why ptrace newer",
    ]);
    golden(Path::new("tests/scan/answers.txt"), &text);
}

#[test]
fn scripts_get_these() {
    let folder = files("scripts");
    let text = folder.session(&["scan --json small", "scan --json newer"]);
    golden(Path::new("tests/scan/json.txt"), &text);
    for file in ["small", "newer", "dynamic"] {
        let output = folder.run(&["scan", "--json", "--partial", file]);
        assert!(output.status.success(), "{file}");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["complete"], file == "small", "{file}");
    }
}

/// Addresses are no difference: a build moves them.
#[test]
fn differences_from_an_earlier_answer_are_these() {
    let folder = files("baseline");
    let mut moved = small();
    moved.functions.swap(1, 4);
    folder.write("moved", moved.bytes());
    folder.write("other.json", r#"{ "arch": "aarch64", "calls": [] }"#);
    folder.write(
        "part.json",
        r#"{ "arch": "x86_64", "calls": [{ "nr": "one" }] }"#,
    );
    let text = folder.session(&[
        "scan --json small > small.json",
        "scan --baseline small.json moved",
        "scan --baseline small.json newer",
        "scan --baseline small.json --json --partial newer > changes.json",
        "scan --json newer > newer.json",
        "scan --baseline newer.json small",
        "scan --baseline other.json small",
        "scan --baseline part.json small",
        "scan --baseline small small",
        "scan --baseline none.json small",
    ]);
    golden(Path::new("tests/scan/baseline.txt"), &text);
    let changes: serde_json::Value = serde_json::from_str(&folder.read("changes.json")).unwrap();
    assert_eq!(changes["baseline"]["new"]["calls"][0]["name"], "execve");
}

/// A file as `strip` of some tools leaves it: only segments say what is loaded.
fn without_sections(file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    file[40..48].fill(0);
    file[60..64].fill(0);
    file
}

/// The header of a program of s390x.
fn big_endian() -> Vec<u8> {
    let mut file = vec![0x7f, b'E', b'L', b'F', 2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    file.extend([2u16, 22].map(u16::to_be_bytes).concat());
    file.extend(1u32.to_be_bytes());
    file.extend([0u64; 3].map(u64::to_be_bytes).concat());
    file.extend(0u32.to_be_bytes());
    file.extend([64u16, 56, 0, 64, 0, 0].map(u16::to_be_bytes).concat());
    file
}

#[test]
fn wrong_files_are_told() {
    let folder = files("wrong");
    let bytes = small().bytes();
    let with = |place: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[place] = value;
        bytes
    };
    for (name, bytes) in [
        ("text", b"#!/bin/sh\n".to_vec()),
        ("empty", Vec::new()),
        ("short", bytes[..40].to_vec()),
        ("no-table", bytes[..100].to_vec()),
        ("cut", bytes[..0x1010].to_vec()),
        (
            "cut-without-sections",
            without_sections(&bytes)[..0x1010].to_vec(),
        ),
        ("narrow", with(4, 1)),
        ("big-endian", big_endian()),
        ("riscv64", with(18, 243)),
        ("object", with(16, 1)),
    ] {
        folder.write(name, bytes);
    }
    let text = folder.session(&[
        "scan none",
        "scan .",
        "scan text",
        "scan empty",
        "scan short",
        "scan no-table",
        "scan cut",
        "scan cut-without-sections",
        "scan narrow",
        "scan big-endian",
        "scan riscv64",
        "scan object",
        "scan --library-path none small",
        "scan --sysroot text small",
    ]);
    golden(Path::new("tests/scan/wrong.txt"), &text);
}

/// Sections that say that they are code have together more bytes than a number holds.
#[test]
fn sections_can_claim_anything() {
    let folder = files("claims");
    let mut bytes = small().bytes();
    let table = u64::from_le_bytes(bytes[40..48].try_into().unwrap()) as usize;
    for section in bytes[table..].chunks_exact_mut(64).skip(1) {
        section[8..16].copy_from_slice(&6u64.to_le_bytes());
        section[16..24].copy_from_slice(&1u64.to_le_bytes());
    }
    let text = &mut bytes[table + 64..];
    text[32..40].copy_from_slice(&(u64::MAX - 1).to_le_bytes());
    folder.write("claims", bytes);
    folder.succeeds(&["scan", "claims"]);
}

/// An array of functions that the loader calls is as large as a terabyte of memory behind the file.
#[cfg(target_os = "linux")]
#[test]
fn memory_can_claim_anything() {
    let folder = files("memory");
    let mut bytes = small().bytes();
    let table = u64::from_le_bytes(bytes[40..48].try_into().unwrap()) as usize;
    const CLAIMED: u64 = 1 << 40;
    // The size in memory of the only segment.
    bytes[64 + 40..64 + 48].copy_from_slice(&CLAIMED.to_le_bytes());
    // The section with the symbols becomes the array.
    let array = &mut bytes[table + 2 * 64..];
    array[4..8].copy_from_slice(&14u32.to_le_bytes());
    let start = program::BASE + 0x10_0000;
    let claims = [start, 0, CLAIMED - 0x10_0000].map(u64::to_le_bytes);
    array[16..40].copy_from_slice(&claims.concat());
    folder.write("claims", bytes);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -v 1000000 && exec \"$0\" scan claims"]);
    shell.arg(env!("CARGO_BIN_EXE_seccomp-profile"));
    let output = shell.current_dir(&folder.0).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}

#[test]
fn wrong_usage_has_a_status_of_its_own() {
    let folder = files("usage");
    for words in [
        "scan",
        "scan small newer",
        "scan --why none small",
        "scan --why write --json small",
        "scan --merge small",
        "scan --with panic small",
        "scan --native-only small",
        "scan --target riscv64 small",
        "scan --target none small",
        "scan -o p.json --override none small",
        "scan -o p.json --baseline b.json small",
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        let output = folder.run(&words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(output.stdout.is_empty(), "{words:?}");
    }
    folder.succeeds(&["scan", "--target", "x86_64", "small"]);
    assert!(!folder.path("p.json").exists());
}

#[test]
fn the_help_is_this() {
    let help = Folder::new("help").succeeds(&["scan", "--help"]);
    golden(Path::new("tests/scan/help.txt"), &help);
}
