//! A system call as a filter sees it.

use crate::target::NATIVE;

/// A system call as a filter sees it: `struct seccomp_data` of `include/uapi/linux/seccomp.h`.
///
/// [`syscall!`](crate::syscall) makes a call of the target's ABI from its name. For a call of
/// another ABI, set [`arch`](Syscall::arch) and the number:
///
/// ```
/// use seccomp_profile::{Action, Filter, Syscall, seccomp_profile};
///
/// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json", native_only = true);
///
/// // `read` on PA-RISC.
/// let foreign = Syscall { arch: 0x0000_000f, ..Syscall::new(3, [0; 6]) };
/// assert_eq!(SANDBOX.evaluate(&foreign), Action::KillThread);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Syscall {
    /// The number of the call.
    pub nr: u32,
    /// The ABI of the call: an `AUDIT_ARCH_*` token (`include/uapi/linux/audit.h`).
    pub arch: u32,
    /// The address of the instruction after the call.
    pub instruction_pointer: u64,
    /// The arguments: the values of the six argument registers.
    pub args: [u64; 6],
}

impl Syscall {
    /// Makes a call of the target's ABI, with an instruction pointer of 0.
    ///
    /// ```
    /// use seccomp_profile::{Syscall, syscall};
    ///
    /// let close = syscall!(close, 3);
    /// assert_eq!(Syscall::new(close.nr, [3, 0, 0, 0, 0, 0]), close);
    /// ```
    pub const fn new(nr: u32, args: [u64; 6]) -> Syscall {
        Syscall::with_arch(NATIVE, nr, &args)
    }

    /// Makes a call from at most six arguments; the others are 0.
    pub(crate) const fn with_arch(arch: u32, nr: u32, first: &[u64]) -> Syscall {
        let mut args = [0; 6];
        let mut i = 0;
        while i < first.len() && i < args.len() {
            args[i] = first[i];
            i += 1;
        }
        Syscall {
            nr,
            arch,
            instruction_pointer: 0,
            args,
        }
    }
}

/// Makes a [`Syscall`] of the target from a name and up to six arguments; the others are 0.
///
/// A name that the target does not have is a compile error. An argument is converted to `usize`
/// with `as`, so it has the same bits as in the register: `-100` is sign-extended to the whole
/// register.
///
/// ```
/// use seccomp_profile::{Action, Filter, seccomp_profile, syscall};
///
/// static STDOUT: Filter = seccomp_profile!({
///     "defaultAction": "SCMP_ACT_KILL_PROCESS",
///     "syscalls": [
///         { "names": ["exit_group"], "action": "SCMP_ACT_ALLOW" },
///         {
///             "names": ["write"],
///             "action": "SCMP_ACT_ALLOW",
///             "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }]
///         }
///     ]
/// });
///
/// const _: () = assert!(matches!(STDOUT.evaluate(&syscall!(write, 1)), Action::Allow));
/// const _: () = assert!(!STDOUT.evaluate(&syscall!(write, 2)).runs());
/// const _: () = assert!(!STDOUT.evaluate(&syscall!(openat, -100, 0, 0)).runs());
/// ```
///
/// ```compile_fail
/// seccomp_profile::syscall!(opnat); // unknown system call `opnat`; did you mean `openat`?
/// ```
#[macro_export]
macro_rules! syscall {
    ($name:tt $(, $argument:expr)* $(,)?) => {
        $crate::__private::syscall(
            $crate::__for_target! { number $name },
            const {
                let arguments: &[&str] = &[$(::core::stringify!($argument)),*];
                ::core::assert!(arguments.len() <= 6, "a system call has at most six arguments");
            },
            &[$({
                let argument = $argument;
                argument as usize as u64
            }),*],
        )
    };
}
