//! A program → an installed filter, or the reason why it was not installed.
//!
//! The steps: check what the kernel must have, set `no_new_privs`, call seccomp(2).

use libc::c_int;

use crate::error::Error;
use crate::flags::{
    SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_FILTER_FLAG_TSYNC,
    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
};
use crate::insn::sock_filter;
use crate::needs::{Needs, NewerAction};
use crate::sys::seccomp;

/// Installs the program for the calling thread, or with TSYNC for all threads.
pub(crate) fn install(program: &'static [sock_filter], flags: u32) -> Result<(), Error> {
    set_no_new_privs()?;
    match seccomp::install(program, flags).map_err(|errno| error_of(errno, flags))? {
        0 => Ok(()),
        // With TSYNC: the thread that made it fail (`kernel/seccomp.c: seccomp_can_sync_threads`).
        tid => Err(Error::NotSynchronised {
            tid: Some(tid as i32),
        }),
    }
}

/// Installs the program in the same way, and returns a new listener.
#[cfg(feature = "std")]
pub(crate) fn install_with_listener(
    program: &'static [sock_filter],
    flags: u32,
) -> Result<std::os::fd::OwnedFd, Error> {
    set_no_new_privs()?;
    seccomp::install_with_listener(program, flags).map_err(|errno| error_of(errno, flags))
}

fn set_no_new_privs() -> Result<(), Error> {
    seccomp::set_no_new_privs().map_err(|errno| Error::NoNewPrivs { errno })
}

/// Checks that the kernel has what the program needs.
pub(crate) fn check(needs: Needs) -> Result<(), Error> {
    check_version(needs)?;
    check_actions(needs)
}

/// Checks that the kernel is not older than the version in the option `kernel`.
pub(crate) fn check_version(needs: Needs) -> Result<(), Error> {
    if let Some(needed) = needs.kernel {
        let found = seccomp::uname(|name| version(name.release.iter().map(|&byte| byte as u8)));
        let found = found.flatten();
        if found.is_none_or(|found| found < needed) {
            return Err(Error::KernelTooOld { needed, found });
        }
    }
    Ok(())
}

/// Checks that the kernel has the actions that the program returns.
pub(crate) fn check_actions(needs: Needs) -> Result<(), Error> {
    for newer in needs.actions() {
        seccomp::has_action(newer.return_value).map_err(|errno| no_action(errno, newer))?;
    }
    Ok(())
}

/// Returns the two numbers at the start of a release name.
fn version(mut release: impl Iterator<Item = u8>) -> Option<(u8, u8)> {
    Some((component(&mut release)?, component(&mut release)?))
}

/// Reads a number and one byte after it. A number above 255 becomes 255.
fn component(bytes: &mut impl Iterator<Item = u8>) -> Option<u8> {
    let mut value = None;
    while let Some(digit @ b'0'..=b'9') = bytes.next() {
        let before: u8 = value.unwrap_or(0);
        value = Some(before.saturating_mul(10).saturating_add(digit - b'0'));
    }
    value
}

/// Returns the meaning of an errno of seccomp(2) (`kernel/seccomp.c: seccomp_set_mode_filter`).
#[cold]
fn error_of(errno: c_int, flags: u32) -> Error {
    match errno {
        libc::ENOSYS | libc::EINVAL if !is_supported(0) => Error::Unsupported { errno },
        // Before 3.17 a kernel has filters, but no flags, and answers ENOSYS.
        libc::ENOSYS | libc::EINVAL => match unsupported(flags) {
            0 => Error::Other { errno },
            SECCOMP_FILTER_FLAG_TSYNC => Error::AllThreadsUnsupported { errno },
            // A kernel with another flag has TSYNC.
            flags => Error::FlagsUnsupported {
                flags: flags & !SECCOMP_FILTER_FLAG_TSYNC,
            },
        },
        // The kernel itself never returns EPERM here: it comes from a filter that is installed.
        libc::EACCES | libc::EPERM => Error::NotPermitted { errno },
        libc::ENOMEM => Error::ChainTooLong,
        libc::EBUSY => Error::ListenerExists,
        libc::ESRCH => Error::NotSynchronised { tid: None },
        _ => Error::Other { errno },
    }
}

/// Returns the meaning of an errno of the question whether the kernel has an action.
///
/// A kernel without the action answers EOPNOTSUPP, before 4.14 EINVAL, and before 3.17 ENOSYS.
///
/// The kernel's version could be wrong in both directions. Distributions backport actions, and
/// gVisor reports a version of Linux but answers EINVAL and has none of the newer actions
/// (`pkg/sentry/kernel/seccomp.go: checkSeccompSyscall`).
#[cold]
fn no_action(errno: c_int, newer: &NewerAction) -> Error {
    match errno {
        libc::EOPNOTSUPP | libc::EINVAL | libc::ENOSYS if is_supported(0) => {
            Error::ActionUnsupported {
                action: newer.action,
                needed: newer.since,
                errno,
            }
        }
        _ => error_of(errno, 0),
    }
}

/// Returns the flags that the kernel does not support.
fn unsupported(flags: u32) -> u32 {
    let (mut rest, mut unsupported) = (flags, 0);
    while rest != 0 {
        let flag = rest & rest.wrapping_neg();
        rest &= !flag;
        if !is_supported(flag) {
            unsupported |= flag;
        }
    }
    unsupported
}

fn is_supported(flag: u32) -> bool {
    let needed = match flag {
        // The kernel refuses this flag without NEW_LISTENER.
        SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV => SECCOMP_FILTER_FLAG_NEW_LISTENER,
        _ => 0,
    };
    seccomp::supports_flags(flag | needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_name_starts_with_its_version() {
        for (release, expected) in [
            ("5.10", Some((5, 10))),
            ("6.1.0-50-cloud-amd64", Some((6, 1))),
            ("7.3+deb13", Some((7, 3))),
            ("3.5-rc1", Some((3, 5))),
            ("256.1000.1", Some((255, 255))),
            ("26.99999999999", Some((26, 255))),
            ("6", None),
            ("6.", None),
            (".6.1", None),
            ("linux", None),
            ("", None),
        ] {
            assert_eq!(version(release.bytes()), expected, "{release}");
        }
    }
}
