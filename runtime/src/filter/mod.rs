//! A verified program and its flags: to install, evaluate and print.

mod answer;
mod enforced;
mod make;

use core::fmt;

pub use enforced::Enforced;
pub use make::{filter, of_slice, since};

use crate::error::Error;
use crate::flags::{SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_FILTER_FLAG_TSYNC};
use crate::insn::sock_filter;
use crate::needs::Needs;
use crate::program::listing::Listing;
use crate::{install, sys};

/// A verified program and the flags for its installation: static data, cheap to copy.
///
/// ```
/// use seccomp_profile::{Filter, seccomp_profile};
///
/// const SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json", with = ["panic"]);
///
/// assert_eq!(SANDBOX.program().len(), SANDBOX.len());
/// assert!(SANDBOX.len() <= 4096 && !SANDBOX.needs_listener());
/// assert_eq!((SANDBOX.flags(), SANDBOX.kernel()), (0, None));
/// ```
#[derive(Clone, Copy)]
#[must_use = "a filter has no effect until it is installed"]
pub struct Filter {
    program: &'static [sock_filter],
    flags: u32,
    needs: Needs,
    check: Option<Check>,
}

/// Checks that the kernel has what the program needs.
type Check = fn(Needs) -> Result<(), Error>;

impl Filter {
    /// Installs the filter for the process: for all of its threads at once, or for none.
    ///
    /// Threads can already be running, such as the workers of an async runtime. Threads and
    /// processes that are started later inherit the filter. Processes that were started earlier do
    /// not get it. A thread makes some calls while it starts, for example to set up its stack: allow
    /// them, or wait until all threads have started.
    ///
    /// Before the filter is installed, the thread sets `no_new_privs`: from then on `execve` cannot
    /// gain privileges. The kernel sets it for the other threads together with the filter. Neither
    /// this nor the filter can be removed.
    ///
    /// If several filters are installed, each call gets the strictest of their actions. If two
    /// actions are equally strict, the newest filter decides. So a newer filter with a listener can
    /// allow calls that an older filter sends to a listener or a tracer.
    ///
    /// A kernel that does not have an action of the profile would kill the calling thread instead.
    /// So if the profile has `SCMP_ACT_KILL_PROCESS`, `SCMP_ACT_LOG` or `SCMP_ACT_NOTIFY`, the
    /// kernel is asked for each of them first. The filter is not installed unless it has all.
    ///
    /// This makes two system calls, prctl(2) and seccomp(2), one more for each of these three
    /// actions in the profile, and uname(2) if it was compiled with the option `kernel`. It
    /// allocates nothing and takes no lock. It can be called between `fork` and `execve`, and
    /// in a signal handler that saves and restores `errno`.
    ///
    /// ```
    /// # use seccomp_profile::{Filter, seccomp_profile};
    /// static NO_FILES: Filter = seccomp_profile!({
    ///     "defaultAction": "SCMP_ACT_ALLOW",
    ///     "syscalls": [
    ///         {
    ///             "names": ["open", "openat", "openat2", "io_uring_enter", "io_uring_setup"],
    ///             "action": "SCMP_ACT_ERRNO"
    ///         }
    ///     ]
    /// });
    ///
    /// # fn main() -> Result<(), seccomp_profile::Error> {
    /// let (go, installed) = std::sync::mpsc::channel();
    /// let worker = std::thread::spawn(move || {
    ///     installed.recv().unwrap();
    ///     std::fs::File::open("/etc/passwd").is_err()
    /// });
    /// NO_FILES.install()?;
    /// go.send(()).unwrap();
    /// assert!(std::fs::File::open("/etc/passwd").is_err());
    /// assert!(worker.join().unwrap());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Threads with other filters
    ///
    /// The kernel gives all threads the new filter and every older filter of the calling thread
    /// (flag `TSYNC`; `kernel/seccomp.c: seccomp_sync_threads`). What follows from that:
    ///
    /// - If another thread has a filter that the calling thread does not have, or is in strict mode,
    ///   the kernel cannot do it (`seccomp_can_sync_threads`). The error is
    ///   [`NotSynchronised`](Error::NotSynchronised) with the number of that thread, and no thread
    ///   gets the filter. So install the filter of the process before threads install filters of
    ///   their own. (gVisor does not refuse: there such a thread loses its own filters, and gets
    ///   those of the calling thread; `pkg/sentry/kernel/seccomp.go: AppendSyscallFilter`.)
    /// - If the calling thread has a filter with a listener, all threads get that filter too. A
    ///   supervisor among them would then wait for its own answer. So install the filter of the
    ///   process first, or use [`install_on_this_thread`](Filter::install_on_this_thread).
    ///
    /// If another thread is in `execve`, this waits until that call has failed, or has ended this
    /// thread (`seccomp_set_mode_filter` takes `cred_guard_mutex`).
    ///
    /// # Kernels without `TSYNC`
    ///
    /// `TSYNC` and seccomp(2) itself came with Linux 3.17. An older kernel can only confine the
    /// calling thread, and a process cannot find out reliably whether it has other threads. So the
    /// error is [`AllThreadsUnsupported`](Error::AllThreadsUnsupported), and nothing is installed. A
    /// program that knows that it has one thread can use
    /// [`install_on_this_thread`](Filter::install_on_this_thread).
    ///
    /// # Errors
    /// An [`Error`]; then no thread has the filter. [`ListenerRequired`](Error::ListenerRequired)
    /// is returned before any system call.
    pub fn install(&self) -> Result<Enforced, Error> {
        self.install_with(self.flags | SECCOMP_FILTER_FLAG_TSYNC)
    }

