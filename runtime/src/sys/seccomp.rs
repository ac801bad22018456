//! A program → an installed filter: seccomp(2), prctl(2), and the version from uname(2).

use core::ffi::c_void;
use core::ptr;
#[cfg(feature = "std")]
use std::os::fd::{FromRawFd, OwnedFd};
#[cfg(feature = "std")]
use std::{io, os::unix::process::CommandExt as _, process::Command};

use libc::{c_int, c_long, c_ulong, sock_filter, sock_fprog};

use super::syscall_result;
#[cfg(feature = "std")]
use crate::flags::SECCOMP_FILTER_FLAG_NEW_LISTENER;

/// Installs the program for the calling thread, or with TSYNC for all threads. Returns the return
/// value of the system call, which is not negative.
pub(crate) fn install(program: &'static [sock_filter], flags: u32) -> Result<c_long, c_int> {
    let program = sock_fprog {
        // A cast would turn 65536 instructions into an empty program.
        len: u16::try_from(program.len()).map_err(|_| libc::EINVAL)?,
        filter: program.as_ptr().cast_mut(),
    };
    let program = ptr::from_ref(&program).cast();
    result(seccomp(SECCOMP_SET_MODE_FILTER, flags, program))
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
    seccomp(SECCOMP_SET_MODE_FILTER, flags, ptr::null()) == -c_long::from(libc::EFAULT)
}

/// Asks the kernel whether it has an action, given as the return value of a program.
pub(crate) fn has_action(return_value: u32) -> Result<(), c_int> {
    let argument = ptr::from_ref(&return_value).cast();
    result(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, argument)).map(drop)
}

/// Passes the names and versions of the operating system on.
pub(crate) fn uname<T>(read: impl FnOnce(&libc::utsname) -> T) -> Option<T> {
    let mut name = core::mem::MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: uname(2) writes only the structure at this address.
    let returned = unsafe { libc::uname(name.as_mut_ptr()) };
    syscall_result(returned.into()).ok()?;
    // SAFETY: the structure consists of bytes, and all of them were zero before the call.
    Some(read(unsafe { name.assume_init_ref() }))
}

/// `include/uapi/linux/seccomp.h`. Older releases of the crate `libc` lack it on Android.
const SECCOMP_SET_MODE_FILTER: c_ulong = 1;
const SECCOMP_GET_ACTION_AVAIL: c_ulong = 2;

/// Makes an operation of seccomp(2), and returns a negative number, the errno, if it failed. Before
/// 3.17 Linux has only prctl(2), which can do one of the operations, without flags. With TSYNC it is
/// not tried: it would confine one thread where all were meant.
#[inline(never)] // inlined, it would be in the binary once for each caller
fn seccomp(operation: c_ulong, flags: u32, argument: *const c_void) -> c_long {
    // SAFETY: the two operations of this module write nothing to the memory of the process. They
    // read a program or a number, and fail with EFAULT if an address is not mapped.
    let mut result = syscall_result(unsafe {
        libc::syscall(libc::SYS_seccomp, operation, c_ulong::from(flags), argument)
    });
    if let (Err(libc::ENOSYS), SECCOMP_SET_MODE_FILTER, 0) = (result, operation, flags) {
        // SAFETY: the kernel does the same as for the call above.
        result = syscall_result(unsafe {
            libc::syscall(
                libc::SYS_prctl,
                c_long::from(libc::PR_SET_SECCOMP),
                c_ulong::from(libc::SECCOMP_MODE_FILTER),
                argument,
            )
        });
    }
    result.unwrap_or_else(|errno| -c_long::from(errno))
}

/// Separates the errno from the return value.
fn result(returned: c_long) -> Result<c_long, c_int> {
    match returned {
        ..0 => Err(-returned as c_int),
        _ => Ok(returned),
    }
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
