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
/// static SANDBOX: Filter = seccomp_profile!("../examples/sandbox.json", with = ["panic"], native_only = true);
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
    /// Which arguments are negative 32-bit numbers, as [`syscall!`](crate::syscall) finds them.
    /// Their registers have [one of two values](crate::syscall#negative-numbers), and
    /// [`args`](Syscall::args) has one of the two.
    ///
    /// All are false in a call that [`Syscall::new`] makes or that a [`Listener`](crate::Listener)
    /// receives: it has the values of the registers.
    pub negative: [bool; 6],
}

impl Syscall {
    /// Makes a call of the target's ABI from the values of its registers, with an instruction
    /// pointer of 0.
    ///
    /// ```
    /// use seccomp_profile::{Syscall, syscall};
    ///
    /// let close = syscall!(close, 3);
    /// assert_eq!(Syscall::new(close.nr, [3, 0, 0, 0, 0, 0]), close);
    /// ```
    pub const fn new(nr: u32, args: [u64; 6]) -> Syscall {
        Syscall::with_arch(NATIVE, nr, args)
    }

    pub(crate) const fn with_arch(arch: u32, nr: u32, args: [u64; 6]) -> Syscall {
        Syscall {
            nr,
            arch,
            instruction_pointer: 0,
            args,
            negative: [false; 6],
        }
    }

    /// Returns the call of a caller that extends negative 32-bit numbers with zeros:
    /// `0x00000000ffffff9c` for −100.
    ///
    /// ```
    /// use seccomp_profile::{Syscall, syscall};
    ///
    /// # #[cfg(target_pointer_width = "64")] {
    /// let call = syscall!(openat, -100).zero_extended();
    /// assert_eq!(call, Syscall::new(call.nr, [0x0000_0000_ffff_ff9c, 0, 0, 0, 0, 0]));
    /// # }
    /// ```
    pub const fn zero_extended(self) -> Syscall {
        self.extended(0)
    }

    /// Returns the call of a caller that extends negative 32-bit numbers with their sign:
    /// `0xffffffffffffff9c` for −100.
    ///
    /// ```
    /// use seccomp_profile::{Syscall, syscall};
    ///
    /// # #[cfg(target_pointer_width = "64")] {
    /// let call = syscall!(openat, -100).sign_extended();
    /// assert_eq!(call, Syscall::new(call.nr, [0xffff_ffff_ffff_ff9c, 0, 0, 0, 0, 0]));
    /// # }
    /// ```
    pub const fn sign_extended(self) -> Syscall {
        self.extended(ALL)
    }

    /// Returns the negative arguments as bits, the first argument the lowest.
    pub(crate) const fn negative_bits(&self) -> u8 {
        let (mut bits, mut index) = (0, 0);
        while index < self.negative.len() {
            bits |= (self.negative[index] as u8) << index;
            index += 1;
        }
        bits
    }

    /// Returns the call with each negative argument extended: with ones if its bit is set.
    pub(crate) const fn extended(mut self, ones: u8) -> Syscall {
        let mut index = 0;
        while index < self.args.len() {
            if self.negative[index] {
                let low = self.args[index] as u32;
                self.args[index] = match ones >> index & 1 {
                    0 => low as u64,
                    _ => low as i32 as u64,
                };
                self.negative[index] = false;
            }
            index += 1;
        }
        self
    }
}

/// The bits of all arguments.
const ALL: u8 = 0b11_1111;

/// Makes a call for [`syscall!`](crate::syscall): from its ABI, its number and the arguments of
/// which the kernel takes at most 32 bits, which the compiler looked up; and from the register of
/// each argument and the size of its type in Rust.
pub const fn syscall(
    (arch, nr, short): (u32, u32, u8),
    _checked: (),
    first: &[(u64, usize)],
) -> Syscall {
    let mut call = Syscall::with_arch(arch, nr, [0; 6]);
    let mut index = 0;
    while index < first.len() && index < call.args.len() {
        let (register, size) = first[index];
        call.args[index] = register;
        // The type of a function has no size.
        let is_short = short >> index & 1 == 1 || (1 <= size && size <= 4);
        call.negative[index] = is_short && has_two_forms(register);
        index += 1;
    }
    call
}

/// Returns whether a register contains a negative 32-bit number, extended in either way. A 32-bit
/// target has no wider registers.
const fn has_two_forms(register: u64) -> bool {
    let (high, low) = ((register >> 32) as u32, register as u32);
    cfg!(target_pointer_width = "64") && low >> 31 == 1 && (high == 0 || high == u32::MAX)
}

/// Makes a [`Syscall`] of the target from a name and up to six arguments; the others are 0.
///
/// A name that the target does not have is a compile error. An argument is converted to `usize`
/// with `as`.
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
///
/// # Negative numbers
///
/// On a 64-bit target a caller must extend a 32-bit number to the 64 bits of a register. The kernel
/// ignores the high half, but a filter compares it. For a negative number callers do it in two
/// ways: `openat(AT_FDCWD, …)` of a C library usually passes −100 as `0x00000000ffffff9c`, and
/// `syscall(SYS_openat, -100L, …)` passes `0xffffffffffffff9c`.
///
/// So [`Filter::evaluate`](crate::Filter::evaluate) looks at both. If the filter answers them
/// differently, it panics; in a constant this is a compile error. This profile is right for half
/// of the callers:
///
/// ```compile_fail
/// # use seccomp_profile::{Filter, seccomp_profile, syscall};
/// # #[cfg(target_pointer_width = "32")] compile_error!("registers have 32 bits");
/// static HALF: Filter = seccomp_profile!({
///     "defaultAction": "SCMP_ACT_KILL_PROCESS",
///     "syscalls": [
///         { "names": ["exit_group"], "action": "SCMP_ACT_ALLOW" },
///         {
///             "names": ["openat"],
///             "action": "SCMP_ACT_ALLOW",
///             "args": [{ "index": 0, "value": 18446744073709551516, "op": "SCMP_CMP_EQ" }]
///         }
///     ]
/// }, allow(negative_int));
///
/// const _: () = assert!(HALF.evaluate(&syscall!(openat, -100)).runs()); // error: two answers
/// ```
///
/// The fix is to compare what the kernel uses, the low 32 bits (with the option `typed_arguments`,
/// every condition does):
///
/// ```
/// # use seccomp_profile::{Filter, seccomp_profile, syscall};
/// static BOTH: Filter = seccomp_profile!({
///     "defaultAction": "SCMP_ACT_KILL_PROCESS",
///     "syscalls": [
///         { "names": ["exit_group"], "action": "SCMP_ACT_ALLOW" },
///         {
///             "names": ["openat"],
///             "action": "SCMP_ACT_ALLOW",
///             "args": [
///                 {
///                     "index": 0,
///                     "value": 4294967295,
///                     "valueTwo": 4294967196,
///                     "op": "SCMP_CMP_MASKED_EQ"
///                 }
///             ]
///         }
///     ]
/// });
///
/// const _: () = assert!(BOTH.evaluate(&syscall!(openat, -100)).runs());
/// ```
///
/// An argument has two forms if its bit 31 is set, and the kernel takes at most 32 bits of it or
/// its type in Rust has at most 32 bits. Literals without a suffix have 32: `-1` for an argument of
/// 64 bits, such as a size, also has two forms, and `-1_isize` has one. To look at one form only,
/// use [`zero_extended`](Syscall::zero_extended), [`sign_extended`](Syscall::sign_extended), or
/// [`Syscall::new`] with the values of the registers.
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
                let size = ::core::mem::size_of_val(&argument);
                (argument as usize as u64, size)
            }),*],
        )
    };
}
