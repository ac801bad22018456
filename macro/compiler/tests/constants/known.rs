//! Values and names to compare with any manual.

use Abi::*;
use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::constants;

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
