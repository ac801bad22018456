//! The table of system calls is well-formed, is what kernels have, and is read as it stands.

use Abi::*;
use seccomp_profile_compiler::linux::abi::{Abi, Multiplexer, X32_BIT, subcall};
use seccomp_profile_compiler::linux::syscalls;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

const TEXT: &str = include_str!("../src/linux/syscalls.csv");

/// A column: its name, how many numbers it has, the highest of its sequence without the base.
/// Of Linux 7.3; s390 of 6.18, as later kernels do not run 31-bit programs.
const COLUMNS: [(&str, usize, u32); 18] = [
    ("x86", 462, 472),
    ("x86_64", 386, 472),
    ("x32", 375, 547),
    ("arm", 431, 472),
    ("aarch64", 328, 472),
    ("loongarch64", 325, 472),
    ("m68k", 444, 472),
    ("mips", 438, 472),
    ("mips64", 374, 472),
    ("mips64n32", 398, 472),
    ("parisc", 408, 472),
    ("parisc64", 387, 472),
    ("ppc", 453, 472),
    ("ppc64", 425, 472),
    ("riscv64", 329, 472),
    ("s390", 440, 469),
    ("s390x", 391, 472),
    ("sh", 437, 472),
];

/// From here to `NEWEST` a call has one number on every ABI.
const COMMON: u32 = 424;
const NEWEST: u32 = 472;

/// Calls from `COMMON` on, and the columns that lack them.
const LACKING: [(&str, &str); 5] = [
    // Needs assembly that sh does not have.
    ("clone3", "sh"),
    // Architectures opt in.
    (
        "memfd_secret",
        "arm m68k mips mips64 mips64n32 parisc parisc64 ppc ppc64 sh",
    ),
    // Newer than the last kernel that runs 31-bit programs.
    ("listns", "s390"),
    ("rseq_slice_yield", "s390"),
    ("fchroot", "s390"),
];

/// The ABIs' numbers at or above `COMMON` that are not of the common sequence:
/// x32's own versions of calls whose arguments differ from x86_64's
/// (`arch/x86/entry/syscalls/syscall_64.tbl`), and arm's private calls.
const APART: [(Abi, std::ops::RangeInclusive<u32>); 2] =
    [(X32, 512..=547), (Arm, 0xf0001..=0xf0006)];

/// Two names of one number; the first is the one the number has.
const ALIASES: [(Abi, u32, &str, &str); 1] =
    [(Arm, 341, "arm_sync_file_range", "sync_file_range2")];

const fn base(abi: Abi) -> u32 {
    match abi {
        X32 => X32_BIT,
        Mips | Mipsel => 4000,
        Mips64 | Mipsel64 => 5000,
        Mips64n32 | Mipsel64n32 => 6000,
        _ => 0,
    }
}

/// The table read once more, eagerly: name, version, numbers by column.
fn lines() -> Vec<(&'static str, &'static str, BTreeMap<&'static str, u32>)> {
    let mut lines = TEXT.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    lines
        .map(|cells| {
            assert_eq!(cells.len(), header.len(), "{cells:?}");
            let numbers = header.iter().zip(&cells).skip(2);
            let numbers = numbers.filter(|(_, cell)| !cell.is_empty());
            let numbers = numbers.map(|(column, cell)| (*column, cell.parse().unwrap()));
            (cells[0], cells[1], numbers.collect())
        })
        .collect()
}

#[test]
fn text_is_canonical() {
    let columns: Vec<&str> = COLUMNS.iter().map(|column| column.0).collect();
    assert_eq!(
        TEXT.lines().next().unwrap(),
        format!("name,since,{}", columns.join(","))
    );
    assert!(TEXT.ends_with('\n') && !TEXT.contains('\r') && !TEXT.contains("\n\n"));
    let lines = lines();
    for pair in lines.windows(2) {
        assert!(pair[0].0 < pair[1].0, "{} before {}", pair[0].0, pair[1].0);
    }
    for ((name, since, numbers), text) in lines.iter().zip(TEXT.lines().skip(1)) {
        let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        assert!(!name.is_empty() && name.bytes().all(word), "{name}");
        let parts: Vec<&str> = since.split('.').collect();
        let digits =
            |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let version = (2..=3).contains(&parts.len()) && parts.iter().all(digits);
        assert!(since.is_empty() || version, "{name}: {since}");
        assert!(!numbers.is_empty(), "{name} has no number");
        // No sign, no leading zero: written again, the line is the same.
        let cells = columns
            .iter()
            .map(|column| numbers.get(column).map_or(String::new(), u32::to_string));
        let again = [name.to_string(), since.to_string()]
            .into_iter()
            .chain(cells);
        assert_eq!(again.collect::<Vec<_>>().join(","), *text);
    }
}

#[test]
fn every_abi_has_a_column_and_every_column_an_abi() {
    let used: BTreeSet<&str> = Abi::ALL.iter().map(|abi| abi.column()).collect();
    let there: BTreeSet<&str> = COLUMNS.iter().map(|column| column.0).collect();
    assert_eq!(used, there);
}

