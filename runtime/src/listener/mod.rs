//! A listener → notifications of calls that wait; each notification → exactly one answer.
//!
//! A notification that is dropped answers with `EPERM`. So if a supervisor fails, no caller waits
//! forever, and no call runs without its decision.
//!
//! Functions that drop a value are `#[inline]`, so they are compiled only in the crate that uses
//! them. A linker removes unused functions of a library, but keeps their unwind tables
//! (`tests/size`).

mod inspected;
mod message;
mod notification;
mod response;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

pub use inspected::Inspected;
pub use notification::Notification;
pub use response::{Answer, Delivery, Response};

use crate::sys::listener::{self as sys, SizesChecked, retry};

/// Receives the calls with the action `SCMP_ACT_NOTIFY`: the supervisor's side of
/// [`Filter::install_with_listener`](crate::Filter::install_with_listener).
///
/// In this example the supervisor answers `getppid` with another process number:
///
/// ```
/// use std::os::unix::process::parent_id;
/// use std::sync::mpsc;
/// use std::thread;
/// use seccomp_profile::{Filter, Listener, Response, seccomp_profile};
///
/// static NOTIFY: Filter = seccomp_profile!({
///     "defaultAction": "SCMP_ACT_ALLOW",
///     "syscalls": [{ "names": ["getppid"], "action": "SCMP_ACT_NOTIFY" }]
/// });
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (sender, receiver) = mpsc::channel();
/// let confined = thread::spawn(move || {
///     sender.send(NOTIFY.install_with_listener()).unwrap();
///     parent_id()
/// });
/// let listener = Listener::from(receiver.recv()??);
/// while let Some(notification) = listener.receive()? {
///     notification.respond(Response::Value(4242))?;
/// }
/// assert_eq!(confined.join().unwrap(), 4242);
/// # Ok(())
/// # }
/// ```
///
/// The descriptor can come from another process, for example over a Unix socket. When its last copy
/// is closed, waiting calls and later calls fail with `ENOSYS`, unless a newer filter has a
/// listener for them.
///
/// # What a supervisor must not do
///
/// **It must not allow a call because of what it read in memory.** After [`Response::Continue`] the
/// kernel executes the call from its start, and reads again what the arguments point to. Meanwhile
/// another thread of the caller can overwrite a path in memory, or replace a file descriptor. So a
/// supervisor that reads a path, accepts it and continues the call has checked nothing
/// (seccomp_unotify(2)). Only the [arguments](Notification::syscall) themselves cannot change. For
/// everything else the supervisor must do the work itself, with its own copy of what it read, and
/// return the result to the caller: a [value](Answer::Value) or a
/// [descriptor](Inspected::respond_with_fd).
///
/// The types enforce this: to read the memory of the caller, turn the [`Notification`] into an
/// [`Inspected`]. Its answers cannot allow the call.
///
/// **It must not share the listener or its own memory with code that is not trusted.** Code with a
/// copy of the descriptor can answer its own calls, and another thread of the supervisor's process
/// has access to both. The examples in this documentation use threads, so they cannot confine
/// malicious code: that needs another process. If a confined process executes another program, it
/// loses the listener, which is closed on `execve` (the example `supervise`). If it sends the
/// listener to another process, it must close its own copy before it runs code that is not trusted.
///
/// # Memory that blocks the supervisor
///
/// The kernel waits until the memory that a supervisor reads is available. If it is not, another
/// process must provide it: one that handles page faults with userfaultfd(2), the server of a FUSE
/// file that is mapped there, or a file server in the network. If that process does not, the read
/// does not return. No signal interrupts it, and Linux has no read of another process that is
/// bounded in time. A caller that is not trusted can do this on purpose, and the supervisor then
/// answers no other call.
///
/// To prevent this, deny `userfaultfd` in the profile and access to `/dev/userfaultfd`, and give
/// the caller no files of such file systems. A profile alone is not enough if the caller can open
/// files or receive descriptors. Since Linux 5.11 a process without CAP_SYS_PTRACE cannot block a
/// supervisor with userfaultfd(2), unless the sysctl `vm.unprivileged_userfaultfd` is 1: the read
/// then fails with `EFAULT`.
///
/// If it can happen, bound what it can block:
///
/// - Use one supervisor for each sandbox, so that a sandbox can only block its own calls.
/// - Read memory in other threads than those that must go on. Several threads can receive from one
///   listener, and each notification can be answered in a thread of its own.
/// - If an answer takes too long, kill the caller and the process that provides its memory. A read
///   that waits for userfaultfd(2) returns when the last copy of that descriptor is closed. A read
///   that waits for a FUSE file returns when its server answers or is killed. Until then even
///   `SIGKILL` may not end the supervisor.
///
/// # Signals
///
/// A signal to the caller interrupts the wait, and the caller may then make the call again. A
/// supervisor that has already done work for the call would do it twice. With the flag
/// `SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV` in the profile (Linux 5.19), only a fatal signal
/// interrupts the wait for a call that was received.
#[derive(Debug)]
pub struct Listener {
    fd: OwnedFd,
    /// Locked by the thread that receives. Otherwise another thread could receive the call that
    /// poll(2) reported to this one, which would then wait for the next call.
    receiving: Mutex<Option<SizesChecked>>,
}

