//! Conditions on 64-bit arguments.
#![cfg(target_pointer_width = "64")]

use libc::c_long;
use seccomp_profile::{Action, Filter, Syscall, seccomp_profile, syscall};

use crate::child::{call_with, check, passes};

static ARGUMENTS: Filter = seccomp_profile!(
    "tests/profiles/install-arguments.json",
    allow(absent_argument)
);

/// Both halves are needed to compare with it.
const BOUND: u64 = 0x1_8000_0000;

const VALUES: [u64; 15] = [
    0,
    1,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x1_7fff_ffff,
    BOUND,
    0x1_8000_0001,
    0x2_0000_0000,
    0x2_8000_0000,
    0x11_8000_0000,
    0x8000_0001_0000_0000,
    0x8000_0001_8000_0000,
    0xffff_ffff_8000_0000,
    u64::MAX,
];

/// A call without arguments, the index of the one that the profile looks at, and when it denies.
type Rule = (c_long, usize, fn(u64) -> bool);

const RULES: [Rule; 7] = [
    (libc::SYS_getpid, 0, |value| value == BOUND),
    (libc::SYS_getppid, 1, |value| value != BOUND),
    (libc::SYS_getuid, 2, |value| value < BOUND),
    (libc::SYS_geteuid, 3, |value| value <= BOUND),
    (libc::SYS_getgid, 4, |value| value >= BOUND),
    (libc::SYS_getegid, 5, |value| value > BOUND),
    (libc::SYS_gettid, 0, |value| value & 0xf_8000_0000 == BOUND),
];

#[test]
fn each_operator_compares_all_64_bits_unsigned() {
    passes(|| {
        check!(ARGUMENTS.install().is_ok());
        for value in VALUES {
            for (nr, index, denies) in RULES {
                let mut args = [!value; 6];
                args[index] = value;
                check!(call_with(nr, args).is_err() == denies(value));
            }
        }
        Ok(())
    });
}

#[test]
fn all_conditions_of_a_rule_must_hold() {
    passes(|| {
        check!(ARGUMENTS.install().is_ok());
        for first in VALUES {
            for last in VALUES {
                let denied = call_with(libc::SYS_sched_yield, [first, 0, 0, 0, 0, last]).is_err();
                check!(denied == (first >= BOUND && last < 1 << 32));
            }
        }
        Ok(())
    });
}

/// The kernel takes 32 bits of a process number, and the filter compares 64: the reason why
/// `evaluate` looks at both forms of a negative number.
#[test]
fn a_negative_number_has_two_registers() {
    static DENIES: Filter = seccomp_profile!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{
            "names": ["getpgid"],
            "action": "SCMP_ACT_ERRNO",
            "errnoRet": 18,
            "args": [{ "index": 0, "value": 18446744073709551615, "op": "SCMP_CMP_EQ" }]
        }]
    }, allow(negative_int));
    const CALL: Syscall = syscall!(getpgid, -1);
    passes(|| {
        let [zeros, ones] = [CALL.zero_extended(), CALL.sign_extended()];
        for call in [zeros, ones] {
            check!(call_with(libc::SYS_getpgid, call.args) == Err(libc::ESRCH));
        }
        check!(DENIES.install().is_ok());
        check!(call_with(libc::SYS_getpgid, zeros.args) == Err(libc::ESRCH));
        check!(call_with(libc::SYS_getpgid, ones.args) == Err(libc::EXDEV));
        check!(DENIES.evaluate(&zeros) == Action::Allow);
        check!(DENIES.evaluate(&ones) == Action::Errno(18));
        Ok(())
    });
}
