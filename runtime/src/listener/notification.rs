//! One call that waits: what may be learned of it, and how it is answered.

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, RawFd};

use super::message::{self, Call, NewFd};
use super::response::{Delivery, Response};
use crate::sys::listener::{self as sys, SizesChecked, retry};
use crate::syscall::Syscall;

/// A call that waits for an answer.
///
/// Dropped without one, it fails with `EPERM`.
///
/// ```
/// # use std::{sync::mpsc, thread};
/// # use seccomp_profile::*;
/// # static ASK: Filter = seccomp_profile!("../tests/profiles/listener-getppid.json");
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (sender, receiver) = mpsc::channel();
/// # let held = thread::spawn(move || {
/// #     sender.send(ASK.install_with_listener()).unwrap();
/// #     (std::os::unix::process::parent_id(), std::os::unix::process::parent_id())
/// # });
/// # let listener = Listener::from(receiver.recv()??);
/// let first: Notification<'_> = listener.receive()?.unwrap();
/// assert_eq!(first.syscall().nr, syscall!(getppid).nr);
/// assert!(first.is_valid()?);
/// println!("thread {} asks for its parent in notification {}", first.pid(), first.id());
/// assert_eq!(first.respond(Response::Continue)?, Delivery::Delivered);
///
/// let second = listener.receive()?.unwrap();
/// assert!(second.respond(Response::Errno(0)).is_err()); // so that it fails with `EPERM`
/// # let (first, second) = held.join().unwrap();
/// # assert_eq!((first, second as i32), (std::os::unix::process::parent_id(), -1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "the call fails with EPERM if the notification is dropped"]
pub struct Notification<'l> {
    listener: BorrowedFd<'l>,
    sizes: SizesChecked,
    id: u64,
    pid: u32,
    syscall: Syscall,
    answered: bool,
}

impl<'l> Notification<'l> {
    pub(super) fn new(
        listener: BorrowedFd<'l>,
        sizes: SizesChecked,
        call: Call,
    ) -> Notification<'l> {
        let Call { id, pid, syscall } = call;
        Notification {
            listener,
            sizes,
            id,
            pid,
            syscall,
            answered: false,
        }
    }

    /// Returns the number of the notification, which no other of this listener has.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Returns the calling thread's number, as the supervisor's PID namespace has it; 0 if the
    /// thread is not to be seen from there.
    ///
    /// The thread may have ended, and the number may be another's:
    /// [`is_valid`](Notification::is_valid) tells, when asked *after* the number was used.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Returns the call.
    ///
    /// The arguments are a copy, which the caller cannot change; it can change what they point to
    /// or stand for.
    pub fn syscall(&self) -> &Syscall {
        &self.syscall
    }

    /// Returns whether the caller still waits.
    ///
    /// # Errors
    /// What ioctl(2) answers; there is no reason to expect any.
    pub fn is_valid(&self) -> io::Result<bool> {
        match retry(|| sys::is_valid(self.listener, self.id)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Answers the call.
    ///
    /// # Errors
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) for an errno that is none,
    /// [`Unsupported`](io::ErrorKind::Unsupported) if the kernel is too old to let the call run;
    /// it then fails with `EPERM`.
    #[inline]
    pub fn respond(mut self, response: Response) -> io::Result<Delivery> {
        self.send(response)
    }

    #[inline]
    fn send(&mut self, response: Response) -> io::Result<Delivery> {
        let Some(bytes) = message::answer(self.id, response) else {
            let problem = "an errno is a number from 1 to 4095";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        };
        let sent = retry(|| sys::send(self.listener, self.sizes, bytes));
        let delivery = match sent {
            Ok(()) => Delivery::Delivered,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Delivery::Gone,
            Err(error) => return Err(too_old(error, "Linux 5.5 lets notified calls run")),
        };
        self.answered = true;
        Ok(delivery)
    }
}

impl Drop for Notification<'_> {
    fn drop(&mut self) {
        if !self.answered {
            // Nobody is left to hear of a failure; the caller is gone, or the listener will be.
            let _ = self.send(Response::Errno(libc::EPERM as u16));
        }
    }
}

