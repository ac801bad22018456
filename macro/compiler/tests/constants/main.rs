//! The table of constants is well-formed, is what kernels have, and is read as it stands.

mod known;
mod script;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[path = "../support/skip.rs"]
mod skip;

use Abi::*;
use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::abi::Width;
use seccomp_profile_compiler::linux::constants::{self, Libc};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const TEXT: &str = include_str!("../../src/linux/constants.csv");

/// The table read once more, eagerly and without sharing code: cells of each line.
fn lines() -> Vec<[&'static str; 6]> {
    let cells = |line: &'static str| {
        let cells: Vec<&str> = line.split(',').collect();
        cells.try_into().unwrap_or_else(|_| panic!("{line}"))
    };
    TEXT.lines().skip(1).map(cells).collect()
}

/// The ABIs that a word before `=` stands for.
fn selected(abis: &str) -> BTreeSet<Abi> {
    let selects = |abi: &Abi| match abis {
        "w32" => abi.width() == Width::W32,
        _ => match abis.strip_suffix('*') {
            Some(start) => abi.column().starts_with(start),
            None => abi.column() == abis,
        },
    };
    Abi::ALL.into_iter().filter(selects).collect()
}

fn parse(text: &str) -> Option<i128> {
    let (digits, radix) = match text.get(..2) {
        Some("0x") => (&text[2..], 16),
        Some("0o") => (&text[2..], 8),
        _ if text == "-" => return None,
        _ => (text, 10),
    };
    let number = i128::from_str_radix(digits, radix).unwrap_or_else(|_| panic!("{text}"));
    assert!((-(1 << 63)..1 << 64).contains(&number), "{text}");
    Some(number)
}

/// Every value of a line, by ABI.
fn values(line: &[&str; 6]) -> BTreeMap<Abi, Option<u64>> {
    let mut values = BTreeMap::new();
    for word in line[5].split_ascii_whitespace() {
        let (abis, value) = word.split_once('=').unwrap();
        for abi in selected(abis) {
            values.entry(abi).or_insert(parse(value));
        }
    }
    for abi in Abi::ALL {
        values.entry(abi).or_insert(parse(line[4]));
    }
    let bits = |value: i128| value as u64;
    let entries = values.into_iter();
    entries.map(|(abi, value)| (abi, value.map(bits))).collect()
}

#[test]
fn text_is_canonical() {
    assert!(TEXT.is_ascii() && TEXT.ends_with('\n') && !TEXT.contains('\r'));
    let header = TEXT.lines().next().unwrap();
    assert_eq!(header, "name,family,kind,libc,value,elsewhere");
    let lines = lines();
    for pair in lines.windows(2) {
        assert!(pair[0][0] < pair[1][0], "{} {}", pair[0][0], pair[1][0]);
    }
    for line in &lines {
        let [name, families, kind, libc, value, elsewhere] = *line;
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        assert!(name.bytes().all(word), "{name}");
        assert!(
            !name.starts_with(|first: char| first.is_ascii_digit()),
            "{name}"
        );
        let mut seen = BTreeSet::new();
        for family in families.split(' ') {
            assert!(!family.is_empty() && family.bytes().all(word), "{name}");
            assert!(seen.insert(family), "{name} is in {family} twice");
        }
        assert!(["value", "flag", "alias"].contains(&kind), "{name}: {kind}");
        let mut words = libc.split(' ');
        let state = words.next().unwrap();
        assert!(["all", "some", "no"].contains(&state), "{name}: {libc}");
        for word in words {
            let column = word.strip_prefix('-').unwrap();
            assert!(
                state != "no" && !selected(column).is_empty(),
                "{name}: {libc}"
            );
        }
        let default = parse(value);
        let mut done = BTreeSet::new();
        for word in elsewhere.split_ascii_whitespace() {
            let (abis, value) = word.split_once('=').unwrap();
            let here = selected(abis);
            assert!(!here.is_empty(), "{name}: {abis}");
            assert!(!here.is_subset(&done), "{name}: {abis} is decided before");
            // The value of most is only said again where a later word would change it.
            let again = parse(value) == default;
            assert!(!again || elsewhere.contains("w32="), "{name}: {word}");
            done.extend(here);
        }
        let values = values(line);
        assert!(values.values().any(Option::is_some), "{name} is nowhere");
    }
}

