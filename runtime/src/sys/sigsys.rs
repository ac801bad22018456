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

use super::{errno_location, registers, syscall_result};
use crate::target::NATIVE;

// `arch/mips/include/uapi/asm/signal.h` numbers its own; libc 0.2.191 has those of other
// architectures on 64-bit MIPS.
const MIPS: bool = cfg!(any(
    target_arch = "mips",
    target_arch = "mips32r6",
    target_arch = "mips64",
    target_arch = "mips64r6",
));
const SIGSYS: c_int = if MIPS { 12 } else { libc::SIGSYS };
const SA_SIGINFO: c_int = if MIPS { 8 } else { libc::SA_SIGINFO as c_int };

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

/// What the handler does with a call that was trapped: a type, so that nothing need be kept for the
/// handler to read.
pub(crate) trait Handler {
    /// Runs in the handler, and so must be async-signal-safe. It returns only if the call has an
    /// answer.
    fn trapped(trap: &mut Trap);
}

/// Sets the handler, and an alternate stack if the calling thread has none.
pub(crate) fn set_handler<H: Handler>() -> Result<(), c_int> {
    let handler: extern "C" fn(c_int, *const siginfo_t, *mut c_void) = on_sigsys::<H>;
    ensure_alternate_stack().and_then(|()| set_disposition(handler as usize))
}

extern "C" fn on_sigsys<H: Handler>(_: c_int, info: *const siginfo_t, context: *mut c_void) {
    // SAFETY: with SA_SIGINFO the kernel passes a whole `siginfo_t`, longer than `Sigsys`, of
    // plain numbers, which begins as `Sigsys` does if `si_code` says so,
    // and lives until the handler returns.
    let (code, sigsys) = unsafe { ((*info).si_code, &*info.cast::<Sigsys>()) };
    if code != SYS_SECCOMP {
        kill_process();
    }
    // SAFETY: the address of the calling thread's errno, valid and aligned as long as it runs.
    let errno = unsafe { *errno_location() };
    let mut trap = Trap {
        nr: sigsys.syscall,
        arch: sigsys.arch,
        instruction_pointer: sigsys.call_addr.addr(),
        // SAFETY: with SA_SIGINFO the kernel passes a `ucontext_t`.
        registers: unsafe { registers::saved(context) },
    };
    H::trapped(&mut trap);
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
    pub(crate) fn nr(&self) -> c_int {
        self.nr
    }

    /// Returns the ABI: an `AUDIT_ARCH_*` token.
    pub(crate) fn arch(&self) -> u32 {
        self.arch
    }

    /// Returns the address of the instruction behind the call.
    pub(crate) fn instruction_pointer(&self) -> usize {
        self.instruction_pointer
    }

    /// Returns the registers that hold the arguments, where the C library names them.
    pub(crate) fn args(&self) -> Option<[u64; 6]> {
        let first = self.registers?;
        let (_, args, bits) = registers::ARGS
            .iter()
            .find(|(arch, ..)| *arch == self.arch)?;
        // SAFETY: the kernel saved all registers of the layout before it ran the handler, and the
        // trap is gone when that returns.
        Some(args.map(|at| unsafe { first.add(at).read() } as u64 & bits))
    }

    /// Makes the call fail with `ENOSYS` when the handler returns.
    pub(crate) fn return_enosys(&mut self) {
        if let Some(first) = self.registers {
            let answer = libc::ENOSYS.wrapping_neg() as usize;
            // SAFETY: as in `args`; an answer is any number.
            unsafe { first.add(registers::RESULT).write(answer) };
        }
    }

    /// Makes the call once more, which is trapped once more: then the kernel takes the default
    /// action, as SIGSYS is blocked.
    ///
    /// Returns if it cannot be made from here.
    pub(crate) fn repeat(&self) {
        // The number of another ABI would be another call.
        if let (NATIVE, Some(args)) = (self.arch, self.args()) {
            let [a, b, c, d, e, f] = args.map(|arg| arg as c_long);
            // SAFETY: the program itself made this call with these arguments a moment ago; or
            // it sent itself a signal that says so, and vouches for them.
            unsafe { libc::syscall(c_long::from(self.nr), a, b, c, d, e, f) };
        }
    }
}

