//! The structures of `include/uapi/linux/seccomp.h` as bytes: a notification from the kernel, an
//! answer and a new file descriptor to the kernel.
//!
//! All functions are `const`, so their tests also run at compile time, for every target.

use super::response::Response;
use crate::sys::listener::BUFFER_SIZE;
use crate::syscall::Syscall;

/// A notification: `struct seccomp_notif`.
pub(super) struct Call {
    pub(super) id: u64,
    pub(super) pid: u32,
    pub(super) syscall: Syscall,
}

pub(super) const fn call(bytes: &[u8; BUFFER_SIZE]) -> Call {
    let mut args = [0; 6];
    let mut at = 0;
    while at < args.len() {
        args[at] = u64::from_ne_bytes(read_field(bytes, 32 + 8 * at));
        at += 1;
    }
    Call {
        id: u64::from_ne_bytes(read_field(bytes, 0)),
        pid: u32::from_ne_bytes(read_field(bytes, 8)),
        // At offset 12 are flags, of which Linux has none.
        syscall: Syscall {
            nr: u32::from_ne_bytes(read_field(bytes, 16)),
            arch: u32::from_ne_bytes(read_field(bytes, 20)),
            instruction_pointer: u64::from_ne_bytes(read_field(bytes, 24)),
            args,
            negative: [false; 6],
        },
    }
}

/// Makes a `struct seccomp_notif_resp`; `None` if the errno is not from 1 to 4095.
pub(super) const fn answer(id: u64, response: Response) -> Option<[u8; BUFFER_SIZE]> {
    const SECCOMP_USER_NOTIF_FLAG_CONTINUE: u32 = 1 << 0;
    let (value, error, flags) = match response {
        // `MAX_ERRNO` in `include/linux/err.h`.
        Response::Errno(errno @ 1..=4095) => (0, -(errno as i32), 0),
        Response::Errno(_) => return None,
        Response::Value(value) => (value, 0, 0),
        Response::Continue => (0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE),
    };
    let bytes = [0; BUFFER_SIZE];
    let bytes = write_field(bytes, 0, id.to_ne_bytes());
    let bytes = write_field(bytes, 8, i64::to_ne_bytes(value));
    let bytes = write_field(bytes, 16, i32::to_ne_bytes(error));
    Some(write_field(bytes, 20, flags.to_ne_bytes()))
}

/// The properties of a new file descriptor in the calling process.
#[derive(Clone, Copy)]
pub(super) struct NewFd {
    /// The number; the lowest free one if it is `None`.
    pub(super) at: Option<u32>,
    pub(super) cloexec: bool,
    /// Whether the number is the answer to the call.
    pub(super) send: bool,
}

/// Makes a `struct seccomp_notif_addfd`.
pub(super) const fn add_fd(id: u64, fd: u32, new: NewFd) -> [u8; 24] {
    const SECCOMP_ADDFD_FLAG_SETFD: u32 = 1 << 0;
    const SECCOMP_ADDFD_FLAG_SEND: u32 = 1 << 1;
    let (at, set) = match new.at {
        Some(at) => (at, SECCOMP_ADDFD_FLAG_SETFD),
        None => (0, 0),
    };
    let send = if new.send { SECCOMP_ADDFD_FLAG_SEND } else { 0 };
    let cloexec = if new.cloexec { libc::O_CLOEXEC } else { 0 };
    let bytes = write_field([0; 24], 0, id.to_ne_bytes());
    let bytes = write_field(bytes, 8, u32::to_ne_bytes(set | send));
    let bytes = write_field(bytes, 12, fd.to_ne_bytes());
    let bytes = write_field(bytes, 16, at.to_ne_bytes());
    write_field(bytes, 20, i32::to_ne_bytes(cloexec))
}

/// Returns the field at an offset.
const fn read_field<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    let mut field = [0; N];
    let mut at = 0;
    while at < N {
        field[at] = bytes[offset + at];
        at += 1;
    }
    field
}

