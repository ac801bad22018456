//! The return value of a seccomp program → what the kernel does with the call.

use core::fmt;

/// What the kernel does with a system call.
///
/// The order is from the strictest action to the loosest. If several filters are installed, the
/// kernel takes the strictest of their actions (`kernel/seccomp.c: seccomp_run_filters`).
///
/// ```
/// use seccomp_profile::Action;
///
/// assert!(Action::Errno(1) < Action::Allow);
/// assert_eq!(Action::Errno(38).to_string(), "ERRNO(38)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Action {
    /// The whole process is killed.
    KillProcess,
    /// The calling thread is killed.
    KillThread,
    /// The thread gets the signal SIGSYS.
    Trap,
    /// The call does not run. It fails with this errno, from 1 to 4095; with 0 it returns success.
    Errno(u16),
    /// The call waits until a supervisor has answered it on the listener.
    Notify,
    /// The tracer is notified with this number; without a tracer the call fails with `ENOSYS`.
    Trace(u16),
    /// The call runs and is logged.
    Log,
    /// The call runs.
    Allow,
}

impl Action {
    /// Returns whether the call runs, without a decision of a supervisor or a tracer.
    ///
    /// ```
    /// use seccomp_profile::Action;
    ///
    /// assert!(Action::Log.runs());
    /// assert!(!Action::Notify.runs());
    /// ```
    pub const fn runs(self) -> bool {
        matches!(self, Action::Log | Action::Allow)
    }

    /// Compares two actions. A `const fn` cannot call the method of `PartialEq`.
    pub(crate) const fn is(self, other: Action) -> bool {
        match (self, other) {
            (Action::Errno(a), Action::Errno(b)) | (Action::Trace(a), Action::Trace(b)) => a == b,
            (Action::KillProcess, Action::KillProcess)
            | (Action::KillThread, Action::KillThread)
            | (Action::Trap, Action::Trap)
            | (Action::Notify, Action::Notify)
            | (Action::Log, Action::Log)
            | (Action::Allow, Action::Allow) => true,
            _ => false,
        }
    }

    /// Returns the action of a `SECCOMP_RET_*` value. For an unknown one the kernel kills the
    /// process (`kernel/seccomp.c: __seccomp_filter`).
    pub(crate) const fn from_return_value(value: u32) -> Action {
        let data = value as u16;
        match value >> 16 {
            0x0000 => Action::KillThread,
            0x0003 => Action::Trap,
            // The same function cuts an errno to `MAX_ERRNO`.
            0x0005 => Action::Errno(if data > 4095 { 4095 } else { data }),
            0x7fc0 => Action::Notify,
            0x7ff0 => Action::Trace(data),
            0x7ffc => Action::Log,
            0x7fff => Action::Allow,
            _ => Action::KillProcess,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::KillProcess => "KILL_PROCESS",
            Action::KillThread => "KILL_THREAD",
            Action::Trap => "TRAP",
            Action::Errno(errno) => return write!(f, "ERRNO({errno})"),
            Action::Notify => "NOTIFY",
            Action::Trace(message) => return write!(f, "TRACE({message})"),
            Action::Log => "LOG",
            Action::Allow => "ALLOW",
        })
    }
}
