//! The table of siblings is well-formed, says of every call whether it has any, and is read as it
//! stands.

use Abi::*;
use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::siblings::{self, Form};
use seccomp_profile_compiler::linux::{constants, rings, syscalls};
use std::collections::{BTreeMap, BTreeSet};

const TEXT: &str = include_str!("../src/linux/siblings.csv");
const RINGS: &str = include_str!("../src/linux/rings.csv");

/// Calls that nothing else does all of. A new call belongs here or into the table.
const ALONE: &str = "
    _sysctl acct add_key afs_syscall arch_prctl atomic_barrier atomic_cmpxchg_32 bdflush bind bpf
    break breakpoint brk cachectl cacheflush cachestat capget capset connect copy_file_range
    create_module delete_module epoll_ctl epoll_ctl_old epoll_wait_old exit exit_group fallocate
    fanotify_init fanotify_mark file_getattr file_setattr flock ftime futex_requeue futex_wait
    futex_waitv futex_wake get_kernel_syms get_mempolicy get_robust_list get_thread_area get_tls
    getcpu getcwd getitimer getpagesize getpeername getpid getpmsg getppid getpriority getrandom
    getrusage getsid getsockname getsockopt gettid gtty idle inotify_add_watch inotify_rm_watch
    io_cancel io_destroy io_setup io_submit io_uring_enter io_uring_register io_uring_setup ioctl
    ioprio_get ioprio_set ipc kcmp keyctl landlock_add_rule landlock_create_ruleset
    landlock_restrict_self listen listmount listns lock lookup_dcookie lsm_get_self_attr
    lsm_list_modules lsm_set_self_attr map_shadow_stack mbind membarrier memfd_create memfd_secret
    migrate_pages mincore mlockall modify_ldt move_pages mpx mq_getsetattr mq_notify mq_open
    mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync multiplexer munlock munlockall munmap
    name_to_handle_at nfsservctl open_by_handle_at pciconfig_iobase pciconfig_read pciconfig_write
    perf_event_open personality pidfd_getfd pidfd_open pivot_root pkey_alloc pkey_free prctl
    process_mrelease process_vm_readv process_vm_writev prof profil ptrace putpmsg query_module
    readahead reboot remap_file_pages request_key restart_syscall riscv_flush_icache riscv_hwprobe
    rseq rseq_slice_yield rtas s390_guarded_storage s390_pci_mmio_read s390_pci_mmio_write
    s390_runtime_instr s390_sthyi sched_get_priority_max sched_get_priority_min sched_getaffinity
    sched_setaffinity sched_yield seccomp security semctl semget set_mempolicy
    set_mempolicy_home_node set_robust_list set_thread_area set_tid_address set_tls setdomainname
    sethostname setns setpgid setsid setsockopt shmat shmctl shmdt shmget shutdown sigaltstack
    socket socketcall socketpair splice spu_create spu_run statmount stty subpage_prot swapcontext
    swapoff swapon switch_endian sync syncfs sys_debug_setcontext syscall sysfs sysinfo syslog
    sysmips tee timer_create timer_delete timer_getoverrun timerfd timerfd_create times tuxcall
    ulimit umask unshare uprobe uretprobe uselib userfaultfd usr26 usr32 ustat vhangup vmsplice
    vserver";

/// Cells of each line.
fn lines() -> Vec<[&'static str; 9]> {
    let cells = |line: &'static str| {
        let cells: Vec<&str> = line.split(',').collect();
        cells.try_into().unwrap_or_else(|_| panic!("{line}"))
    };
    TEXT.lines().skip(1).map(cells).collect()
}

fn names(list: &str) -> BTreeSet<&str> {
    list.split_ascii_whitespace().collect()
}

