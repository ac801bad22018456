//! A call that waits for the supervisor: its data, and its answer.

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, RawFd};

use super::message::{self, Call, NewFd};
use super::response::{Delivery, Response};
use crate::sys::listener::{self as sys, SizesChecked, retry};
use crate::syscall::Syscall;

/// A call that waits for an answer.
///
/// If it is dropped without an answer, the call fails with `EPERM`.
///
/// In this example a thread calls `getppid` twice; the supervisor allows the first call only:
///
/// ```
/// # use std::{sync::mpsc, thread};
/// # use seccomp_profile::*;
/// # static NOTIFY: Filter = seccomp_profile!("../tests/profiles/listener-getppid.json");
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (sender, receiver) = mpsc::channel();
/// # let confined = thread::spawn(move || {
/// #     sender.send(NOTIFY.install_with_listener()).unwrap();
/// #     (std::os::unix::process::parent_id(), std::os::unix::process::parent_id())
/// # });
/// # let listener = Listener::from(receiver.recv()??);
/// let first: Notification<'_> = listener.receive()?.unwrap();
/// assert_eq!(first.syscall().nr, syscall!(getppid).nr);
/// assert!(first.is_valid()?);
/// println!("thread {} calls getppid: notification {}", first.pid(), first.id());
/// assert_eq!(first.respond(Response::Continue)?, Delivery::Delivered);
///
/// let second = listener.receive()?.unwrap();
/// // 0 is not an errno, so the call fails with `EPERM`.
/// assert!(second.respond(Response::Errno(0)).is_err());
/// # let (first, second) = confined.join().unwrap();
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

    /// Returns the number of the notification, which is unique for this listener.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Returns the number of the calling thread in the PID namespace of the supervisor; 0 if the
    /// thread is not visible there.
    ///
    /// The thread may have died, and the kernel may have reused its number. To exclude this, call
    /// [`is_valid`](Notification::is_valid) *after* you have used the number.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Returns the call.
    ///
    /// The arguments are a copy, which the caller cannot change. It can change the memory that they
    /// point to, and the meaning of a file descriptor.
    pub fn syscall(&self) -> &Syscall {
        &self.syscall
    }

    /// Returns whether the caller still waits.
    ///
    /// # Errors
    /// An error of ioctl(2); none is expected.
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
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if the errno is not from 1 to 4095,
    /// [`Unsupported`](io::ErrorKind::Unsupported) if the kernel is too old for
    /// [`Response::Continue`]. The call then fails with `EPERM`.
    #[inline]
    pub fn respond(mut self, response: Response) -> io::Result<Delivery> {
        self.send(response)
    }

    #[inline]
    fn send(&mut self, response: Response) -> io::Result<Delivery> {
        let delivery = send(self.listener, self.sizes, self.id, response)?;
        self.answered = true;
        Ok(delivery)
    }
}

/// Answers the call with a number.
#[inline]
pub(super) fn send(
    listener: BorrowedFd<'_>,
    sizes: SizesChecked,
    id: u64,
    response: Response,
) -> io::Result<Delivery> {
    let Some(bytes) = message::answer(id, response) else {
        let problem = "an errno must be from 1 to 4095";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    };
    match retry(|| sys::send(listener, sizes, bytes)) {
        Ok(()) => Ok(Delivery::Delivered),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Delivery::Gone),
        Err(error) => Err(too_old(error, "`Response::Continue` needs Linux 5.5")),
    }
}

impl Drop for Notification<'_> {
    fn drop(&mut self) {
        if !self.answered {
            // An error cannot be returned here. The caller is gone, or its call fails when the
            // listener is closed.
            let _ = self.send(Response::Errno(libc::EPERM as u16));
        }
    }
}

