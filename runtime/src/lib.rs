//! OCI seccomp profiles, compiled, verified and embedded at build time.
//!
//! [`seccomp_profile!`] reads a profile while the crate compiles: the JSON that container engines
//! use to say which system calls a program may make. It turns the profile into a classic BPF
//! program for the target, proves the program equal to the profile's policy, and leaves static
//! data behind. At run time nothing is read, parsed or allocated: [`Filter::install`] makes two
//! system calls, and this crate needs nothing but `libc`.
//!
//! ```no_run
//! use seccomp_profile::{Filter, seccomp_profile};
//!
//! static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json");
//!
//! fn main() -> Result<(), seccomp_profile::Error> {
//!     // Open what the program needs, and then:
//!     SANDBOX.install()?;
//!     // From here on the kernel holds this thread, and those it starts, to the profile.
//!     Ok(())
//! }
//! ```
//!
//! A mistake in the profile stops the build, with the line and column in the JSON; so does a
//! target whose system calls the compiler does not know. There is no empty filter to fall back
//! to. Off Linux a crate with a filter compiles, and installing is an error at run time.
//!
//! The [`guide`] goes from the first recording to a confined server, step by step. [`mod@format`] is the
//! reference of the profile format: every field, action and operator.

#![no_std]
#![deny(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

#[macro_use]
mod target;

mod action;
#[cfg(all(feature = "std", any(target_os = "linux", target_os = "android")))]
mod command;
mod error;
mod filter;
mod flags;
pub mod format;
pub mod guide;
mod insn;
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    path = "elsewhere.rs"
)]
mod install;
#[cfg(all(feature = "std", any(target_os = "linux", target_os = "android")))]
mod listener;
mod program;
mod reporter;
#[allow(unsafe_code)] // system calls
mod sys;
mod syscall;

pub use action::Action;
#[cfg(all(feature = "std", any(target_os = "linux", target_os = "android")))]
pub use command::CommandExt;
pub use error::Error;
pub use filter::{Enforced, Filter};
pub use insn::sock_filter;
#[cfg(all(feature = "std", any(target_os = "linux", target_os = "android")))]
pub use listener::{Answer, Delivery, Inspected, Listener, Notification, Response};
pub use reporter::{After, report_violations};
pub use syscall::Syscall;

