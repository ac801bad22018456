//! A call that waits, and access to the memory of its caller: it can be answered, but not allowed.

use std::ffi::CString;
use std::io;
use std::ops::Deref;
use std::os::fd::{BorrowedFd, RawFd};
use std::vec::Vec;

use super::notification::{Notification, gone};
use super::response::{Answer, Delivery, Response};
use crate::sys::listener::read_memory;

/// A [`Notification`] that can read the memory of the caller, but cannot allow the call.
///
/// If it is dropped without an answer, the call fails with `EPERM`.
///
/// The filter of this example sends `open` and `openat` to the supervisor:
///
/// ```
/// # use std::{sync::mpsc, thread};
/// # use seccomp_profile::*;
/// static NOTIFY: Filter = seccomp_profile!({
///     "defaultAction": "SCMP_ACT_ALLOW",
///     "syscalls": [
///         { "names": ["open", "openat"], "action": "SCMP_ACT_NOTIFY" },
///         {
///             "names": ["openat2", "io_uring_enter", "io_uring_setup"],
///             "action": "SCMP_ACT_ERRNO",
///             "errnoRet": 38
///         }
///     ]
/// });
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (sender, receiver) = mpsc::channel();
/// # let confined = thread::spawn(move || {
/// #     sender.send(NOTIFY.install_with_listener()).unwrap();
/// #     (std::fs::read("/nowhere"), std::fs::read("Cargo.toml"))
/// # });
/// # let listener = Listener::from(receiver.recv()??);
/// while let Some(notification) = listener.receive()? {
///     // The path is argument 1 of `openat`, and argument 0 of `open`.
///     let [first, second, ..] = notification.syscall().args;
///     let is_openat = notification.syscall().nr == syscall!(openat).nr;
///     let path = if is_openat { second } else { first };
///
///     let inspected = notification.inspect();
///     let mut start = [0; 4];
///     inspected.read_memory(path, &mut start)?;
///     let path = inspected.read_c_string(path, 4095)?;
///     assert!(path.as_bytes().starts_with(&start));
///     match path.to_str() {
///         Ok("/nowhere") => inspected.respond(Answer::Errno(13))?,
///         // This is no protection: the caller can change the path now.
///         _ => inspected.continue_anyway()?,
///     };
/// }
/// # let (first, second) = confined.join().unwrap();
/// # assert_eq!(first.unwrap_err().raw_os_error(), Some(13));
/// # assert!(second.is_ok());
/// # Ok(())
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use seccomp_profile::{Inspected, Response};
/// # fn answer(inspected: Inspected<'_>) {
/// inspected.respond(Response::Continue); // the caller may have changed the path
/// # }
/// ```
#[derive(Debug)]
#[must_use = "the call fails with EPERM if the notification is dropped"]
pub struct Inspected<'l>(Notification<'l>);

impl<'l> Notification<'l> {
    /// Turns the notification into one that can read the memory of the caller, but cannot allow the
    /// call any more: see
    /// [what a supervisor must not do](crate::Listener#what-a-supervisor-must-not-do).
    pub fn inspect(self) -> Inspected<'l> {
        Inspected(self)
    }
}

impl<'l> Inspected<'l> {
    /// Reads the memory of the caller at an address into the buffer, and returns the number of
    /// bytes that were read.
    ///
    /// The bytes are really from the caller: after the read, this checks that the caller still
    /// waits. The caller can change them at any time.
    ///
    /// This can block, without a limit: see
    /// [memory that blocks the supervisor](crate::Listener#memory-that-blocks-the-supervisor).
    ///
    /// # Errors
    /// [`NotFound`](io::ErrorKind::NotFound) if the caller is gone; the buffer is then filled with
    /// zeros. `EFAULT` if no memory is mapped at the address. `EPERM` if the supervisor has no
    /// permission to trace the caller (ptrace(2), "access mode checking"). `ESRCH` if the
    /// supervisor cannot see the caller.
    #[inline]
    pub fn read_memory(&self, address: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_memory(self.pid(), address, buffer);
        if !self.is_valid()? {
            // The process number may have been reused, and the bytes be of another process.
            buffer.fill(0);
            return Err(gone());
        }
        read
    }

    /// Reads a string that ends with a zero byte and has at most `longest` bytes before it. A path
    /// has at most 4095.
    ///
    /// This can block as [`read_memory`](Inspected::read_memory) can.
    ///
    /// # Errors
    /// The same as for [`read_memory`](Inspected::read_memory), and
    /// [`InvalidData`](io::ErrorKind::InvalidData) if the string is longer.
    #[inline]
    pub fn read_c_string(&self, address: u64, longest: usize) -> io::Result<CString> {
        // No page is smaller, so the memory up to the next multiple is either all mapped or not at
        // all.
        const PAGE: u64 = 4096;
        let mut text = Vec::new();
        let mut page = [0; PAGE as usize];
        while text.len() <= longest {
            let address = address.wrapping_add(text.len() as u64);
            let piece = &mut page[(address % PAGE) as usize..];
            let read = self.read_memory(address, piece)?;
            match piece[..read].iter().position(|&byte| byte == 0) {
                Some(end) => {
                    text.extend_from_slice(&piece[..end]);
                    break;
                }
                None if read == 0 => return Err(io::Error::from_raw_os_error(libc::EFAULT)),
                None => text.extend_from_slice(&piece[..read]),
            }
        }
        if text.len() > longest {
            let problem = "the string in the caller's memory is too long";
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        Ok(CString::new(text)?)
    }

    /// Answers the call.
    ///
    /// # Errors
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if the errno is not from 1 to 4095; the call
    /// then fails with `EPERM`.
    #[inline]
    pub fn respond(self, answer: Answer) -> io::Result<Delivery> {
        self.0.respond(answer.into())
    }

    /// Answers the call with a file descriptor: see [`Notification::respond_with_fd`].
    ///
    /// # Errors
    /// The same as for [`Notification::respond_with_fd`].
    #[inline]
    pub fn respond_with_fd(self, fd: BorrowedFd<'_>, cloexec: bool) -> io::Result<Option<RawFd>> {
        self.0.respond_with_fd(fd, cloexec)
    }

    /// Allows the call although its memory was read.
    ///
    /// This is for a supervisor that allows the call in any case, such as a recorder. If a
    /// supervisor calls this because of what it read, it has checked nothing.
    ///
    /// # Errors
    /// The same as for [`Notification::respond`].
    #[inline]
    pub fn continue_anyway(self) -> io::Result<Delivery> {
        self.0.respond(Response::Continue)
    }
}

impl<'l> Deref for Inspected<'l> {
    type Target = Notification<'l>;

    fn deref(&self) -> &Notification<'l> {
        &self.0
    }
}
