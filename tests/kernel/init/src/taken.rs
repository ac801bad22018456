//! What the kernel takes of an argument is what the compiler's table says: bits above the width of
//! the table change nothing, and a bit below it does.
//!
//! The table is that of `linux/arguments.csv` for this target, as the build script found it.

use libc::{c_int, c_long};

use crate::call::native;
use crate::child::{Verdict, require};

include!(concat!(env!("OUT_DIR"), "/taken.rs"));

/// Where the table has an argument.
pub(crate) struct Taken {
    call: &'static str,
    argument: &'static str,
    index: usize,
    bits: u32,
}

/// One argument of a call.
struct Case {
    call: &'static str,
    argument: &'static str,
    /// A value, and one that differs from it in bits that count.
    plain: u64,
    other: u64,
    /// Makes the call with the value in the register with this index; what becomes of it.
    make: fn(usize, u64, &Files) -> i64,
}

struct Files {
    /// A file of 8 bytes.
    file: c_int,
    /// A pipe with 8 bytes.
    pipe: [c_int; 2],
}

const REGISTER: u32 = usize::BITS;
const WIDE: bool = REGISTER == 64;

/// The size of a set of signals: 128 of them on MIPS.
const SIGSET: u64 = if cfg!(target_arch = "mips64") { 16 } else { 8 };

const CASES: &[Case] = &[
    Case {
        call: "fchmod",
        argument: "mode",
        plain: 0o600,
        other: 0o640,
        make: |at, mode, files| {
            let done = make(libc::SYS_fchmod, [files.file as u64, 0], at, mode);
            // SAFETY: zeros are a `stat`, which the call fills.
            let status = unsafe {
                let mut status: libc::stat = std::mem::zeroed();
                libc::fstat(files.file, &mut status);
                status
            };
            if done < 0 {
                done
            } else {
                (status.st_mode & 0o7777).into()
            }
        },
    },
    Case {
        call: "dup",
        argument: "fildes",
        plain: 1,
        other: 1 << 31 | 1,
        make: |at, fd, _| make(libc::SYS_dup, [], at, fd).min(0),
    },
    Case {
        call: "faccessat",
        argument: "dfd",
        plain: libc::AT_FDCWD as u32 as u64,
        other: 0x7fff_ff9c,
        make: |at, dfd, _| make(libc::SYS_faccessat, [0, c".".as_ptr() as u64], at, dfd),
    },
    Case {
        call: "setpriority",
        argument: "niceval",
        plain: 5,
        other: 7,
        make: |at, nice, _| {
            let done = make(libc::SYS_setpriority, [], at, nice);
            let now = native(libc::SYS_getpriority as u32, [0; 6]);
            if done < 0 { done } else { now }
        },
    },
    Case {
        call: "kill",
        argument: "pid",
        plain: 1,
        other: 1 << 31 | 1,
        make: |at, pid, _| make(libc::SYS_kill, [], at, pid),
    },
    Case {
        call: "ioctl",
        argument: "cmd",
        plain: libc::FIONREAD as u32 as u64,
        other: libc::FIONREAD as u32 as u64 ^ 1 << 31,
        make: |at, command, files| {
            let mut count: c_int = -1;
            let to = &raw mut count as u64;
            let done = make(libc::SYS_ioctl, [files.pipe[0] as u64, 0, to], at, command);
            if done < 0 { done } else { count.into() }
        },
    },
    Case {
        call: "prlimit64",
        argument: "resource",
        plain: 7,
        other: 1 << 31 | 7,
        make: |at, resource, _| make(libc::SYS_prlimit64, [], at, resource),
    },
    // CLONE_NEWUSER does not go with CLONE_FS.
    Case {
        call: "clone",
        argument: "flags",
        plain: (libc::CLONE_FS | libc::SIGCHLD) as u64,
        other: (libc::CLONE_FS | libc::CLONE_NEWUSER | libc::SIGCHLD) as u64,
        make: |at, flags, _| {
            let child = make(libc::SYS_clone, [], at, flags);
            if child == 0 {
                // SAFETY: ends the child at once.
                unsafe { libc::_exit(0) }
            }
            // SAFETY: a plain system call.
            unsafe { libc::waitpid(child as c_int, std::ptr::null_mut(), 0) };
            child.min(1)
        },
    },
    Case {
        call: "writev",
        argument: "fd",
        plain: 77,
        other: 1 << 31 | 77,
        make: |at, fd, files| {
            // SAFETY: a plain system call, for a descriptor that nothing else has.
            unsafe { libc::dup2(files.pipe[1], 77) };
            make(libc::SYS_writev, [], at, fd)
        },
    },
    Case {
        call: "readv",
        argument: "vlen",
        plain: 0,
        other: 1 << 31,
        make: |at, count, files| make(libc::SYS_readv, [files.pipe[0] as u64], at, count),
    },
    // Whole words, which only 64-bit ABIs pass in one register.
    Case {
        call: "lseek",
        argument: "offset",
        plain: 5,
        other: if WIDE { 1 << 32 | 5 } else { 4 },
        make: |at, offset, files| make(libc::SYS_lseek, [files.file as u64], at, offset),
    },
    Case {
        call: "read",
        argument: "count",
        plain: 0,
        other: if WIDE { 1 << 32 } else { 1 << 31 },
        make: |at, count, files| {
            native(libc::SYS_lseek as u32, [files.file as u64, 0, 0, 0, 0, 0]);
            let mut text = [0u8; 8];
            let to = &raw mut text as u64;
            make(libc::SYS_read, [files.file as u64, to], at, count)
        },
    },
    Case {
        call: "rt_sigprocmask",
        argument: "sigsetsize",
        plain: SIGSET,
        other: 1 << (REGISTER - 1) | SIGSET,
        make: |at, size, _| make(libc::SYS_rt_sigprocmask, [], at, size),
    },
];

