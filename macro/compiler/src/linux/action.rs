//! The actions of a filter: `SECCOMP_RET_*` words, OCI names, precedence.
//!
//! The *word* of an action is the value that a filter returns; its *number* is the errno of ERRNO or
//! the message of TRACE.

use std::fmt;

use crate::error::{Error, Kind, Spanned};

/// The highest errno a filter can return (`include/linux/err.h`, `MAX_ERRNO`).
pub const MAX_ERRNO: u64 = 4095;

/// What the kernel does with a call; the order is from strictest to loosest, as
/// `kernel/seccomp.c: seccomp_run_filters` ranks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Kill the whole process.
    KillProcess,
    /// Kill the calling thread.
    KillThread,
    /// Send SIGSYS.
    Trap,
    /// Skip the call and return this errno, 0 to 4095.
    Errno(u16),
    /// Ask the listener.
    Notify,
    /// Notify the tracer with this number; return ENOSYS if there is no tracer.
    Trace(u16),
    /// Run the call and log it.
    Log,
    /// Run the call.
    Allow,
}

impl Action {
    /// Returns the `SECCOMP_RET_*` word (`include/uapi/linux/seccomp.h`).
    pub const fn word(self) -> u32 {
        match self {
            Action::KillProcess => 0x8000_0000,
            Action::KillThread => 0x0000_0000,
            Action::Trap => 0x0003_0000,
            Action::Errno(errno) => 0x0005_0000 | errno as u32,
            Action::Notify => 0x7fc0_0000,
            Action::Trace(message) => 0x7ff0_0000 | message as u32,
            Action::Log => 0x7ffc_0000,
            Action::Allow => 0x7fff_0000,
        }
    }

    /// Returns the name in the OCI runtime spec, which does not include the [`number`](Action::number).
    pub const fn oci_name(self) -> &'static str {
        match self {
            Action::KillProcess => "SCMP_ACT_KILL_PROCESS",
            Action::KillThread => "SCMP_ACT_KILL_THREAD",
            Action::Trap => "SCMP_ACT_TRAP",
            Action::Errno(_) => "SCMP_ACT_ERRNO",
            Action::Notify => "SCMP_ACT_NOTIFY",
            Action::Trace(_) => "SCMP_ACT_TRACE",
            Action::Log => "SCMP_ACT_LOG",
            Action::Allow => "SCMP_ACT_ALLOW",
        }
    }

    /// Returns the number of ERRNO or TRACE, `errnoRet` in a profile.
    pub const fn number(self) -> Option<u16> {
        match self {
            Action::Errno(number) | Action::Trace(number) => Some(number),
            _ => None,
        }
    }

    /// Returns the action with exactly this [`word`](Action::word).
    pub const fn from_word(word: u32) -> Option<Action> {
        let action = match (word & 0xffff_0000, (word & 0xffff) as u16) {
            (0x8000_0000, 0) => Action::KillProcess,
            (0x0000_0000, 0) => Action::KillThread,
            (0x0003_0000, 0) => Action::Trap,
            (0x0005_0000, errno) => Action::Errno(errno),
            (0x7fc0_0000, 0) => Action::Notify,
            (0x7ff0_0000, message) => Action::Trace(message),
            (0x7ffc_0000, 0) => Action::Log,
            (0x7fff_0000, 0) => Action::Allow,
            _ => return None,
        };
        Some(action)
    }

    /// Returns the rank of the action in the kernel's precedence, 0 the strictest; numbers are not
    /// compared.
    pub const fn rank(self) -> u8 {
        match self {
            Action::KillProcess => 0,
            Action::KillThread => 1,
            Action::Trap => 2,
            Action::Errno(_) => 3,
            Action::Notify => 4,
            Action::Trace(_) => 5,
            Action::Log => 6,
            Action::Allow => 7,
        }
    }

    /// Returns whether the kernel runs the call.
    pub const fn runs(self) -> bool {
        matches!(self, Action::Log | Action::Allow)
    }

    /// Returns the stricter of two actions, or `self` if their ranks are equal.
    pub const fn stricter(self, other: Action) -> Action {
        if other.rank() < self.rank() {
            other
        } else {
            self
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::KillProcess => f.write_str("KILL_PROCESS"),
            Action::KillThread => f.write_str("KILL_THREAD"),
            Action::Trap => f.write_str("TRAP"),
            Action::Errno(errno) => write!(f, "ERRNO({errno})"),
            Action::Notify => f.write_str("NOTIFY"),
            Action::Trace(message) => write!(f, "TRACE({message})"),
            Action::Log => f.write_str("LOG"),
            Action::Allow => f.write_str("ALLOW"),
        }
    }
}

/// The OCI names of actions; ERRNO and TRACE have their default number.
pub(crate) const ACTIONS: [(&str, Action); 9] = [
    ("SCMP_ACT_KILL", Action::KillThread),
    named(Action::KillProcess),
    named(Action::KillThread),
    named(Action::Trap),
    named(Action::Errno(1)),
    named(Action::Trace(1)),
    named(Action::Allow),
    named(Action::Log),
    named(Action::Notify),
];

const fn named(action: Action) -> (&'static str, Action) {
    (action.oci_name(), action)
}

/// Adds the errno to an action (`format`, *Errno numbers*).
pub(crate) fn with_number(
    action: Spanned<Action>,
    errno: Option<Spanned<u64>>,
    field: &str,
) -> Result<Spanned<Action>, Error> {
    let Some(errno) = errno else {
        return Ok(action);
    };
    let value = match action.value {
        Action::Errno(_) if errno.value <= MAX_ERRNO => Action::Errno(errno.value as u16),
        Action::Trace(_) if errno.value <= u64::from(u16::MAX) => Action::Trace(errno.value as u16),
        Action::Errno(_) => {
            let message = format!("`{field}` must be at most {MAX_ERRNO}, not {}", errno.value);
            return Err(Error::new(Kind::ErrnoRange, errno.span, message)
                .label(format!("an errno is 0 to {MAX_ERRNO}")));
        }
        Action::Trace(_) => {
            let message = format!("`{field}` must be at most 65535, not {}", errno.value);
            return Err(Error::new(Kind::ErrnoRange, errno.span, message)
                .label("a tracer receives 0 to 65535"));
        }
        other => {
            let message = format!("`{field}` cannot be used with the action {other}");
            return Err(Error::new(Kind::ErrnoOnAction, errno.span, message)
                .label("only SCMP_ACT_ERRNO and SCMP_ACT_TRACE take an errno"));
        }
    };
    Ok(Spanned { value, ..action })
}
