//! Calls that show what the kernel takes of an argument: bits above its width change nothing, also
//! where a C library never sets them; bits below it do.

use libc::{c_int, c_ulong};
use seccomp_profile_compiler::Abi;

use crate::child::answer;
use crate::int80::int80;

/// One argument of a call.
pub(crate) struct Case {
    pub(crate) abi: Abi,
    pub(crate) call: &'static str,
    pub(crate) index: usize,
    /// A value that the kernel takes. It fits in the width.
    pub(crate) plain: u64,
    /// Bits below the width that make another value of it, the highest that shows first.
    pub(crate) counts: &'static [u32],
    /// Makes the call with a value, and returns what becomes of it.
    pub(crate) make: fn(u64) -> i64,
}

/// Descriptors that every case finds open: a file of 8 bytes, and the two ends of a pipe with 8
/// bytes in it. Their numbers are in the profiles `install-typed*.json` too, as are the plain
/// values.
pub(super) const FILE: u64 = 77;
const READ: u64 = 78;
const WRITE: u64 = 79;

const EIGHT: &[u8; 8] = b"eightbit";

/// Opens the descriptors.
pub(super) fn open() -> bool {
    let mut pipe = [0; 2];
    // SAFETY: plain system calls; `pipe` has room for two descriptors.
    unsafe {
        let file = libc::memfd_create(c"file".as_ptr(), 0);
        libc::pipe(pipe.as_mut_ptr()) == 0
            && libc::write(file, EIGHT.as_ptr().cast(), 8) == 8
            && libc::write(pipe[1], EIGHT.as_ptr().cast(), 8) == 8
            && libc::dup2(file, FILE as c_int) == FILE as c_int
            && libc::dup2(pipe[0], READ as c_int) == READ as c_int
            && libc::dup2(pipe[1], WRITE as c_int) == WRITE as c_int
    }
}

fn size() -> i64 {
    // SAFETY: zeros are a `stat`, which the call fills.
    unsafe {
        let mut status: libc::stat = std::mem::zeroed();
        libc::fstat(FILE as c_int, &mut status);
        status.st_size
    }
}

fn address<T>(of: &mut T) -> c_ulong {
    (&raw mut *of) as c_ulong
}

/// Makes a call with the value as the only argument that is not 0.
pub(super) fn alone(nr: libc::c_long, value: u64) -> i64 {
    answer(nr, [value, 0, 0, 0, 0, 0])
}

/// A name in the folder `/dev/shm`, of this process.
fn name() -> [u8; 32] {
    let mut name = *b"/dev/shm/taken-00000000\0\0\0\0\0\0\0\0\0";
    let mut pid = std::process::id();
    for digit in name[15..23].iter_mut().rev() {
        *digit = b'0' + (pid % 10) as u8;
        pid /= 10;
    }
    name
}

const AT_FDCWD: u64 = libc::AT_FDCWD as u32 as u64;

