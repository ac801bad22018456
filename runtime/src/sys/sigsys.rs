//! The handler of SIGSYS: the signal information and the saved registers → a [`Trap`], and the ways
//! to end it.
//!
//! All code in the handler is async-signal-safe. SIGSYS is blocked there, so a trapped call of the
//! handler itself kills the process (`kernel/signal.c: force_sig_info_to_task`).
//!
//! *Trap* is a call with the action `SCMP_ACT_TRAP`: it did not run, and the thread got SIGSYS.

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

use libc::{c_int, c_long, siginfo_t};

use super::{errno_location, registers, syscall_result};

// MIPS has numbers of its own (`arch/mips/include/uapi/asm/signal.h`). The crate `libc` 0.2.191 has
// the numbers of other architectures for 64-bit MIPS.
const MIPS: bool = cfg!(any(
    target_arch = "mips",
    target_arch = "mips32r6",
    target_arch = "mips64",
    target_arch = "mips64r6",
));
const SIGSYS: c_int = if MIPS { 12 } else { libc::SIGSYS };
const SA_SIGINFO: c_int = if MIPS { 8 } else { libc::SA_SIGINFO as c_int };

/// `si_code` of a SIGSYS from seccomp (`include/uapi/asm-generic/siginfo.h`).
const SYS_SECCOMP: c_int = 1;

/// The start of [`siginfo_t`] with the fields of a trap (`_sigsys` in the same header). MIPS has
/// another order of the first three fields.
#[repr(C)]
struct Sigsys {
    _common: [c_int; 3],
    call_addr: *const c_void,
    syscall: c_int,
    arch: u32,
}

/// What to do with a trap. It is a type, so the handler needs no state.
pub(crate) trait Handler {
    /// Must be async-signal-safe. When it returns, the thread continues after the call.
    fn trapped(trap: &mut Trap);
}

/// Sets the handler of SIGSYS, and an alternate stack if the calling thread has none.
pub(crate) fn set_handler<H: Handler>() -> Result<(), c_int> {
    let handler: extern "C" fn(c_int, *const siginfo_t, *mut c_void) = on_sigsys::<H>;
    ensure_alternate_stack().and_then(|()| set_disposition(handler as usize))
}

extern "C" fn on_sigsys<H: Handler>(_: c_int, info: *const siginfo_t, context: *mut c_void) {
    // SAFETY: with SA_SIGINFO the kernel passes a `siginfo_t` that is valid until the handler
    // returns. It is longer than `Sigsys` and consists of numbers, so `Sigsys` can be read from it
    // for any signal; its fields have a meaning if `si_code` is SYS_SECCOMP.
    let (code, sigsys) = unsafe { ((*info).si_code, &*info.cast::<Sigsys>()) };
    if code != SYS_SECCOMP {
        kill_process(info);
    }
    // SAFETY: the address of the calling thread's errno is valid and aligned while the thread runs.
    let errno = unsafe { *errno_location() };
    let mut trap = Trap {
        info,
        nr: sigsys.syscall,
        arch: sigsys.arch,
        instruction_pointer: sigsys.call_addr.addr(),
        // SAFETY: with SA_SIGINFO the kernel passes a `ucontext_t`.
        registers: unsafe { registers::saved(context) },
    };
    H::trapped(&mut trap);
    // SAFETY: as above.
    unsafe { *errno_location() = errno };
}

/// A trap. Its thread is in the handler.
pub(crate) struct Trap {
    info: *const siginfo_t,
    nr: c_int,
    arch: u32,
    instruction_pointer: usize,
    /// The first of the saved registers, in the layout of [`registers`].
    registers: Option<*mut usize>,
}

impl Trap {
    /// Returns the number of the call.
    pub(crate) fn nr(&self) -> c_int {
        self.nr
    }

    /// Returns the ABI: an `AUDIT_ARCH_*` token.
    pub(crate) fn arch(&self) -> u32 {
        self.arch
    }

    /// Returns the address of the instruction after the call.
    pub(crate) fn instruction_pointer(&self) -> usize {
        self.instruction_pointer
    }

    /// Returns the arguments, if the target's C library names the registers.
    pub(crate) fn args(&self) -> Option<[u64; 6]> {
        let first = self.registers?;
        let (_, args, bits) = registers::ARGS
            .iter()
            .find(|(arch, ..)| *arch == self.arch)?;
        // SAFETY: the kernel saved all registers of the layout before it ran the handler. They are
        // valid until the handler returns, and the trap does not live longer.
        Some(args.map(|at| unsafe { first.add(at).read() } as u64 & bits))
    }

    /// Makes the call fail with `ENOSYS` when the handler returns.
    pub(crate) fn return_enosys(&mut self) {
        if let Some(first) = self.registers {
            let result = libc::ENOSYS.wrapping_neg() as usize;
            // SAFETY: as in `args`; every number is a valid return value.
            unsafe { first.add(registers::RESULT).write(result) };
        }
    }

