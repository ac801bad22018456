//! The table of arguments is complete, well-formed and what kernels do.

mod places;
mod script;
#[cfg(unix)]
#[path = "../support/skip.rs"]
mod skip;
mod types;

use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::linux::arguments;
use seccomp_profile_compiler::linux::syscalls;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const TEXT: &str = include_str!("../../src/linux/arguments.csv");

/// Words for types, and their bits where a word has 64.
const TYPES: [(&str, u32); 13] = [
    ("address", 64),
    ("any", 64),
    ("fd", 32),
    ("flags", 32),
    ("int", 32),
    ("long", 64),
    ("longflags", 64),
    ("s64", 64),
    ("size", 64),
    ("u16", 16),
    ("u64", 64),
    ("uint", 32),
    ("ulong", 64),
];

fn rows() -> impl Iterator<Item = Vec<&'static str>> {
    TEXT.lines().skip(1).map(|line| line.split(',').collect())
}

fn has(abi: Abi, call: &str) -> bool {
    syscalls::number(abi, call).is_some()
}

/// Every ABI with each of its calls.
fn everywhere() -> impl Iterator<Item = (Abi, &'static str)> {
    let of = |abi| {
        syscalls::names()
            .filter(move |call| has(abi, call))
            .map(move |call| (abi, call))
    };
    Abi::ALL.into_iter().flat_map(of)
}

fn bits(word: &str) -> u32 {
    let found = TYPES.iter().find(|(name, _)| *name == word);
    found.unwrap_or_else(|| panic!("unknown type {word}")).1
}

