//! Why a filter is not in force: one variant for each thing a caller can do about it.

use core::fmt;

use crate::flags::Names;

/// Why a filter could not be installed, or its violations not be reported. Whatever it is, no part
/// of the filter is in force.
///
/// `no_new_privs` may have been set: it comes first and cannot be taken back.
///
/// ```
/// use seccomp_profile::{Error, Filter, seccomp_profile};
///
/// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json", kernel = "99.0");
///
/// let error = SANDBOX.install().unwrap_err();
/// assert!(matches!(error, Error::KernelTooOld { needed: (99, 0), .. }));
/// assert_eq!(error.errno(), None);
/// let said = "the profile was compiled for Linux 99.0 and newer";
/// assert!(error.to_string().starts_with(said));
/// // What a `main` shows that returns it.
/// assert!(format!("{error:?}").starts_with(said));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// `no_new_privs` could not be set.
    NoNewPrivs {
        /// What prctl(2) answered.
        errno: i32,
    },
    /// This thread may not install a filter.
    NotPermitted {
        /// `EACCES` from the kernel; `EPERM` from a filter that is already installed.
        errno: i32,
    },
    /// The kernel cannot filter system calls.
    Unsupported {
        /// What seccomp(2), or prctl(2) in its place, answered.
        errno: i32,
    },
    /// The kernel is older than the `kernel` that the profile was compiled for, so that the profile
    /// may mean something else on it.
    KernelTooOld {
        /// The oldest Linux that the filter is for.
        needed: (u8, u8),
        /// The one that runs, as far as uname(2) tells.
        found: Option<(u8, u8)>,
    },
    /// The kernel is too old for some flags of the profile.
    FlagsUnsupported {
        /// The flags that it does not know, as in the flag word of seccomp(2).
        flags: u32,
    },
    /// The filters of the thread would together be longer than the kernel allows, or memory is
    /// short.
    ChainTooLong,
    /// With the flag `TSYNC`: a thread has filters that this thread does not have, and so none
    /// was given the new one.
    NotSynchronised {
        /// The thread, where the kernel names it.
        tid: Option<i32>,
    },
    /// The profile has `SCMP_ACT_NOTIFY` rules, and nothing would answer them.
    ListenerRequired,
    /// A filter of this thread already has a listener.
    ListenerExists,
    /// The profile has no `SCMP_ACT_NOTIFY` rules, and a listener would never be told anything.
    ListenerUnused,
    /// The handler that reports violations could not be set.
    HandlerNotSet {
        /// What sigaction(2), or sigaltstack(2) before it, answered.
        errno: i32,
    },
    /// The handler that reports violations cannot answer a call on this target.
    RegistersUnknown,
    /// The system is not Linux.
    NotLinux,
    /// The kernel gave another reason.
    Other {
        /// What seccomp(2) answered.
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
    /// Returns the errno of the call that failed; `None` if none did: something was found without
    /// one, or it answered with a thread instead.
    pub const fn errno(&self) -> Option<i32> {
        match *self {
            Error::NoNewPrivs { errno }
            | Error::NotPermitted { errno }
            | Error::Unsupported { errno }
            | Error::HandlerNotSet { errno }
            | Error::Other { errno } => Some(errno),
            Error::FlagsUnsupported { .. } => Some(EINVAL),
            Error::ChainTooLong => Some(ENOMEM),
            Error::ListenerExists => Some(EBUSY),
            Error::NotSynchronised { tid: None } => Some(ESRCH),
            Error::NotSynchronised { tid: Some(_) }
            | Error::KernelTooOld { .. }
            | Error::ListenerRequired
            | Error::ListenerUnused
            | Error::RegistersUnknown
            | Error::NotLinux => None,
        }
    }
}

/// The words of `Display`: a `main` that returns an error shows this, and to whoever runs it.
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
                "`no_new_privs` could not be set (errno {errno}): Linux 3.5 or newer is needed, \
                 and filters that are already installed must allow `prctl`"
            ),
            Error::NotPermitted { errno: EACCES } => write!(
                f,
                "this thread may not install a filter (errno {EACCES}): it has neither \
                 `no_new_privs` nor CAP_SYS_ADMIN, though `prctl` said that it set the former"
            ),
            Error::NotPermitted { errno } => write!(
                f,
                "this thread may not install a filter (errno {errno}): filters that are already \
                 installed must allow `seccomp`"
            ),
            Error::Unsupported { errno } => write!(
                f,
                "the kernel cannot filter system calls (errno {errno}): Linux with \
                 CONFIG_SECCOMP_FILTER is needed, 3.5 or newer, 3.17 if the profile has flags"
            ),
            Error::KernelTooOld { needed, found } => {
                write!(
                    f,
                    "the profile was compiled for Linux {}.{} and newer",
                    needed.0, needed.1
                )?;
                match found {
                    Some((major, minor)) => write!(f, ", and this is {major}.{minor}"),
                    None => f.write_str(", and uname(2) does not tell which one this is"),
                }
            }
            Error::FlagsUnsupported { flags } => write!(
                f,
                "the kernel does not know {}: a newer one is needed, or a profile without",
                Names(flags)
            ),
            Error::ChainTooLong => write!(
                f,
                "no room for the filter (errno {ENOMEM}): those of one thread together have at \
                 most 32768 instructions as the kernel counts; install fewer, or free memory"
            ),
            Error::NotSynchronised { tid } => {
                match tid {
                    Some(tid) => write!(f, "thread {tid} has")?,
                    None => f.write_str("a thread has")?,
                }
                f.write_str(
                    " filters that this thread does not have, so that TSYNC could not give it \
                     this one: install before threads install their own",
                )
            }
            Error::ListenerRequired => f.write_str(
                "the profile has SCMP_ACT_NOTIFY rules, and nothing would answer them: such a \
                 filter can only be installed together with a listener",
            ),
            Error::ListenerExists => write!(
                f,
                "a filter of this thread already has a listener (errno {EBUSY}): the kernel \
                 allows one"
            ),
            Error::ListenerUnused => f.write_str(
                "the profile has no SCMP_ACT_NOTIFY rules: a listener would never be told anything",
            ),
            Error::HandlerNotSet { errno } => write!(
                f,
                "the handler of SIGSYS could not be set (errno {errno}): filters that are already \
                 installed must allow `sigaltstack` and `rt_sigaction`"
            ),
            Error::RegistersUnknown => f.write_str(
                "the C library does not name the registers of this target, and only through them \
                 can a trapped call be answered: let the violation kill",
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
            | Error::FlagsUnsupported { .. }
            | Error::RegistersUnknown
            | Error::NotLinux => ErrorKind::Unsupported,
            Error::ChainTooLong => ErrorKind::OutOfMemory,
            Error::ListenerRequired | Error::ListenerUnused => ErrorKind::InvalidInput,
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
    fn an_io_error_has_a_kind_and_keeps_the_words() {
        use std::io::{self, ErrorKind};

        let errno = 1;
        for (error, kind) in [
            (Error::NoNewPrivs { errno }, ErrorKind::PermissionDenied),
            (Error::NotPermitted { errno }, ErrorKind::PermissionDenied),
            (Error::HandlerNotSet { errno }, ErrorKind::PermissionDenied),
            (Error::Unsupported { errno }, ErrorKind::Unsupported),
            (Error::FlagsUnsupported { flags: 2 }, ErrorKind::Unsupported),
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
