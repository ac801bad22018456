//! The handler of SIGSYS: what the kernel leaves in memory → a [`Trap`], and what can follow.
//!
//! All that runs in the handler is async-signal-safe. SIGSYS is blocked there, so that a call of
//! the handler's own that is trapped ends the process (`kernel/signal.c: force_sig_info_to_task`).

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

use libc::{c_int, c_long, siginfo_t};

use super::{checked, errno_location};
use crate::violation::Violation;
use crate::{After, Error, Syscall, reporter};

/// `si_code` of a SIGSYS that seccomp sends (`include/uapi/asm-generic/siginfo.h`).
const SYS_SECCOMP: c_int = 1;

/// The part of [`siginfo_t`] that tells of a trapped call (there, `_sigsys`); the first three
/// fields stand in another order on MIPS.
#[repr(C)]
struct Sigsys {
    _common: [c_int; 3],
    call_addr: *const c_void,
    syscall: c_int,
    arch: u32,
}

/// Sets the handler, and an alternate stack if the calling thread has none.
pub(crate) fn report(after: After) -> Result<(), Error> {
    let handler: extern "C" fn(c_int, *const siginfo_t, *mut c_void) = match after {
        After::Kill => on_sigsys::<false>,
        After::Enosys if registers::KNOWN => on_sigsys::<true>,
        After::Enosys => return Err(Error::RegistersUnknown),
    };
    give_stack()
        .and_then(|()| set_action(handler as usize))
        .map_err(|errno| Error::HandlerNotSet { errno })
}

extern "C" fn on_sigsys<const ENOSYS: bool>(
    _: c_int,
    info: *const siginfo_t,
    context: *mut c_void,
) {
    // SAFETY: with SA_SIGINFO the kernel passes a whole `siginfo_t`, which begins as `Sigsys` does
    // and lives until the handler returns.
    let (code, sigsys) = unsafe { ((*info).si_code, &*info.cast::<Sigsys>()) };
    if code != SYS_SECCOMP {
        die();
    }
    // SAFETY: the address of the calling thread's errno, valid and aligned as long as it runs.
    let errno = unsafe { *errno_location() };
    let mut trap = Trap {
        nr: sigsys.syscall,
        arch: sigsys.arch,
        instruction_pointer: sigsys.call_addr.addr(),
        // SAFETY: with SA_SIGINFO the kernel passes a `ucontext_t`.
        registers: unsafe { registers::of(context) },
    };
    reporter::trapped(&mut trap, if ENOSYS { After::Enosys } else { After::Kill });
    // SAFETY: as where it was read.
    unsafe { *errno_location() = errno };
}

/// A trapped call, as its thread waits for the handler to return.
pub(crate) struct Trap {
    nr: c_int,
    arch: u32,
    instruction_pointer: usize,
    /// The first of the thread's saved registers, in the layout of [`registers`].
    registers: Option<*mut usize>,
}

impl Trap {
    fn args(&self) -> Option<[u64; 6]> {
        let first = self.registers?;
        let (_, args, bits) = registers::ARGS
            .iter()
            .find(|(arch, ..)| *arch == self.arch)?;
        // SAFETY: the kernel saved all registers of the layout before it ran the handler, and the
        // trap is gone when that returns.
        Some(args.map(|at| unsafe { first.add(at).read() } as u64 & bits))
    }

    /// Returns what can be said of it.
    pub(crate) fn violation(&self) -> Violation {
        Violation {
            nr: self.nr,
            arch: self.arch,
            args: self.args(),
            instruction_pointer: self.instruction_pointer,
            thread: thread(),
        }
    }

    /// Makes the call fail with `ENOSYS` when the handler returns.
    pub(crate) fn answer_enosys(&mut self) {
        if let Some(first) = self.registers {
            let answer = libc::ENOSYS.wrapping_neg() as usize;
            // SAFETY: as in `args`; an answer is any number.
            unsafe { first.add(registers::ANSWER).write(answer) };
        }
    }

