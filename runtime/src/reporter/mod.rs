//! The reporter of violations: a handler of SIGSYS that names each call with the action
//! `SCMP_ACT_TRAP`.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod handler;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod violation;

use crate::error::Error;

/// What happens after [`report_violations`] has reported a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum After {
    /// SIGSYS kills the process, as it does without a handler. The process may dump core. If the
    /// profile does not allow what this needs, the process exits instead: see
    /// [`report_violations`].
    Kill,
    /// The call fails with `ENOSYS`, and the program continues.
    Enosys,
}

/// Reports every call of this process with the action `SCMP_ACT_TRAP`: one line on file
/// descriptor 2.
///
/// ```text
/// seccomp violation: syscall=openat nr=257 abi=x86_64 args=0xffffff9c,0x55d0…,… ip=0x7f… tid=4711
/// ```
///
/// `syscall` is the name of a call of the target's ABI, and `?` for another ABI. `args` are the six
/// arguments; they are left out if the target's C library does not name the registers. `ip` is the
/// address of the instruction after the call.
///
/// Call it once per process, before the filter is installed. It sets the handler of SIGSYS, which
/// stays set until the process executes another program.
///
/// The handler uses no memory except the stack, takes no lock, and restores `errno`. It makes only
/// the calls `write` and `gettid`, and returns with `rt_sigreturn`.
///
/// With [`After::Kill`] it does not return. It sends the same SIGSYS, with the information about
/// the trapped call, to its own thread, and removes itself: `getpid`, `rt_tgsigqueueinfo`,
/// `rt_sigaction`, `rt_sigprocmask`. If the profile allows these, the process is killed by SIGSYS,
/// and the signal information in the core names the trapped call. A profile can also deny them. If
/// it denies one with an errno, the process exits with `exit_group` and status 159 (on MIPS 140).
/// If it traps one, that kills the process, because SIGSYS is blocked in its own handler; the core
/// may then name this call.
///
/// With the option `reporter = true` of [`seccomp_profile!`](crate::seccomp_profile), the compiler
/// checks that the profile allows `write` to descriptor 2, `gettid`, `rt_sigreturn` and
/// `exit_group`. Without the option, such a call may end the process before the line is written.
/// The trapped call does not run in any case.
///
/// These cases are special:
///
/// - A thread that has used up its stack is reported only if it has an alternate stack
///   (sigaltstack(2)). Threads of Rust's standard library have one. If the thread that calls this
///   function has none, it gets the one that this crate contains; no other thread can get it.
/// - A thread that blocks SIGSYS is not reported. The kernel kills the process at once.
/// - The first process of a PID namespace, as in a container, gets no signal that it sends itself:
///   with [`After::Kill`] it exits with the same status.
/// - A SIGSYS that does not come from seccomp is not reported. It has the same effect as without a
///   handler. The process itself can send a SIGSYS that looks like one from seccomp. It is reported,
///   but no call is made because of it.
///
/// ```
/// use seccomp_profile::{After, Filter, report_violations, seccomp_profile};
///
/// static NO_FILES: Filter = seccomp_profile!(
///     {
///         "defaultAction": "SCMP_ACT_ALLOW",
///         "syscalls": [
///             {
///                 "names": ["open", "openat", "openat2", "io_uring_enter", "io_uring_setup"],
///                 "action": "SCMP_ACT_TRAP"
///             }
///         ]
///     },
///     reporter = true,
/// );
///
/// # fn main() -> Result<(), seccomp_profile::Error> {
/// report_violations(After::Enosys)?;
/// NO_FILES.install()?;
/// // This writes: seccomp violation: syscall=openat …
/// assert!(std::fs::File::open("/dev/null").is_err());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`HandlerNotSet`](Error::HandlerNotSet), and for [`After::Enosys`] also
/// [`RegistersUnknown`](Error::RegistersUnknown). After an error SIGSYS has the same effect as
/// before.
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