#[test]
fn reader_reads_every_cell() {
    let lines = lines();
    assert!(syscalls::names().eq(lines.iter().map(|line| line.0)));
    for (name, version, numbers) in &lines {
        assert!(syscalls::is_known(name));
        assert_eq!(syscalls::since(name).unwrap_or(""), *version, "{name}");
        for abi in Abi::ALL {
            let number = numbers.get(abi.column()).copied();
            assert_eq!(syscalls::number(abi, name), number, "{name} on {abi}");
        }
    }
    for name in [
        "", "name", "READ", "read ", "rea", "reads", "read,1.0", "zzz",
    ] {
        assert!(!syscalls::is_known(name), "{name:?}");
        assert_eq!(syscalls::since(name), None);
        assert!(
            Abi::ALL
                .iter()
                .all(|abi| syscalls::number(*abi, name).is_none())
        );
    }
}

#[test]
fn calls_are_the_named_numbers_in_order() {
    for abi in Abi::ALL {
        let calls = syscalls::calls(abi);
        assert!(calls.windows(2).all(|pair| pair[0].0 < pair[1].0), "{abi}");
        for (number, name) in calls {
            assert_eq!(syscalls::name(abi, *number), Some(*name));
            assert_eq!(syscalls::number(abi, name), Some(*number));
        }
        let numbers: BTreeSet<u32> = calls.iter().map(|call| call.0).collect();
        let all: BTreeSet<u32> = syscalls::names()
            .filter_map(|name| syscalls::number(abi, name))
            .collect();
        assert_eq!(numbers, all, "{abi}");
        for unused in [base(abi) + 999, u32::MAX] {
            assert_eq!(syscalls::name(abi, unused), None);
        }
    }
}

#[test]
fn columns_have_their_size() {
    for abi in Abi::ALL {
        let (_, count, highest) = COLUMNS
            .into_iter()
            .find(|column| column.0 == abi.column())
            .unwrap();
        assert_eq!(syscalls::calls(abi).len(), count, "{abi}");
        assert_eq!(syscalls::highest(abi), base(abi) + highest, "{abi}");
        let in_range = |nr: u32| {
            let apart = APART
                .iter()
                .any(|(at, range)| *at == abi && range.contains(&nr));
            (base(abi)..=base(abi) + highest).contains(&nr) || apart
        };
        assert!(
            syscalls::calls(abi).iter().all(|call| in_range(call.0)),
            "{abi}"
        );
    }
}

#[test]
fn new_numbers_are_the_same_everywhere() {
    let mut names: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    let mut lacking: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for abi in Abi::ALL {
        for &(nr, name) in syscalls::calls(abi) {
            let nr = nr - base(abi);
            let apart = APART
                .iter()
                .any(|(at, range)| *at == abi && range.contains(&nr));
            if nr >= COMMON && !apart {
                names.entry(nr).or_default().insert(name);
            }
        }
    }
    assert!(names.keys().copied().eq(COMMON..=NEWEST), "{names:?}");
    for (nr, names) in &names {
        let &name = names.first().unwrap();
        assert_eq!(names.len(), 1, "{nr}: {names:?}");
        for abi in Abi::ALL {
            match syscalls::number(abi, name) {
                Some(number) => assert_eq!(number, base(abi) + nr, "{name} on {abi}"),
                None => drop(lacking.entry(name).or_default().insert(abi.column())),
            }
        }
    }
    let listed = LACKING.map(|(name, columns)| (name, columns.split(' ').collect()));
    assert_eq!(lacking, BTreeMap::from(listed));
}

#[test]
fn only_aliases_share_a_number() {
    let mut shared = Vec::new();
    for abi in Abi::ALL {
        let mut first: BTreeMap<u32, &str> = BTreeMap::new();
        for name in syscalls::names() {
            let Some(nr) = syscalls::number(abi, name) else {
                continue;
            };
            match first.get(&nr) {
                Some(holder) => shared.push((abi, nr, *holder, name)),
                None => drop(first.insert(nr, name)),
            }
        }
    }
    assert_eq!(shared, ALIASES);
    for (abi, nr, name, _) in ALIASES {
        assert_eq!(syscalls::name(abi, nr), Some(name));
    }
}

#[test]
fn multiplexers_are_where_the_abi_says() {
    let subcalls = syscalls::names().filter(|name| subcall(name).is_some());
    // 20 socket calls and 12 of System V IPC: each name that `subcall` spells is a call.
    assert_eq!(subcalls.count(), 32);
    for abi in Abi::ALL {
        for (multiplexer, number) in [(Multiplexer::Socketcall, 102), (Multiplexer::Ipc, 117)] {
            let number = abi.multiplexed().then_some(base(abi) + number);
            assert_eq!(syscalls::number(abi, multiplexer.name()), number, "{abi}");
        }
    }
}