    /// Installs the filter for the calling thread alone. **It does not protect the process from code
    /// in this thread:** use [`install`](Filter::install) for that.
    ///
    /// All threads of a process share its memory, its descriptors and its signal handlers. Code that
    /// took over the confined thread can write to the stack of another thread, which then makes the
    /// denied calls for it. In an async runtime a task moves between threads, so it is confined at
    /// one moment and not at the next.
    ///
    /// It is right if the other threads must stay free and the code in this thread is trusted not to
    /// attack them: for a worker that must not make some calls by mistake, or a thread that only
    /// starts other programs. Threads and processes that this thread starts later inherit the filter.
    ///
    /// While the process has only one thread, the effect is that of [`install`](Filter::install).
    /// This function also works before Linux 3.17, for a profile without flags: it then uses
    /// prctl(2).
    ///
    /// If the profile has the flag `TSYNC`, its author wants all threads to be confined. This
    /// function then refuses the filter: [`AllThreadsRequired`](Error::AllThreadsRequired).
    ///
    /// After this, another thread can no longer install a filter for the process
    /// ([`NotSynchronised`](Error::NotSynchronised)) while this thread lives. Everything else is as
    /// for [`install`](Filter::install), also that it can be called between `fork` and `execve`.
    ///
    /// ```
    /// # use seccomp_profile::{Filter, seccomp_profile};
    /// static NO_FILES: Filter = seccomp_profile!({
    ///     "defaultAction": "SCMP_ACT_ALLOW",
    ///     "syscalls": [
    ///         {
    ///             "names": ["open", "openat", "openat2", "io_uring_enter", "io_uring_setup"],
    ///             "action": "SCMP_ACT_ERRNO"
    ///         }
    ///     ]
    /// });
    ///
    /// let worker = std::thread::spawn(|| {
    ///     let enforced = NO_FILES.install_on_this_thread().unwrap();
    ///     assert!(!enforced.on_all_threads());
    ///     std::fs::File::open("/dev/null").is_err()
    /// });
    /// assert!(worker.join().unwrap());
    /// assert!(std::fs::File::open("/dev/null").is_ok());
    /// ```
    ///
    /// # Errors
    /// An [`Error`]; then this thread does not have the filter.
    /// [`ListenerRequired`](Error::ListenerRequired) and
    /// [`AllThreadsRequired`](Error::AllThreadsRequired) are returned before any system call.
    pub fn install_on_this_thread(&self) -> Result<Enforced, Error> {
        if self.flags & SECCOMP_FILTER_FLAG_TSYNC != 0 && !self.needs_listener() {
            return Err(Error::AllThreadsRequired);
        }
        self.install_with(self.flags)
    }

    /// Installs the filter for the thread that calls `execve` next. With the flag `TSYNC` in the
    /// profile, the filter is installed for all threads.
    ///
    /// The child of a `fork` has one thread, so it makes no difference there. But
    /// [`exec`](std::os::unix::process::CommandExt::exec) runs in the process itself. There the other
    /// threads end when `execve` succeeds, and must not be confined or prevent the call if it fails.
    #[cfg(all(feature = "std", any(target_os = "linux", target_os = "android")))]
    pub(crate) fn install_before_exec(&self) -> Result<Enforced, Error> {
        self.install_with(self.flags)
    }

    fn install_with(&self, flags: u32) -> Result<Enforced, Error> {
        if self.needs_listener() {
            return Err(Error::ListenerRequired);
        }
        self.check()?;
        install::install(self.program, flags)?;
        Ok(Enforced { flags })
    }

    fn check(&self) -> Result<(), Error> {
        match self.check {
            Some(check) => check(self.needs),
            None => Ok(()),
        }
    }

