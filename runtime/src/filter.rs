//! A verified program as a value: installed, asked, shown.

use core::fmt;

use crate::action::Action;
use crate::error::Error;
use crate::flags::{SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_FILTER_FLAG_TSYNC};
use crate::insn::sock_filter;
use crate::program::evaluate::{self, Data};
use crate::program::listing::Listing;
use crate::syscall::Syscall;
use crate::{install, sys};

/// A verified program and the flags to install it with: static data, cheap to copy.
///
/// ```
/// use seccomp_profile::{Filter, seccomp_profile};
///
/// const SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json");
///
/// assert_eq!(SANDBOX.program().len(), SANDBOX.len());
/// assert!(SANDBOX.len() <= 4096 && !SANDBOX.needs_listener());
/// assert_eq!((SANDBOX.flags(), SANDBOX.kernel()), (0, None));
/// ```
#[derive(Clone, Copy)]
#[must_use = "a filter holds nobody back until it is installed"]
pub struct Filter {
    program: &'static [sock_filter],
    flags: u32,
    kernel: Option<(u8, u8)>,
}

/// What the kernel holds to from now on: the answer of a call that installed a filter.
///
/// ```
/// use seccomp_profile::{Enforced, Filter, seccomp_profile};
///
/// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json");
///
/// # fn main() -> Result<(), seccomp_profile::Error> {
/// let enforced: Enforced = SANDBOX.install()?;
/// assert!(enforced.no_new_privs());
/// assert!(!enforced.on_all_threads());
/// assert_eq!(enforced.flags(), SANDBOX.flags());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enforced {
    flags: u32,
}

impl Enforced {
    /// Returns whether `execve` can gain no privileges any more, which is always so: a filter is
    /// not installed without.
    pub const fn no_new_privs(&self) -> bool {
        true
    }

    /// Returns whether every thread of the process has the filter, not only the calling one.
    pub const fn on_all_threads(&self) -> bool {
        self.flags & SECCOMP_FILTER_FLAG_TSYNC != 0
    }

    /// Returns the flag word of seccomp(2) that is in force.
    pub const fn flags(&self) -> u32 {
        self.flags
    }
}

impl Filter {
    /// Installs the filter for the calling thread, and for the threads and processes that it will
    /// start; with the profile's flag `TSYNC`, for the other threads of the process too.
    ///
    /// Call it before threads start, or in each thread that is to be held, one that runs what is
    /// not trusted, say. Where threads are running already, such as those of an async runtime,
    /// [`install_on_all_threads`](Filter::install_on_all_threads) reaches them; this does not, and
    /// whoever holds one thread but not its neighbours in the same memory holds nobody.
    ///
    /// A filter cannot be removed. Where several are installed, each call gets the strictest of
    /// their answers, of equal ones the newest's. (So whoever may install a filter with a listener
    /// can let run what an older one leaves to a listener or a tracer.) The thread first gives up
    /// privileges from `execve` for good (`no_new_privs`).
    ///
    /// Allocates nothing and takes no lock: may be called between `fork` and `exec`, and in a
    /// signal handler that saves `errno`.
    ///
    /// ```
    /// # use seccomp_profile::{Filter, seccomp_profile};
    /// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json");
    ///
    /// # fn main() -> Result<(), seccomp_profile::Error> {
    /// SANDBOX.install()?;
    /// assert!(std::fs::File::open("/etc/passwd").is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`] says what stood in the way; then no thread has the filter.
    /// [`ListenerRequired`](Error::ListenerRequired) is found without a system call.
    pub fn install(&self) -> Result<Enforced, Error> {
        self.install_with(self.flags)
    }