/// Sets the field at an offset.
const fn write_field<const ALL: usize, const N: usize>(
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks a condition at compile time, and in a test.
    macro_rules! checked_twice {
        ($name:ident, $what:expr) => {
            #[test]
            fn $name() {
                const _: () = assert!($what);
                assert!($what);
            }
        };
    }

    const fn equal(a: &[u8], b: &[u8]) -> bool {
        let mut at = 0;
        while at < a.len() && at < b.len() && a[at] == b[at] {
            at += 1;
        }
        at == a.len() && at == b.len()
    }

    /// A notification in which each byte is its own offset.
    const NUMBERED: [u8; BUFFER_SIZE] = {
        let mut bytes = [0; BUFFER_SIZE];
        let mut at = 0;
        while at < 80 {
            bytes[at] = at as u8;
            at += 1;
        }
        bytes
    };
    const fn numbered<const N: usize>(offset: u8) -> [u8; N] {
        let mut field = [0; N];
        let mut at = 0;
        while at < N {
            field[at] = offset + at as u8;
            at += 1;
        }
        field
    }
    const fn u64_at(offset: u8) -> u64 {
        u64::from_ne_bytes(numbered(offset))
    }
    const fn u32_at(offset: u8) -> u32 {
        u32::from_ne_bytes(numbered(offset))
    }

    checked_twice!(a_call_is_read_field_by_field, {
        let Call { id, pid, syscall } = call(&NUMBERED);
        let Syscall {
            nr,
            arch,
            instruction_pointer,
            args: [a, b, c, d, e, f],
            negative,
        } = syscall;
        id == u64_at(0)
            && pid == u32_at(8)
            && nr == u32_at(16)
            && arch == u32_at(20)
            && instruction_pointer == u64_at(24)
            && a == u64_at(32)
            && b == u64_at(40)
            && c == u64_at(48)
            && d == u64_at(56)
            && e == u64_at(64)
            && f == u64_at(72)
            && matches!(negative, [false, false, false, false, false, false])
    });

    const ID: u64 = u64_at(1);

    /// Returns whether an answer has these fields, and zeros after them.
    const fn answer_has(response: Response, value: i64, error: i32, flags: u32) -> bool {
        let Some(bytes) = answer(ID, response) else {
            return false;
        };
        equal(&read_field::<8>(&bytes, 0), &ID.to_ne_bytes())
            && equal(&read_field::<8>(&bytes, 8), &value.to_ne_bytes())
            && equal(&read_field::<4>(&bytes, 16), &error.to_ne_bytes())
            && equal(&read_field::<4>(&bytes, 20), &flags.to_ne_bytes())
            && equal(
                &read_field::<{ BUFFER_SIZE - 24 }>(&bytes, 24),
                &[0; BUFFER_SIZE - 24],
            )
    }

    checked_twice!(
        an_answer_has_one_field,
        answer_has(Response::Errno(1), 0, -1, 0)
            && answer_has(Response::Errno(4095), 0, -4095, 0)
            && answer_has(Response::Value(0), 0, 0, 0)
            && answer_has(Response::Value(i64::MIN), i64::MIN, 0, 0)
            && answer_has(Response::Continue, 0, 0, 1)
    );

    checked_twice!(
        an_errno_out_of_range_has_no_answer,
        answer(ID, Response::Errno(0)).is_none()
            && answer(ID, Response::Errno(4096)).is_none()
            && answer(ID, Response::Errno(u16::MAX)).is_none()
    );

    /// Returns whether the descriptor 7 is added with these fields.
    const fn add_fd_has(new: NewFd, flags: u32, number: u32, fd_flags: i32) -> bool {
        let bytes = add_fd(ID, 7, new);
        equal(&read_field::<8>(&bytes, 0), &ID.to_ne_bytes())
            && equal(&read_field::<4>(&bytes, 8), &flags.to_ne_bytes())
            && equal(&read_field::<4>(&bytes, 12), &7_u32.to_ne_bytes())
            && equal(&read_field::<4>(&bytes, 16), &number.to_ne_bytes())
            && equal(&read_field::<4>(&bytes, 20), &fd_flags.to_ne_bytes())
    }

    const LOWEST: NewFd = NewFd {
        at: None,
        cloexec: false,
        send: false,
    };

    checked_twice!(
        a_descriptor_has_its_flags,
        add_fd_has(LOWEST, 0, 0, 0)
            && add_fd_has(
                NewFd {
                    at: Some(0),
                    ..LOWEST
                },
                1,
                0,
                0
            )
            && add_fd_has(
                NewFd {
                    at: Some(9),
                    ..LOWEST
                },
                1,
                9,
                0
            )
            && add_fd_has(
                NewFd {
                    cloexec: true,
                    ..LOWEST
                },
                0,
                0,
                libc::O_CLOEXEC
            )
            && add_fd_has(
                NewFd {
                    send: true,
                    ..LOWEST
                },
                2,
                0,
                0
            )
    );
}