    /// Makes the call once more, which is trapped once more: then the kernel takes the default
    /// action, as SIGSYS is blocked.
    ///
    /// Returns if it cannot be made from here.
    pub(crate) fn repeat(&self) {
        const NATIVE: u32 = Syscall::new(0, [0; 6]).arch;
        // The number of another ABI would be another call.
        if let (NATIVE, Some(args)) = (self.arch, self.args()) {
            let [a, b, c, d, e, f] = args.map(|arg| arg as c_long);
            // SAFETY: the program itself made this call with these arguments a moment ago.
            unsafe { libc::syscall(c_long::from(self.nr), a, b, c, d, e, f) };
        }
    }
}

/// Writes to file descriptor 2, once; there is nobody to tell if that fails.
pub(crate) fn write_error(bytes: &[u8]) {
    let (fd, buffer, length) = (libc::STDERR_FILENO as c_long, bytes.as_ptr(), bytes.len());
    // SAFETY: the kernel reads the slice and writes no memory. This is no cancellation point, as
    // the C library's `write` is.
    unsafe { libc::syscall(libc::SYS_write, fd, buffer, length) };
}

fn thread() -> i32 {
    // SAFETY: takes no arguments.
    unsafe { libc::syscall(libc::SYS_gettid) as i32 }
}

/// Ends the process by the default action of SIGSYS; if a filter does not let it, by `exit_group`
/// with the status that a shell gives to such an end.
pub(crate) fn die() -> ! {
    let _ = set_action(libc::SIG_DFL);
    let mut sigsys = MaybeUninit::zeroed();
    // SAFETY: plain system calls; the set is initialised before it is used. The signal, pending
    // while it is blocked, arrives when it is unblocked.
    unsafe {
        let [process, thread, signal] = [libc::getpid(), thread(), libc::SIGSYS].map(c_long::from);
        libc::syscall(libc::SYS_tgkill, process, thread, signal);
        libc::sigemptyset(sigsys.as_mut_ptr());
        libc::sigaddset(sigsys.as_mut_ptr(), libc::SIGSYS);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, sigsys.as_ptr(), ptr::null_mut());
        libc::syscall(libc::SYS_exit_group, c_long::from(128 + libc::SIGSYS));
        libc::abort()
    }
}

/// Sets what happens at SIGSYS; no other signal interrupts a handler.
fn set_action(handler: usize) -> Result<(), c_int> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: all-zero is a valid `sigaction`. A handler is `on_sigsys`, which takes what the flags
    // promise.
    let answer = unsafe {
        let action = action.assume_init_mut();
        action.sa_sigaction = handler;
        action.sa_flags = (libc::SA_SIGINFO | libc::SA_ONSTACK) as _;
        libc::sigfillset(&mut action.sa_mask);
        libc::sigaction(libc::SIGSYS, action, ptr::null_mut())
    };
    checked(answer.into()).map(drop)
}

/// An alternate stack; the kernel's part of it is below 16 KiB on every processor.
#[repr(align(64))]
struct Stack(UnsafeCell<[u8; 1 << 16]>);

// SAFETY: only the kernel and the handler touch it, on the one thread that it was given to.
unsafe impl Sync for Stack {}

static STACK: Stack = Stack(UnsafeCell::new([0; 1 << 16]));
static GIVEN: AtomicBool = AtomicBool::new(false);

/// Gives the stack to the calling thread if that has none and no other has this one.
fn give_stack() -> Result<(), c_int> {
    let mut old = MaybeUninit::<libc::stack_t>::zeroed();
    // SAFETY: reads the thread's setting into `old`, which is valid all-zero.
    let old = unsafe {
        checked(libc::sigaltstack(ptr::null(), old.as_mut_ptr()).into())?;
        old.assume_init()
    };
    if old.ss_flags & libc::SS_DISABLE == 0 || GIVEN.swap(true, Relaxed) {
        return Ok(());
    }
    let stack = libc::stack_t {
        ss_sp: STACK.0.get().cast(),
        ss_flags: 0,
        ss_size: size_of::<Stack>(),
    };
    // SAFETY: the memory is never freed, and `GIVEN` has given it to this thread alone.
    let answer = checked(unsafe { libc::sigaltstack(&stack, ptr::null_mut()) }.into());
    if answer.is_err() {
        GIVEN.store(false, Relaxed);
    }
    answer.map(drop)
}

