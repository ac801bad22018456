//! OCI seccomp profiles, compiled, verified and embedded at build time.
//!
//! [`seccomp_profile!`] reads a profile while your crate is compiled. A profile is the JSON in
//! which container engines list the system calls that a program can make. The macro compiles it to
//! a classic BPF program for the target, proves that the program and the profile have the same
//! meaning, and leaves static data behind. At run time nothing is read, parsed or allocated:
//! [`Filter::install`] makes two system calls, and a few more if the kernel could be too old for
//! the profile. The only dependency in your binary is `libc`.
//!
//! ```
//! use seccomp_profile::{Filter, seccomp_profile};
//!
//! static SANDBOX: Filter = seccomp_profile!({
//!     "defaultAction": "SCMP_ACT_ERRNO",
//!     "syscalls": [
//!         {
//!             "comment": "use what is open, allocate, wait, sleep, make hash maps",
//!             "names": [
//!                 "brk", "clock_nanosleep", "close", "futex", "getrandom", "madvise", "mmap",
//!                 "mprotect", "mremap", "munmap", "nanosleep", "read", "sched_yield", "write"
//!             ],
//!             "action": "SCMP_ACT_ALLOW"
//!         },
//!         {
//!             "comment": "handle signals, panic, crash, and end",
//!             "names": [
//!                 "exit", "exit_group", "getpid", "gettid", "restart_syscall", "rt_sigaction",
//!                 "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "tgkill", "tkill"
//!             ],
//!             "action": "SCMP_ACT_ALLOW"
//!         }
//!     ]
//! });
//!
//! fn main() -> Result<(), seccomp_profile::Error> {
//!     // First open all files and sockets that the program needs.
//!     SANDBOX.install()?;
//!     // Now every other system call fails with EPERM, in all threads of the process.
//!     assert!(std::fs::File::open("/etc/passwd").is_err());
//!     Ok(())
//! }
//! ```
//!
//! The profile can also be a file: `seccomp_profile!("profile.json")`.
//!
//! A mistake in the profile stops the build, and the error shows its line and column in the JSON.
//! An unsupported target also stops the build. There is no empty filter as a fallback. On other
//! operating systems than Linux, a crate with a filter compiles, and installing it is an error at
//! run time.
//!
//! The [`guide`] shows each step from the first groups to a confined server. [`mod@format`] is
//! the reference of the profile format: every field, action and operator.

// An example must not cause warnings for people who copy it.
#![doc(test(attr(deny(deprecated))))]
#![no_std]
#![deny(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

#[macro_use]
mod target;

mod action;
#[cfg(all(feature = "std", any(target_os = "linux", target_os = "android")))]
mod command;
mod constants;
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
mod marker;
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    allow(dead_code) // nothing is installed there
)]
mod needs;
mod program;
mod reporter;
#[allow(unsafe_code)] // the system calls
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
pub use marker::record_from_here;
pub use reporter::{After, report_violations};
pub use syscall::Syscall;