#[test]
fn spot_checks() {
    // Names, then the number on each ABI, to be compared with any manual.
    #[rustfmt::skip]
    let known: &[(&str, &[(Abi, u32)])] = &[
        ("read",   &[(X86_64, 0), (X86, 3), (X32, 0x4000_0000), (Arm, 3), (Aarch64, 63),
                     (Riscv64, 63), (Loongarch64, 63), (Mips, 4003), (Mipsel64, 5000),
                     (Mips64n32, 6000), (Ppc64le, 3), (S390x, 3), (Sheb, 3), (Parisc, 3)]),
        ("write",  &[(X86_64, 1), (X86, 4), (X32, 0x4000_0001), (Arm, 4), (Aarch64, 64),
                     (Mipsel, 4004), (S390, 4), (Ppc, 4), (M68k, 4)]),
        ("openat", &[(X86_64, 257), (X86, 295), (Arm, 322), (Aarch64, 56), (S390x, 288),
                     (Ppc64le, 286), (Mips64, 5247)]),
        ("clone3", &[(X86_64, 435), (X86, 435), (X32, 0x4000_01b3), (Aarch64, 435), (Mips, 4435)]),
        ("socket", &[(X86_64, 41), (X86, 359), (Arm, 281), (Aarch64, 198), (S390x, 359),
                     (Ppc64, 326), (Mips, 4183)]),
        ("execve", &[(X86_64, 59), (X32, 0x4000_0000 + 520), (X86, 11), (Aarch64, 221)]),
        ("seccomp", &[(X86_64, 317), (X86, 354), (Arm, 383), (Aarch64, 277), (S390x, 348)]),
        ("set_tls", &[(Arm, 0xf0005)]),
    ];
    for (name, numbers) in known {
        for &(abi, number) in *numbers {
            assert_eq!(syscalls::number(abi, name), Some(number), "{name} on {abi}");
        }
    }
    for (abi, name) in [
        (Aarch64, "open"),
        (X86_64, "socketcall"),
        (X86, "accept"),
        (Sh, "clone3"),
    ] {
        assert_eq!(syscalls::number(abi, name), None, "{name} on {abi}");
    }
    assert_eq!(syscalls::since("clone3"), Some("5.3"));
}

/// A header, and what `check-headers` makes of it: its exit status and words from its output.
struct Header {
    path: &'static str,
    text: &'static str,
    status: i32,
    says: &'static str,
}

const HEADERS: &[Header] = &[
    Header {
        path: "x86/asm/unistd_64.h",
        text: "#define __NR_read 0\n#define __NR_syscalls 999\n",
        status: 0,
        says: "compared x86_64; not seen x86 x32 arm",
    },
    Header {
        path: "mips/include/asm/unistd_o32.h",
        text: "#define __NR_unused18 (__NR_Linux + 18)\n#define __NR_brand_new (__NR_Linux + 499)\n",
        status: 1,
        says: "\n+brand_new,9.9,,,,,,,,4499,,,,,,,,,,\n",
    },
    Header {
        path: "sh/asm/unistd_32.h",
        text: "#define __NR_clone3 435\n",
        status: 1,
        says: ",435,435,435,435\n",
    },
    Header {
        path: "arm-linux-gnueabihf/asm/unistd.h",
        text: "#define __NR_other\t__NR_read\n#define __ARM_NR_set_tls (__ARM_NR_BASE+5) /* old */\n",
        status: 1,
        says: "\n+other,9.9,,,,3,,,,,,,,,,,,,,\n",
    },
    Header {
        path: "x86/asm/unistd_x32.h",
        text: "#define __NR_execve (__X32_SYSCALL_BIT + 59)\n",
        status: 2,
        says: "contradiction: x32: `execve` is 1073741883 in",
    },
    Header {
        path: "arm64/asm/unistd_64.h",
        text: "#define __NR_peek 63\n",
        status: 2,
        says: "contradiction: aarch64: 63 is `peek` in",
    },
    Header {
        path: "x86/asm/unistd_32.h",
        text: "#define __NR_read __SOME_BASE + 3\n",
        status: 3,
        says: "cannot read the number of `read`: __SOME_BASE + 3",
    },
    Header {
        path: "x86/asm/unistd_32.h",
        text: "#include <asm/elsewhere.h>\n",
        status: 3,
        says: "no system call of x86",
    },
    Header {
        path: "vax/asm/unistd_32.h",
        text: "#define __NR_read 3\n",
        status: 3,
        says: "no header with system calls of ours",
    },
];

#[test]
#[cfg(unix)]
fn check_headers_tells_new_from_wrong() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("check-headers");
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check-headers");
    for (i, header) in HEADERS.iter().enumerate() {
        let directory = place.join(i.to_string());
        let path = directory.join(header.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, header.text).unwrap();
        let output = Command::new("sh")
            .arg(&script)
            .args(["--since", "9.9"])
            .arg(&directory)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert_eq!(
            output.status.code(),
            Some(header.status),
            "{}: {said}",
            header.path
        );
        assert!(said.contains(header.says), "{}: {said}", header.path);
    }
}
