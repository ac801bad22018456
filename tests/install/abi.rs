//! Calls that do not come in by the front door of x86_64.
#![cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]

use libc::c_long;
use seccomp_profile::{Filter, seccomp_profile};

use crate::ACTIONS;
use crate::child::{call, check, is_killed, passes};
use crate::int80::{X86_GETPID, has_x86, int80};

/// Lists X86 and X32 beside X86_64: `getppid` is denied, and `getpid` if its argument is 2.
static ABIS: Filter = seccomp_profile!("tests/profiles/install-abis.json", allow(absent_argument));

static ALLOWED: Filter = seccomp_profile!(
    "tests/profiles/install-allowed.json",
    allow(exit_denied, crash_denied)
);

const X32_BIT: c_long = 0x4000_0000;

/// A number of x86 (`arch/x86/entry/syscalls/syscall_32.tbl`).
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
