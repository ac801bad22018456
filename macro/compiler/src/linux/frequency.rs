//! Which calls programs make most often: one estimate for all programs.
//!
//! The *heat* of a call is its estimated frequency.

use std::sync::OnceLock;

use crate::linux::abi::Abi;
use crate::linux::syscalls;

/// Calls that servers and tools make in their inner loops.
const HOT: &[&str] = &[
    "accept4",
    "clock_gettime",
    "clock_nanosleep",
    "close",
    "epoll_pwait",
    "epoll_wait",
    "fstat",
    "futex",
    "getrandom",
    "ioctl",
    "madvise",
    "mmap",
    "munmap",
    "nanosleep",
    "newfstatat",
    "openat",
    "poll",
    "ppoll",
    "read",
    "recvfrom",
    "sendto",
    "write",
    "writev",
];

/// Calls that nearly every program makes occasionally.
const WARM: &[&str] = &[
    "access",
    "brk",
    "clone",
    "connect",
    "dup",
    "epoll_ctl",
    "execve",
    "exit",
    "exit_group",
    "faccessat",
    "fcntl",
    "fsync",
    "getdents64",
    "getpid",
    "gettid",
    "lseek",
    "mprotect",
    "open",
    "pipe2",
    "pread64",
    "prlimit64",
    "pselect6",
    "pwrite64",
    "readlink",
    "readv",
    "recvmsg",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_yield",
    "select",
    "sendmsg",
    "set_robust_list",
    "sigaltstack",
    "socket",
    "stat",
    "statx",
    "wait4",
];

/// How often a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heat {
    /// By some programs.
    Usual,
    /// By most programs, occasionally.
    Warm,
    /// In inner loops.
    Hot,
}

/// Returns the heat of every call of an ABI, sorted by number, without duplicates.
pub(crate) fn heats(abi: Abi) -> &'static [(u32, Heat)] {
    static HEATS: [OnceLock<Vec<(u32, Heat)>>; Abi::ALL.len()] =
        [const { OnceLock::new() }; Abi::ALL.len()];
    HEATS[abi as usize].get_or_init(|| {
        let calls = syscalls::calls(abi).iter();
        let mut heats: Vec<(u32, Heat)> = calls.map(|&(nr, _)| (nr, Heat::Usual)).collect();
        for &(names, heat) in &[(WARM, Heat::Warm), (HOT, Heat::Hot)] {
            for name in names {
                let Some(number) = syscalls::number(abi, name) else {
                    continue;
                };
                if let Ok(at) = heats.binary_search_by_key(&number, |(nr, _)| *nr) {
                    heats[at].1 = heat;
                }
            }
        }
        heats
    })
}
