//! What groups must not allow, by calls.

use super::*;

#[test]
fn files_read_opens_nothing_to_write() {
    for (call, at) in [("openat", 2), ("open", 1)] {
        for flags in [
            "O_RDONLY",
            "O_CLOEXEC|O_DIRECTORY|O_NOFOLLOW",
            "O_PATH",
            "O_LARGEFILE|O_NONBLOCK",
        ] {
            assert_answer("files-read", call, &[(at, flags)], true);
        }
        for flags in [
            "O_WRONLY",
            "O_RDWR",
            "O_WRONLY|O_RDWR",
            "O_CREAT",
            "O_TRUNC",
            "O_CREAT|O_WRONLY|O_TRUNC",
            "O_RDWR|O_CLOEXEC",
            "O_TMPFILE|O_RDWR",
            "O_APPEND|O_WRONLY",
            "O_PATH|O_RDWR",
        ] {
            assert_answer("files-read", call, &[(at, flags)], false);
        }
    }
    for call in [
        "creat", "openat2", "write", "unlink", "rename", "mkdir", "truncate", "chmod", "sendfile",
    ] {
        for target in Abi::ALL {
            assert_never(&policy(&whole("files-read"), target), call);
        }
    }
    assert_answer("files-read", "fcntl", &[(1, "F_SETLEASE")], false);
    for call in ["mmap", "mmap2"] {
        for target in Abi::ALL {
            let policy = policy(&whole("files-read"), target);
            let maps = |protection, flags| {
                let arguments = [(2, value(target, protection)), (3, value(target, flags))];
                answer(&policy, call, &arguments) == Some(Action::Allow)
            };
            if maps("PROT_READ|PROT_WRITE", "MAP_SHARED") {
                assert!(in_memory(target, call), "{call} on {target}");
            }
        }
    }
}

/// Whether the group `memory` must allow every mapping by a call.
fn in_memory(target: Abi, call: &str) -> bool {
    matches!((target, call), (Abi::S390 | Abi::S390x, "mmap" | "mmap2"))
}

#[test]
fn nothing_but_a_file_of_a_new_program_is_executable() {
    for group in GROUPS {
        for target in Abi::ALL {
            let policy = policy(&whole(group.name), target);
            let allows = |call, protection, flags| {
                let arguments = [(2, value(target, protection)), (3, value(target, flags))];
                answer(&policy, call, &arguments) == Some(Action::Allow)
            };
            for protection in [
                "PROT_EXEC",
                "PROT_READ|PROT_EXEC",
                "PROT_READ|PROT_WRITE|PROT_EXEC",
            ] {
                assert!(
                    !allows("mprotect", protection, "MAP_FILE"),
                    "{} on {target}",
                    group.name
                );
                for call in ["mmap", "mmap2"] {
                    if in_memory(target, call) {
                        continue;
                    }
                    let wrong = format!("{} {call} {protection} on {target}", group.name);
                    assert!(
                        !allows(call, protection, "MAP_PRIVATE|MAP_ANONYMOUS"),
                        "{wrong}"
                    );
                    let starts = group.name == "spawn" && !protection.contains("WRITE");
                    let visible = call == "mmap2" || !matches!(target, Abi::X86 | Abi::M68k);
                    let exists = syscalls::number(target, call).is_some();
                    assert_eq!(
                        allows(call, protection, "MAP_PRIVATE"),
                        starts && visible && exists,
                        "{wrong}"
                    );
                }
            }
            for call in [
                "pkey_mprotect",
                "remap_file_pages",
                "shmat",
                "personality",
                "memfd_create",
            ] {
                assert_never(&policy, call);
            }
        }
    }
}

#[test]
fn memory_maps_what_malloc_does() {
    for target in Abi::ALL {
        let policy = policy(&whole("memory"), target);
        let mut found = Vec::new();
        for call in ["mmap", "mmap2"] {
            let protection = value(target, "PROT_READ|PROT_WRITE");
            let flags = value(target, "MAP_PRIVATE|MAP_ANONYMOUS");
            found.extend(answer(&policy, call, &[(2, protection), (3, flags)]));
        }
        assert!(found.contains(&Action::Allow), "{target}");
    }
    assert_answer("memory", "madvise", &[(2, "MADV_DONTNEED")], true);
    assert_answer("memory", "madvise", &[(2, "MADV_REMOVE")], false);
}

/// The index of the flags of `clone`.
fn clone_flags(target: Abi) -> usize {
    usize::from(matches!(target, Abi::S390 | Abi::S390x))
}