/// Writes to file descriptor 2, once; there is nobody to tell if that fails.
pub(crate) fn write_stderr(bytes: &[u8]) {
    let (fd, buffer, length) = (libc::STDERR_FILENO as c_long, bytes.as_ptr(), bytes.len());
    // SAFETY: the kernel reads the slice and writes no memory. This is no cancellation point, as
    // the C library's `write` is.
    unsafe { libc::syscall(libc::SYS_write, fd, buffer, length) };
}

pub(crate) fn thread() -> i32 {
    // SAFETY: takes no arguments.
    unsafe { libc::syscall(libc::SYS_gettid) as i32 }
}

/// Ends the process by the default action of SIGSYS; if a filter does not let it, by `exit_group`
/// with the status that a shell gives to such an end.
pub(crate) fn kill_process() -> ! {
    // While the handler is set, the signal would only lead back here.
    let is_deadly = set_disposition(libc::SIG_DFL).is_ok();
    let mut sigsys = MaybeUninit::zeroed();
    // SAFETY: plain system calls; the set is initialised before it is used. The signal, pending
    // while it is blocked, arrives when it is unblocked.
    unsafe {
        if is_deadly {
            let [process, thread, signal] = [libc::getpid(), thread(), SIGSYS].map(c_long::from);
            libc::syscall(libc::SYS_tgkill, process, thread, signal);
            libc::sigemptyset(sigsys.as_mut_ptr());
            libc::sigaddset(sigsys.as_mut_ptr(), SIGSYS);
            libc::pthread_sigmask(libc::SIG_UNBLOCK, sigsys.as_ptr(), ptr::null_mut());
        }
        libc::syscall(libc::SYS_exit_group, c_long::from(128 + SIGSYS));
        libc::abort()
    }
}

/// Sets what happens at SIGSYS; none but the C library's own signals interrupt a handler.
fn set_disposition(handler: usize) -> Result<(), c_int> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: all-zero is a valid `sigaction`. A handler is `on_sigsys`, which takes what the flags
    // promise.
    let answer = unsafe {
        let action = action.assume_init_mut();
        action.sa_sigaction = handler;
        action.sa_flags = (SA_SIGINFO | libc::SA_ONSTACK) as _;
        libc::sigfillset(&mut action.sa_mask);
        libc::sigaction(SIGSYS, action, ptr::null_mut())
    };
    syscall_result(answer.into()).map(drop)
}

/// An alternate stack. The kernel's part of it is below 16 KiB; where a processor has more to
/// save, as some with SME may, the kernel ends the process without a line.
#[repr(align(64))]
struct AlternateStack(UnsafeCell<[u8; 1 << 16]>);

// SAFETY: only the kernel and the handler touch it, on the one thread that it was given to.
unsafe impl Sync for AlternateStack {}

static STACK: AlternateStack = AlternateStack(UnsafeCell::new([0; 1 << 16]));
static STACK_IN_USE: AtomicBool = AtomicBool::new(false);

/// Gives the stack to the calling thread if that has none and no other has this one.
fn ensure_alternate_stack() -> Result<(), c_int> {
    let mut old = MaybeUninit::<libc::stack_t>::zeroed();
    // SAFETY: reads the thread's setting into `old`, which is valid all-zero.
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
    // SAFETY: the memory is never freed, and `STACK_IN_USE` has given it to this thread alone.
    let answer = syscall_result(unsafe { libc::sigaltstack(&stack, ptr::null_mut()) }.into());
    if answer.is_err() {
        STACK_IN_USE.store(false, Relaxed);
    }
    answer.map(drop)
}