    /// Installs the filter for all threads of the process at once, or for none (`TSYNC`).
    ///
    /// This is for a process that has threads: an async runtime with its pool of blocking workers,
    /// a library's helper. Each thread may have filters of its own only if the calling thread has
    /// them too; the kernel also sets `no_new_privs` on all.
    ///
    /// ```
    /// # use seccomp_profile::{Filter, seccomp_profile};
    /// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json");
    ///
    /// # fn main() -> Result<(), seccomp_profile::Error> {
    /// # if false {
    /// std::thread::spawn(|| println!("held too, wherever it was started"));
    /// assert!(SANDBOX.install_on_all_threads()?.on_all_threads());
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`install`](Filter::install); and [`NotSynchronised`](Error::NotSynchronised) with the
    /// thread that cannot follow.
    pub fn install_on_all_threads(&self) -> Result<Enforced, Error> {
        self.install_with(self.flags | SECCOMP_FILTER_FLAG_TSYNC)
    }

    fn install_with(&self, flags: u32) -> Result<Enforced, Error> {
        if self.needs_listener() {
            return Err(Error::ListenerRequired);
        }
        install::install(self.program, flags, self.kernel)?;
        Ok(Enforced { flags })
    }

    /// Installs the filter for the calling thread as [`install`](Filter::install) does, and returns
    /// the descriptor on which a supervisor receives the calls that the profile answers with
    /// `SCMP_ACT_NOTIFY`. It is closed on exec.
    ///
    /// Such a call waits until the supervisor has answered it. That must be somebody whom the
    /// filter does not hold, or only for calls without `SCMP_ACT_NOTIFY`: another thread, started
    /// before, or a process that was given the descriptor. Whoever holds what is not trusted keeps
    /// the descriptor out of its reach ([`Listener`](crate::Listener) says how). When the last copy
    /// of it is closed, calls fail with `ENOSYS`.
    ///
    /// With the profile's flag `TSYNC` all threads get the filter, from Linux 5.7 on.
    ///
    /// ```
    /// # use seccomp_profile::{Filter, seccomp_profile};
    /// static ASK: Filter = seccomp_profile!("../tests/profiles/listener-getppid.json");
    ///
    /// # fn main() -> Result<(), seccomp_profile::Error> {
    /// assert!(ASK.needs_listener());
    /// let listener: std::os::fd::OwnedFd = ASK.install_with_listener()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`install`](Filter::install); [`ListenerExists`](Error::ListenerExists) if a filter of
    /// this thread has a listener, and [`ListenerUnused`](Error::ListenerUnused), found without a
    /// system call, if no rule of the profile has anything for it.
    #[cfg(all(feature = "std", any(target_os = "linux", target_os = "android")))]
    pub fn install_with_listener(&self) -> Result<std::os::fd::OwnedFd, Error> {
        if !self.needs_listener() {
            return Err(Error::ListenerUnused);
        }
        install::install_with_listener(self.program, self.flags, self.kernel)
    }

    /// Returns what the kernel would do with a call, were this the only filter.
    ///
    /// Nothing is installed and no system call is made: this is for tests of a profile, on any
    /// operating system, and at compile time.
    ///
    /// ```
    /// use seccomp_profile::{Action, Filter, seccomp_profile, syscall};
    ///
    /// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json");
    ///
    /// const _: () = assert!(matches!(SANDBOX.evaluate(&syscall!(read)), Action::Allow));
    /// assert_eq!(SANDBOX.evaluate(&syscall!(execve)), Action::Errno(1));
    /// ```
    pub const fn evaluate(&self, call: &Syscall) -> Action {
        match evaluate::run(self.program, Data::Full(call)) {
            Some(action) => action,
            None => Action::KillProcess,
        }
    }

    /// Returns whether `execve` runs, whatever its arguments are: what a filter must allow that is
    /// installed in a child before it becomes another program ([`CommandExt`](crate::CommandExt)).
    ///
    /// That other program has needs of its own, which its filter must allow as well: a dynamically
    /// linked one begins with `brk`, `mmap`, `openat`, `read`, `fstat`, `mprotect`, `close`,
    /// `munmap`, and on x86_64 `arch_prctl`; the C library goes on with `set_tid_address`,
    /// `set_robust_list`, `rseq`, `prlimit64` and `getrandom`; and all end with `exit_group`.
    ///
    /// ```
    /// # use seccomp_profile::{Filter, seccomp_profile};
    /// static SANDBOX: Filter = seccomp_profile!("../tests/profiles/container.json");
    ///
    /// const _: () = assert!(SANDBOX.allows_exec());
    /// ```
    pub const fn allows_exec(&self) -> bool {
        let (arch, nr) = native!(number execve);
        let call = Syscall::with_arch(arch, nr, &[]);
        match evaluate::run(self.program, Data::NumberAndArch(&call)) {
            Some(action) => action.runs(),
            None => false,
        }
    }

    /// Returns the program, as seccomp(2) takes it.
    pub const fn program(&self) -> &'static [sock_filter] {
        self.program
    }

    /// Returns the program's bytes, as the kernel of this target reads them: what
    /// `bwrap --seccomp FD` takes.
    ///
    /// ```
    /// # use seccomp_profile::{Filter, seccomp_profile};
    /// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json");
    ///
    /// assert_eq!(SANDBOX.as_bytes().len(), 8 * SANDBOX.len());
    /// ```
    pub const fn as_bytes(&self) -> &'static [u8] {
        sys::bytes(self.program)
    }

    /// Returns the flag word of seccomp(2): what the profile asks for, with `NEW_LISTENER` where it
    /// has `SCMP_ACT_NOTIFY` rules.
    pub const fn flags(&self) -> u32 {
        self.flags
    }

    /// Returns the number of instructions, at least 1 and at most 4096.
    #[allow(clippy::len_without_is_empty)] // a program is never empty
    pub const fn len(&self) -> usize {
        self.program.len()
    }

    /// Returns the oldest Linux that the filter can be installed on, `(5, 10)`, if the option
    /// `kernel` names one.
    pub const fn kernel(&self) -> Option<(u8, u8)> {
        self.kernel
    }

    /// Returns whether the profile has `SCMP_ACT_NOTIFY` rules, so that the filter can only be
    /// installed together with a listener.
    pub const fn needs_listener(&self) -> bool {
        self.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER != 0
    }
}

/// The program's listing: an instruction a line, jumps with the numbers of the lines they lead to.
///
/// ```
/// # use seccomp_profile::{Filter, seccomp_profile};
/// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json");
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

/// Makes a filter of what the compiler verified. The kernel takes 1 to 4096 instructions
/// (`BPF_MAXINSNS`); another number cannot be compiled, so that none is ever cut.
pub const fn filter<const N: usize>(program: &'static [sock_filter; N], flags: u32) -> Filter {
    const { assert!(1 <= N && N <= 4096, "a program has 1 to 4096 instructions") };
    Filter {
        program,
        flags,
        kernel: None,
    }
}

/// Makes a filter that is for one version of Linux and newer ones.
pub const fn since(filter: Filter, major: u8, minor: u8) -> Filter {
    Filter {
        kernel: Some((major, minor)),
        ..filter
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
