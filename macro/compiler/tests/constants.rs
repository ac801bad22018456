//! The table of constants is well-formed, is what kernels have, and is read as it stands.

use Abi::*;
use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::abi::Width;
use seccomp_profile_compiler::linux::constants::{self, Libc};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

const TEXT: &str = include_str!("../src/linux/constants.csv");

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
fn spot_checks() {
    // Names, then the value on each ABI, to be compared with any manual.
    #[rustfmt::skip]
    let known: &[(&str, &[(Abi, u64)])] = &[
        ("AF_UNIX",        &[(X86_64, 1), (Mips, 1), (S390x, 1)]),
        ("AF_VSOCK",       &[(X86_64, 40)]),
        ("PF_INET6",       &[(Aarch64, 10)]),
        ("SOCK_STREAM",    &[(X86_64, 1), (Mips, 2), (Mipsel64, 2), (Mips64n32, 2), (Parisc, 1)]),
        ("SOCK_DGRAM",     &[(X86_64, 2), (Mipsel, 1), (Parisc64, 2)]),
        ("SOCK_NONBLOCK",  &[(X86_64, 0x800), (Mips, 0x80), (Parisc, 0x4000_0000)]),
        ("SOCK_CLOEXEC",   &[(X86_64, 0x80000), (Parisc, 0x20_0000)]),
        ("O_DIRECTORY",    &[(X86_64, 0x10000), (Arm, 0x4000), (Aarch64, 0x4000), (Ppc64le, 0x4000), (Parisc, 0x1000), (Mips, 0x10000), (M68k, 0x4000)]),
        ("O_NONBLOCK",     &[(X86_64, 0x800), (Mips64, 0x80), (Parisc, 0x10000)]),
        ("O_CREAT",        &[(X86_64, 0x40), (Mipsel, 0x100), (Parisc64, 0x100)]),
        ("O_LARGEFILE",    &[(X86_64, 0x8000), (Arm, 0x20000), (Mips, 0x2000)]),
        ("O_TMPFILE",      &[(X86_64, 0x41_0000), (Aarch64, 0x40_4000)]),
        ("MAP_ANONYMOUS",  &[(X86_64, 0x20), (Mips, 0x800), (Parisc, 0x10)]),
        ("MAP_NORESERVE",  &[(X86_64, 0x4000), (Mips64, 0x400), (Ppc, 0x40)]),
        ("MAP_32BIT",      &[(X86_64, 0x40), (X86, 0x40)]),
        ("PROT_EXEC",      &[(X86_64, 4), (Parisc, 4)]),
        ("MCL_FUTURE",     &[(X86_64, 2), (Ppc, 0x4000)]),
        ("SIGUSR1",        &[(X86_64, 10), (Mips, 16), (Parisc, 16)]),
        ("SIGSYS",         &[(X86_64, 31), (Mipsel64, 12), (Parisc, 31)]),
        ("SIGCHLD",        &[(X86_64, 17), (Mips, 18), (Parisc, 18)]),
        ("SIG_BLOCK",      &[(X86_64, 0), (Mips, 1), (Parisc, 0)]),
        ("SOL_SOCKET",     &[(X86_64, 1), (Mips, 0xffff), (Parisc, 0xffff)]),
        ("SO_PEERCRED",    &[(X86_64, 17), (Mips, 18), (Ppc64le, 21), (Parisc, 0x4011)]),
        ("TIOCSTI",        &[(X86_64, 0x5412), (Mips, 0x5472), (Sh, 0x4001_5412), (Ppc, 0x5412)]),
        ("TIOCGWINSZ",     &[(X86_64, 0x5413), (Mips, 0x4008_7468), (Ppc64le, 0x4008_7468), (Sheb, 0x8008_7468)]),
        ("TCGETS",         &[(X86_64, 0x5401), (Mips, 0x540d)]),
        ("FIONREAD",       &[(X86_64, 0x541b), (Mips, 0x467f), (Ppc, 0x4004_667f)]),
        ("F_SETLK",        &[(X86_64, 6), (Mips, 6), (X86, 6)]),
        ("F_GETLK64",      &[(X86, 12), (Mips, 33), (Parisc, 8), (S390, 12)]),
        ("F_DUPFD_CLOEXEC", &[(X86_64, 1030)]),
        ("RLIMIT_NOFILE",  &[(X86_64, 7), (Mips, 5)]),
        ("EFD_NONBLOCK",   &[(X86_64, 0x800), (Mips, 0x80)]),
        ("CLONE_NEWUSER",  &[(X86_64, 0x1000_0000)]),
        ("CLONE_IO",       &[(X86_64, 0x8000_0000), (X86, 0x8000_0000)]),
        ("PR_SET_NO_NEW_PRIVS", &[(X86_64, 38)]),
        ("PTRACE_ATTACH",  &[(X86_64, 16)]),
        ("PTRACE_GETREGS", &[(X86_64, 12), (Arm, 12), (Parisc, 18)]),
        ("FUTEX_WAIT_PRIVATE", &[(X86_64, 128)]),
        ("AT_FDCWD",       &[(X86_64, -100_i64 as u64), (X86, -100_i64 as u64)]),
        ("KEY_SPEC_SESSION_KEYRING", &[(X86_64, -3_i64 as u64)]),
        ("S_ISUID",        &[(X86_64, 0o4000)]),
        ("S_IFCHR",        &[(X86_64, 0o20000)]),
        ("FS_IOC_GETFLAGS", &[(X86_64, 0x8008_6601), (X86, 0x8004_6601), (Mips, 0x4004_6601)]),
        ("KVM_RUN",        &[(X86_64, 0xae80), (Ppc64, 0x2000_ae80)]),
        ("ADDR_NO_RANDOMIZE", &[(X86_64, 0x40000)]),
        ("BPF_PROG_LOAD",  &[(X86_64, 5)]),
        ("POSIX_FADV_DONTNEED", &[(X86_64, 4), (S390x, 6), (S390, 4)]),
    ];
    for (name, values) in known {
        for &(abi, value) in *values {
            assert_eq!(constants::value(abi, name), Some(value), "{name} on {abi}");
        }
    }
    for (abi, name) in [
        (Aarch64, "MAP_32BIT"),
        (X86_64, "F_GETLK64"),
        (Aarch64, "PTRACE_GETREGS"),
        (X86_64, "SIGEMT"),
        (Ppc, "TCGETS2"),
        (Riscv64, "ARCH_SET_FS"),
    ] {
        assert_eq!(constants::value(abi, name), None, "{name} on {abi}");
    }
    let joined = constants::joined(Mips, "SOCK_STREAM|SOCK_NONBLOCK | SOCK_CLOEXEC");
    assert_eq!(joined, Some(0x80082));
    for wrong in ["", "|", "SOCK_STREAM|", "SOCK_STREAM|NO_SUCH"] {
        assert_eq!(constants::joined(X86_64, wrong), None, "{wrong:?}");
    }
}

