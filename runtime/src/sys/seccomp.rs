//! What puts a program in force, and what has to be known before.

use core::ptr;
#[cfg(feature = "std")]
use std::os::fd::{FromRawFd, OwnedFd};
#[cfg(feature = "std")]
use std::{io, os::unix::process::CommandExt as _, process::Command};

use libc::{c_int, c_long, c_ulong, sock_filter, sock_fprog};

use super::syscall_result;
#[cfg(feature = "std")]
use crate::flags::SECCOMP_FILTER_FLAG_NEW_LISTENER;

/// Installs the program for the calling thread, and returns what the kernel answered: at least 0.
pub(crate) fn install(program: &'static [sock_filter], flags: u32) -> Result<c_long, c_int> {
    let program = sock_fprog {
        // 65,536 instructions must not become an empty program.
        len: u16::try_from(program.len()).map_err(|_| libc::EINVAL)?,
        filter: program.as_ptr().cast_mut(),
    };
    match seccomp(flags, &program) {
        Err(libc::ENOSYS) if flags == 0 => prctl_seccomp(&program),
        answer => answer,
    }
}

/// Does the same with the flag `NEW_LISTENER` as well, and returns the listener.
#[cfg(feature = "std")]
pub(crate) fn install_with_listener(
    program: &'static [sock_filter],
    flags: u32,
) -> Result<OwnedFd, c_int> {
    let fd = install(program, flags | SECCOMP_FILTER_FLAG_NEW_LISTENER)?;
    // SAFETY: with this flag the kernel answers with a descriptor that it made for this call, so
    // nobody else owns it; with TSYNC, which would answer with a thread, it takes the flag only
    // beside TSYNC_ESRCH (`kernel/seccomp.c: seccomp_set_mode_filter`). As there is a flag, the
    // answer is never prctl(2)'s. A filter above this one that answers in the kernel's place
    // can lie here as it can of any descriptor.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as c_int) })
}

/// Returns whether the kernel takes the flags: it judges them before it looks for the program, so
/// only then does it miss one.
pub(crate) fn supports_flags(flags: u32) -> bool {
    seccomp(flags, ptr::null()) == Err(libc::EFAULT)
}

/// Returns what the system says of itself.
pub(crate) fn uname() -> Option<libc::utsname> {
    let mut name = core::mem::MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: uname(2) writes the structure that the pointer leads to, and nothing else.
    let answer = unsafe { libc::uname(name.as_mut_ptr()) };
    syscall_result(answer.into()).ok()?;
    // SAFETY: bytes are all that it consists of, and all were zero before the call.
    Some(unsafe { name.assume_init() })
}

/// `include/uapi/linux/seccomp.h`; older releases of libc do not name it on Android.
const SECCOMP_SET_MODE_FILTER: c_ulong = 1;

fn seccomp(flags: u32, program: *const sock_fprog) -> Result<c_long, c_int> {
    // SAFETY: this operation writes no memory of the process. It reads the program by
    // copying from user space, and answers EFAULT where an address is not mapped.
    syscall_result(unsafe {
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
    syscall_result(unsafe {
        libc::syscall(
            libc::SYS_prctl,
            c_long::from(libc::PR_SET_SECCOMP),
            c_ulong::from(libc::SECCOMP_MODE_FILTER),
            ptr::from_ref(program),
        )
    })
}

pub(crate) fn set_no_new_privs() -> Result<(), c_int> {
    let (option, on, unused) = (
        c_long::from(libc::PR_SET_NO_NEW_PRIVS),
        1 as c_ulong,
        0 as c_ulong,
    );
    // SAFETY: the arguments are plain numbers; the call sets one bit of the calling thread.
    let answer = unsafe { libc::syscall(libc::SYS_prctl, option, on, unused, unused, unused) };
    syscall_result(answer).map(drop)
}

/// Makes a command run `install` in its child, between `fork` and `exec`.
///
/// What runs there must be async-signal-safe: another thread of the parent may have been anywhere.
/// `Copy` leaves nothing to free.
#[cfg(feature = "std")]
pub(crate) fn before_exec<F>(command: &mut Command, install: F) -> &mut Command
where
    F: Fn() -> Result<(), c_int> + Copy + Send + Sync + 'static,
{
    // Only a number reaches the parent, and only a number needs no allocation.
    let install = move || install().map_err(io::Error::from_raw_os_error);
    // SAFETY: `command.rs` alone calls this, and installs a filter. That may be done there: it makes
    // system calls, touches no memory but its own stack and the thread's errno, allocates nothing
    // and takes no lock.
    unsafe { command.pre_exec(install) }
}
