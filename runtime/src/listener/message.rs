//! The bytes that a listener and the kernel exchange (`include/uapi/linux/seccomp.h`): a
//! notification from them, an answer and a descriptor to them.
//!
//! All of it is safe code, and a `const fn`: the tests at the end run while the crate compiles, where
//! nothing undefined goes unseen.

use super::Response;
use crate::Syscall;
use crate::sys::listener::ROOM;

/// What the kernel says of a call: `struct seccomp_notif`.
pub(super) struct Call {
    pub(super) id: u64,
    pub(super) pid: u32,
    pub(super) syscall: Syscall,
}

pub(super) const fn call(bytes: &[u8; ROOM]) -> Call {
    let mut args = [0; 6];
    let mut at = 0;
    while at < args.len() {
        args[at] = u64::from_ne_bytes(take(bytes, 32 + 8 * at));
        at += 1;
    }
    Call {
        id: u64::from_ne_bytes(take(bytes, 0)),
        pid: u32::from_ne_bytes(take(bytes, 8)),
        // From 12 on flags, of which there are none.
        syscall: Syscall {
            nr: u32::from_ne_bytes(take(bytes, 16)),
            arch: u32::from_ne_bytes(take(bytes, 20)),
            instruction_pointer: u64::from_ne_bytes(take(bytes, 24)),
            args,
        },
    }
}

/// `struct seccomp_notif_resp`; `None` if the errno is none.
pub(super) const fn answer(id: u64, response: Response) -> Option<[u8; ROOM]> {
    const SECCOMP_USER_NOTIF_FLAG_CONTINUE: u32 = 1 << 0;
    let (value, error, flags) = match response {
        // `MAX_ERRNO` in `include/linux/err.h`.
        Response::Errno(errno @ 1..=4095) => (0, -(errno as i32), 0),
        Response::Errno(_) => return None,
        Response::Value(value) => (value, 0, 0),
        Response::Continue => (0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE),
    };
    let bytes = [0; ROOM];
    let bytes = put(bytes, 0, id.to_ne_bytes());
    let bytes = put(bytes, 8, i64::to_ne_bytes(value));
    let bytes = put(bytes, 16, i32::to_ne_bytes(error));
    Some(put(bytes, 20, flags.to_ne_bytes()))
}

/// What the caller's new descriptor is to be.
#[derive(Clone, Copy)]
pub(super) struct NewFd {
    /// The number in the caller; without one, the lowest that is free.
    pub(super) at: Option<u32>,
    pub(super) cloexec: bool,
    /// Its number is the answer to the call.
    pub(super) send: bool,
}

/// `struct seccomp_notif_addfd`.
pub(super) const fn add_fd(id: u64, fd: u32, new: NewFd) -> [u8; 24] {
    const SECCOMP_ADDFD_FLAG_SETFD: u32 = 1 << 0;
    const SECCOMP_ADDFD_FLAG_SEND: u32 = 1 << 1;
    let (at, set) = match new.at {
        Some(at) => (at, SECCOMP_ADDFD_FLAG_SETFD),
        None => (0, 0),
    };
    let send = if new.send { SECCOMP_ADDFD_FLAG_SEND } else { 0 };
    let cloexec = if new.cloexec { libc::O_CLOEXEC } else { 0 };
    let bytes = put([0; 24], 0, id.to_ne_bytes());
    let bytes = put(bytes, 8, u32::to_ne_bytes(set | send));
    let bytes = put(bytes, 12, fd.to_ne_bytes());
    let bytes = put(bytes, 16, at.to_ne_bytes());
    put(bytes, 20, i32::to_ne_bytes(cloexec))
}

/// Returns the field at an offset.
const fn take<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    let mut field = [0; N];
    let mut at = 0;
    while at < N {
        field[at] = bytes[offset + at];
        at += 1;
    }
    field
}

/// Sets the field at an offset.
const fn put<const ALL: usize, const N: usize>(
    mut bytes: [u8; ALL],
    offset: usize,
    field: [u8; N],
) -> [u8; ALL] {
    let mut at = 0;
    while at < N {
        bytes[offset + at] = field[at];
        at += 1;
    }
    bytes
}
