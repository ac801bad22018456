//! One call that waits and whose memory was looked at: it lets itself be answered, but not be run.

use std::ffi::CString;
use std::io;
use std::ops::Deref;
use std::os::fd::{BorrowedFd, RawFd};
use std::vec::Vec;

use super::notification::{Notification, gone};
use super::response::{Answer, Delivery, Response};
use crate::sys::listener::read_memory;

/// A call whose memory can be looked at, and which therefore does not run: a [`Notification`] with
/// other answers.
///
/// Dropped without one, it fails with `EPERM`.
///
/// ```
/// # use std::{sync::mpsc, thread};
/// # use seccomp_profile::*;
/// # static ASK: Filter = seccomp_profile!("../tests/profiles/listener-open.json");
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (sender, receiver) = mpsc::channel();
/// # let held = thread::spawn(move || {
/// #     sender.send(ASK.install_with_listener()).unwrap();
/// #     (std::fs::read("/nowhere"), std::fs::read("Cargo.toml"))
/// # });
/// # let listener = Listener::from(receiver.recv()??);
/// while let Some(notification) = listener.receive()? {
///     let [directory, path, ..] = notification.syscall().args;
///     // Some C libraries call `open`, which has no directory before its path.
///     let is_openat = notification.syscall().nr == syscall!(openat).nr;
///     let path = if is_openat { path } else { directory };
///
///     let inspected = notification.inspect();
///     let mut start = [0; 4];
///     inspected.read_memory(path, &mut start)?;
///     let path = inspected.read_c_string(path, 4095)?;
///     assert!(path.as_bytes().starts_with(&start));
///     match path.to_str() {
///         Ok("/nowhere") => inspected.respond(Answer::Errno(13))?,
///         // This denies nothing, and so does not mind who changes a path meanwhile.
///         _ => inspected.continue_anyway()?,
///     };
/// }
/// # let (first, second) = held.join().unwrap();
/// # assert_eq!(first.unwrap_err().raw_os_error(), Some(13));
/// # assert!(second.is_ok());
/// # Ok(())
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use seccomp_profile::{Inspected, Response};
/// # fn answer(inspected: Inspected<'_>) {
/// inspected.respond(Response::Continue); // the path may be another one by now
/// # }
/// ```
#[derive(Debug)]
#[must_use = "the call fails with EPERM if the notification is dropped"]
pub struct Inspected<'l>(Notification<'l>);

impl<'l> Notification<'l> {
    /// Turns the notification into one that can look at the caller's memory, and that lets the call
    /// no longer run: [what a supervisor must not do](crate::Listener#what-a-supervisor-must-not-do).
    pub fn inspect(self) -> Inspected<'l> {
        Inspected(self)
    }
}

impl<'l> Inspected<'l> {
    /// Reads the caller's memory from an address on, and returns how many bytes of the buffer
    /// were there.
    ///
    /// They were the caller's when they were read: whether it still waits is asked afterwards. They
    /// may be other ones now.
    ///
    /// # Errors
    /// [`NotFound`](io::ErrorKind::NotFound) if the caller is gone, and then the buffer holds
    /// zeros; `EFAULT` if nothing is at the address; `EPERM` if the supervisor may not trace the
    /// caller (ptrace(2), "access mode checking"), `ESRCH` if it cannot see it.
    #[inline]
    pub fn read_memory(&self, address: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_memory(self.pid(), address, buffer);
        if !self.is_valid()? {
            // Another process may have the number by now, and these may be its bytes.
            buffer.fill(0);
            return Err(gone());
        }
        read
    }

    /// Reads a text that ends with a zero byte, such as a path, and has at most `longest` bytes
    /// before it; a path has at most 4095.
    ///
    /// # Errors
    /// As [`read_memory`](Inspected::read_memory), and
    /// [`InvalidData`](io::ErrorKind::InvalidData) if the text is longer.
    #[inline]
    pub fn read_c_string(&self, address: u64, longest: usize) -> io::Result<CString> {
        // No page is smaller, so that what is between two of its multiples is there or is not.
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
            let problem = "the text is longer than it may be";
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        Ok(CString::new(text)?)
    }

    /// Answers the call.
    ///
    /// # Errors
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) for an errno that is none; the call then fails
    /// with `EPERM`.
    #[inline]
    pub fn respond(self, answer: Answer) -> io::Result<Delivery> {
        self.0.respond(answer.into())
    }

    /// Answers the call with a descriptor, as [`Notification::respond_with_fd`] does.
    ///
    /// # Errors
    /// The same.
    #[inline]
    pub fn respond_with_fd(self, fd: BorrowedFd<'_>, cloexec: bool) -> io::Result<Option<RawFd>> {
        self.0.respond_with_fd(fd, cloexec)
    }

    /// Lets the call run although its memory was looked at: for a recorder, which would have let
    /// it run whatever it saw. A check is none if this follows it.
    ///
    /// # Errors
    /// As [`Notification::respond`].
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