    /// Installs the filter for the calling thread alone, as
    /// [`install_on_this_thread`](Filter::install_on_this_thread) does, and returns the listener: the
    /// file descriptor on which a supervisor receives the calls with the action `SCMP_ACT_NOTIFY`.
    /// It is closed on `execve`.
    ///
    /// Such a call waits until the supervisor has answered it. So the supervisor must not make
    /// these calls under the same filter: use a thread that was started before, or a process that
    /// receives the descriptor. Code that is not trusted must have no access to the descriptor
    /// ([`Listener`](crate::Listener) explains how). When its last copy is closed, the calls fail
    /// with `ENOSYS`.
    ///
    /// If the supervisor is a thread, it stays unconfined. To confine it by another filter, call
    /// [`install`](Filter::install) for that one *before* this function. Afterwards the supervisor
    /// cannot confine the process ([`NotSynchronised`](Error::NotSynchronised)), and `install` in
    /// this thread would put the supervisor under this filter as well.
    ///
    /// If the profile has the flag `TSYNC`, the filter is installed for all threads of the process,
    /// or for none. Then the supervisor must be a process that receives the descriptor. This needs
    /// Linux 5.7: the compiler adds the flag `TSYNC_ESRCH`, without which the kernel refuses the two
    /// together (`kernel/seccomp.c: seccomp_set_mode_filter`). With it the error
    /// [`NotSynchronised`](Error::NotSynchronised) does not name the thread.
    ///
    /// ```
    /// # use seccomp_profile::{Filter, seccomp_profile};
    /// static NOTIFY: Filter = seccomp_profile!({
    ///     "defaultAction": "SCMP_ACT_ALLOW",
    ///     "syscalls": [{ "names": ["getppid"], "action": "SCMP_ACT_NOTIFY" }]
    /// });
    ///
    /// # fn main() -> Result<(), seccomp_profile::Error> {
    /// assert!(NOTIFY.needs_listener());
    /// let listener: std::os::fd::OwnedFd = NOTIFY.install_with_listener()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// An [`Error`]; then no thread has the filter. It is [`ListenerExists`](Error::ListenerExists)
    /// if a filter of this thread already has a listener. [`ListenerUnused`](Error::ListenerUnused)
    /// is returned before any system call if the profile has no `SCMP_ACT_NOTIFY` rule.
    #[cfg(all(feature = "std", any(target_os = "linux", target_os = "android")))]
    pub fn install_with_listener(&self) -> Result<std::os::fd::OwnedFd, Error> {
        if !self.needs_listener() {
            return Err(Error::ListenerUnused);
        }
        self.check()?;
        install::install_with_listener(self.program, self.flags)
    }

    /// Returns the program in the format of seccomp(2).
    pub const fn program(&self) -> &'static [sock_filter] {
        self.program
    }

    /// Returns the bytes of the program in the target's byte order, the format of
    /// `bwrap --seccomp FD`. Other programs that install it do not check that the kernel has the
    /// actions of the profile.
    ///
    /// ```
    /// # use seccomp_profile::{Filter, seccomp_profile};
    /// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json", with = ["panic"]);
    ///
    /// assert_eq!(SANDBOX.as_bytes().len(), 8 * SANDBOX.len());
    /// ```
    pub const fn as_bytes(&self) -> &'static [u8] {
        sys::bytes(self.program)
    }

    /// Returns the flags for seccomp(2): those of the profile, and `NEW_LISTENER` if it has
    /// `SCMP_ACT_NOTIFY` rules. [`install`](Filter::install) adds `TSYNC`.
    pub const fn flags(&self) -> u32 {
        self.flags
    }

    /// Returns the number of instructions, from 1 to 4096.
    #[allow(clippy::len_without_is_empty)] // a program is never empty
    pub const fn len(&self) -> usize {
        self.program.len()
    }

    /// Returns the oldest version of Linux on which the filter can be installed, such as `(5, 10)`:
    /// the option `kernel`.
    pub const fn kernel(&self) -> Option<(u8, u8)> {
        self.needs.kernel
    }

    /// Returns whether the profile has `SCMP_ACT_NOTIFY` rules. Such a filter can only be installed
    /// with a listener.
    pub const fn needs_listener(&self) -> bool {
        self.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER != 0
    }
}

/// Writes the program as text: one instruction per line; the target of a jump is a line number.
///
/// ```
/// # use seccomp_profile::{Filter, seccomp_profile};
/// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json", with = ["panic"]);
///
/// let listing = SANDBOX.to_string();
/// assert!(listing.starts_with("   0: ld   arch\n"));
/// assert_eq!(listing.lines().count(), SANDBOX.len());
/// ```
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Listing(self.program).fmt(f)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter")
            .field("len", &self.len())
            .field("flags", &format_args!("{:#x}", self.flags))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_the_instructions() {
        static PROGRAM: [sock_filter; 2] = [
            sock_filter {
                code: 0x0102,
                jt: 3,
                jf: 4,
                k: 0x0506_0708,
            },
            sock_filter {
                code: 6,
                jt: 0,
                jf: 0,
                k: 0x7fff_0000,
            },
        ];
        let bytes = filter(&PROGRAM, 0).as_bytes();
        assert_eq!(bytes.len(), 16);
        let mut read = bytes.iter().copied();
        for insn in &PROGRAM {
            for byte in insn.code.to_ne_bytes() {
                assert_eq!(read.next(), Some(byte));
            }
            assert_eq!((read.next(), read.next()), (Some(insn.jt), Some(insn.jf)));
            for byte in insn.k.to_ne_bytes() {
                assert_eq!(read.next(), Some(byte));
            }
        }
    }
}