/// Checks `name:type<declared:FAMILY` or `-<declared` and returns the name.
fn check(cell: &'static str, remark: &str) -> &'static str {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if let Some(declared) = cell.strip_prefix("-<") {
        bits(declared);
        assert!(!remark.is_empty(), "{cell} without a reason");
        return "-";
    }
    let parts: Vec<&str> = cell.split(':').collect();
    assert!((2..=3).contains(&parts.len()), "{cell}");
    assert!(!parts[0].is_empty() && parts[0].bytes().all(word), "{cell}");
    match parts[1].split_once('<') {
        Some((taken, declared)) => {
            assert!(bits(taken) < bits(declared), "{cell} is not narrower");
            assert!(!remark.is_empty(), "{cell} without a reason");
        }
        None => drop(bits(parts[1])),
    }
    let family = parts.get(2).unwrap_or(&"AF");
    let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    assert!(!family.is_empty() && family.bytes().all(upper), "{cell}");
    parts[0]
}

#[test]
fn every_call_has_a_line_and_every_line_a_call() {
    assert!(arguments::calls().eq(syscalls::names()));
}

#[test]
fn text_is_canonical() {
    assert!(TEXT.starts_with("call,0,1,2,3,4,5,differs,note\n"));
    assert!(TEXT.is_ascii() && TEXT.ends_with('\n') && !TEXT.contains('\r'));
    for row in rows() {
        assert_eq!(row.len(), 9, "{row:?}");
        let (registers, differs, remark) = (&row[1..7], row[7], row[8]);
        let used: Vec<&str> = registers
            .iter()
            .copied()
            .take_while(|cell| !cell.is_empty())
            .collect();
        assert!(
            registers[used.len()..].iter().all(|cell| cell.is_empty()),
            "{row:?}"
        );
        let names: Vec<&str> = used.iter().map(|cell| check(cell, remark)).collect();
        let named: BTreeSet<&&str> = names.iter().filter(|name| **name != "-").collect();
        assert_eq!(
            named.len(),
            names.iter().filter(|name| **name != "-").count(),
            "{row:?}"
        );
        assert_eq!(remark, remark.trim(), "{row:?}");
        let mut seen = BTreeSet::new();
        for entry in differs.split("; ").filter(|entry| !entry.is_empty()) {
            let (abis, registers) = entry.split_once(" =").expect(entry);
            let abis: Vec<Abi> = abis
                .split(' ')
                .map(|abi| Abi::from_name(abi).expect(abi))
                .collect();
            assert!(abis.windows(2).all(|pair| pair[0] < pair[1]), "{row:?}");
            for abi in abis {
                assert!(seen.insert(abi), "{} has {abi} twice", row[0]);
                assert!(has(abi, row[0]), "{abi} has no {}", row[0]);
            }
            assert!(
                registers.is_empty() || registers.starts_with(' '),
                "{row:?}"
            );
            let cells: Vec<&str> = registers.split(' ').skip(1).collect();
            assert!(cells.len() <= 6, "{row:?}");
            for cell in cells {
                let whole = cell
                    .strip_suffix(".low")
                    .or(cell.strip_suffix(".high"))
                    .unwrap_or(cell);
                let plain = ["-", "*args"].contains(&whole) || names.contains(&whole);
                assert!(plain || !check(whole, remark).is_empty(), "{row:?}: {cell}");
            }
        }
    }
}

#[test]
fn reader_reads_every_line() {
    for row in rows() {
        let usual = arguments::usual(row[0]).unwrap();
        let used = row[1..7].iter().filter(|cell| !cell.is_empty()).count();
        assert_eq!(usual.count(), used, "{}", row[0]);
        for (index, cell) in row[1..7].iter().enumerate() {
            let name = usual.get(index).map_or("", |argument| argument.name);
            let expected = cell.split(':').next().unwrap();
            assert_eq!(name, if cell.starts_with('-') { "" } else { expected });
        }
        assert_eq!(usual.get(6), None);
        for abi in Abi::ALL {
            let here = arguments::of(abi, row[0]).unwrap();
            let listed = row[7].split([' ', ';']).any(|word| word == abi.name());
            assert!(listed || here == usual, "{} on {abi}", row[0]);
            for index in 0..8 {
                assert_eq!(arguments::argument(abi, row[0], index), here.get(index));
            }
        }
    }
    for call in [
        "",
        "call",
        "READ",
        "read ",
        "rea",
        "reads",
        "read,fd",
        "read,fd:fd",
        "zzz",
        "_",
        "\n",
    ] {
        assert_eq!(arguments::usual(call), None, "{call:?}");
        assert_eq!(arguments::of(Abi::X86_64, call), None);
        assert_eq!(arguments::place(Abi::X86_64, call, 0), None);
    }
}

/// What the table has of each kind: a change of these figures is to be explained.
#[test]
fn figures() {
    let mut figures: BTreeMap<&str, usize> = BTreeMap::new();
    let mut add = |what, number| *figures.entry(what).or_default() += number;
    for row in rows() {
        let registers = row[1..7].iter().filter(|cell| !cell.is_empty());
        add("calls", 1);
        add("registers", registers.clone().count());
        add(
            "with a family",
            registers
                .clone()
                .filter(|cell| cell.matches(':').count() == 2)
                .count(),
        );
        add(
            "narrower than declared",
            registers
                .clone()
                .filter(|cell| cell.contains('<') && !cell.starts_with('-'))
                .count(),
        );
        add(
            "not looked at",
            registers.filter(|cell| cell.starts_with('-')).count(),
        );
        add("calls that differ", usize::from(!row[7].is_empty()));
        add(
            "calls without a kernel",
            usize::from(row[8].starts_with("no kernel")),
        );
    }
    for (abi, call) in everywhere() {
        add(
            "differences of an ABI",
            usize::from(arguments::of(abi, call) != arguments::usual(call)),
        );
    }
    let expected = [
        ("calls", 509),
        ("calls that differ", 39),
        ("calls without a kernel", 24),
        ("differences of an ABI", 267),
        ("narrower than declared", 30),
        ("not looked at", 9),
        ("registers", 1366),
        ("with a family", 280),
    ];
    assert_eq!(figures, BTreeMap::from(expected));
}

/// Families are those of the table of constants, where it is there.
#[test]
fn families_are_known() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/linux/constants.csv");
    let Ok(constants) = std::fs::read_to_string(source) else {
        return;
    };
    let families = constants.lines().filter_map(|line| line.split(',').nth(1));
    let families: BTreeSet<&str> = families.flat_map(|cell| cell.split(' ')).collect();
    for call in arguments::calls() {
        let usual = arguments::usual(call).unwrap();
        for family in (0..6).filter_map(|index| usual.get(index)?.family) {
            assert!(families.contains(family), "{call}: {family}");
        }
    }
}
