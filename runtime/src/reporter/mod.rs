//! Which system call was it? A handler of SIGSYS that says so, for filters that answer with
//! `SCMP_ACT_TRAP`.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod handler;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod violation;

use crate::error::Error;

/// What becomes of a call that was reported, and of its process.
///
/// [`report_violations`] takes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum After {
    /// SIGSYS kills the process, as without a handler: with a core dump, if it may have one, that
    /// tells the call in its signal information where the call could be made again.
    Kill,
    /// The call fails with `ENOSYS`, and the program goes on.
    Enosys,
}

/// Makes every call that a filter of this process answers with `SCMP_ACT_TRAP` leave one line on
/// file descriptor 2.
///
/// ```text
/// seccomp violation: syscall=openat nr=257 abi=x86_64 args=0xffffff9c,0x55d0…,… ip=0x7f… tid=4711
/// ```
///
/// `syscall` is the name if the call is of the program's own ABI and `?` otherwise; `args`, in the
/// order of the call, is missing where the C library does not name the registers; `ip` is the
/// instruction behind the call.
///
/// Call it before the filter is installed, once for the process: it sets the handler of SIGSYS, as
/// long as the process runs this program; what it executes instead starts without.
///
/// The handler uses no memory but the stack, takes no lock, leaves `errno` as it was, and makes no
/// calls but `write`, `gettid` and `rt_sigreturn`. To kill, it makes the call again, which is
/// trapped again, and the kernel does not ask a second time. Where it cannot, as for a call of
/// another ABI, the process sends itself the signal, or if no filter lets it, exits with status 159.
/// The option `reporter = true` of [`seccomp_profile!`](crate::seccomp_profile) has the compiler
/// check that the profile lets the handler work. Without, a call of the handler's own may end the
/// process before anything is told; the call that was trapped does not run even then.
///
/// A thread that runs out of stack is reported too if it has an alternate one (sigaltstack(2)):
/// Rust's threads have, and the calling thread gets one of this crate's if it has none. There is one
/// to give.
///
/// A thread that blocks SIGSYS is not reported: the kernel ends the process at once.
///
/// A SIGSYS that is not from seccomp is not reported and does what it does without a handler.
///
/// ```
/// use seccomp_profile::{After, Filter, report_violations, seccomp_profile};
///
/// static SANDBOX: Filter = seccomp_profile!(
///     "../tests/profiles/reporter-sandbox.json",
///     deny_action = "SCMP_ACT_TRAP",
///     reporter = true,
/// );
///
/// # fn main() -> Result<(), seccomp_profile::Error> {
/// report_violations(After::Enosys)?;
/// SANDBOX.install()?;
/// // seccomp violation: syscall=openat …
/// assert!(std::fs::File::open("/dev/null").is_err());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`HandlerNotSet`](Error::HandlerNotSet), and for [`After::Enosys`]
/// [`RegistersUnknown`](Error::RegistersUnknown); then SIGSYS does what it did before.
pub fn report_violations(after: After) -> Result<(), Error> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return match after {
        After::Kill => handler::kill(),
        After::Enosys => handler::enosys(),
    };
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    match after {
        After::Kill | After::Enosys => Err(Error::NotLinux),
    }
}
