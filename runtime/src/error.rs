//! Why a filter was not installed: one variant for each remedy.

use core::fmt;

use crate::action::Action;
use crate::flags::Names;

/// Why a filter could not be installed, or the reporter of violations could not be set up.
///
/// After an error no part of the filter is in effect. `no_new_privs` may be set: it is set before
/// the filter is installed, and cannot be reset.
///
/// ```
/// use seccomp_profile::{Error, Filter, seccomp_profile};
///
/// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json", with = ["panic"], kernel = "99.0");
///
/// let error = SANDBOX.install().unwrap_err();
/// assert!(matches!(error, Error::KernelTooOld { needed: (99, 0), .. }));
/// assert_eq!(error.errno(), None);
///
/// let message = "the profile was compiled for Linux 99.0 or newer";
/// assert!(error.to_string().starts_with(message));
/// // A `main` that returns the error prints its `Debug` form: the same text.
/// assert!(format!("{error:?}").starts_with(message));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// `no_new_privs` could not be set.
    NoNewPrivs {
        /// The errno of prctl(2).
        errno: i32,
    },
    /// This thread has no permission to install a filter.
    NotPermitted {
        /// `EACCES` comes from the kernel, `EPERM` from a filter that is already installed.
        errno: i32,
    },
    /// The kernel cannot filter system calls.
    Unsupported {
        /// The errno of seccomp(2), or of prctl(2) if that was the last attempt.
        errno: i32,
    },
    /// The running kernel is older than the version in the option `kernel`. Rules with a kernel
    /// version could have another meaning on it.
    KernelTooOld {
        /// The oldest version of Linux that the filter supports.
        needed: (u8, u8),
        /// The version of the running kernel, if uname(2) returns one.
        found: Option<(u8, u8)>,
    },
    /// The kernel does not have an action of the profile. It would install the filter all the same,
    /// and kill the calling thread instead.
    ActionUnsupported {
        /// The action.
        action: Action,
        /// The first version of Linux that has it.
        needed: (u8, u8),
        /// The errno of seccomp(2) when it was asked for the action.
        errno: i32,
    },
    /// The kernel is too old for some flags of the profile.
    FlagsUnsupported {
        /// The flags that the kernel does not support, as bits of the flags argument of seccomp(2).
        flags: u32,
    },
    /// The kernel cannot install a filter on all threads at once (flag `TSYNC`), and
    /// [`Filter::install`](crate::Filter::install) confines all threads or none.
    AllThreadsUnsupported {
        /// The errno of seccomp(2): `ENOSYS` before Linux 3.17, which has no seccomp(2).
        errno: i32,
    },
    /// The profile has the flag `TSYNC`, so the filter must not be installed on one thread alone.
    AllThreadsRequired,
    /// All filters of the thread together would be longer than the kernel allows, or the kernel is
    /// out of memory.
    ChainTooLong,
    /// Another thread has a filter that this thread does not have, or is in strict mode. So the
    /// filter could not be installed on all threads, and no thread got it.
    NotSynchronised {
        /// The other thread, by its number in the PID namespace of this process. It is `None` if the
        /// filter has a listener: the kernel then returns only `ESRCH`.
        tid: Option<i32>,
    },
    /// The profile has `SCMP_ACT_NOTIFY` rules, so the filter must be installed with a listener.
    ListenerRequired,
    /// A filter of this thread already has a listener.
    ListenerExists,
    /// The profile has no `SCMP_ACT_NOTIFY` rules, so a listener would never receive a call.
    ListenerUnused,
    /// The signal handler that reports violations could not be set.
    HandlerNotSet {
        /// The errno of sigaction(2), or of sigaltstack(2), which is called before it.
        errno: i32,
    },
    /// The signal handler cannot set the return value of a call on this target.
    RegistersUnknown,
    /// The operating system is not Linux.
    NotLinux,
    /// The kernel returned another errno.
    Other {
        /// The errno of seccomp(2).
        errno: i32,
    },
}

