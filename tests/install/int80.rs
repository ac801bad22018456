//! Calls of x86, made by a program for x86_64.
#![cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]

use std::arch::asm;

use libc::c_long;

use crate::child::{End, check, run};
use crate::skip::skip;

/// A number of x86 (`arch/x86/entry/syscalls/syscall_32.tbl`).
pub(crate) const X86_GETPID: u32 = 20;

/// Makes a system call as a 32-bit program does, with a 64-bit register as its first argument.
pub(crate) fn int80(nr: u32, argument: u64) -> i32 {
    let answer: u64;
    // SAFETY: a call made here takes no pointer, or the address of memory that the test owns. The
    // kernel keeps all registers but rax; those that old ones cleared are named. rbx, which `asm!`
    // cannot pass, is put back.
    unsafe {
        asm!(
            "xchg {argument}, rbx",
            "int 0x80",
            "xchg {argument}, rbx",
            argument = inout(reg) argument => _,
            inlateout("rax") u64::from(nr) => answer,
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
        );
    }
    answer as i32
}

/// Returns whether the kernel takes 32-bit calls; if not, the test is skipped.
#[track_caller]
pub(crate) fn has_x86() -> bool {
    let end = run(|| {
        check!(c_long::from(int80(X86_GETPID, 0)) == c_long::from(std::process::id() as i32));
        Ok(())
    });
    if end != End::Passed {
        skip(format_args!("this kernel takes no 32-bit calls ({end:?})"));
    }
    end == End::Passed
}