/// Every case, in one process.
pub(crate) fn arguments() -> Verdict {
    let files = Files::open();
    require!(CASES.len() == TAKEN.len());
    for taken in TAKEN {
        let Taken {
            call,
            argument,
            index,
            bits,
        } = *taken;
        let mut cases = CASES.iter();
        let Some(case) = cases.find(|case| (case.call, case.argument) == (call, argument)) else {
            return Err(format!("no case for {argument} of {call}"));
        };
        // A value that differs only where the kernel does not look would show nothing.
        let differs = case.plain ^ case.other;
        require!(differs.checked_shr(bits).unwrap_or(0) == 0, call, bits);
        let plain = (case.make)(index, case.plain, &files);
        let other = (case.make)(index, case.other, &files);
        require!(plain != other, call, plain);
        for garbage in [u64::MAX, 1 << bits.min(63), 1 << (REGISTER - 1)] {
            let garbage = garbage & register() & u64::MAX.checked_shl(bits).unwrap_or(0);
            let with = (case.make)(index, case.plain | garbage, &files);
            require!(with == plain, call, bits, garbage, with, plain);
        }
    }
    Ok(())
}

/// The bits of a register.
fn register() -> u64 {
    usize::MAX as u64
}

impl Files {
    fn open() -> Files {
        let mut pipe = [0; 2];
        // SAFETY: plain system calls, which read and write memory of this function.
        let file = unsafe {
            let file = libc::memfd_create(c"file".as_ptr(), 0);
            libc::pipe(pipe.as_mut_ptr());
            libc::write(file, c"eightbit".as_ptr().cast(), 8);
            libc::write(pipe[1], c"eightbit".as_ptr().cast(), 8);
            file
        };
        Files { file, pipe }
    }
}

/// Makes a call whose other arguments are these, and then 0.
fn make<const N: usize>(nr: c_long, others: [u64; N], at: usize, value: u64) -> i64 {
    let mut args = [0; 6];
    args[..N].copy_from_slice(&others);
    args[at] = value;
    native(nr as u32, args)
}
