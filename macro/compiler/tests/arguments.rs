//! The table of arguments is complete, well-formed and what kernels do.

use seccomp_profile_compiler::linux::abi::{Abi, Endian, Width};
use seccomp_profile_compiler::linux::arguments::{self, Part, Place, Type};
use seccomp_profile_compiler::linux::syscalls;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use Abi::*;

const TEXT: &str = include_str!("../src/linux/arguments.csv");

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

/// ABIs that filters compare 32 bits on, but whose registers have 64.
const WIDE: [Abi; 3] = [X32, Mips64n32, Mipsel64n32];

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
        assert_eq!(arguments::of(X86_64, call), None);
        assert_eq!(arguments::place(X86_64, call, 0), None);
    }
}

/// What the calling conventions of the ABIs say, against each line.
#[test]
fn wide_arguments_are_in_two_registers_where_registers_have_32_bits() {
    let mut pairs = 0;
    for (abi, call) in everywhere() {
        let here = arguments::of(abi, call).unwrap();
        // `preadv` and its like declare two words, the low one first, on every ABI.
        let vector = call.starts_with("preadv") || call.starts_with("pwritev");
        let narrow = abi.width() == Width::W32 && !WIDE.contains(&abi);
        for index in 0..here.count() {
            let Some(argument) = here.get(index) else {
                continue;
            };
            let wide = matches!(argument.kind, Type::Signed64 | Type::Unsigned64);
            if narrow {
                assert!(!wide || argument.part != Part::Whole, "{call} on {abi}");
            } else {
                assert!(argument.part == Part::Whole || vector, "{call} on {abi}");
            }
            let first = match (abi.endian(), vector) {
                (Endian::Little, _) | (_, true) => Part::Low,
                (Endian::Big, false) => Part::High,
            };
            if argument.part != first {
                continue;
            }
            pairs += 1;
            let second = here.get(index + 1).expect(call);
            assert_eq!(second.name, argument.name, "{call} on {abi}");
            assert!(
                second.part != first && second.part != Part::Whole,
                "{call} on {abi}"
            );
            // arm, MIPS o32 and 32-bit PowerPC begin a pair at an even register.
            let even = matches!(abi, Arm | Mips | Mipsel | Ppc) && !vector;
            assert!(!even || index % 2 == 0, "{call} on {abi}");
            // One more where none is needed would be a mistake; SuperH has it in two calls.
            let padded = index
                .checked_sub(1)
                .is_some_and(|before| here.get(before).is_none());
            let superh = matches!(abi, Sh | Sheb) && ["pread64", "pwrite64"].contains(&call);
            assert_eq!(
                padded,
                superh || even && index > 0 && padded,
                "{call} on {abi}"
            );
        }
        let halves = |part| {
            (0..here.count())
                .filter(|i| here.get(*i).is_some_and(|a| a.part == part))
                .count()
        };
        assert_eq!(halves(Part::Low), halves(Part::High), "{call} on {abi}");
    }
    assert_eq!(pairs, 188);
}

#[test]
fn places_follow_registers() {
    for (abi, call) in everywhere() {
        let (usual, here) = (
            arguments::usual(call).unwrap(),
            arguments::of(abi, call).unwrap(),
        );
        for index in 0..arguments::REGISTERS {
            let Some(argument) = usual.get(index) else {
                assert_eq!(arguments::place(abi, call, index), None);
                continue;
            };
            let is = |at: u8, part| {
                let there = here.get(usize::from(at)).unwrap();
                assert_eq!(
                    (there.name, there.part),
                    (argument.name, part),
                    "{call} on {abi}"
                );
            };
            match arguments::place(abi, call, index).unwrap() {
                Place::Usual => is(index as u8, Part::Whole),
                Place::Register(at) => is(at, Part::Whole),
                Place::Halves { low, high } => {
                    is(low, Part::Low);
                    is(high, Part::High);
                }
                Place::Memory => assert!(here.in_memory() && here.count() == 1),
                Place::Nowhere => assert!(!here.in_memory()),
            }
        }
    }
}