#[test]
fn text_is_canonical() {
    assert!(TEXT.is_ascii() && TEXT.ends_with('\n') && !TEXT.contains('\r'));
    let header = TEXT.lines().next().unwrap();
    assert_eq!(
        header,
        "deed,call,rank,arguments,glibc,musl,bionic,with,beyond"
    );
    let lines = lines();
    let key = |line: &[&'static str; 9]| (line[0], line[2].parse::<u8>().unwrap(), line[1]);
    for pair in lines.windows(2) {
        assert!(key(&pair[0]) < key(&pair[1]), "{:?} {:?}", pair[0], pair[1]);
    }
    let columns: BTreeSet<&str> = Abi::ALL.iter().map(|abi| abi.column()).collect();
    let mut deeds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for [deed, call, _, arguments, glibc, musl, bionic, with, beyond] in lines {
        assert!(deeds.entry(deed).or_default().insert(call), "{call} twice");
        assert!(syscalls::is_known(call), "{call}");
        assert!(with.is_empty() || syscalls::is_known(with), "{with}");
        assert_eq!(beyond.trim(), beyond);
        let mut parts = BTreeSet::new();
        for part in arguments.split_ascii_whitespace() {
            let (part, source) = part.split_once('=').unwrap();
            assert!(parts.insert(part), "{call}: {part} twice");
            let argument = ["a0", "a1", "a2", "a3", "a4", "a5"].contains(&source);
            let known = ["*", "0", "-1"].contains(&source)
                || Abi::ALL
                    .iter()
                    .all(|abi| constants::joined(*abi, source).is_some());
            assert!(argument || known, "{call}: {source}");
        }
        for words in [glibc, musl, bionic]
            .iter()
            .flat_map(|cell| cell.split('~'))
        {
            for word in words.split_ascii_whitespace() {
                let known = match word.split_at(1) {
                    ("*", "") => true,
                    ("!", other) => syscalls::is_known(other),
                    ("-", column) => columns.contains(column),
                    _ => word
                        .split('/')
                        .all(|word| ["w32", "w64"].contains(&word) || columns.contains(word)),
                };
                assert!(known, "{call}: {word}");
            }
        }
    }
    for (deed, calls) in deeds {
        assert!(calls.len() > 1, "nothing else can {deed}");
    }
    assert_eq!(siblings::forms().len(), TEXT.lines().count() - 1);
}

#[test]
fn every_call_has_siblings_or_is_alone() {
    let alone = names(ALONE);
    let table: BTreeSet<&str> = lines().iter().map(|line| line[1]).collect();
    for name in syscalls::names() {
        assert_ne!(alone.contains(name), table.contains(name), "{name}");
    }
    let unknown: Vec<_> = alone
        .iter()
        .filter(|name| !syscalls::is_known(name))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// Where an ABI has calls of a deed, a C library makes one of them, or the deed is listed here.
#[test]
fn libraries_do_what_can_be_done() {
    let by_hand = names("load_a_new_kernel load_a_module read_AIO_events enter_virtual_8086_mode");
    for abi in Abi::ALL {
        let mut deeds: BTreeMap<&str, Vec<&Form>> = BTreeMap::new();
        for form in siblings::forms() {
            deeds.entry(form.deed).or_default().push(form);
        }
        for (deed, forms) in deeds {
            if by_hand.contains(deed.replace(' ', "_").as_str()) {
                continue;
            }
            let here = |form: &&&Form| syscalls::number(abi, form.call).is_some();
            let there: Vec<&str> = forms.iter().filter(here).map(|form| form.call).collect();
            // Behind socketcall and ipc.
            let multiplexed = abi.multiplexed()
                && [
                    "receive",
                    "send",
                    "accept a connection",
                    "operate on semaphores",
                ]
                .contains(&deed);
            let made = there.iter().any(|call| siblings::is_made(abi, call));
            assert!(
                made || multiplexed || there.is_empty(),
                "{deed} on {abi}: {there:?}"
            );
        }
    }
}

/// A call, and all that do what it does, on any ABI.
#[rustfmt::skip]
const STAND_INS: &[(&str, &str)] = &[
    ("clone",         "clone3"),
    ("clone3",        ""),
    ("fork",          "clone clone3 vfork"),
    ("open",          "openat openat2"),
    ("openat",        "open openat2"),
    ("creat",         "open openat openat2"),
    ("openat2",       ""),
    ("mprotect",      "pkey_mprotect"),
    ("execve",        "execveat"),
    ("execveat",      "execve"),
    ("chmod",         "fchmod fchmodat fchmodat2"),
    ("fchmodat2",     ""),
    ("rename",        "renameat renameat2"),
    ("unlink",        "unlinkat"),
    ("rmdir",         "unlinkat"),
    ("unlinkat",      "unlink"),
    ("kill",          "pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo tgkill tkill"),
    ("tkill",         "pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo tgkill"),
    ("setrlimit",     "prlimit64"),
    ("prlimit64",     ""),
    ("dup2",          "dup3"),
    ("init_module",   "finit_module"),
    ("finit_module",  "init_module"),
    ("kexec_load",    "kexec_file_load"),
    ("mount",         "move_mount"),
    ("fsopen",        "mount move_mount"),
    ("umount2",       "umount"),
    ("setuid",        "setresuid setresuid32 setreuid setreuid32 setuid32"),
    ("chroot",        "fchroot"),
    ("setxattr",      "fsetxattr lsetxattr setxattrat"),
    ("settimeofday",  "clock_settime clock_settime64 stime"),
    ("futex",         "futex_time64"),
    ("futex_wait",    ""),
    ("io_pgetevents", "io_pgetevents_time64"),
    ("clock_adjtime", "clock_adjtime64"),
    ("connect",       ""),
    ("quotactl",      "quotactl_fd"),
    ("sendto",        "sendmmsg sendmsg"),
    ("read",          "preadv2 readv"),
];

#[test]
fn stand_ins_do_all_of_it() {
    for (call, others) in STAND_INS {
        let found: BTreeSet<&str> = siblings::of(call)
            .flat_map(siblings::stand_ins)
            .map(|form| form.call)
            .collect();
        assert_eq!(found, names(others), "{call}");
    }
}

/// An ABI, a call, and what C libraries make there instead.
#[rustfmt::skip]
const COUNTERPARTS: &[(Abi, &str, &str)] = &[
    (Aarch64, "epoll_wait",    "epoll_pwait"),
    (Aarch64, "open",          "openat"),
    (Aarch64, "creat",         "openat"),
    (Aarch64, "stat",          "newfstatat"),
    (Aarch64, "fork",          "clone"),
    (Aarch64, "vfork",         "clone"),
    (Aarch64, "rename",        "renameat"),
    (Riscv64, "rename",        "renameat2"),
    (Aarch64, "dup2",          "dup3"),
    (Aarch64, "pipe",          "pipe2"),
    (Aarch64, "poll",          "ppoll"),
    (Aarch64, "select",        "pselect6"),
    (Aarch64, "mkdir",         "mkdirat"),
    (Aarch64, "rmdir",         "unlinkat"),
    (Aarch64, "access",        "faccessat"),
    (Aarch64, "chown",         "fchownat"),
    (Aarch64, "getpgrp",       "getpgid"),
    (Aarch64, "pause",         "ppoll"),
    (Aarch64, "utimes",        "utimensat"),
    (Aarch64, "eventfd",       "eventfd2"),
    (Aarch64, "mmap2",         "mmap"),
    (Aarch64, "time",          "clock_gettime gettimeofday"),
    (Aarch64, "alarm",         "setitimer"),
    (Aarch64, "send",          "sendto"),
    (Loongarch64, "stat",      "newfstatat statx"),
    (X86,     "mmap",          "mmap2"),
    (Arm,     "mmap",          "mmap2"),
    (X86,     "fstat",         "fstat64 statx"),
    (Arm,     "fstat",         "fstat64 statx"),
    (X86,     "fcntl",         "fcntl64"),
    (Arm,     "fcntl",         "fcntl64"),
    (Mips,    "clock_gettime", "clock_gettime64"),
    (X86,     "getuid",        "getuid32"),
    (X86,     "setuid",        "setuid32"),
    (X86,     "waitpid",       "wait4"),
    (X86,     "getdents",      "getdents64"),
    (Ppc,     "sigaction",     "rt_sigaction"),
    (X86,     "umount",        "umount2"),
    (X86_64,  "umount",        "umount2"),
    (X86_64,  "send",          "sendto"),
    (X86_64,  "waitpid",       "wait4"),
    (S390x,   "setrlimit",     "prlimit64"),
    (S390x,   "getrlimit",     "prlimit64"),
    (X86_64,  "mmap2",         "mmap"),
    (X86_64,  "clock_gettime64", "clock_gettime"),
    // Bionic makes these, though not on every ABI.
    (X86_64,  "getrlimit",     ""),
    (X86,     "clock_gettime", ""),
    // Some library still makes these, or nothing else does what they do.
    (X86_64,  "open",          ""),
    (X86_64,  "stat",          ""),
    (X86_64,  "fork",          ""),
    (X86_64,  "epoll_wait",    ""),
    (X86_64,  "select",        ""),
    (X86_64,  "poll",          ""),
    (X86_64,  "pipe",          ""),
    (X86_64,  "clone3",        ""),
    (X86_64,  "linkat",        ""),
    (X86_64,  "connect",       ""),
    (X86_64,  "no_such_call",  ""),
    (X86,     "fcntl64",       ""),
    (X86,     "sigreturn",     ""),
    (Aarch64, "vm86",          ""),
];

#[test]
fn counterparts_are_what_libraries_make() {
    for (abi, call, others) in COUNTERPARTS {
        let found = siblings::counterparts(*abi, call);
        let wanted: Vec<&str> = names(others).into_iter().collect();
        assert_eq!(found, wanted, "{call} on {abi}");
    }
    for abi in Abi::ALL {
        for name in syscalls::names() {
            for other in siblings::counterparts(abi, name) {
                assert!(syscalls::number(abi, other).is_some(), "{other} on {abi}");
                assert!(siblings::is_made(abi, other), "{other} on {abi}");
            }
        }
    }
}

#[test]
fn some_calls_need_another_beside() {
    #[rustfmt::skip]
    let known = [
        (X86,     "futex",           Some("futex_time64")),
        (Arm,     "futex",           Some("futex_time64")),
        (X86,     "clock_gettime",   Some("clock_gettime64")),
        (X86_64,  "futex",           None),
        (X86_64,  "clock_gettime",   None),
        (X86,     "ppoll",           Some("ppoll_time64")),
        (X86_64,  "clone3",          Some("clone")),
        (Aarch64, "clone3",          Some("clone")),
        (X86_64,  "clone",           None),
        (X86_64,  "connect",         None),
    ];
    for (abi, call, beside) in known {
        assert_eq!(siblings::beside(abi, call), beside, "{call} on {abi}");
    }
}

const CWD: u64 = -100_i64 as u64;

/// Two calls, arguments of the first, and how both do the same.
type Alike = (
    &'static str,
    &'static str,
    [u64; 6],
    Option<([u64; 6], [u64; 6])>,
);

#[rustfmt::skip]
const ALIKE: &[Alike] = &[
    ("openat",   "openat2",       [3, 7, 2, 0, 0, 0],  Some(([3, 7, 2, 0, 0, 0], [3, 7, 0, 0, 0, 0]))),
    ("openat",   "open",          [3, 7, 2, 0, 0, 0],  Some(([CWD, 7, 2, 0, 0, 0], [7, 2, 0, 0, 0, 0]))),
    ("open",     "openat",        [7, 2, 0, 0, 0, 0],  Some(([7, 2, 0, 0, 0, 0], [CWD, 7, 2, 0, 0, 0]))),
    ("clone",    "clone3",        [0x1000_0000, 0, 0, 0, 0, 0], Some(([0x1000_0000, 0, 0, 0, 0, 0], [0; 6]))),
    ("fork",     "clone",         [0; 6],              Some(([0; 6], [17, 0, 0, 0, 0, 0]))),
    ("mprotect", "pkey_mprotect", [1, 2, 4, 0, 0, 0],  Some(([1, 2, 4, 0, 0, 0], [1, 2, 4, u64::MAX, 0, 0]))),
    ("pipe2",    "pipe",          [1, 0x4000, 0, 0, 0, 0], Some(([1, 0, 0, 0, 0, 0], [0; 6]))),
    ("kill",     "tgkill",        [5, 9, 0, 0, 0, 0],  Some(([5, 9, 0, 0, 0, 0], [5, 0, 9, 0, 0, 0]))),
    ("setuid",   "setresuid",     [5, 0, 0, 0, 0, 0],  Some(([5, 0, 0, 0, 0, 0], [5, 5, 5, 0, 0, 0]))),
    ("setrlimit", "prlimit64",    [7, 1, 0, 0, 0, 0],  Some(([7, 1, 0, 0, 0, 0], [0, 7, 0, 0, 0, 0]))),
    ("chown",    "lchown",        [7, 1, 2, 0, 0, 0],  None),
    ("clock_settime", "stime",    [3, 1, 0, 0, 0, 0],  Some(([0, 1, 0, 0, 0, 0], [0; 6]))),
];

#[test]
fn two_forms_do_the_same() {
    for &(first, second, args, wanted) in ALIKE {
        let of = |call: &str| siblings::of(call).next().unwrap();
        let found = siblings::alike(X86_64, of(first), of(second), args);
        assert_eq!(found, wanted, "{first} {second}");
    }
    // Whatever is asked, no pair of the table fails to answer or answers with other parts.
    for form in siblings::forms() {
        for other in siblings::stand_ins(form) {
            for abi in Abi::ALL {
                let args = [1, 2, 3, 4, 5, 6];
                let Some((ours, theirs)) = siblings::alike(abi, form, other, args) else {
                    continue;
                };
                let back = siblings::alike(abi, other, form, theirs);
                let there = siblings::alike(abi, form, other, ours);
                assert_eq!(there, Some((ours, theirs)), "{} {}", form.call, other.call);
                assert!(back.is_some(), "{} {}", form.call, other.call);
            }
        }
    }
}

#[test]
fn rings_make_known_calls() {
    assert!(RINGS.starts_with("opcode,calls,since\n") && RINGS.ends_with('\n'));
    let mut opcodes = BTreeSet::new();
    for operation in rings::operations() {
        assert!(opcodes.insert(operation.opcode), "{}", operation.opcode);
        assert!(operation.opcode.starts_with("IORING_OP_"));
        let calls: Vec<&str> = operation.calls().collect();
        assert!(calls.is_sorted(), "{calls:?}");
        assert!(
            calls.iter().all(|call| syscalls::is_known(call)),
            "{calls:?}"
        );
        let (major, minor) = operation.since.split_once('.').unwrap();
        let version: (u32, u32) = (major.parse().unwrap(), minor.parse().unwrap());
        assert!(((5, 1)..(7, 4)).contains(&version), "{}", operation.since);
    }
    assert_eq!(opcodes.len(), RINGS.lines().count() - 1);
    let of = |call| rings::operation(call).map(|operation| operation.opcode);
    assert_eq!(of("openat"), Some("IORING_OP_OPENAT"));
    assert_eq!(of("setsockopt"), Some("IORING_OP_URING_CMD"));
    assert_eq!(of("socket"), Some("IORING_OP_SOCKET"));
    assert_eq!(of("ptrace"), None);
}
