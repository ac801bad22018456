//! The system calls and the signal handler: the only unsafe code of the crate.
//!
//! Nothing here allocates, takes a lock or keeps state, except the alternate stack of the signal
//! handler. So all of it can run between `fork` and `execve`, and in a signal handler that restores
//! `errno`.

#[cfg(all(feature = "std", any(target_os = "linux", target_os = "android")))]
pub(crate) mod listener;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) mod marker;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) mod registers;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) mod seccomp;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) mod sigsys;

#[cfg(target_os = "android")]
use libc::__errno as errno_location;
#[cfg(target_os = "linux")]
use libc::__errno_location as errno_location;

use crate::insn::sock_filter;

/// Returns the bytes of a program.
pub(crate) const fn bytes(program: &'static [sock_filter]) -> &'static [u8] {
    // SAFETY: an instruction has 2 + 1 + 1 + 4 bytes and no padding, and any byte is a valid `u8`.
    unsafe { core::slice::from_raw_parts(program.as_ptr().cast(), size_of_val(program)) }
}

/// Converts the return value of a C library function: -1 means that errno has the reason.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn syscall_result(returned: libc::c_long) -> Result<libc::c_long, libc::c_int> {
    if returned != -1 {
        return Ok(returned);
    }
    // SAFETY: the C library returns the address of the calling thread's errno, which is valid and
    // aligned as long as the thread runs. No other thread writes it.
    Err(unsafe { *errno_location() })
}
