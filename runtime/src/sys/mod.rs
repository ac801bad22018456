//! The kernel's side of the crate: system calls, and the memory that they and a signal's handler share.
//!
//! The only unsafe code of the crate. Nothing here allocates, takes a lock or keeps state but the
//! handler's own, so all of it may run between `fork` and `exec` and in a signal handler that saves
//! errno.

#[cfg(all(feature = "std", any(target_os = "linux", target_os = "android")))]
pub(crate) mod listener;
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

/// Returns the memory that the program lies in.
pub(crate) const fn bytes(program: &'static [sock_filter]) -> &'static [u8] {
    // SAFETY: an instruction has 2 + 1 + 1 + 4 bytes and no others, and any byte is a `u8`.
    unsafe { core::slice::from_raw_parts(program.as_ptr().cast(), size_of_val(program)) }
}

/// Turns the C library's answer into what it means.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn syscall_result(returned: libc::c_long) -> Result<libc::c_long, libc::c_int> {
    if returned != -1 {
        return Ok(returned);
    }
    // SAFETY: the C library returns the address of the calling thread's errno, valid and aligned
    // as long as the thread runs; no other thread writes it.
    Err(unsafe { *errno_location() })
}
