//! The system calls that put a program in force, and what their failures mean.
//!
//! The only unsafe code of the crate. Nothing here allocates, takes a lock or keeps state, so all
//! of it may run between `fork` and `exec` and in a signal handler that saves errno.

use core::ptr;

#[cfg(target_os = "android")]
use libc::__errno as errno_location;
#[cfg(not(target_os = "android"))]
use libc::__errno_location as errno_location;
pub use libc::sock_filter;
use libc::{c_int, c_long, c_ulong, sock_fprog};

use crate::Error;

/// Sets `no_new_privs` and installs the program for the calling thread, on a kernel that is not
/// older than `oldest`.
pub(crate) fn install(
    program: &'static [sock_filter],
    flags: u32,
    oldest: Option<(u8, u8)>,
) -> Result<(), Error> {
    if let Some(needed) = oldest {
        let found = linux();
        if found.is_none_or(|found| found < needed) {
            return Err(Error::KernelTooOld { needed, found });
        }
    }
    let program = sock_fprog {
        // 65,536 instructions must not become an empty program.
        len: u16::try_from(program.len()).map_err(|_| Error::Other {
            errno: libc::EINVAL,
        })?,
        filter: program.as_ptr().cast_mut(),
    };
    set_no_new_privs().map_err(|errno| Error::NoNewPrivs { errno })?;
    let answer = match seccomp(flags, &program) {
        Err(libc::ENOSYS) if flags == 0 => prctl_seccomp(&program),
        answer => answer,
    };
    match answer {
        Ok(0) => Ok(()),
        // With TSYNC, a thread that could not follow (`kernel/seccomp.c: seccomp_can_sync_threads`).
        Ok(tid) => Err(Error::NotSynchronised {
            tid: Some(tid as i32),
        }),
        Err(errno) => Err(cause(errno, flags)),
    }
}

/// Returns the version of Linux that runs, where the system tells one.
fn linux() -> Option<(u8, u8)> {
    let mut name = core::mem::MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: uname(2) writes the structure that the pointer leads to, and nothing else.
    let answer = unsafe { libc::uname(name.as_mut_ptr()) };
    checked(answer.into()).ok()?;
    // SAFETY: bytes are all that it consists of, and all were zero before the call.
    let name = unsafe { name.assume_init() };
    let mut release = name.release.iter().map(|&byte| byte as u8);
    Some((number(&mut release)?, number(&mut release)?))
}

/// Takes a number and the byte behind it; what is above 255 counts as 255.
fn number(bytes: &mut impl Iterator<Item = u8>) -> Option<u8> {
    let mut value = None;
    while let Some(digit @ b'0'..=b'9') = bytes.next() {
        let before: u8 = value.unwrap_or(0);
        value = Some(before.saturating_mul(10).saturating_add(digit - b'0'));
    }
    value
}

/// Says what an errno of seccomp(2) means (`kernel/seccomp.c: seccomp_set_mode_filter`).
fn cause(errno: c_int, flags: u32) -> Error {
    match errno {
        // EPERM is never the kernel's own answer, but that of a filter above this one.
        libc::EACCES | libc::EPERM => Error::NotPermitted { errno },
        libc::ENOSYS => Error::Unsupported { errno },
        libc::EINVAL if !known(0) => Error::Unsupported { errno },
        libc::EINVAL => match unknown(flags) {
            0 => Error::Other { errno },
            flags => Error::FlagsUnsupported { flags },
        },
        libc::ENOMEM => Error::ChainTooLong,
        libc::EBUSY => Error::ListenerExists,
        libc::ESRCH => Error::NotSynchronised { tid: None },
        _ => Error::Other { errno },
    }
}

/// Returns those of the flags that the kernel does not know.
fn unknown(flags: u32) -> u32 {
    (0..u32::BITS)
        .map(|bit| flags & (1 << bit))
        .filter(|&flag| flag != 0 && !known(flag))
        .fold(0, |unknown, flag| unknown | flag)
}

/// Returns whether the kernel takes the flags: it judges them before it looks for the program, so
/// only then does it miss one.
fn known(flags: u32) -> bool {
    seccomp(flags, ptr::null()) == Err(libc::EFAULT)
}

/// `include/uapi/linux/seccomp.h`; older releases of libc do not name it on Android.
const SECCOMP_SET_MODE_FILTER: c_ulong = 1;

fn seccomp(flags: u32, program: *const sock_fprog) -> Result<c_long, c_int> {
    // SAFETY: this operation writes no memory of the process. It reads the program by
    // copying from user space, and answers EFAULT where an address is not mapped.
    checked(unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            SECCOMP_SET_MODE_FILTER,
            c_ulong::from(flags),
            program,
        )
    })
}

/// Installs a program as kernels before 3.17 do, which have no seccomp(2) and no flags.
fn prctl_seccomp(program: &sock_fprog) -> Result<c_long, c_int> {
    // SAFETY: as in `seccomp`; the kernel treats this call as that one without flags.
    let answer = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            c_ulong::from(libc::SECCOMP_MODE_FILTER),
            ptr::from_ref(program),
        )
    };
    checked(answer.into())
}

fn set_no_new_privs() -> Result<(), c_int> {
    let (on, unused): (c_ulong, c_ulong) = (1, 0);
    // SAFETY: the arguments are plain numbers; the call sets one bit of the calling thread.
    let answer = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, on, unused, unused, unused) };
    checked(answer.into()).map(drop)
}

/// Turns the C library's answer into what it means.
fn checked(answer: c_long) -> Result<c_long, c_int> {
    if answer != -1 {
        return Ok(answer);
    }
    // SAFETY: the C library returns the address of the calling thread's errno, valid and aligned
    // as long as the thread runs; no other thread writes it.
    Err(unsafe { *errno_location() })
}