/// Where a thread's registers lie in `ucontext_t`, in the kernel's order
/// (`arch/*/include/uapi/asm/sigcontext.h`): for each ABI that can meet the handler those that hold
/// the arguments of a call (syscall(2), "Architecture calling conventions") and the bits that count,
/// and the one for the answer.
macro_rules! registers {
    ($($condition:meta: $($field:ident).+, $args:expr, $answer:literal;)*) => {
        $(
            #[cfg($condition)]
            mod registers {
                pub(super) const KNOWN: bool = true;
                pub(super) const ARGS: &[(u32, [usize; 6], u64)] = $args;
                pub(super) const ANSWER: usize = $answer;

                /// # Safety
                /// The context is a `ucontext_t` of the kernel's making.
                pub(super) unsafe fn of(context: *mut core::ffi::c_void) -> Option<*mut usize> {
                    let context: *mut libc::ucontext_t = context.cast();
                    // SAFETY: the field lies within what the caller has; nothing is read.
                    Some(unsafe { &raw mut (*context).$($field).+ }.cast())
                }
            }
        )*

        #[cfg(not(any($($condition),*)))]
        mod registers {
            pub(super) const KNOWN: bool = false;
            pub(super) const ARGS: &[(u32, [usize; 6], u64)] = &[];
            pub(super) const ANSWER: usize = 0;

            /// # Safety
            /// Anything may be passed: the C library does not name the registers.
            pub(super) unsafe fn of(_: *mut core::ffi::c_void) -> Option<*mut usize> {
                None
            }
        }
    };
}

registers! {
    all(
        target_arch = "x86_64", target_pointer_width = "64",
        any(target_env = "gnu", target_env = "musl", target_os = "android")
    ): uc_mcontext.gregs, &[
        (0xc000_003e, [8, 9, 12, 2, 0, 1], u64::MAX),
        (0x4000_0003, [11, 14, 12, 9, 8, 10], u32::MAX as u64),
    ], 13;
    all(target_arch = "x86", any(target_env = "gnu", target_os = "android")):
        uc_mcontext.gregs, &[(0x4000_0003, [8, 10, 9, 5, 4, 6], u64::MAX)], 11;
    all(
        target_arch = "aarch64", target_pointer_width = "64", target_endian = "little",
        any(target_env = "gnu", target_env = "musl", target_os = "android")
    ): uc_mcontext.regs, &[(0xc000_00b7, [0, 1, 2, 3, 4, 5], u64::MAX)], 0;
    all(
        target_arch = "arm", target_endian = "little",
        any(target_env = "gnu", target_env = "musl", target_os = "android")
    ): uc_mcontext.arm_r0, &[(0x4000_0028, [0, 1, 2, 3, 4, 5], u64::MAX)], 0;
    all(target_arch = "riscv64", any(target_env = "gnu", target_env = "musl")):
        uc_mcontext.__gregs, &[(0xc000_00f3, [10, 11, 12, 13, 14, 15], u64::MAX)], 10;
    all(target_arch = "loongarch64", any(target_env = "gnu", target_env = "musl")):
        uc_mcontext.__gregs, &[(0xc000_0102, [4, 5, 6, 7, 8, 9], u64::MAX)], 4;
    all(target_arch = "s390x", target_env = "gnu"):
        uc_mcontext.gregs, &[(0x8000_0016, [2, 3, 4, 5, 6, 7], u64::MAX)], 2;
}
