//! What a handler of SIGSYS learns, and that it can answer in the kernel's place.
#![cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicUsize, Ordering::SeqCst};

use libc::c_int;

use crate::ACTIONS;
use crate::child::{call, check, passes};

/// The part of `siginfo_t` that seccomp fills (`include/uapi/asm-generic/siginfo.h`, `_sigsys`).
#[repr(C)]
struct Sigsys {
    signo: c_int,
    errno: c_int,
    code: c_int,
    call_addr: *mut c_void,
    syscall: c_int,
    arch: u32,
}

static CODE: AtomicI32 = AtomicI32::new(0);
static ERRNO: AtomicI32 = AtomicI32::new(-1);
static SYSCALL: AtomicI32 = AtomicI32::new(0);
static ARCH: AtomicU32 = AtomicU32::new(0);
static CALL_ADDR: AtomicUsize = AtomicUsize::new(0);
/// Where the program goes on after the handler.
static RESUMED_AT: AtomicUsize = AtomicUsize::new(0);

extern "C" fn on_sigsys(_: c_int, info: *mut Sigsys, context: *mut libc::ucontext_t) {
    // SAFETY: with SA_SIGINFO the kernel passes both, and they live until the handler returns.
    let (info, context) = unsafe { (&*info, &mut *context) };
    CODE.store(info.code, SeqCst);
    ERRNO.store(info.errno, SeqCst);
    SYSCALL.store(info.syscall, SeqCst);
    ARCH.store(info.arch, SeqCst);
    CALL_ADDR.store(info.call_addr.addr(), SeqCst);
    #[cfg(target_arch = "x86_64")]
    {
        let registers = &mut context.uc_mcontext.gregs;
        RESUMED_AT.store(registers[libc::REG_RIP as usize] as usize, SeqCst);
        registers[libc::REG_RAX as usize] = 4711;
    }
    #[cfg(target_arch = "aarch64")]
    {
        RESUMED_AT.store(context.uc_mcontext.pc as usize, SeqCst);
        context.uc_mcontext.regs[0] = 4711;
    }
}

#[test]
fn trap_tells_the_handler_which_call_it_was() {
    const SYS_SECCOMP: c_int = 1; // include/uapi/asm-generic/siginfo.h
    const AUDIT_ARCH: u32 = if cfg!(target_arch = "x86_64") {
        0xc000_003e
    } else {
        0xc000_00b7
    };
    passes(|| {
        // SAFETY: all-zero is a valid `sigaction`, and the handler only stores to atomics and to
        // the context that it is given.
        let handled = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_flags = libc::SA_SIGINFO;
            action.sa_sigaction = on_sigsys as *const () as usize;
            libc::sigaction(libc::SIGSYS, &action, ptr::null_mut())
        };
        check!(handled == 0);
        check!(ACTIONS.install().is_ok());
        check!(call(libc::SYS_getuid) == Ok(4711));
        check!(CODE.load(SeqCst) == SYS_SECCOMP);
        check!(ERRNO.load(SeqCst) == 0);
        check!(i64::from(SYSCALL.load(SeqCst)) == libc::SYS_getuid);
        check!(ARCH.load(SeqCst) == AUDIT_ARCH);
        check!(CALL_ADDR.load(SeqCst) != 0);
        check!(CALL_ADDR.load(SeqCst) == RESUMED_AT.load(SeqCst));
        Ok(())
    });
}