/// Compiles a profile to a [`Filter`].
///
/// ```
/// use seccomp_profile::{Filter, seccomp_profile};
///
/// static SANDBOX: Filter = seccomp_profile!(
///     "../examples/sandbox.json",
///     with = ["panic"],
///     native_only = true,
///     newer_syscalls = "ENOSYS",
/// );
///
/// assert!(!SANDBOX.needs_listener());
/// ```
///
/// The macro is an expression. Use it for a `static`, a `const`, an associated `const` or a `let`.
/// A filter that is not used adds nothing to the binary.
///
/// # Profile
///
/// The profile is the `linux.seccomp` object of the OCI runtime specification, a whole
/// `config.json` that contains one, or a profile with the fields of Docker and Podman. The chapter
/// [`format`](mod@crate::format) explains all fields.
///
/// The path of a file is relative to the root of the package, the folder of `Cargo.toml`. It is a
/// string, `env!("VAR")`, or `concat!(…)` of such parts. It must name a regular file of at most 1
/// MiB. If the file changes, the crate is compiled again.
///
/// You can write a short profile in the invocation itself. An error then points to the token that is
/// wrong:
///
/// ```
/// # use seccomp_profile::{Filter, seccomp_profile};
/// static NO_SOCKETS: Filter = seccomp_profile!({
///     "defaultAction": "SCMP_ACT_ALLOW",
///     "syscalls": [
///         {
///             "names": ["socket", "socketpair", "io_uring_enter", "io_uring_setup"],
///             "action": "SCMP_ACT_ERRNO"
///         }
///     ]
/// });
/// ```
///
/// # Options
///
/// | option | effect |
/// |---|---|
/// | `with = ["abort", "base.json"]` | Adds [groups](mod@crate::format#groups) and rules of [other profiles](mod@crate::format#profiles-that-extend-a-profile), for the calls that the profile does not name. |
/// | `capabilities = ["CAP_NET_RAW"]` | The capabilities that the process can have or gain, `[]` for none. Required if a rule depends on a capability ([`includes`](mod@crate::format#includes-and-excludes)). |
/// | `kernel = "5.10"` | The oldest kernel on which the program runs. Required if a rule depends on the kernel ([`minKernel`](mod@crate::format#kernel-versions)). The filter cannot be installed on an older kernel. |
/// | `native_only = true` | Leaves out all [architectures](mod@crate::format#architectures) except that of the target. |
/// | `newer_syscalls = "ENOSYS"` | Calls [newer](mod@crate::format#newer-calls) than the compiler's tables fail with `ENOSYS`, so that a newer C library falls back to older calls. |
/// | `overlap = "first-match"` | If two rules with different actions match the same call, the first one decides. Without the option this is an [error](mod@crate::format#overlapping-rules). |
/// | `unknown_names = "ignore"` | Leaves out [names](mod@crate::format#system-call-names) that no architecture has, in rules that are not stricter than the default action. |
/// | `default_action = "SCMP_ACT_LOG"` | Replaces the [default action](mod@crate::format#default-action) of the profile. |
/// | `deny_action = "SCMP_ACT_LOG"` | Replaces every action except `SCMP_ACT_ALLOW`, the default action too. |
/// | `bad_arch_action = "SCMP_ACT_KILL_PROCESS"` | The action for calls of [other architectures](mod@crate::format#other-architectures), instead of `SCMP_ACT_KILL_THREAD`. |
/// | `allow_notify_write = true` | Accepts `SCMP_ACT_NOTIFY` for `write` ([Supervised calls](mod@crate::format#supervised-calls)). |
/// | `reporter = true` | Stops the build if no call gets `SCMP_ACT_TRAP`, or if the profile denies a call that [`report_violations`] makes. |
/// | `typed_arguments = true` | A condition compares only the [bits that the kernel uses](mod@crate::format#typed-arguments) of an argument, such as the low 32 bits of an `int`, instead of the whole register. |
/// | `weights = "weights.txt"` | A file with a line `name weight` for each call that is made often. The program tests these calls first. |
/// | `allow(int_argument)` | Silences [warnings](#warnings), by name. |
/// | `deny(io_uring)` | Turns [warnings](#warnings) into errors, by name. |
///
/// The action of an option can have a number in parentheses, the errno or the number for a tracer:
/// `"SCMP_ACT_ERRNO(38)"`.
///
/// ## Capabilities and kernel
///
/// Rules with `includes` or `excludes` apply only to some processes or kernels:
///
/// ```
/// # use seccomp_profile::{Action, Filter, seccomp_profile, syscall};
/// static ADMIN: Filter = seccomp_profile!(
///     {
///         "defaultAction": "SCMP_ACT_KILL_PROCESS",
///         "syscalls": [
///             { "names": ["exit_group"], "action": "SCMP_ACT_ALLOW" },
///             {
///                 "names": ["mount"],
///                 "action": "SCMP_ACT_ALLOW",
///                 "includes": { "caps": ["CAP_SYS_ADMIN"] }
///             },
///             {
///                 "names": ["ptrace"],
///                 "action": "SCMP_ACT_ALLOW",
///                 "includes": { "minKernel": "4.8" }
///             }
///         ]
///     },
///     capabilities = ["CAP_SYS_ADMIN"],
///     kernel = "5.10",
/// );
///
/// assert_eq!(ADMIN.evaluate(&syscall!(mount)), Action::Allow);
/// assert_eq!(ADMIN.kernel(), Some((5, 10)));
/// ```
///
/// ## Audit
///
/// Here are two filters for a trial run. Both allow and log calls instead of denying them. `NO_RULE`
/// does this for calls for which the profile has no rule, `DENIED` for every call that the profile
/// denies.
///
/// ```
/// # use seccomp_profile::{Action, Filter, seccomp_profile, syscall};
/// static NO_RULE: Filter =
///     seccomp_profile!("../examples/sandbox.json", with = ["panic"], default_action = "SCMP_ACT_LOG");
/// static DENIED: Filter =
///     seccomp_profile!("../examples/sandbox.json", with = ["panic"], deny_action = "SCMP_ACT_LOG");
///
/// assert_eq!(NO_RULE.evaluate(&syscall!(openat)), Action::Log);
/// assert_eq!(DENIED.evaluate(&syscall!(openat)), Action::Log);
/// ```
///
/// ## Other architectures and newer calls
///
/// This filter supports only the ABI of the target. A call of another ABI kills the process. A
/// call that is newer than the compiler's table fails with `ENOSYS`:
///
/// ```
/// # use seccomp_profile::{Filter, seccomp_profile};
/// static SANDBOX: Filter = seccomp_profile!(
///     "../examples/sandbox.json",
///     with = ["panic"],
///     native_only = true,
///     newer_syscalls = "ENOSYS",
///     bad_arch_action = "SCMP_ACT_KILL_PROCESS",
/// );
/// ```
///
/// ## Overlapping rules and unknown names
///
/// Both rules for `socket` match the families 1 and 2, so the first rule decides. No architecture has a
/// call `a_call_of_the_future`, so the name is ignored:
///
/// ```
/// # use seccomp_profile::{Action, Filter, seccomp_profile, syscall};
/// static LENIENT: Filter = seccomp_profile!(
///     {
///         "defaultAction": "SCMP_ACT_KILL_PROCESS",
///         "syscalls": [
///             {
///                 "names": ["exit_group", "a_call_of_the_future"],
///                 "action": "SCMP_ACT_ALLOW"
///             },
///             {
///                 "names": ["socket"],
///                 "action": "SCMP_ACT_LOG",
///                 "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_GE" }]
///             },
///             {
///                 "names": ["socket"],
///                 "action": "SCMP_ACT_ALLOW",
///                 "args": [{ "index": 0, "value": 2, "op": "SCMP_CMP_LE" }]
///             }
///         ]
///     },
///     overlap = "first-match",
///     unknown_names = "ignore",
///     allow(int_argument),
/// );
///
/// assert_eq!(LENIENT.evaluate(&syscall!(socket, 2)), Action::Log);
/// assert_eq!(LENIENT.evaluate(&syscall!(socket, 0)), Action::Allow);
/// ```
///
/// ## Supervised `write`, and weights
///
/// A supervisor answers each `write`, and the other calls that write. The file `weights.txt` says how
/// often each call is made: each line has a name and a number, such as `read 1000`.
///
/// ```
/// # use seccomp_profile::{Filter, seccomp_profile};
/// static SUPERVISED: Filter = seccomp_profile!(
///     {
///         "defaultAction": "SCMP_ACT_ALLOW",
///         "syscalls": [
///             {
///                 "names": ["write", "writev", "pwrite64", "pwritev", "pwritev2"],
///                 "action": "SCMP_ACT_NOTIFY"
///             },
///             { "names": ["io_uring_enter", "io_uring_setup"], "action": "SCMP_ACT_ERRNO" }
///         ]
///     },
///     allow_notify_write = true,
///     weights = "../tests/ui/profiles/weights.txt",
///     deny(io_uring),
/// );
///
/// assert!(SUPERVISED.needs_listener());
/// ```
///
/// ## Reporter
///
/// A trapped call can be reported by name before the process is killed: see [`report_violations`].
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
/// If a profile is valid but probably does not mean what its author intended, rustc prints a
/// warning. [Warnings](mod@crate::format#warnings) lists them by name. `allow(name)` silences a
/// warning, `deny(name)` turns it into an error, and `#[allow(deprecated)]` at the item silences
/// all. (A macro on stable Rust can only warn with a deprecated constant.)
#[macro_export]
macro_rules! seccomp_profile {
    ($($tokens:tt)*) => {
        $crate::__for_target! { expand $($tokens)* }
    };
}

/// The items that the expansion of [`seccomp_profile!`] uses; not for other code.
#[doc(hidden)]
pub mod __private {
    pub use seccomp_profile_macro::{expand, names, number};

    pub use crate::insn::sock_filter;
    pub use crate::syscall::syscall;

    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub use libc;

    pub use crate::filter::{filter, of_slice, since};
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub use crate::sys::marker::MARKER;
}