// `include/uapi/asm-generic/errno-base.h`, the same on every architecture.
const ESRCH: i32 = 3;
const ENOMEM: i32 = 12;
const EACCES: i32 = 13;
const EBUSY: i32 = 16;
const EINVAL: i32 = 22;

impl Error {
    /// Returns the errno of the system call that failed.
    ///
    /// It is `None` if the error was found without a system call, or if the system call returned
    /// something other than an errno: a version, or the number of a thread.
    pub const fn errno(&self) -> Option<i32> {
        match *self {
            Error::NoNewPrivs { errno }
            | Error::NotPermitted { errno }
            | Error::Unsupported { errno }
            | Error::ActionUnsupported { errno, .. }
            | Error::AllThreadsUnsupported { errno }
            | Error::HandlerNotSet { errno }
            | Error::Other { errno } => Some(errno),
            Error::FlagsUnsupported { .. } => Some(EINVAL),
            Error::ChainTooLong => Some(ENOMEM),
            Error::ListenerExists => Some(EBUSY),
            Error::NotSynchronised { tid: None } => Some(ESRCH),
            Error::NotSynchronised { tid: Some(_) }
            | Error::KernelTooOld { .. }
            | Error::AllThreadsRequired
            | Error::ListenerRequired
            | Error::ListenerUnused
            | Error::RegistersUnknown
            | Error::NotLinux => None,
        }
    }
}

/// The same text as `Display`, because this is what a `main` that returns an error prints.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Error::NoNewPrivs { errno } => write!(
                f,
                "`no_new_privs` could not be set (errno {errno}): this needs Linux 3.5 or newer, \
                 and filters that are already installed must allow `prctl`"
            ),
            Error::NotPermitted { errno: EACCES } => write!(
                f,
                "no permission to install a filter (errno {EACCES}): this thread has neither \
                 `no_new_privs` nor CAP_SYS_ADMIN, although `prctl` returned success"
            ),
            Error::NotPermitted { errno } => write!(
                f,
                "no permission to install a filter (errno {errno}): filters that are already \
                 installed must allow `seccomp`"
            ),
            Error::Unsupported { errno } => write!(
                f,
                "the kernel cannot filter system calls (errno {errno}): this needs \
                 CONFIG_SECCOMP_FILTER, which x86 has since Linux 3.5 and other architectures have \
                 since a later version"
            ),
            Error::KernelTooOld { needed, found } => {
                write!(
                    f,
                    "the profile was compiled for Linux {}.{} or newer",
                    needed.0, needed.1
                )?;
                match found {
                    Some((major, minor)) => write!(f, ", but this is Linux {major}.{minor}"),
                    None => f.write_str(", but uname(2) does not return the version of this one"),
                }
            }
            Error::ActionUnsupported {
                action,
                needed,
                errno,
            } => write!(
                f,
                "the kernel does not have SCMP_ACT_{action} (errno {errno}), and would kill the \
                 calling thread instead: this action needs Linux {}.{} or newer",
                needed.0, needed.1
            ),
            Error::FlagsUnsupported { flags } => write!(
                f,
                "the kernel does not support {}: use a newer kernel, or a profile that does not \
                 need it",
                Names(flags)
            ),
            Error::AllThreadsUnsupported { errno } => write!(
                f,
                "the kernel cannot install a filter on all threads at once (errno {errno}): this \
                 needs Linux 3.17 or newer; if the process has only one thread, \
                 `install_on_this_thread` confines it"
            ),
            Error::AllThreadsRequired => f.write_str(
                "the profile has SECCOMP_FILTER_FLAG_TSYNC, so the filter must confine all threads: \
                 install it with `install`, or remove the flag",
            ),
            Error::ChainTooLong => write!(
                f,
                "no room for the filter (errno {ENOMEM}): all filters of a thread together can \
                 have 32768 instructions, as the kernel counts them; install fewer filters, or \
                 free memory"
            ),
            Error::NotSynchronised { tid } => {
                match tid {
                    Some(tid) => write!(f, "thread {tid} has")?,
                    None => f.write_str("a thread has")?,
                }
                f.write_str(
                    " a filter that this thread does not have, so this one could not be installed \
                     on all threads, and was installed on none: install it before other threads \
                     install filters of their own",
                )
            }
            Error::ListenerRequired => f.write_str(
                "the profile has SCMP_ACT_NOTIFY rules, so a supervisor must answer calls: such a \
                 filter can only be installed with `install_with_listener`",
            ),
            Error::ListenerExists => write!(
                f,
                "a filter of this thread already has a listener (errno {EBUSY}): the kernel \
                 allows only one"
            ),
            Error::ListenerUnused => f.write_str(
                "the profile has no SCMP_ACT_NOTIFY rules, so a listener would never receive a \
                 call: install the filter with `install`",
            ),
            Error::HandlerNotSet { errno } => write!(
                f,
                "the handler of SIGSYS could not be set (errno {errno}): filters that are already \
                 installed must allow `sigaltstack` and `rt_sigaction`"
            ),
            Error::RegistersUnknown => f.write_str(
                "`After::Enosys` is not supported on this target, because its C library does not \
                 name the registers in which a trapped call returns: use `After::Kill`",
            ),
            Error::NotLinux => f.write_str("only Linux can filter system calls with seccomp"),
            Error::Other { errno } => {
                write!(f, "the kernel refused the filter (errno {errno})")
            }
        }
    }
}

