//! A system call as a filter sees it.

use crate::target::NATIVE;

/// A system call as a filter sees it: the kernel's `struct seccomp_data`
/// (`include/uapi/linux/seccomp.h`).
///
/// [`syscall!`](crate::syscall) makes one from a name. For a call of another ABI than the
/// program's own, set its [`arch`](Syscall::arch) and number:
///
/// ```
/// use seccomp_profile::{Action, Filter, Syscall, seccomp_profile};
///
/// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json", native_only = true);
///
/// // `read` by the numbers of a PA-RISC machine.
/// let foreign = Syscall { arch: 0x0000_000f, ..Syscall::new(3, [0; 6]) };
/// assert_eq!(SANDBOX.evaluate(&foreign), Action::KillThread);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Syscall {
    /// The number of the call.
    pub nr: u32,
    /// The ABI of the call: an `AUDIT_ARCH_*` token (`include/uapi/linux/audit.h`).
    pub arch: u32,
    /// The address of the instruction behind the call.
    pub instruction_pointer: u64,
    /// The arguments, as the registers hold them.
    pub args: [u64; 6],
}

impl Syscall {
    /// Makes a call of the program's own ABI, from nowhere.
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

    /// Makes a call from its first arguments, at most six; the others are 0.
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

/// Makes a [`Syscall`] of the target from a name and up to six arguments; those left out are 0.
///
/// A name that the target does not have is a compile error. An argument is any value that `as`
/// turns into a `usize`, which then has the bits that the register of the call would have:
/// `-100` fills a whole register with its sign.
///
/// ```
/// use seccomp_profile::{Action, Filter, seccomp_profile, syscall};
///
/// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json");
///
/// const _: () = assert!(matches!(SANDBOX.evaluate(&syscall!(write, 1)), Action::Allow));
/// const _: () = assert!(!SANDBOX.evaluate(&syscall!(openat, -100, 0, 0)).runs());
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
