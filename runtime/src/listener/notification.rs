//! One call that waits: what may be learned of it, and how it is answered.

use std::ffi::CString;
use std::io;
use std::ops::Deref;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, RawFd};
use std::vec::Vec;

use super::message::{self, Call, NewFd};
use super::{Listener, retry};
use crate::Syscall;
use crate::sys::listener::{self as sys, Fits};

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
/// let first = listener.receive()?.unwrap();
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
    listener: &'l Listener,
    fits: Fits,
    id: u64,
    pid: u32,
    syscall: Syscall,
    answered: bool,
}

/// How a call ends whose arguments alone were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Response {
    /// It does not run, and fails with this errno, 1 to 4095.
    Errno(u16),
    /// It does not run, and returns this.
    Value(i64),
    /// It runs, if no other filter of the caller objects (Linux 5.5).
    ///
    /// What the arguments point to or stand for may have changed by then:
    /// [what a supervisor must not do](Listener#what-a-supervisor-must-not-do).
    Continue,
}

/// How a call ends whose memory was looked at: it does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It fails with this errno, 1 to 4095.
    Errno(u16),
    /// It returns this.
    Value(i64),
}

impl From<Answer> for Response {
    fn from(answer: Answer) -> Response {
        match answer {
            Answer::Errno(errno) => Response::Errno(errno),
            Answer::Value(value) => Response::Value(value),
        }
    }
}

/// Whether anybody was there to take the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// The caller has it.
    Delivered,
    /// The caller was killed, or a signal interrupted its call. This happens, and is no error.
    Gone,
}

impl<'l> Notification<'l> {
    pub(super) fn new(listener: &'l Listener, fits: Fits, call: Call) -> Notification<'l> {
        let Call { id, pid, syscall } = call;
        Notification {
            listener,
            fits,
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
        match retry(|| sys::is_valid(self.listener.as_fd(), self.id)) {
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
    pub fn respond(mut self, response: Response) -> io::Result<Delivery> {
        self.send(response)
    }

    fn send(&mut self, response: Response) -> io::Result<Delivery> {
        let Some(bytes) = message::answer(self.id, response) else {
            let problem = "an errno is a number from 1 to 4095";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        };
        let sent = retry(|| sys::send(self.listener.as_fd(), self.fits, bytes));
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
        retry(|| sys::add_fd(self.listener.as_fd(), bytes)).map_err(|error| match error.kind() {
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
    /// signals; `SIGSTOP` and debuggers do not heed that.
    ///
    /// # Errors
    /// As [`add_fd`](Notification::add_fd), and [`Unsupported`](io::ErrorKind::Unsupported) before
    /// Linux 5.14. The call then fails with `EPERM`.
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
        let sent = retry(|| sys::add_fd_at_once(self.listener.as_fd(), bytes));
        let number = match sent {
            Ok(number) => Some(number),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(too_old(error, "Linux 5.14 answers with descriptors")),
        };
        self.answered = true;
        Ok(number)
    }

    /// Turns the notification into one that can look at the caller's memory, and that lets the call
    /// no longer run: [what a supervisor must not do](Listener#what-a-supervisor-must-not-do).
    pub fn inspect(self) -> Inspected<'l> {
        Inspected(self)
    }
}

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
#[derive(Debug)]
#[must_use = "the call fails with EPERM if the notification is dropped"]
pub struct Inspected<'l>(Notification<'l>);

impl Inspected<'_> {
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
    pub fn read_memory(&self, address: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = sys::read_memory(self.pid, address, buffer);
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
    pub fn respond(self, answer: Answer) -> io::Result<Delivery> {
        self.0.respond(answer.into())
    }

    /// Answers the call with a descriptor, as [`Notification::respond_with_fd`] does.
    ///
    /// # Errors
    /// The same.
    pub fn respond_with_fd(self, fd: BorrowedFd<'_>, cloexec: bool) -> io::Result<Option<RawFd>> {
        self.0.respond_with_fd(fd, cloexec)
    }

    /// Lets the call run although its memory was looked at: for a recorder, which would have let
    /// it run whatever it saw. A check is none if this follows it.
    ///
    /// # Errors
    /// As [`Notification::respond`].
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

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the caller is gone")
}

/// Says what is missing where the kernel does not know a request.
fn too_old(error: io::Error, since: &'static str) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidInput => io::Error::new(io::ErrorKind::Unsupported, since),
        _ => error,
    }
}
