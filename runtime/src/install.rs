//! A program → an installed filter, or the reason why it was not installed.
//!
//! The steps: check the kernel's version, set `no_new_privs`, call seccomp(2).

use libc::c_int;

use crate::error::Error;
use crate::flags::{SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV};
use crate::insn::sock_filter;
use crate::sys::seccomp;

/// Installs the program for the calling thread, if the kernel is not older than `minimum_kernel`.
pub(crate) fn install(
    program: &'static [sock_filter],
    flags: u32,
    minimum_kernel: Option<(u8, u8)>,
) -> Result<(), Error> {
    prepare(minimum_kernel)?;
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
    minimum_kernel: Option<(u8, u8)>,
) -> Result<std::os::fd::OwnedFd, Error> {
    prepare(minimum_kernel)?;
    seccomp::install_with_listener(program, flags).map_err(|errno| error_of(errno, flags))
}

fn prepare(minimum_kernel: Option<(u8, u8)>) -> Result<(), Error> {
    if let Some(needed) = minimum_kernel {
        let found =
            seccomp::uname().and_then(|name| version(name.release.iter().map(|&byte| byte as u8)));
        if found.is_none_or(|found| found < needed) {
            return Err(Error::KernelTooOld { needed, found });
        }
    }
    seccomp::set_no_new_privs().map_err(|errno| Error::NoNewPrivs { errno })
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
    if errno == libc::ENOSYS || errno == libc::EINVAL && !is_supported(0) {
        return Error::Unsupported { errno };
    }
    match errno {
        // The kernel itself never returns EPERM here: it comes from a filter that is installed.
        libc::EACCES | libc::EPERM => Error::NotPermitted { errno },
        libc::EINVAL => match unsupported(flags) {
            0 => Error::Other { errno },
            flags => Error::FlagsUnsupported { flags },
        },
        libc::ENOMEM => Error::ChainTooLong,
        libc::EBUSY => Error::ListenerExists,
        libc::ESRCH => Error::NotSynchronised { tid: None },
        _ => Error::Other { errno },
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
