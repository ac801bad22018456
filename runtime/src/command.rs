//! A filter for a child process, in the words of the standard library.

use std::process::Command;

use crate::filter::Filter;
use crate::sys::seccomp;

/// Adds to [`Command`] that the child is held by a filter.
///
/// The trait is sealed: nothing else implements it.
pub trait CommandExt: sealed::Sealed {
    /// Installs the filter in the child, after `fork` and before it becomes the other program.
    ///
    /// Nothing is allocated there, and no lock is taken, so it does not matter what the other
    /// threads of the parent were doing. What the filter must allow for the child to begin, says
    /// [`Filter::allows_exec`]. Several filters are installed in the order of the calls, and each
    /// must let the next be installed (`prctl` and `seccomp`, and `uname` for one with the option
    /// `kernel`); so must it for a closure that `pre_exec` runs later.
    ///
    /// A filter with `SCMP_ACT_NOTIFY` rules cannot be installed so, as nobody would have the
    /// listener. Where the filter cannot be installed no program is run, and `spawn` fails with the
    /// errno that the child met, or `EOPNOTSUPP` where there was none. The standard library tells
    /// it by `write`: where an earlier filter denies that, `spawn` succeeds, and the child aborts.
    ///
    /// ```
    /// use std::process::Command;
    /// use seccomp_profile::{CommandExt, Filter, seccomp_profile};
    ///
    /// static SANDBOX: Filter = seccomp_profile!("../tests/profiles/container.json");
    /// const _: () = assert!(SANDBOX.allows_exec());
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let status = Command::new("true").seccomp(&SANDBOX).status()?;
    /// assert!(status.success());
    /// # Ok(())
    /// # }
    /// ```
    fn seccomp(&mut self, filter: &Filter) -> &mut Self;
}

impl CommandExt for Command {
    fn seccomp(&mut self, filter: &Filter) -> &mut Command {
        let filter = *filter;
        seccomp::before_exec(self, move || match filter.install() {
            Ok(_) => Ok(()),
            Err(error) => Err(error.errno().unwrap_or(libc::EOPNOTSUPP)),
        })
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for std::process::Command {}
}