/// Calls whose arguments some ABI does not pass as others do: each with the ABIs, by the place of
/// one argument.
#[test]
fn known_places() {
    #[rustfmt::skip]
    let known: &[(&str, usize, Place, &[Abi])] = &[
        ("mmap", 2, Place::Memory, &[X86, M68k, S390, S390x]),
        ("mmap2", 2, Place::Memory, &[S390]),
        ("select", 0, Place::Memory, &[X86, M68k, Ppc]),
        ("fadvise64_64", 3, Place::Memory, &[S390]),
        ("clone", 0, Place::Register(1), &[S390, S390x]),
        ("clone", 3, Place::Register(4), &[X86_64, X32, Loongarch64, M68k, S390, S390x, Sh, Sheb]),
        ("preadv2", 5, Place::Register(4), &[X32]),
        ("sync_file_range", 3, Place::Nowhere, &[Mips, Mipsel]),
        ("sync_file_range", 3, Place::Register(5), &[X86, M68k, Parisc, S390, Sh, Sheb]),
        ("pread64", 3, Place::Halves { low: 3, high: 4 }, &[X86]),
        ("pread64", 3, Place::Halves { low: 4, high: 5 }, &[Arm, Mipsel, Sh]),
        ("pread64", 3, Place::Halves { low: 5, high: 4 }, &[Mips, Ppc, Sheb]),
        ("pread64", 3, Place::Halves { low: 4, high: 3 }, &[M68k, Parisc, S390]),
        ("readahead", 2, Place::Register(4), &[Arm, Mips, Mipsel, Ppc]),
        ("pipe", 0, Place::Nowhere, &[Mips, Mips64, Mips64n32, Mipsel, Mipsel64, Mipsel64n32, Sh, Sheb]),
    ];
    for (call, index, place, abis) in known {
        let found: Vec<Abi> = everywhere()
            .filter(|(abi, name)| {
                name == call && arguments::place(*abi, call, *index) == Some(*place)
            })
            .map(|(abi, _)| abi)
            .collect();
        assert_eq!(found, *abis, "{call} {index} {place:?}");
    }
}

#[test]
fn known_types() {
    #[rustfmt::skip]
    let known: &[(Abi, &str, &str)] = &[
        (X86_64, "socket", "family:32s:AF type:32s:SOCK protocol:32s:IPPROTO"),
        (X86_64, "openat", "dfd:32s:AT_FDCWD filename:64 flags:32:O mode:16:S"),
        (X86, "openat", "dfd:32s:AT_FDCWD filename:32 flags:32:O mode:16:S"),
        (X86_64, "clone", "flags:32:CLONE newsp:64 parent_tid:64 child_tid:64 tls:64"),
        (S390x, "clone", "newsp:64 flags:32:CLONE parent_tid:64 child_tid:64 tls:64"),
        (Aarch64, "clone", "flags:32:CLONE newsp:64 parent_tid:64 tls:64 child_tid:64"),
        (X86_64, "unshare", "flags:64:CLONE"),
        (X86_64, "mmap", "addr:64 len:64 prot:64:PROT flags:64:MAP fd:32s off:64"),
        (X86, "mmap", "args:32"),
        (X86, "mmap2", "addr:32 len:32 prot:32:PROT flags:32:MAP fd:32s pgoff:32"),
        (X86_64, "mprotect", "start:64 len:64 prot:64:PROT"),
        (X86_64, "ptrace", "request:64s:PTRACE pid:32s addr:64 data:64"),
        (X86_64, "kill", "pid:32s sig:32s:SIG"),
        (X86_64, "ioctl", "fd:32s cmd:32:TIOC arg:64"),
        (X86_64, "prctl", "option:32s:PR arg2:64 arg3:64 arg4:64 arg5:64"),
        (X86_64, "setuid", "uid:32"),
        (X86, "setuid", "uid:16"),
        (S390, "chown", "filename:32 user:16 group:16"),
        (S390x, "chown", "filename:64 user:32 group:32"),
        (X86_64, "preadv2", "fd:32s vec:64 vlen:32 pos:64s - flags:32:RWF"),
        (X86_64, "getcpu", "cpup:64 nodep:64 -"),
        (Arm, "cacheflush", "start:32 end:32 flags:32"),
        (X86_64, "getpid", ""),
        (X86_64, "personality", "personality:32:PERSONALITY"),
        (Ppc64, "personality", "personality:32:PERSONALITY"),
    ];
    for (abi, call, expected) in known {
        let here = arguments::of(*abi, call).unwrap();
        let shown = (0..here.count()).map(|index| {
            let Some(argument) = here.get(index) else {
                return "-".to_string();
            };
            let sign = if argument.kind.is_signed() { "s" } else { "" };
            let family = argument
                .family
                .map_or(String::new(), |family| format!(":{family}"));
            let bits = argument.width(*abi).max().count_ones();
            format!("{}:{bits}{sign}{family}", argument.name)
        });
        assert_eq!(
            shown.collect::<Vec<_>>().join(" "),
            *expected,
            "{call} on {abi}"
        );
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