#[test]
fn reader_reads_every_cell() {
    let lines = lines();
    assert!(constants::names().eq(lines.iter().map(|line| line[0])));
    for line in &lines {
        let name = line[0];
        assert!(constants::is_known(name));
        assert!(constants::families(name).eq(line[1].split(' ')));
        assert_eq!(constants::family(name), line[1].split(' ').next());
        for (abi, value) in values(line) {
            assert_eq!(constants::value(abi, name), value, "{name} on {abi}");
            let (state, others) = line[3].split_once(' ').unwrap_or((line[3], ""));
            let differs = others
                .split(' ')
                .any(|word| word == format!("-{}", abi.column()));
            let libc = match state {
                "all" if !differs => Libc::Everywhere,
                "some" if !differs => Libc::Somewhere,
                _ => Libc::Nowhere,
            };
            assert_eq!(constants::libc(abi, name), libc, "{name} on {abi}");
        }
    }
    for name in [
        "",
        "name",
        "A",
        "AF",
        "AF_",
        "AF_UNI",
        "AF_UNIXX",
        "af_unix",
        "AF_UNIX,AF",
        "zzz",
        "ü",
    ] {
        assert!(!constants::is_known(name), "{name:?}");
        assert_eq!(constants::value(X86_64, name), None);
        assert_eq!(constants::families(name).count(), 0);
        assert_eq!(constants::libc(X86_64, name), Libc::Nowhere);
    }
}

/// Names without one value for all programs of an ABI must not be here.
#[test]
fn names_that_mean_several_values_are_absent() {
    for name in [
        "SIGRTMIN",
        "SIGRTMAX",
        "AF_MAX",
        "NSIG",
        "RLIM_NLIMITS",
        "PIDFD_GET_INFO",
        "FUTEX_CMD_MASK",
        "Q_SYNC",
        "CAP_LAST_CAP",
        "IORING_REGISTER_LAST",
        "SIOCGSTAMP",
    ] {
        assert!(!constants::is_known(name), "{name}");
    }
    for abi in Abi::ALL {
        let long_is_narrow = abi.width() == Width::W32 && abi != X32;
        for name in ["SO_RCVTIMEO", "SO_SNDTIMEO", "SO_TIMESTAMP"] {
            let value = constants::value(abi, name);
            assert_eq!(value.is_none(), long_is_narrow, "{name} on {abi}");
        }
        assert!(constants::value(abi, "SO_RCVTIMEO_OLD").is_some(), "{abi}");
    }
}

#[test]
fn names_stand_for_what_they_name() {
    let families: BTreeSet<&str> = lines().iter().flat_map(|line| line[1].split(' ')).collect();
    // `TIOC` is so large that every pair of its values would take a minute.
    let families = families.into_iter().filter(|family| *family != "TIOC");
    for family in families {
        for abi in [X86_64, X86, Mips, Parisc, Ppc] {
            for (name, value) in constants::of_family(abi, family) {
                assert_eq!(constants::value(abi, name), Some(value));
                let (names, rest) = constants::flags_of(abi, family, value);
                let sum = names
                    .iter()
                    .fold(rest, |sum, name| sum | constants::value(abi, name).unwrap());
                assert_eq!(sum, value, "{name} on {abi}: {names:?} {rest:#x}");
                if let Some(shown) = constants::name_of(abi, family, value) {
                    assert_eq!(constants::value(abi, shown), Some(value), "{name} on {abi}");
                }
            }
        }
    }
    assert_eq!(constants::of_family(X86_64, "NO_FAMILY").count(), 0);
}

#[test]
fn misspelled_names_have_suggestions() {
    let near =
        |word| seccomp_profile_compiler::nearest(word, &constants::names().collect::<Vec<_>>());
    assert_eq!(near("AF_UNX").first(), Some(&"AF_UNIX"));
    assert_eq!(near("af_unix").first(), Some(&"AF_UNIX"));
    assert_eq!(near("CLONE_NEWUSERNS").first(), Some(&"CLONE_NEWUSER"));
}

/// Arguments name families that have constants.
#[test]
fn families_of_arguments_have_constants() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/linux/arguments.csv");
    let Ok(text) = std::fs::read_to_string(path) else {
        return;
    };
    for line in text.lines().skip(1) {
        for cell in line.split(',').skip(1).take(6) {
            let Some(family) = cell.splitn(3, ':').nth(2) else {
                continue;
            };
            let of = |abi| constants::of_family(abi, family).next();
            assert!(
                Abi::ALL.into_iter().any(|abi| of(abi).is_some()),
                "`{family}` in {line}"
            );
        }
    }
}
