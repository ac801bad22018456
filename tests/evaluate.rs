//! What a filter tells of itself without being installed, against the compiler and its reference.

#[path = "../macro/compiler/tests/support/boundary.rs"]
mod boundary;

use seccomp_profile::{Action, Filter, Syscall, seccomp_profile, syscall};
use seccomp_profile_compiler::bpf;
use seccomp_profile_compiler::linux::abi::X32_BIT;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::{Abi, Compiled, Options, compile};

macro_rules! filters {
    ($($path:literal,)*) => {
        [$({
            #[allow(deprecated)] // the warnings are not what is tested
            static FILTER: Filter = seccomp_profile!($path);
            ($path, FILTER)
        }),*]
    };
}

/// The filter of each profile, and what the library makes of it.
fn each(check: impl Fn(&str, &Filter, &Compiled)) {
    let call = syscall!(exit);
    let target = Abi::ALL
        .into_iter()
        .find(|abi| abi.token() == call.arch && (*abi == Abi::X32) == (call.nr >= X32_BIT))
        .unwrap();
    let filters = filters![
        "tests/profiles/container.json",
        "tests/profiles/install-abis.json",
        "tests/profiles/install-actions.json",
        "tests/profiles/install-arguments.json",
        "tests/profiles/install-large.json",
        "tests/profiles/install-notify.json",
        "examples/sandbox.json",
    ];
    for (path, filter) in filters {
        let text = std::fs::read_to_string(path).unwrap();
        let compiled = compile(&text, target, &Options::default()).unwrap();
        check(path, &filter, &compiled);
    }
}

#[test]
fn evaluate_decides_as_the_policy_does() {
    each(|path, filter, compiled| {
        let policy = &compiled.policy;
        let mut calls = 0;
        boundary::calls(policy, usize::MAX, |data| {
            let SeccompData {
                nr,
                arch,
                instruction_pointer,
                args,
            } = data;
            let found = filter.evaluate(&Syscall {
                nr,
                arch,
                instruction_pointer,
                args,
                negative: [false; 6],
            });
            let expected = policy.decide(&data);
            assert_eq!(found.to_string(), expected.to_string(), "{path}: {data:x?}");
            calls += 1;
        });
        assert!(calls > 10);
    });
}

#[test]
fn the_listing_is_that_of_the_compiler() {
    each(|path, filter, compiled| {
        let endian = compiled.policy.target.endian();
        let listing = bpf::listing(compiled.program.insns(), endian);
        assert_eq!(filter.to_string(), listing, "{path}");
    });
}

#[test]
fn the_bytes_are_those_of_the_compiler() {
    each(|path, filter, compiled| {
        let endian = compiled.policy.target.endian();
        let insns = compiled.program.insns().iter();
        let bytes: Vec<u8> = insns.flat_map(|insn| insn.to_bytes(endian)).collect();
        assert_eq!(filter.as_bytes(), bytes, "{path}");
    });
}

#[test]
#[allow(deprecated)] // one profile is about an argument that a filter cannot look into
fn exec_is_allowed_only_if_it_is_whatever_its_arguments() {
    const ALWAYS: Filter = seccomp_profile!("tests/profiles/command-denied-mkdir.json");
    const LOGGED: Filter = seccomp_profile!(
        "tests/profiles/command-denied-mkdir.json",
        default_action = "SCMP_ACT_LOG"
    );
    const NEVER: Filter = seccomp_profile!("tests/profiles/command-denied-execve.json");
    const SOMETIMES: Filter = seccomp_profile!("tests/profiles/command-execve-by-argument.json");
    const ASKED: Filter = seccomp_profile!(
        "tests/profiles/command-denied-execve.json",
        deny_action = "SCMP_ACT_TRACE(1)"
    );
    const {
        assert!(ALWAYS.allows_exec());
        assert!(LOGGED.allows_exec());
        assert!(!NEVER.allows_exec());
        assert!(!SOMETIMES.allows_exec());
        assert!(!ASKED.allows_exec());
    }
    assert!(SOMETIMES.evaluate(&syscall!(execve)).runs());
}

#[test]
fn arguments_are_what_a_register_would_hold() {
    let call = syscall!(openat, -100, "path".as_ptr(), 0o1_i32, u64::MAX, true,);
    assert_eq!(call.args[0], -100_isize as usize as u64);
    assert_eq!(call.args[1], "path".as_ptr() as usize as u64);
    assert_eq!(call.args[2..], [1, usize::MAX as u64, 1, 0]);
    // The kernel takes 16 bits of the mode, the fourth argument.
    assert_eq!(call.negative, [WIDE, false, false, WIDE, false, false]);
    assert_eq!(call.instruction_pointer, 0);
    assert_eq!(
        i64::from(call.nr),
        i64::from(libc::SYS_openat as i32),
        "as the C library numbers it"
    );
}

#[test]
fn a_call_that_no_abi_of_the_profile_has_is_foreign() {
    const SANDBOX: Filter = seccomp_profile!(
        "examples/sandbox.json",
        native_only = true,
        allow(exit_denied, crash_denied),
    );
    let foreign = Syscall {
        arch: 0,
        ..syscall!(read)
    };
    assert_eq!(SANDBOX.evaluate(&foreign), Action::KillThread);
    assert_eq!(SANDBOX.evaluate(&syscall!(read)), Action::Allow);
}