impl<'l> Notification<'l> {
    /// Gives the caller a copy of a descriptor and returns its number there: `at`, in place of what
    /// the caller has there, or else the lowest that is free; `cloexec` closes it on exec. The call
    /// goes on waiting.
    ///
    /// ```
    /// # use std::{sync::mpsc, thread};
    /// # use seccomp_profile::*;
    /// # use std::os::fd::AsFd as _;
    /// # static ASK: Filter = seccomp_profile!("../tests/profiles/listener-getppid.json");
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (sender, receiver) = mpsc::channel();
    /// # let held = thread::spawn(move || {
    /// #     sender.send(ASK.install_with_listener()).unwrap();
    /// #     std::os::unix::process::parent_id()
    /// # });
    /// # let listener = Listener::from(receiver.recv()??);
    /// let notification = listener.receive()?.unwrap();
    /// let file = std::fs::File::open("Cargo.toml")?;
    /// let number = notification.add_fd(file.as_fd(), None, true)?;
    /// notification.respond(Response::Value(number.into()))?;
    /// assert_eq!(held.join().unwrap() as i32, number);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](io::ErrorKind::NotFound) if the caller is gone,
    /// [`Unsupported`](io::ErrorKind::Unsupported) before Linux 5.9; `EBADF` for an `at` above the
    /// caller's limit, `EMFILE` if it can have no more.
    #[inline]
    pub fn add_fd(
        &self,
        fd: BorrowedFd<'_>,
        at: Option<RawFd>,
        cloexec: bool,
    ) -> io::Result<RawFd> {
        let beyond = |_| io::Error::from_raw_os_error(libc::EBADF);
        let at = at.map(u32::try_from).transpose().map_err(beyond)?;
        let new = NewFd {
            at,
            cloexec,
            send: false,
        };
        let bytes = message::add_fd(self.id, fd.as_raw_fd() as u32, new);
        retry(|| sys::add_fd(self.listener, bytes)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => gone(),
            _ => too_old(error, "Linux 5.9 gives a caller descriptors"),
        })
    }

    /// Gives the caller a copy of a descriptor and answers the call with its number there, at once:
    /// the caller gets both or, if it is gone, neither. Returns the number, or `None` if the caller
    /// is gone.
    ///
    /// ```
    /// # use std::{sync::mpsc, thread};
    /// # use seccomp_profile::*;
    /// # use std::os::fd::AsFd as _;
    /// # static ASK: Filter = seccomp_profile!("../tests/profiles/listener-open.json");
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (sender, receiver) = mpsc::channel();
    /// # let held = thread::spawn(move || {
    /// #     sender.send(ASK.install_with_listener()).unwrap();
    /// #     std::fs::read_to_string("/nowhere")
    /// # });
    /// # let listener = Listener::from(receiver.recv()??);
    /// // The thread opens `/nowhere`, and gets this:
    /// let file = std::fs::File::open("Cargo.toml")?;
    /// let notification = listener.receive()?.unwrap();
    /// assert!(notification.respond_with_fd(file.as_fd(), true)?.is_some());
    /// assert_eq!(held.join().unwrap()?, std::fs::read_to_string("Cargo.toml")?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Linux answers with 0, and without a descriptor, when a signal interrupts the supervisor
    /// meanwhile (`kernel/seccomp.c: seccomp_notify_addfd`). This method therefore holds back
    /// signals; `SIGSTOP`, debuggers, freezers and the work of an io_uring do not heed that. Then it
    /// fails with `EINPROGRESS`, and the call was answered with 0.
    ///
    /// # Errors
    /// As [`add_fd`](Notification::add_fd), and [`Unsupported`](io::ErrorKind::Unsupported) before
    /// Linux 5.14. But for `EINPROGRESS`, the call then fails with `EPERM`.
    #[inline]
    pub fn respond_with_fd(
        mut self,
        fd: BorrowedFd<'_>,
        cloexec: bool,
    ) -> io::Result<Option<RawFd>> {
        let new = NewFd {
            at: None,
            cloexec,
            send: true,
        };
        let bytes = message::add_fd(self.id, fd.as_raw_fd() as u32, new);
        let sent = retry(|| sys::add_fd_uninterrupted(self.listener, bytes));
        let number = match sent {
            Ok(number) => Some(number),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(too_old(error, "Linux 5.14 answers with descriptors")),
        };
        self.answered = true;
        Ok(number)
    }
}

/// Says why something cannot be done any more.
pub(super) fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the caller is gone")
}

/// Says what is missing where the kernel does not know a request.
fn too_old(error: io::Error, since: &'static str) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidInput => io::Error::new(io::ErrorKind::Unsupported, since),
        _ => error,
    }
}