/// Every width, and places where the body of a call narrows what it declares.
pub(crate) const CASES: &[Case] = &[
    // 16 bits: `umode_t`. Bit 15 makes a FIFO a file of no type.
    Case {
        abi: Abi::X86_64,
        call: "mknodat",
        index: 2,
        plain: 0o010600,
        counts: &[15, 8],
        make: |mode| {
            let mut name = name();
            let at = address(&mut name);
            let made = answer(libc::SYS_mknodat, [AT_FDCWD, at, mode, 0, 0, 0]);
            // SAFETY: zeros are a `stat`; the name ends with a NUL.
            let mode = unsafe {
                let mut status: libc::stat = std::mem::zeroed();
                libc::lstat(name.as_ptr().cast(), &mut status);
                libc::unlink(name.as_ptr().cast());
                status.st_mode
            };
            if made < 0 { made } else { mode.into() }
        },
    },
    // 16 bits in 32-bit calls: users and groups (`kernel/uid16.c`).
    Case {
        abi: Abi::X86,
        call: "setuid",
        index: 0,
        plain: 7,
        counts: &[14, 0],
        make: |user| {
            let set = int80(23, user);
            let user = answer(libc::SYS_getuid, [0; 6]);
            if set < 0 { set.into() } else { user }
        },
    },
    // 32 bits, signed.
    Case {
        abi: Abi::X86_64,
        call: "dup",
        index: 0,
        plain: FILE,
        counts: &[31, 16, 7],
        make: |fd| alone(libc::SYS_dup, fd),
    },
    Case {
        abi: Abi::X86_64,
        call: "faccessat",
        index: 0,
        plain: AT_FDCWD,
        counts: &[31, 16, 0],
        make: |dfd| {
            let mut name = *b".\0";
            answer(libc::SYS_faccessat, [dfd, address(&mut name), 0, 0, 0, 0])
        },
    },
    Case {
        abi: Abi::X86_64,
        call: "setpriority",
        index: 2,
        plain: 5,
        counts: &[31, 0],
        make: |nice| {
            let set = answer(libc::SYS_setpriority, [0, 0, nice, 0, 0, 0]);
            let priority = answer(libc::SYS_getpriority, [0; 6]);
            if set < 0 { set } else { 20 - priority }
        },
    },
    Case {
        abi: Abi::X86_64,
        call: "kill",
        index: 0,
        plain: 1,
        counts: &[31, 30],
        make: |pid| alone(libc::SYS_kill, pid),
    },
    Case {
        abi: Abi::X86_64,
        call: "socket",
        index: 0,
        plain: libc::AF_UNIX as u64,
        counts: &[31, 16],
        make: |family| {
            let stream = libc::SOCK_STREAM as u64;
            answer(libc::SYS_socket, [family, stream, 0, 0, 0, 0])
        },
    },
    // 32 bits, unsigned.
    Case {
        abi: Abi::X86_64,
        call: "alarm",
        index: 0,
        plain: 100,
        counts: &[31, 0],
        make: |seconds| {
            let before = alone(libc::SYS_alarm, seconds);
            // SAFETY: zeros are an `itimerval`, which the call fills.
            let left = unsafe {
                let mut left: libc::itimerval = std::mem::zeroed();
                libc::getitimer(libc::ITIMER_REAL, &mut left);
                left.it_value
            };
            if before < 0 {
                before
            } else {
                left.tv_sec + i64::from(left.tv_usec > 0)
            }
        },
    },
    Case {
        abi: Abi::X86_64,
        call: "ioctl",
        index: 1,
        plain: libc::FIONREAD,
        counts: &[31, 0],
        make: |command| {
            let mut count: c_int = -1;
            let to = address(&mut count);
            let made = answer(libc::SYS_ioctl, [READ, command, to, 0, 0, 0]);
            if made < 0 { made } else { count.into() }
        },
    },
    Case {
        abi: Abi::X86_64,
        call: "fcntl",
        index: 1,
        plain: libc::F_GETFL as u64,
        counts: &[31, 16],
        make: |command| answer(libc::SYS_fcntl, [READ, command, 0, 0, 0, 0]),
    },
    // 32 bits of a register that is declared as a word: the body of the call narrows it.
    // CLONE_NEWUSER does not go with CLONE_FS, and CLONE_THREAD needs more. Bits 32 and 33 are
    // flags of `clone3`.
    Case {
        abi: Abi::X86_64,
        call: "clone",
        index: 0,
        plain: (libc::CLONE_FS | libc::SIGCHLD) as u64,
        counts: &[28, 16],
        make: |flags| {
            let child = alone(libc::SYS_clone, flags);
            if child == 0 {
                // SAFETY: ends the child at once.
                unsafe { libc::_exit(0) }
            }
            let mut status = -1;
            // SAFETY: `status` is written.
            let waited = unsafe { libc::waitpid(child as c_int, &mut status, 0) };
            if child < 0 {
                child
            } else {
                i64::from(i64::from(waited) == child && status == 0)
            }
        },
    },
    Case {
        abi: Abi::X86_64,
        call: "mmap",
        index: 4,
        plain: FILE,
        counts: &[31, 16],
        make: |fd| {
            let (prot, flags) = (libc::PROT_READ as u64, libc::MAP_PRIVATE as u64);
            answer(libc::SYS_mmap, [0, 4096, prot, flags, fd, 0]).min(1)
        },
    },
    Case {
        abi: Abi::X86_64,
        call: "writev",
        index: 0,
        plain: WRITE,
        counts: &[31, 16],
        make: |fd| {
            let mut text = *EIGHT;
            let mut vector = [address(&mut text), 8];
            answer(libc::SYS_writev, [fd, address(&mut vector), 1, 0, 0, 0])
        },
    },
    Case {
        abi: Abi::X86_64,
        call: "readv",
        index: 2,
        plain: 1,
        counts: &[31, 16],
        make: |count| {
            let mut text = *EIGHT;
            let mut vector = [address(&mut text), 8];
            let vector = address(&mut vector);
            answer(libc::SYS_readv, [READ, vector, count, 0, 0, 0])
        },
    },
    // A whole word, signed: an offset, a length.
    Case {
        abi: Abi::X86_64,
        call: "lseek",
        index: 1,
        plain: 5,
        counts: &[63, 32, 0],
        make: |offset| answer(libc::SYS_lseek, [FILE, offset, 0, 0, 0, 0]),
    },
    Case {
        abi: Abi::X86_64,
        call: "ftruncate",
        index: 1,
        plain: 5,
        counts: &[63, 40, 32, 0],
        make: |length| {
            let cut = answer(libc::SYS_ftruncate, [FILE, length, 0, 0, 0, 0]);
            if cut < 0 { cut } else { size() }
        },
    },
    // 64 bits on every ABI, signed.
    Case {
        abi: Abi::X86_64,
        call: "pread64",
        index: 3,
        plain: 5,
        counts: &[63, 32, 0],
        make: |offset| {
            let mut text = *EIGHT;
            let to = address(&mut text);
            answer(libc::SYS_pread64, [FILE, to, 8, offset, 0, 0])
        },
    },
    // 64 bits on every ABI, unsigned. The mask is looked at before the descriptor.
    Case {
        abi: Abi::X86_64,
        call: "fanotify_mark",
        index: 2,
        plain: libc::FAN_ACCESS,
        counts: &[63, 32],
        make: |mask| {
            let (none, add) = (u64::MAX, libc::FAN_MARK_ADD.into());
            answer(libc::SYS_fanotify_mark, [none, add, mask, none, 0, 0])
        },
    },
    // A number of bytes.
    Case {
        abi: Abi::X86_64,
        call: "read",
        index: 2,
        plain: 0,
        counts: &[63, 32, 0],
        make: |count| {
            let mut text = *EIGHT;
            let to = address(&mut text);
            answer(libc::SYS_read, [READ, to, count, 0, 0, 0])
        },
    },
    Case {
        abi: Abi::X86_64,
        call: "rt_sigprocmask",
        index: 3,
        plain: 8,
        counts: &[63, 32, 0],
        make: |size| answer(libc::SYS_rt_sigprocmask, [0, 0, 0, size, 0, 0]),
    },
    // Flags of a whole word.
    Case {
        abi: Abi::X86_64,
        call: "unshare",
        index: 0,
        plain: 0,
        counts: &[63, 32],
        make: |flags| alone(libc::SYS_unshare, flags),
    },
    // What an argument is depends on another: here a signal, as a whole word.
    Case {
        abi: Abi::X86_64,
        call: "prctl",
        index: 1,
        plain: 9,
        counts: &[63, 32],
        make: |signal| {
            let option = libc::PR_SET_PDEATHSIG as u64;
            answer(libc::SYS_prctl, [option, signal, 0, 0, 0, 0])
        },
    },
];
