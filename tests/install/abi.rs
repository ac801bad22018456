//! Calls that do not come in by the front door of x86_64.
#![cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]

use std::arch::asm;

use libc::c_long;
use seccomp_profile::{Filter, seccomp_profile};

use crate::ACTIONS;
use crate::child::{End, call, check, is_killed, passes, run};

/// Lists X86 and X32 beside X86_64: `getppid` is denied, and `getpid` if its argument is 2.
static ABIS: Filter = seccomp_profile!("tests/profiles/install-abis.json");

static ALLOWED: Filter =
    seccomp_profile!("tests/profiles/install-allowed.json", allow(exit_denied));

const X32_BIT: c_long = 0x4000_0000;

/// Numbers of x86 (`arch/x86/entry/syscalls/syscall_32.tbl`).
const X86_GETPID: u32 = 20;
const X86_GETPPID: u32 = 64;

#[test]
fn number_minus_one_gets_the_default() {
    passes(|| {
        check!(ALLOWED.install().is_ok());
        check!(call(-1) == Err(libc::EPERM));
        Ok(())
    });
    passes(|| {
        check!(ABIS.install().is_ok());
        check!(call(-1) == Err(libc::ENOSYS));
        Ok(())
    });
}

#[test]
fn x32_kills_where_it_is_not_listed() {
    for nr in [
        X32_BIT,
        X32_BIT | libc::SYS_getpid,
        0x8000_0000,
        0xffff_fffe,
    ] {
        is_killed(|| {
            check!(ACTIONS.install().is_ok());
            let _ = call(nr);
            Ok(())
        });
    }
}

#[test]
fn x32_follows_its_rules_where_it_is_listed() {
    passes(|| {
        let before = call(X32_BIT | libc::SYS_getpid);
        check!(ABIS.install().is_ok());
        check!(call(X32_BIT | libc::SYS_getppid) == Err(libc::EXDEV));
        check!(call(X32_BIT | libc::SYS_getpid) == before);
        Ok(())
    });
}

#[test]
fn x86_kills_where_it_is_not_listed() {
    if !has_x86() {
        return;
    }
    is_killed(|| {
        check!(ACTIONS.install().is_ok());
        int80(X86_GETPID, 0);
        Ok(())
    });
}

#[test]
fn x86_follows_its_rules_where_it_is_listed() {
    if !has_x86() {
        return;
    }
    passes(|| {
        let pid = int80(X86_GETPID, 0);
        check!(ABIS.install().is_ok());
        check!(int80(X86_GETPPID, 0) == -libc::EXDEV);
        check!(int80(X86_GETPID, 1) == pid);
        check!(int80(X86_GETPID, 2) == -libc::EEXIST);
        Ok(())
    });
}

#[test]
fn x86_rules_look_at_the_low_half_of_a_register() {
    if !has_x86() {
        return;
    }
    passes(|| {
        let pid = int80(X86_GETPID, 0);
        check!(ABIS.install().is_ok());
        for garbage in [1 << 32, 0x8000_0000 << 32, u64::MAX << 32] {
            check!(int80(X86_GETPID, garbage | 2) == -libc::EEXIST);
            check!(int80(X86_GETPID, garbage | 3) == pid);
        }
        Ok(())
    });
}

/// Makes a system call as a 32-bit program does, with a 64-bit register as its first argument.
fn int80(nr: u32, argument: u64) -> i32 {
    let answer: u64;
    // SAFETY: the calls made here take no pointers. The kernel keeps all registers but rax; those
    // that old ones cleared are named. rbx, which `asm!` cannot pass, is put back.
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

/// Says so where the kernel takes no 32-bit calls.
fn has_x86() -> bool {
    let end = run(|| {
        check!(c_long::from(int80(X86_GETPID, 0)) == c_long::from(std::process::id() as i32));
        Ok(())
    });
    if end != End::Passed {
        println!("skipped: this kernel takes no 32-bit calls ({end:?})");
    }
    end == End::Passed
}