#[test]
fn nothing_makes_namespaces() {
    let spaces = ["NS", "CGROUP", "UTS", "IPC", "USER", "PID", "NET"]
        .map(|space| format!("CLONE_NEW{space}"));
    let thread = "CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS|\
        CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID";
    for target in Abi::ALL {
        let (threads, spawn) = (whole("threads"), whole("spawn"));
        let threads = policy(&threads, target);
        let spawn = policy(&spawn, target);
        let at = clone_flags(target);
        let allows =
            |by: &Policy, flags: u64| answer(by, "clone", &[(at, flags)]) == Some(Action::Allow);
        let thread = value(target, thread);
        let process = value(target, "SIGCHLD|CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID");
        let quick = value(target, "SIGCHLD|CLONE_VM|CLONE_VFORK");
        assert!(
            allows(&threads, thread) && !allows(&spawn, thread),
            "{target}"
        );
        // musl
        assert!(
            allows(&threads, thread | value(target, "CLONE_DETACHED")),
            "{target}"
        );
        for flags in [process, quick] {
            assert!(
                allows(&spawn, flags) && !allows(&threads, flags),
                "{target}"
            );
        }
        for space in &spaces {
            let space = value(target, space);
            for by in [&threads, &spawn] {
                for flags in [thread, process, quick, 0, 1 << 32] {
                    assert!(!allows(by, flags | space), "{target} {flags:x} {space:x}");
                }
            }
        }
        for by in [&threads, &spawn] {
            let enosys = if target.name().starts_with("mips") {
                89
            } else {
                38
            };
            let enosys = if target.name().starts_with("parisc") {
                251
            } else {
                enosys
            };
            let found = answer(by, "clone3", &[]);
            assert!(
                found.is_none() || found == Some(Action::Errno(enosys)),
                "{target} {found:?}"
            );
            for call in ["unshare", "setns", "ptrace", "mount", "chroot"] {
                assert_never(by, call);
            }
        }
    }
}

#[test]
fn limits_are_read_only() {
    for target in Abi::ALL {
        let policy = policy(&whole("spawn"), target);
        let allows = |pid, new| {
            answer(&policy, "prlimit64", &[(0, pid), (1, 7), (2, new)]) == Some(Action::Allow)
        };
        assert!(allows(0, 0), "{target}");
        assert!(!allows(0, 8) && !allows(1, 0), "{target}");
    }
}

#[test]
fn standard_streams_are_the_only_ones() {
    for target in Abi::ALL {
        let policy = policy(&whole("stdio"), target);
        let allows = |call, fd| answer(&policy, call, &[(0, fd)]) == Some(Action::Allow);
        for (call, descriptors) in [
            ("read", [true, false, false]),
            ("write", [false, true, true]),
        ] {
            for (fd, allowed) in (0..).zip(descriptors) {
                assert_eq!(allows(call, fd), allowed, "{call} {fd} on {target}");
            }
            for fd in [3, 1 << 32, 0xffff_ffff, u64::MAX] {
                assert!(
                    !allows(call, fd) || target.width().bits() == 32 && fd == 1 << 32,
                    "{call} {fd} on {target}"
                );
            }
        }
    }
    assert_answer("stdio", "ioctl", &[(1, "TCGETS")], true);
    assert_answer("stdio", "ioctl", &[(1, "TIOCGWINSZ")], true);
    for request in ["TIOCSTI", "TIOCLINUX", "TCSETS", "FIONBIO"] {
        assert_answer("stdio", "ioctl", &[(1, request)], false);
    }
}

#[test]
fn signals_are_those_of_the_deed() {
    for (group, call, at, allowed, denied) in [
        ("abort", "tgkill", 2, "SIGABRT", "SIGKILL"),
        ("abort", "tkill", 1, "SIGABRT", "SIGSTOP"),
        ("spawn", "kill", 1, "SIGKILL", "SIGTERM"),
    ] {
        assert_answer(group, call, &[(at, allowed)], true);
        assert_answer(group, call, &[(at, denied)], false);
    }
    assert_answer("abort", "kill", &[(1, "SIGABRT")], false);
}

#[test]
fn locks_inherit_no_priority() {
    for call in ["futex", "futex_time64"] {
        for operation in [
            "FUTEX_WAIT",
            "FUTEX_WAKE_PRIVATE",
            "FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME",
        ] {
            assert_answer("threads", call, &[(1, operation)], true);
        }
        for operation in [
            "FUTEX_LOCK_PI",
            "FUTEX_LOCK_PI2_PRIVATE",
            "FUTEX_CMP_REQUEUE_PI",
            "FUTEX_WAIT_REQUEUE_PI",
        ] {
            assert_answer("threads", call, &[(1, operation)], false);
        }
    }
}

/// What the lint `missing_counterpart` cannot see: calls that only one group's library makes.
#[test]
fn every_abi_has_a_way() {
    for (group, ways) in [
        ("exit", &["exit_group"][..]),
        ("files-read", &["open", "openat"]),
        ("files-read", &["statx", "fstat", "fstat64"]),
        ("files-read", &["lseek", "_llseek"]),
        ("files-read", &["getdents64"]),
        ("files-read", &["readlink", "readlinkat"]),
        ("files-write", &["rename", "renameat", "renameat2"]),
        ("files-write", &["unlink", "unlinkat"]),
        ("files-write", &["mkdir", "mkdirat"]),
        ("files-write", &["ftruncate", "ftruncate64"]),
        ("time", &["clock_nanosleep", "clock_nanosleep_time64"]),
        ("time", &["clock_gettime", "clock_gettime64"]),
        ("event-loop", &["epoll_wait", "epoll_pwait"]),
        ("event-loop", &["poll", "ppoll"]),
        ("tcp", &["recv", "recvfrom"]),
        ("spawn", &["dup2", "dup3"]),
        ("spawn", &["execve"]),
        ("spawn", &["wait4"]),
        ("memory", &["mmap", "mmap2"]),
    ] {
        for target in Abi::ALL {
            let policy = policy(&whole(group), target);
            let runs = |name: &&str| {
                let nr = syscalls::number(target, name);
                nr.is_some_and(|nr| match policy.lookup(target.token(), nr) {
                    Decision::Always(action) => action == Action::Allow,
                    Decision::ByRules(rules) => rules.iter().any(|rule| rule.exact),
                })
            };
            assert!(ways.iter().any(runs), "{group} {ways:?} on {target}");
        }
    }
}