    /// Kills the process with the signal of the trap.
    ///
    /// The call must not be made again to be trapped again. The filter could allow it at another
    /// instruction, and the program could have sent this signal itself.
    pub(crate) fn kill_process(&self) -> ! {
        kill_process(self.info)
    }
}

/// Writes to file descriptor 2, once. An error is ignored, because there is no way to report it.
pub(crate) fn write_stderr(bytes: &[u8]) {
    let (fd, buffer, length) = (libc::STDERR_FILENO as c_long, bytes.as_ptr(), bytes.len());
    // SAFETY: the kernel reads the slice and writes no memory. Unlike the C library's `write`, this
    // is not a cancellation point.
    unsafe { libc::syscall(libc::SYS_write, fd, buffer, length) };
}

/// Returns the number of the calling thread.
pub(crate) fn thread() -> i32 {
    // SAFETY: the call has no arguments.
    unsafe { libc::syscall(libc::SYS_gettid) as i32 }
}

/// Kills the process with the default action of SIGSYS and with this information, which a core dump
/// contains. If a filter denies that, calls `exit_group` with the status that a shell shows after a
/// SIGSYS.
fn kill_process(info: *const siginfo_t) -> ! {
    let mut sigsys = MaybeUninit::zeroed();
    // SAFETY: system calls with numbers, with the information that the kernel passed to the
    // handler, and with a signal set that is initialised before it is used.
    unsafe {
        let [process, thread, signal] = [libc::getpid(), thread(), SIGSYS].map(c_long::from);
        // The first step, because the signal stays pending while it is blocked: if one of the next
        // steps is trapped, the kernel kills the process with the pending signal. A thread can send
        // itself any information since Linux 3.10.
        let queue = libc::SYS_rt_tgsigqueueinfo;
        let is_pending = libc::syscall(queue, process, thread, signal, info) == 0
            || libc::syscall(libc::SYS_tgkill, process, thread, signal) == 0;
        // While the handler is set, the signal would only run the handler again.
        if is_pending && set_disposition(libc::SIG_DFL).is_ok() {
            libc::sigemptyset(sigsys.as_mut_ptr());
            libc::sigaddset(sigsys.as_mut_ptr(), SIGSYS);
            libc::pthread_sigmask(libc::SIG_UNBLOCK, sigsys.as_ptr(), ptr::null_mut());
        }
        libc::syscall(libc::SYS_exit_group, c_long::from(128 + SIGSYS));
        libc::abort()
    }
}

/// Sets the disposition of SIGSYS. All signals are blocked in a handler, except those that the C
/// library uses itself.
fn set_disposition(handler: usize) -> Result<(), c_int> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: an all-zero `sigaction` is valid. The handler is SIG_DFL or `on_sigsys`, which has
    // the parameters that SA_SIGINFO requires.
    let returned = unsafe {
        let action = action.assume_init_mut();
        action.sa_sigaction = handler;
        action.sa_flags = (SA_SIGINFO | libc::SA_ONSTACK) as _;
        libc::sigfillset(&mut action.sa_mask);
        libc::sigaction(SIGSYS, action, ptr::null_mut())
    };
    syscall_result(returned.into()).map(drop)
}

/// An alternate stack. The registers that the kernel saves on it usually take less than 16 KiB. If
/// they do not fit, as may happen with SME, the kernel kills the process and nothing is reported.
#[repr(align(64))]
struct AlternateStack(UnsafeCell<[u8; 1 << 16]>);

// SAFETY: only the kernel and the handler use it, on the one thread that got it.
unsafe impl Sync for AlternateStack {}

static STACK: AlternateStack = AlternateStack(UnsafeCell::new([0; 1 << 16]));
static STACK_IN_USE: AtomicBool = AtomicBool::new(false);

/// Sets the alternate stack of the calling thread, if it has none and no other thread got this one.
fn ensure_alternate_stack() -> Result<(), c_int> {
    let mut old = MaybeUninit::<libc::stack_t>::zeroed();
    // SAFETY: the kernel writes the current setting to `old`, and an all-zero `stack_t` is valid.
    let old = unsafe {
        syscall_result(libc::sigaltstack(ptr::null(), old.as_mut_ptr()).into())?;
        old.assume_init()
    };
    if old.ss_flags & libc::SS_DISABLE == 0 || STACK_IN_USE.swap(true, Relaxed) {
        return Ok(());
    }
    let stack = libc::stack_t {
        ss_sp: STACK.0.get().cast(),
        ss_flags: 0,
        ss_size: size_of::<AlternateStack>(),
    };
    // SAFETY: the memory is never freed, and because of `STACK_IN_USE` only this thread gets it.
    let result = syscall_result(unsafe { libc::sigaltstack(&stack, ptr::null_mut()) }.into());
    if result.is_err() {
        STACK_IN_USE.store(false, Relaxed);
    }
    result.map(drop)
}
