//! A program → an installed filter: seccomp(2), prctl(2), and the version from uname(2).

use core::ptr;
#[cfg(feature = "std")]
use std::os::fd::{FromRawFd, OwnedFd};
#[cfg(feature = "std")]
use std::{io, os::unix::process::CommandExt as _, process::Command};

use libc::{c_int, c_long, c_ulong, sock_filter, sock_fprog};

use super::syscall_result;
#[cfg(feature = "std")]
use crate::flags::SECCOMP_FILTER_FLAG_NEW_LISTENER;

/// Installs the program for the calling thread. Returns the return value of the system call, which
/// is not negative.
pub(crate) fn install(program: &'static [sock_filter], flags: u32) -> Result<c_long, c_int> {
    let program = sock_fprog {
        // A cast would turn 65536 instructions into an empty program.
        len: u16::try_from(program.len()).map_err(|_| libc::EINVAL)?,
        filter: program.as_ptr().cast_mut(),
    };
    match seccomp(flags, &program) {
        Err(libc::ENOSYS) if flags == 0 => prctl_seccomp(&program),
        result => result,
    }
}

/// Installs the program with the flag `NEW_LISTENER`, and returns the listener.
#[cfg(feature = "std")]
pub(crate) fn install_with_listener(
    program: &'static [sock_filter],
    flags: u32,
) -> Result<OwnedFd, c_int> {
    let fd = install(program, flags | SECCOMP_FILTER_FLAG_NEW_LISTENER)?;
    // SAFETY: with this flag the kernel returns a new file descriptor, which has no other owner.
    // With TSYNC it would return a thread, but it accepts both flags together only with TSYNC_ESRCH
    // (`kernel/seccomp.c: seccomp_set_mode_filter`). The fallback to prctl(2) is not taken, because
    // the flags are not 0. An older filter can make the call return any number, as it can for every
    // call that returns a descriptor.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as c_int) })
}

/// Returns whether the kernel supports the flags. It checks them before it reads the program, so
/// the error is `EFAULT` only if it supports them.
pub(crate) fn supports_flags(flags: u32) -> bool {
    seccomp(flags, ptr::null()) == Err(libc::EFAULT)
}

/// Returns the names and versions of the operating system.
pub(crate) fn uname() -> Option<libc::utsname> {
    let mut name = core::mem::MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: uname(2) writes only the structure at this address.
    let returned = unsafe { libc::uname(name.as_mut_ptr()) };
    syscall_result(returned.into()).ok()?;
    // SAFETY: the structure consists of bytes, and all of them were zero before the call.
    Some(unsafe { name.assume_init() })
}

/// `include/uapi/linux/seccomp.h`. Older releases of the crate `libc` lack it on Android.
const SECCOMP_SET_MODE_FILTER: c_ulong = 1;

fn seccomp(flags: u32, program: *const sock_fprog) -> Result<c_long, c_int> {
    // SAFETY: this operation does not write to the memory of the process. It copies the program,
    // and fails with EFAULT if an address is not mapped.
    syscall_result(unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            SECCOMP_SET_MODE_FILTER,
            c_ulong::from(flags),
            program,
        )
    })
}

/// Installs a program on kernels before 3.17, which have no seccomp(2) and no flags.
fn prctl_seccomp(program: &sock_fprog) -> Result<c_long, c_int> {
    // SAFETY: as in `seccomp`: the kernel does the same as for that call without flags.
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
    // SAFETY: the arguments are numbers, and the call sets one bit of the calling thread.
    let returned = unsafe { libc::syscall(libc::SYS_prctl, option, on, unused, unused, unused) };
    syscall_result(returned).map(drop)
}

/// Makes a command run `install` in its child, between `fork` and `execve`.
///
/// `install` must be async-signal-safe: a thread of the parent may have had any lock during `fork`.
/// It is `Copy`, so it owns nothing that must be freed.
#[cfg(feature = "std")]
pub(crate) fn before_exec<F>(command: &mut Command, install: F) -> &mut Command
where
    F: Fn() -> Result<(), c_int> + Copy + Send + Sync + 'static,
{
    // An error that is only an errno needs no allocation, and only the errno reaches the parent.
    let install = move || install().map_err(io::Error::from_raw_os_error);
    // SAFETY: the only caller is `command.rs`. Its closure installs a filter. This is
    // async-signal-safe: it makes system calls, uses no memory except its stack and the thread's
    // errno, allocates nothing and takes no lock.
    unsafe { command.pre_exec(install) }
}