/// Registers are wider than 32 bits, so negative numbers of 32 bits have two forms.
const WIDE: bool = cfg!(target_pointer_width = "64");

#[test]
fn negative_numbers_are_found_by_both_types() {
    const FD: i32 = -100;
    fn function() {}
    let found = |call: Syscall| call.negative.map(u8::from);
    let if_wide = |bits: [u8; 6]| if WIDE { bits } else { [0; 6] };
    // The kernel takes 32 bits of all arguments of `kcmp` but the last two.
    let call = syscall!(
        kcmp,
        FD,
        -1_i64,
        0xffff_ff9c_u64,
        -1_isize,
        -1_isize,
        -1_i64
    );
    assert_eq!(found(call), if_wide([1, 1, 1, 0, 0, 0]));
    // It takes 64 bits of the last two arguments of `write`: then the type in Rust counts.
    let call = syscall!(write, u32::MAX, -1, -1_i8);
    assert_eq!(found(call), if_wide([1, 1, 1, 0, 0, 0]));
    let call = syscall!(write, 1_i64 << 31, usize::MAX, u64::MAX >> 32);
    assert_eq!(found(call), if_wide([1, 0, 0, 0, 0, 0]));
    // Neither is an extension of 32 bits.
    let call = syscall!(write, 0x1_ffff_ff9c_u64, i64::MIN, 3);
    assert_eq!(found(call), [0; 6]);
    let call = syscall!(write, i32::MAX, function as fn(), true);
    assert_eq!(found(call), [0; 6]);
}

#[test]
fn negative_numbers_are_extended_in_two_ways() {
    let call = syscall!(openat, -100, 5, 6, 7);
    if WIDE {
        assert_eq!(call.zero_extended().args, [0xffff_ff9c, 5, 6, 7, 0, 0]);
        let sign = 0xffff_ffff_ffff_ff9c;
        assert_eq!(call.sign_extended().args, [sign, 5, 6, 7, 0, 0]);
    }
    for exact in [call.zero_extended(), call.sign_extended()] {
        assert_eq!(exact.negative, [false; 6]);
        assert_eq!(exact, exact.zero_extended());
        assert_eq!(exact, exact.sign_extended());
        assert_eq!((exact.nr, exact.arch), (call.nr, call.arch));
    }
}

/// A policy that answers two callers differently must not pass a test that knows one of them.
#[test]
#[cfg(target_pointer_width = "64")]
#[allow(deprecated)] // the warnings are about the same mistake
fn two_answers_to_a_negative_number_are_no_answer() {
    static SIGN: Filter = seccomp_profile!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{
            "names": ["kill"],
            "action": "SCMP_ACT_ERRNO",
            "args": [{ "index": 0, "value": 18446744073709551615, "op": "SCMP_CMP_EQ" }]
        }]
    });
    static ZERO: Filter = seccomp_profile!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{
            "names": ["kill"],
            "action": "SCMP_ACT_ERRNO",
            "args": [{ "index": 0, "value": 4294967295, "op": "SCMP_CMP_EQ" }]
        }]
    });
    // Only the pair of differently extended arguments gets another answer.
    static MIXED: Filter = seccomp_profile!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{
            "names": ["kill"],
            "action": "SCMP_ACT_ERRNO",
            "args": [
                { "index": 0, "value": 18446744073709551615, "op": "SCMP_CMP_EQ" },
                { "index": 1, "value": 4294967294, "op": "SCMP_CMP_EQ" }
            ]
        }]
    });
    static BOTH: Filter = seccomp_profile!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{
            "names": ["kill"],
            "action": "SCMP_ACT_ERRNO",
            "args": [
                { "index": 0, "value": 4294967295, "valueTwo": 4294967295, "op": "SCMP_CMP_MASKED_EQ" }
            ]
        }]
    });
    let call = syscall!(kill, -1, -2);
    for filter in [SIGN, ZERO, MIXED] {
        let panic = std::panic::catch_unwind(|| filter.evaluate(&call)).unwrap_err();
        let message = panic.downcast_ref::<&str>().unwrap();
        assert!(message.starts_with("the filter answers this call differently"));
    }
    let denied = Action::Errno(1);
    assert_eq!(BOTH.evaluate(&call), denied);
    assert_eq!(SIGN.evaluate(&call.sign_extended()), denied);
    assert_eq!(SIGN.evaluate(&call.zero_extended()), Action::Allow);
    assert_eq!(ZERO.evaluate(&call.zero_extended()), denied);
    assert_eq!(ZERO.evaluate(&call.sign_extended()), Action::Allow);
    // What the panic advises.
    static TYPED: Filter = seccomp_profile!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{
            "names": ["kill"],
            "action": "SCMP_ACT_ERRNO",
            "args": [{ "index": 0, "value": 4294967295, "op": "SCMP_CMP_EQ" }]
        }]
    }, typed_arguments = true);
    assert_eq!(TYPED.evaluate(&call), denied);
    // Other arguments decide, or none.
    assert_eq!(SIGN.evaluate(&syscall!(kill, 1, -1)), Action::Allow);
    assert_eq!(SIGN.evaluate(&syscall!(tkill, -1, -1)), Action::Allow);
    // A call from registers is what it is.
    let registers = Syscall::new(call.nr, [u64::MAX, 0, 0, 0, 0, 0]);
    assert_eq!(SIGN.evaluate(&registers), denied);
}