impl core::error::Error for Error {}

#[cfg(feature = "std")]
impl From<Error> for std::io::Error {
    fn from(error: Error) -> std::io::Error {
        use std::io::ErrorKind;
        let kind = match error {
            Error::NoNewPrivs { .. } | Error::NotPermitted { .. } | Error::HandlerNotSet { .. } => {
                ErrorKind::PermissionDenied
            }
            Error::Unsupported { .. }
            | Error::KernelTooOld { .. }
            | Error::ActionUnsupported { .. }
            | Error::FlagsUnsupported { .. }
            | Error::AllThreadsUnsupported { .. }
            | Error::RegistersUnknown
            | Error::NotLinux => ErrorKind::Unsupported,
            Error::ChainTooLong => ErrorKind::OutOfMemory,
            Error::AllThreadsRequired | Error::ListenerRequired | Error::ListenerUnused => {
                ErrorKind::InvalidInput
            }
            _ => ErrorKind::Other,
        };
        std::io::Error::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::string::ToString;

    #[cfg(feature = "std")]
    #[test]
    fn an_io_error_has_a_kind_and_the_same_message() {
        use std::io::{self, ErrorKind};

        let errno = 1;
        for (error, kind) in [
            (Error::NoNewPrivs { errno }, ErrorKind::PermissionDenied),
            (Error::NotPermitted { errno }, ErrorKind::PermissionDenied),
            (Error::HandlerNotSet { errno }, ErrorKind::PermissionDenied),
            (Error::Unsupported { errno }, ErrorKind::Unsupported),
            (
                Error::ActionUnsupported {
                    action: Action::Log,
                    needed: (4, 14),
                    errno,
                },
                ErrorKind::Unsupported,
            ),
            (Error::FlagsUnsupported { flags: 2 }, ErrorKind::Unsupported),
            (
                Error::AllThreadsUnsupported { errno },
                ErrorKind::Unsupported,
            ),
            (Error::AllThreadsRequired, ErrorKind::InvalidInput),
            (Error::RegistersUnknown, ErrorKind::Unsupported),
            (Error::NotLinux, ErrorKind::Unsupported),
            (Error::ChainTooLong, ErrorKind::OutOfMemory),
            (Error::ListenerRequired, ErrorKind::InvalidInput),
            (Error::ListenerUnused, ErrorKind::InvalidInput),
            (Error::ListenerExists, ErrorKind::Other),
            (Error::NotSynchronised { tid: None }, ErrorKind::Other),
        ] {
            let io = io::Error::from(error);
            assert_eq!((io.kind(), io.to_string()), (kind, error.to_string()));
        }
    }
}