/// Compiles a profile to a [`Filter`].
///
/// ```
/// use seccomp_profile::{Filter, seccomp_profile};
///
/// static SANDBOX: Filter = seccomp_profile!(
///     "../examples/sandbox.json",
///     native_only = true,
///     newer_syscalls = "ENOSYS",
/// );
///
/// assert!(!SANDBOX.needs_listener());
/// ```
///
/// The profile is the `linux.seccomp` object of the OCI runtime spec, or a whole `config.json`
/// that has one, or what Docker and Podman read, which resolves for the target. Its path is
/// relative to the root of the package, where `Cargo.toml` is; instead of a string it may be
/// `env!("VAR")`, or `concat!(…)` of such parts. The crate is compiled anew when the file changes.
/// A short profile can stand in the invocation itself, and its mistakes are shown where they are:
///
/// ```
/// # use seccomp_profile::{Filter, seccomp_profile};
/// static NO_SOCKETS: Filter = seccomp_profile!({
///     "defaultAction": "SCMP_ACT_ALLOW",
///     "syscalls": [
///         { "names": ["socket", "socketpair", "io_uring_setup"], "action": "SCMP_ACT_ERRNO" }
///     ]
/// });
/// ```
///
/// The macro is an expression, for a `static`, a `const`, an associated `const` or a `let`.
///
/// # Options
///
/// | option | effect |
/// |---|---|
/// | `capabilities = ["CAP_NET_RAW"]` | those that the process may come to hold, `[]` for none: what rules of Docker's form ask for; without it such rules are an error |
/// | `kernel = "5.10"` | the oldest kernel to run on, for rules that ask; the filter refuses an older one |
/// | `native_only = true` | leaves out all architectures but the target's own |
/// | `newer_syscalls = "ENOSYS"` | calls newer than the compiler's tables get `ENOSYS`, so that a newer libc falls back |
/// | `overlap = "first-match"` | where two rules with unequal actions can match one call, the first wins; without it they are an error |
/// | `unknown_names = "ignore"` | passes over names that no architecture has, in rules that are no stricter than the default |
/// | `default_action = "SCMP_ACT_LOG"` | what calls without a rule get instead |
/// | `deny_action = "SCMP_ACT_LOG"` | what every answer stricter than `SCMP_ACT_ALLOW` becomes |
/// | `bad_arch_action = "SCMP_ACT_KILL_PROCESS"` | what calls of other ABIs get instead of `SCMP_ACT_KILL_THREAD` |
/// | `allow_notify_write = true` | accepts `SCMP_ACT_NOTIFY` for `write` |
/// | `reporter = true` | stops the build unless the profile traps something and lets [`report_violations`] report it |
/// | `weights = "weights.txt"` | how often each call is made, for the order of the tests in the program |
/// | `allow(int_argument)` | silences a warning about the profile, by the name it shows |
/// | `deny(io_uring)` | makes a warning an error |
///
/// An action may have an errno, or the number that a tracer is told: `"SCMP_ACT_ERRNO(38)"`.
///
/// A profile of Docker's for a process that holds one capability, on Linux 5.10 and newer:
///
/// ```
/// # use seccomp_profile::{Filter, seccomp_profile};
/// static SANDBOX: Filter = seccomp_profile!(
///     "../tests/ui/profiles/docker.json",
///     capabilities = ["CAP_SYS_ADMIN"],
///     kernel = "5.10",
/// );
///
/// assert_eq!(SANDBOX.kernel(), Some((5, 10)));
/// ```
///
/// One that enforces, and two that only show what it would deny: the log has the calls that no
/// rule allows, or all that are not allowed. A filter that is not used costs nothing in a binary.
///
/// ```
/// # use seccomp_profile::{Filter, seccomp_profile};
/// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json");
/// static AUDIT: Filter =
///     seccomp_profile!("../examples/sandbox.json", default_action = "SCMP_ACT_LOG");
/// static WATCH: Filter =
///     seccomp_profile!("../examples/sandbox.json", deny_action = "SCMP_ACT_LOG");
/// ```
///
/// A profile that libraries and kernels newer than itself do not trip over, held to the ABI of the
/// program, whose process ends at the first call of another ABI:
///
/// ```
/// # use seccomp_profile::{Filter, seccomp_profile};
/// static SANDBOX: Filter = seccomp_profile!(
///     "../examples/sandbox.json",
///     native_only = true,
///     newer_syscalls = "ENOSYS",
///     bad_arch_action = "SCMP_ACT_KILL_PROCESS",
/// );
/// ```
///
/// A profile that says more than one thing of a call and knows calls that nobody else does:
///
/// ```
/// # use seccomp_profile::{Filter, seccomp_profile};
/// static LENIENT: Filter = seccomp_profile!(
///     "../tests/ui/profiles/lenient.json",
///     overlap = "first-match",
///     unknown_names = "ignore",
///     allow(int_argument),
/// );
/// ```
///
/// One whose `write` a supervisor answers, tested in the order of its real use:
///
/// ```
/// # use seccomp_profile::{Filter, seccomp_profile};
/// static SANDBOX: Filter = seccomp_profile!(
///     "../examples/sandbox.json",
///     allow_notify_write = true,
///     weights = "../tests/ui/profiles/weights.txt",
///     deny(io_uring),
/// );
/// ```
///
/// One whose denials are told by name before they kill; [`report_violations`] says how:
///
/// ```
/// # use seccomp_profile::{Filter, seccomp_profile};
/// static SANDBOX: Filter = seccomp_profile!(
///     "../tests/profiles/reporter-sandbox.json",
///     deny_action = "SCMP_ACT_TRAP",
///     reporter = true,
/// );
/// ```
///
/// # Warnings
///
/// What is allowed but rarely meant is a warning of rustc's, at the path: the use of a deprecated
/// constant, for want of another way. `allow(name)` silences one, `deny(name)` makes it an error, and
/// an `#[allow(deprecated)]` at the item silences all.
///
/// | name | speaks of |
/// |---|---|
/// | `always_true`, `never_true` | a condition that says nothing, or lets its rule never match |
/// | `clone3_errno` | `clone3` denied with another errno than ENOSYS: no libc falls back to `clone` |
/// | `default_allow_foreign_abi` | a call forbidden by a name that another ABI of the profile spells in another way too |
/// | `errno_zero` | ERRNO with 0: the caller sees a success that never was |
/// | `exit_denied` | a program that cannot end, or return from a signal's handler |
/// | `int_argument` | a comparison of 64 bits where the kernel takes 32: the others evade it |
/// | `io_uring` | rings, beside rules for calls that rings make without a filter |
/// | `kill_thread` | KILL where threads can be: what the killed one holds stays locked |
/// | `mux_bypass` | `socketcall` or `ipc` allowed, beside conditions on what they reach |
/// | `unreachable_rule` | a rule behind one that always answers |
#[macro_export]
macro_rules! seccomp_profile {
    ($($tokens:tt)*) => {
        $crate::__for_target! { expand $($tokens)* }
    };
}

/// What the expansion of [`seccomp_profile!`] uses; not for other code.
#[doc(hidden)]
pub mod __private {
    pub use seccomp_profile_macro::{expand, names, number};

    use crate::syscall::Syscall;

    pub use crate::insn::sock_filter;

    /// Makes a call of what the compiler found in its tables, and the first of the arguments.
    pub const fn syscall((arch, nr): (u32, u32), _checked: (), first: &[u64]) -> Syscall {
        Syscall::with_arch(arch, nr, first)
    }

    pub use crate::filter::{filter, since};
}
