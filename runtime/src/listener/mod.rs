//! Calls that wait for a supervisor: a listener's bytes become notifications, and each of these
//! becomes exactly one answer.
//!
//! A notification that is dropped answers too, with `EPERM`: a supervisor that fails leaves nobody
//! waiting, and nothing runs that it did not let run.
//!
//! What has something to drop here is `#[inline]`, and so compiled only where it is used: of a
//! library's own functions linkers leave out those that nobody calls, but keep their tables for
//! unwinding (`tests/size`).

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

/// Receives the calls that a filter answers with `SCMP_ACT_NOTIFY`: the supervisor's end of
/// [`Filter::install_with_listener`](crate::Filter::install_with_listener).
///
/// A thread that asks for its parent is told another one:
///
/// ```
/// use std::os::unix::process::parent_id;
/// use std::sync::mpsc;
/// use std::thread;
/// use seccomp_profile::{Filter, Listener, Response, seccomp_profile};
///
/// // `getppid` is for the listener, and everything else is allowed.
/// static ASK: Filter = seccomp_profile!("../tests/profiles/listener-getppid.json");
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (sender, receiver) = mpsc::channel();
/// let held = thread::spawn(move || {
///     sender.send(ASK.install_with_listener()).unwrap();
///     parent_id()
/// });
/// let listener = Listener::from(receiver.recv()??);
/// while let Some(notification) = listener.receive()? {
///     notification.respond(Response::Value(4242))?;
/// }
/// assert_eq!(held.join().unwrap(), 4242);
/// # Ok(())
/// # }
/// ```
///
/// The descriptor may come from anywhere: another process passes it over a socket, say. When the
/// last copy of it is closed, calls that wait, and those made later, fail with `ENOSYS`, unless a
/// newer filter has a listener for them.
///
/// # What a supervisor must not do
///
/// An answer that lets a call run ([`Response::Continue`]) can rest on nothing but the
/// [arguments](Notification::syscall) themselves. The kernel goes on with the call from its start,
/// and so looks anew at whatever an argument points to or stands for: a path in memory that
/// another thread of the caller overwrites meanwhile, a descriptor that it replaces. A supervisor
/// that reads the path, finds it harmless and lets the call run has checked nothing
/// (seccomp_unotify(2)). It must do itself what it finds harmless, with its own copy of what it
/// read, and give the caller the result: a [value](Answer::Value), or a
/// [descriptor](Inspected::respond_with_fd).
///
/// The types keep to this: who wants to read the caller's memory turns the [`Notification`] into
/// an [`Inspected`], and that one's answers let nothing run.
///
/// Nor must a supervisor leave the listener, or itself, within reach of what it distrusts: whoever
/// has a copy of the descriptor can answer its own calls, and a thread of the same process has both
/// the descriptor and the memory. The examples here show calls and answers, and hold nobody who
/// means harm. That takes another process: one that was held and then executes its program has no
/// listener any more, as the descriptor is closed on exec (the example `supervise`); one that sends
/// its listener away must close its own copy before it runs what is not trusted.
///
/// # Signals
///
/// A signal to the caller ends its wait, and the call may be made once more afterwards: a supervisor
/// that has done something for it does that twice. With the profile's flag
/// `SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV` (Linux 5.19) only the caller's end ends the wait for a
/// call that was received.
#[derive(Debug)]
pub struct Listener {
    fd: OwnedFd,
    /// Held by the thread that receives, so that between poll(2) and what follows nobody takes the
    /// call that the former saw: the latter would wait for another.
    receiving: Mutex<Option<SizesChecked>>,
}

impl Listener {
    /// Waits for the next call; `None` when nobody is left whom the filter holds.
    ///
    /// Several threads may receive from one listener, and each call goes to one of them. A signal
    /// does not end the wait. Nor does the caller's death: such a call is passed over.
    ///
    /// A copy of the descriptor in another process may take a call away, so that this waits for one
    /// more.
    ///
    /// Linux tells from 5.9 on that nobody is left; older kernels let this wait for ever. Before
    /// 6.11 a child that ended counts until somebody has waited for it, which must then be
    /// another thread than this one.
    ///
    /// ```
    /// # use seccomp_profile::{Filter, Listener, seccomp_profile};
    /// # static ASK: Filter = seccomp_profile!("../tests/profiles/listener-getppid.json");
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let held = std::thread::spawn(|| ASK.install_with_listener());
    /// let listener = Listener::from(held.join().unwrap()?);
    /// // The only thread that the filter held has ended.
    /// assert!(listener.receive()?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What poll(2) and ioctl(2) answer: `ENOTTY` or `EINVAL` if the descriptor is no listener.
    /// [`Unsupported`](io::ErrorKind::Unsupported) if this kernel's notifications are so much
    /// longer than those of today that there is no room for them.
    #[inline]
    pub fn receive(&self) -> io::Result<Option<Notification<'_>>> {
        let receiving = self.receiving.lock();
        self.next(receiving.unwrap_or_else(PoisonError::into_inner), -1)
    }

    /// Does the same without waiting: for an event loop, whenever the
    /// [descriptor](Listener::as_fd) can be read.
    ///
    /// ```
    /// # use seccomp_profile::{Filter, Listener, seccomp_profile};
    /// # static ASK: Filter = seccomp_profile!("../tests/profiles/listener-getppid.json");
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::io::ErrorKind::WouldBlock;
    ///
    /// let listener = Listener::from(ASK.install_with_listener()?);
    /// assert_eq!(listener.try_receive().unwrap_err().kind(), WouldBlock);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if no call waits, or another thread is receiving;
    /// and as [`receive`](Listener::receive).
    #[inline]
    pub fn try_receive(&self) -> io::Result<Option<Notification<'_>>> {
        match self.receiving.try_lock() {
            Ok(receiving) => self.next(receiving, 0),
            Err(TryLockError::Poisoned(poisoned)) => self.next(poisoned.into_inner(), 0),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Receives a call, of which poll(2) may wait for so many milliseconds, or for ever.
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
                // A signal came while the kernel looked (`kernel/seccomp.c: seccomp_notify_poll`).
                continue;
            }
            match sys::receive(self.as_fd(), sizes) {
                Ok(bytes) => {
                    let call = message::call(&bytes);
                    return Ok(Some(Notification::new(self.as_fd(), sizes, call)));
                }
                Err(error) => match error.kind() {
                    // The caller ended; or a signal came, and the caller may have ended since.
                    io::ErrorKind::NotFound | io::ErrorKind::Interrupted => {}
                    _ => return Err(error),
                },
            }
        }
    }

    /// Finds out whether notifications can be received at all.
    fn check_descriptor(&self) -> io::Result<SizesChecked> {
        // On another kind of descriptor poll(2) could answer anything, again and again.
        match retry(|| sys::is_valid(self.as_fd(), 0)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        sys::check_sizes()?.ok_or_else(|| {
            let problem = "the kernel's notifications are longer than there is room for";
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
