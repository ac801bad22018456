//! A filter and a [`Command`] → a child process that is confined by the filter.

use std::process::Command;

use crate::filter::Filter;
use crate::sys::seccomp;

/// Extends [`Command`] with a filter that confines the child process.
///
/// The trait is sealed: only [`Command`] implements it.
pub trait CommandExt: sealed::Sealed {
    /// Installs the filter in the child, between `fork` and `execve`.
    ///
    /// This allocates nothing and takes no lock, so other threads of the parent cannot disturb it.
    /// The child has one thread, so its filter confines the whole process. If the profile has no
    /// flags, this also works before Linux 3.17.
    ///
    /// The filter must allow the `execve` that follows ([`Filter::allows_exec`]). If several
    /// filters are set, they are installed in the order of the calls. Each of them must then allow
    /// what installs the next one: `prctl` and `seccomp`, with any arguments, and `uname` if that
    /// one was compiled with the option `kernel`. It must also allow what a later `pre_exec` closure
    /// does.
    ///
    /// If the filter cannot be installed, the program is not executed, and `spawn` fails with the
    /// errno from the child, or with `EOPNOTSUPP` if no system call failed. A filter with
    /// `SCMP_ACT_NOTIFY` rules always fails in this way, because the child has no supervisor.
    ///
    /// The standard library reports the failure to the parent with `write`. If an earlier filter
    /// denies `write`, `spawn` returns success although the child has aborted.
    ///
    /// **[`exec`](std::os::unix::process::CommandExt::exec) does not fork: it installs the filter in
    /// the calling thread. If the program cannot be executed, `exec` returns, and the filter
    /// stays.** The same applies to `no_new_privs`, and to the filters before one that could not be
    /// installed. Nothing can remove them. The other threads are not confined, except if the profile
    /// has the flag `TSYNC`. So after an error of `exec`, end the process, or at least the thread.
    ///
    /// ```
    /// use std::process::Command;
    /// use seccomp_profile::{CommandExt, Filter, seccomp_profile};
    ///
    /// static NO_SOCKETS: Filter = seccomp_profile!({
    ///     "defaultAction": "SCMP_ACT_ALLOW",
    ///     "syscalls": [
    ///         {
    ///             "names": ["socket", "socketpair", "io_uring_enter", "io_uring_setup"],
    ///             "action": "SCMP_ACT_ERRNO"
    ///         }
    ///     ]
    /// });
    /// const _: () = assert!(NO_SOCKETS.allows_exec());
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let status = Command::new("true").seccomp(&NO_SOCKETS).status()?;
    /// assert!(status.success());
    /// # Ok(())
    /// # }
    /// ```
    fn seccomp(&mut self, filter: &Filter) -> &mut Self;
}

impl CommandExt for Command {
    fn seccomp(&mut self, filter: &Filter) -> &mut Command {
        let filter = *filter;
        seccomp::before_exec(self, move || match filter.install_before_exec() {
            Ok(_) => Ok(()),
            Err(error) => Err(error.errno().unwrap_or(libc::EOPNOTSUPP)),
        })
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for std::process::Command {}
}
