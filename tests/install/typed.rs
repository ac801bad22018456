//! Conditions on what the kernel takes of an argument: bits that it does not take neither evade a
//! rule nor make it deny more.
#![cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]

use libc::c_int;
use seccomp_profile::{Filter, seccomp_profile};
use seccomp_profile_compiler::linux::abi::Width;
use seccomp_profile_compiler::linux::arguments;

use crate::child::{answer, found};
use crate::int80::has_x86;
use crate::taken::{CASES, Case, can_make, outcome, with_garbage};

/// Denies the plain value of each case.
static TYPED: Filter = seccomp_profile!(
    "tests/profiles/install-typed.json",
    typed_arguments = true,
    allow(
        sibling_bypass,
        io_uring,
        moved_argument,
        default_allow_foreign_abi
    ),
);

/// Denies every other value.
static TYPED_ONLY: Filter = seccomp_profile!(
    "tests/profiles/install-typed-only.json",
    typed_arguments = true,
    allow(
        sibling_bypass,
        io_uring,
        moved_argument,
        default_allow_foreign_abi
    ),
);

/// As [`TYPED`], but compares whole registers.
static WHOLE: Filter = seccomp_profile!(
    "tests/profiles/install-typed.json",
    allow(
        sibling_bypass,
        io_uring,
        moved_argument,
        default_allow_foreign_abi,
        int_argument,
        negative_int,
    ),
);

const DENIED: i64 = -(libc::EXDEV as i64);

/// The cases that this machine can make, and of which the kernel takes less than a register.
fn narrow() -> impl Iterator<Item = (&'static Case, u32)> {
    let x86 = has_x86();
    let cases = CASES.iter().filter(move |case| can_make(case, x86));
    cases.filter_map(|case| {
        let argument = arguments::argument(case.abi, case.call, case.index).unwrap();
        let width = argument.width(case.abi);
        (width < Width::W64).then_some((case, width.bits()))
    })
}

fn with(filter: &'static Filter, case: &Case, value: u64) -> i64 {
    outcome(case, value, || filter.install().is_ok())
}

#[test]
fn garbage_does_not_evade_a_denial() {
    let mut count = 0;
    for (case, bits) in narrow() {
        let call = case.call;
        assert_eq!(with(&TYPED, case, case.plain), DENIED, "{call}");
        for value in with_garbage(case.plain, bits) {
            assert_eq!(with(&TYPED, case, value), DENIED, "{call}: {value:#x}");
            count += 1;
        }
        for bit in case.counts {
            let value = case.plain ^ 1 << bit;
            let free = outcome(case, value, || true);
            assert_eq!(with(&TYPED, case, value), free, "{call}: {value:#x}");
        }
    }
    assert!(count > 50, "{count}");
}

#[test]
fn garbage_does_not_break_a_permission() {
    for (case, bits) in narrow() {
        let call = case.call;
        let free = outcome(case, case.plain, || true);
        assert_eq!(with(&TYPED_ONLY, case, case.plain), free, "{call}");
        for value in with_garbage(case.plain, bits) {
            assert_eq!(with(&TYPED_ONLY, case, value), free, "{call}: {value:#x}");
        }
        for bit in case.counts {
            let value = case.plain ^ 1 << bit;
            assert_eq!(with(&TYPED_ONLY, case, value), DENIED, "{call}: {value:#x}");
        }
    }
}

/// Without the option garbage evades a rule: this is what the lint `int_argument` is about.
#[test]
fn garbage_evades_a_comparison_of_whole_registers() {
    for (case, bits) in narrow() {
        let call = case.call;
        assert_eq!(with(&WHOLE, case, case.plain), DENIED, "{call}");
        let free = outcome(case, case.plain, || true);
        for value in with_garbage(case.plain, bits) {
            // 32-bit calls have registers of 32 bits.
            let compared = value & case.abi.width().max();
            let wanted = if compared == case.plain { DENIED } else { free };
            assert_eq!(with(&WHOLE, case, value), wanted, "{call}: {value:#x}");
        }
    }
}

/// A word is compared as a whole: no value is denied but the one of the rule.
#[test]
fn words_are_not_narrowed() {
    for call in ["lseek", "ftruncate", "pread64"] {
        let case = CASES.iter().find(|case| case.call == call).unwrap();
        assert_eq!(with(&TYPED, case, case.plain), DENIED, "{call}");
        for bit in [0, 32, 63] {
            let value = case.plain ^ 1 << bit;
            let free = outcome(case, value, || true);
            assert_eq!(with(&TYPED, case, value), free, "{call}: {value:#x}");
            assert_eq!(with(&TYPED_ONLY, case, value), DENIED, "{call}: {value:#x}");
        }
    }
}

macro_rules! kill {
    ($value:literal $(, $typed:ident = true)?) => {
        seccomp_profile!({
            "defaultAction": "SCMP_ACT_ALLOW",
            "syscalls": [{
                "names": ["kill"],
                "action": "SCMP_ACT_ERRNO",
                "errnoRet": 18,
                "args": [{ "index": 0, "value": $value, "op": "SCMP_CMP_EQ" }]
            }]
        },
        $($typed = true,)?
        allow(sibling_bypass, negative_int, int_argument, not_portable))
    };
}

/// `kill(-1, 0)`: a caller extends the negative number to 64 bits by its sign or by zeros, and the
/// kernel takes both for the same.
#[test]
fn a_rule_for_minus_one_denies_every_form_of_it_only_if_typed() {
    static SIGN: Filter = kill!("-1");
    static ZERO: Filter = kill!(4294967295);
    static TYPED: Filter = kill!("-1", typed_arguments = true);
    static TYPED_ZERO: Filter = kill!(4294967295, typed_arguments = true);
    static TYPED_SIGN: Filter = kill!(18446744073709551615, typed_arguments = true);

    let kill = |pid: u64| answer(libc::SYS_kill, [pid, 0, 0, 0, 0, 0]);
    let forms = [u64::MAX, 0xffff_ffff, 0x1_ffff_ffff, 0x8000_0000_ffff_ffff];
    let free = found(|| kill(u64::MAX));
    assert_ne!(free, DENIED);
    for form in forms {
        assert_eq!(found(|| kill(form)), free, "{form:#x}");
    }
    let under = |filter: &Filter, make: &dyn Fn() -> i64| {
        found(|| match filter.install() {
            Ok(_) => make(),
            Err(_) => i64::MIN,
        })
    };
    for (filter, denied) in [
        (&SIGN, [true, false, false, false]),
        (&ZERO, [false, true, false, false]),
        (&TYPED, [true; 4]),
        (&TYPED_ZERO, [true; 4]),
        (&TYPED_SIGN, [true; 4]),
    ] {
        for (form, denied) in forms.into_iter().zip(denied) {
            let wanted = if denied { DENIED } else { free };
            assert_eq!(under(filter, &|| kill(form)), wanted, "{form:#x}");
        }
    }
    // What a C library makes of a negative number is left to it. Signal 0 is none.
    let by_libc = |pid: c_int| {
        // SAFETY: a plain system call.
        let made = unsafe { libc::kill(pid, 0) };
        let errno = std::io::Error::last_os_error().raw_os_error();
        match made {
            0 => 0,
            _ => -i64::from(errno.unwrap_or(0)),
        }
    };
    assert_eq!(under(&TYPED, &|| by_libc(-1)), DENIED);
    let own = || std::process::id() as c_int;
    assert_eq!(under(&TYPED, &|| by_libc(own())), 0);
}
