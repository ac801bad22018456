//! What an installed filter confines.

use crate::flags::SECCOMP_FILTER_FLAG_TSYNC;

/// What the kernel enforces after a filter was installed.
///
/// ```
/// use seccomp_profile::{Enforced, Filter, seccomp_profile};
///
/// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json", with = ["panic"]);
///
/// # fn main() -> Result<(), seccomp_profile::Error> {
/// let enforced: Enforced = SANDBOX.install()?;
/// assert!(enforced.no_new_privs());
/// assert!(enforced.on_all_threads());
/// const TSYNC: u32 = 1;
/// assert_eq!(enforced.flags(), SANDBOX.flags() | TSYNC);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enforced {
    pub(super) flags: u32,
}

impl Enforced {
    /// Returns whether `execve` can no longer gain privileges. This is always true, because
    /// `no_new_privs` is set before a filter is installed.
    pub const fn no_new_privs(&self) -> bool {
        true
    }

    /// Returns whether the filter was installed for all threads of the process: true after
    /// [`install`](crate::Filter::install), false after
    /// [`install_on_this_thread`](crate::Filter::install_on_this_thread), also if the process has
    /// only one thread.
    pub const fn on_all_threads(&self) -> bool {
        self.flags & SECCOMP_FILTER_FLAG_TSYNC != 0
    }

    /// Returns the flags with which seccomp(2) was called: [`Filter::flags`](crate::Filter::flags),
    /// and `TSYNC` after [`install`](crate::Filter::install).
    pub const fn flags(&self) -> u32 {
        self.flags
    }
}