#[test]
fn values_have_names() {
    #[rustfmt::skip]
    let known: &[(Abi, &str, u64, Option<&str>)] = &[
        (X86_64, "AF", 1, Some("AF_UNIX")),
        (X86_64, "AF", 16, Some("AF_NETLINK")),
        (X86_64, "AF", 99, None),
        (Mips, "SOCK", 2, Some("SOCK_STREAM")),
        (X86_64, "SOCK", 2, Some("SOCK_DGRAM")),
        (X86_64, "PR", 1, Some("PR_SET_PDEATHSIG")),
        (X86_64, "PR", 38, Some("PR_SET_NO_NEW_PRIVS")),
        (X86_64, "TIOC", 0x5412, Some("TIOCSTI")),
        (X86_64, "TIOC", 0x541b, Some("FIONREAD")),
        (X86_64, "SIG", 17, Some("SIGCHLD")),
        (X86_64, "SIG", 6, Some("SIGABRT")),
        (X86_64, "SCHED", 0, Some("SCHED_NORMAL")),
        (X86_64, "FUTEX", 129, Some("FUTEX_WAKE_PRIVATE")),
        (X86_64, "FUTEX", 128, Some("FUTEX_WAIT_PRIVATE")),
        (X86_64, "PROT", 0, Some("PROT_NONE")),
        (X86_64, "O", 0, Some("O_RDONLY")),
        (X86_64, "AT_FDCWD", 0xffff_ff9c, Some("AT_FDCWD")),
        (X86_64, "AT_FDCWD", -100_i64 as u64, Some("AT_FDCWD")),
        (X86_64, "AT", 0x200, None),
        (X86_64, "UNLINKAT", 0x200, Some("AT_REMOVEDIR")),
        (X86_64, "CLONE", 0, None),
        (X86_64, "PERSONALITY", 0x80000, Some("PER_LINUX_FDPIC")),
        (X86, "SO", 20, Some("SO_RCVTIMEO_OLD")),
        (X86_64, "SO", 20, Some("SO_RCVTIMEO")),
        (X86_64, "NO_FAMILY", 1, None),
    ];
    for &(abi, family, value, name) in known {
        let found = constants::name_of(abi, family, value);
        assert_eq!(found, name, "{family} {value:#x} on {abi}");
    }
    #[rustfmt::skip]
    let known: &[(Abi, &str, u64, &str, u64)] = &[
        (X86_64, "PROT", 6, "PROT_WRITE|PROT_EXEC", 0),
        (X86_64, "PROT", 0, "PROT_NONE", 0),
        (X86_64, "O", 0x80042, "O_RDWR|O_CREAT|O_CLOEXEC", 0),
        (X86_64, "O", 3, "O_ACCMODE", 0),
        (X86_64, "O", 0x101001, "O_WRONLY|O_SYNC", 0),
        (X86_64, "SOCK", 0x80801, "SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC", 0),
        (X86_64, "SOCK", 0x8000b, "SOCK_CLOEXEC", 11),
        (X86_64, "MAP", 0x22, "MAP_PRIVATE|MAP_ANONYMOUS", 0),
        (Mips, "MAP", 0x802, "MAP_PRIVATE|MAP_ANONYMOUS", 0),
        (X86_64, "CLONE", 0x1000_0011, "SIGCHLD|CLONE_NEWUSER", 0),
        (X86_64, "CLONE", 0x7e02_0000, "CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET", 0),
        (X86_64, "S", 0o100755, "S_IFREG|S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IRWXU", 0),
        (X86_64, "S", 0o6000, "S_ISGID|S_ISUID", 0),
        (X86_64, "FUTEX", 0x80, "FUTEX_PRIVATE_FLAG", 0),
        (X86_64, "FUTEX", 0x181, "FUTEX_WAKE|FUTEX_PRIVATE_FLAG|FUTEX_CLOCK_REALTIME", 0),
        (X86_64, "AT", 0x1200, "AT_EMPTY_PATH", 0x200),
        (X86_64, "AF", 1 << 40, "", 1 << 40),
        (X86_64, "GRND", 0, "", 0),
    ];
    for &(abi, family, value, names, rest) in known {
        let found = constants::flags_of(abi, family, value);
        assert_eq!(found.0.join("|"), names, "{family} {value:#x} on {abi}");
        assert_eq!(found.1, rest, "{family} {value:#x} on {abi}");
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
    let near = |word| seccomp_profile_compiler::nearest(word, constants::names());
    assert_eq!(near("AF_UNX").first(), Some(&"AF_UNIX"));
    assert_eq!(near("af_unix").first(), Some(&"AF_UNIX"));
    assert_eq!(near("CLONE_NEWUSERNS").first(), Some(&"CLONE_NEWUSER"));
}

/// Headers of one architecture, and what `check-constants` makes of them.
struct Headers {
    files: &'static [(&'static str, &'static str)],
    status: i32,
    says: &'static str,
}

const TABLE: &str = "name,family,kind,libc,value,elsewhere\n\
    AF_ONE,AF,value,all,1,\n\
    O_TWO,O,flag,all,0x2,mips*=-\n\
    TIOCREAD,TIOC,value,no,0x80086601,w32=0x80046601\n";

const RINGS: &str = "opcode,calls,since\nIORING_OP_NOP,,5.1\n";

const HEADERS: &[Headers] = &[
    Headers {
        files: &[("linux/fcntl.h", "#define O_TWO 2\n#define O_OTHER 4\n")],
        status: 0,
        says: "compared x86 x86_64 x32; not seen arm",
    },
    Headers {
        files: &[("linux/fcntl.h", "#define O_TWO 3\n")],
        status: 2,
        says: "contradiction: x86_64: `O_TWO` has another value",
    },
    Headers {
        files: &[(
            "linux/fs.h",
            "#define TIOCREAD (0x80006601 | sizeof(long) << 16)\n",
        )],
        status: 0,
        says: "these headers lack AF_ONE O_TWO \n",
    },
    Headers {
        files: &[(
            "linux/io_uring.h",
            "enum io_uring_op {\n\tIORING_OP_NOP,\n\tIORING_OP_NEW,\n\tIORING_OP_LAST,\n};\n",
        )],
        status: 1,
        says: "IORING_OP_NEW,,\n",
    },
    Headers {
        files: &[(
            "linux/io_uring.h",
            "enum io_uring_op {\n\tIORING_OP_ELSE,\n};\n",
        )],
        status: 2,
        says: "another order",
    },
    Headers {
        files: &[("linux/fs.h", "#include <no/such.h>\n")],
        status: 3,
        says: "cannot read the headers of x86",
    },
];

#[test]
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn check_constants_tells_new_from_wrong() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("check-constants");
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check-constants");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("table.csv"), TABLE).unwrap();
    std::fs::write(place.join("rings.csv"), RINGS).unwrap();
    let check = |arguments: &[&Path]| {
        let output = Command::new("sh")
            .arg(&script)
            .arg("--table")
            .arg(place.join("table.csv"))
            .arg("--rings")
            .arg(place.join("rings.csv"))
            .args(arguments)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    for (i, headers) in HEADERS.iter().enumerate() {
        let directory = place.join(i.to_string());
        let include = directory.join("x86/include");
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(include.join("asm")).unwrap();
        for (path, text) in headers.files {
            let path = include.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let (status, said) = check(&[&directory]);
        assert_eq!(status, Some(headers.status), "{i}: {said}");
        assert!(said.contains(headers.says), "{i}: {said}");
    }
    // What only the newer headers have begins as a family does, or is of no interest.
    let (status, said) = check(&[Path::new("--older"), &place.join("1"), &place.join("0")]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.starts_with("O_OTHER,O,,,,\n"), "{said}");
    let (status, said) = check(&[&place.join("nowhere")]);
    assert_eq!(status, Some(3), "{said}");
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