impl Listener {
    /// Waits for the next call; `None` when the filter confines no thread any more.
    ///
    /// Several threads can receive from one listener. Each call goes to one of them. A signal does
    /// not interrupt the wait. A call is skipped if its caller has died.
    ///
    /// If another process has a copy of the descriptor and receives the call first, this waits for
    /// the next one.
    ///
    /// Before Linux 5.9 this never returns `None`, but waits forever. Before Linux 6.11 a confined
    /// child process counts until its parent has waited for it, which then must be done in another
    /// thread than this one.
    ///
    /// ```
    /// # use seccomp_profile::{Filter, Listener, seccomp_profile};
    /// # static NOTIFY: Filter = seccomp_profile!("../tests/profiles/listener-getppid.json");
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let confined = std::thread::spawn(|| NOTIFY.install_with_listener());
    /// let listener = Listener::from(confined.join().unwrap()?);
    /// // The only confined thread has ended.
    /// assert!(listener.receive()?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of poll(2) and ioctl(2): `ENOTTY` or `EINVAL` if the descriptor is not a
    /// listener. [`Unsupported`](io::ErrorKind::Unsupported) if a future kernel has notifications
    /// that do not fit into the buffer of this crate.
    #[inline]
    pub fn receive(&self) -> io::Result<Option<Notification<'_>>> {
        let receiving = self.receiving.lock();
        self.next(receiving.unwrap_or_else(PoisonError::into_inner), -1)
    }

    /// Receives the next call, but does not wait: for an event loop that polls the
    /// [descriptor](Listener::as_fd).
    ///
    /// ```
    /// # use seccomp_profile::{Filter, Listener, seccomp_profile};
    /// # static NOTIFY: Filter = seccomp_profile!("../tests/profiles/listener-getppid.json");
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::io::ErrorKind::WouldBlock;
    ///
    /// let listener = Listener::from(NOTIFY.install_with_listener()?);
    /// assert_eq!(listener.try_receive().unwrap_err().kind(), WouldBlock);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if no call waits or another thread is receiving,
    /// and the same as for [`receive`](Listener::receive).
    #[inline]
    pub fn try_receive(&self) -> io::Result<Option<Notification<'_>>> {
        match self.receiving.try_lock() {
            Ok(receiving) => self.next(receiving, 0),
            Err(TryLockError::Poisoned(poisoned)) => self.next(poisoned.into_inner(), 0),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Answers a call that another process has received from a copy of this listener, by its
    /// [number](Notification::id): for a supervisor that takes over from one that was killed.
    ///
    /// Such a call waits for its answer as long as a copy of the listener is open.
    ///
    /// ```
    /// # use std::{mem, sync::mpsc, thread};
    /// # use seccomp_profile::*;
    /// # static NOTIFY: Filter = seccomp_profile!("../tests/profiles/listener-getppid.json");
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (sender, receiver) = mpsc::channel();
    /// # let confined = thread::spawn(move || {
    /// #     sender.send(NOTIFY.install_with_listener()).unwrap();
    /// #     std::os::unix::process::parent_id()
    /// # });
    /// # let listener = Listener::from(receiver.recv()??);
    /// let received = listener.receive()?.unwrap();
    /// let id = received.id();
    /// mem::forget(received); // as if its process had been killed
    /// assert_eq!(listener.respond_to(id, Response::Value(7))?, Delivery::Delivered);
    /// # assert_eq!(confined.join().unwrap(), 7);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The same as for [`Notification::respond`], but the call then waits on.
    #[inline]
    pub fn respond_to(&self, id: u64, response: Response) -> io::Result<Delivery> {
        notification::send(self.as_fd(), self.check_descriptor()?, id, response)
    }

    /// Receives a call. `timeout` is that of poll(2).
    #[inline]
    fn next(
        &self,
        mut receiving: MutexGuard<'_, Option<SizesChecked>>,
        timeout: i32,
    ) -> io::Result<Option<Notification<'_>>> {
        let sizes = match *receiving {
            Some(sizes) => sizes,
            None => *receiving.insert(self.check_descriptor()?),
        };
        loop {
            let events = match retry(|| sys::poll(self.as_fd(), timeout))? {
                0 => return Err(io::ErrorKind::WouldBlock.into()),
                events => events,
            };
            if events & libc::POLLIN == 0 {
                if events & libc::POLLHUP != 0 {
                    return Ok(None);
                }
                // A signal interrupted the kernel's check (`kernel/seccomp.c:
                // seccomp_notify_poll`).
                continue;
            }
            match sys::receive(self.as_fd(), sizes) {
                Ok(bytes) => {
                    let call = message::call(&bytes);
                    return Ok(Some(Notification::new(self.as_fd(), sizes, call)));
                }
                Err(error) => match error.kind() {
                    // The caller has died; or a signal arrived, and the caller may have died since.
                    io::ErrorKind::NotFound | io::ErrorKind::Interrupted => {}
                    _ => return Err(error),
                },
            }
        }
    }

    /// Checks that the descriptor is a listener and that its notifications fit into the buffer.
    fn check_descriptor(&self) -> io::Result<SizesChecked> {
        // On another kind of descriptor poll(2) could return any events, and the loop never end.
        match retry(|| sys::is_valid(self.as_fd(), 0)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        sys::check_sizes()?.ok_or_else(|| {
            let problem = "the notifications of this kernel are longer than the buffer";
            io::Error::new(io::ErrorKind::Unsupported, problem)
        })
    }
}

impl From<OwnedFd> for Listener {
    fn from(fd: OwnedFd) -> Listener {
        Listener {
            fd,
            receiving: Mutex::new(None),
        }
    }
}

impl From<Listener> for OwnedFd {
    fn from(listener: Listener) -> OwnedFd {
        listener.fd
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