impl<'l> Notification<'l> {
    /// Adds a copy of a file descriptor to the calling process, and returns its number there. The
    /// call still waits for an answer.
    ///
    /// If `at` is given, the copy gets this number and replaces a descriptor that has it. Otherwise
    /// it gets the lowest free number. If `cloexec` is true, it is closed on `execve`.
    ///
    /// ```
    /// # use std::{sync::mpsc, thread};
    /// # use seccomp_profile::*;
    /// # use std::os::fd::AsFd as _;
    /// # static NOTIFY: Filter = seccomp_profile!("../tests/profiles/listener-getppid.json");
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (sender, receiver) = mpsc::channel();
    /// # let confined = thread::spawn(move || {
    /// #     sender.send(NOTIFY.install_with_listener()).unwrap();
    /// #     std::os::unix::process::parent_id()
    /// # });
    /// # let listener = Listener::from(receiver.recv()??);
    /// let notification = listener.receive()?.unwrap();
    /// let file = std::fs::File::open("Cargo.toml")?;
    /// let number = notification.add_fd(file.as_fd(), None, true)?;
    /// notification.respond(Response::Value(number.into()))?;
    /// assert_eq!(confined.join().unwrap() as i32, number);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](io::ErrorKind::NotFound) if the caller is gone,
    /// [`Unsupported`](io::ErrorKind::Unsupported) before Linux 5.9, `EBADF` if `at` is above the
    /// limit of the caller, `EMFILE` if the caller has no free number.
    #[inline]
    pub fn add_fd(
        &self,
        fd: BorrowedFd<'_>,
        at: Option<RawFd>,
        cloexec: bool,
    ) -> io::Result<RawFd> {
        let out_of_range = |_| io::Error::from_raw_os_error(libc::EBADF);
        let at = at.map(u32::try_from).transpose().map_err(out_of_range)?;
        let new = NewFd {
            at,
            cloexec,
            send: false,
        };
        let bytes = message::add_fd(self.id, fd.as_raw_fd() as u32, new);
        retry(|| sys::add_fd(self.listener, bytes)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => gone(),
            _ => too_old(
                error,
                "adding a file descriptor to the caller needs Linux 5.9",
            ),
        })
    }

    /// Adds a copy of a file descriptor to the calling process, and answers the call with its
    /// number there. Both happen in one step. Returns the number, or `None` if the caller is gone;
    /// then nothing was added.
    ///
    /// ```
    /// # use std::{sync::mpsc, thread};
    /// # use seccomp_profile::*;
    /// # use std::os::fd::AsFd as _;
    /// # static NOTIFY: Filter = seccomp_profile!("../tests/profiles/listener-open.json");
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (sender, receiver) = mpsc::channel();
    /// # let confined = thread::spawn(move || {
    /// #     sender.send(NOTIFY.install_with_listener()).unwrap();
    /// #     std::fs::read_to_string("/nowhere")
    /// # });
    /// # let listener = Listener::from(receiver.recv()??);
    /// // The thread opens `/nowhere`, and gets this file:
    /// let file = std::fs::File::open("Cargo.toml")?;
    /// let notification = listener.receive()?.unwrap();
    /// assert!(notification.respond_with_fd(file.as_fd(), true)?.is_some());
    /// assert_eq!(confined.join().unwrap()?, std::fs::read_to_string("Cargo.toml")?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// If a signal interrupts the supervisor during this step, Linux answers the call with 0 and
    /// adds no descriptor (`kernel/seccomp.c: seccomp_notify_addfd`). This method therefore blocks
    /// all signals. `SIGSTOP`, debuggers, freezers and work of io_uring can still interrupt it:
    /// then it fails with `EINPROGRESS`, and the call was answered with 0.
    ///
    /// # Errors
    /// The same as for [`add_fd`](Notification::add_fd), but
    /// [`Unsupported`](io::ErrorKind::Unsupported) before Linux 5.14. The call then fails with
    /// `EPERM`, except after `EINPROGRESS`.
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
            Err(error) => {
                return Err(too_old(
                    error,
                    "answering with a file descriptor needs Linux 5.14",
                ));
            }
        };
        self.answered = true;
        Ok(number)
    }
}

/// The error if the caller does not wait any more.
pub(super) fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the caller is gone")
}

/// Explains the errno of a kernel that does not support a request.
fn too_old(error: io::Error, needed: &'static str) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidInput => io::Error::new(io::ErrorKind::Unsupported, needed),
        _ => error,
    }
}
