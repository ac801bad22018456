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
            });
            let expected = policy.decide(&data);
            assert_eq!(found.to_string(), expected.to_string(), "{path}: {data:x?}");
            calls += 1;
        });
        assert!(calls > 10);
    });
}

#[test]
fn the_listing_is_that_of_inspect() {
    each(|path, filter, compiled| {
        let endian = compiled.policy.target.endian();
        let listing = bpf::listing(compiled.program.insns(), endian);
        assert_eq!(filter.to_string(), listing, "{path}");
    });
}

#[test]
fn the_bytes_are_those_of_inspect() {
    each(|path, filter, compiled| {
        let endian = compiled.policy.target.endian();
        let insns = compiled.program.insns().iter();
        let bytes: Vec<u8> = insns.flat_map(|insn| insn.to_bytes(endian)).collect();
        assert_eq!(filter.as_bytes(), bytes, "{path}");
    });
}

#[test]
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
    assert_eq!(call.instruction_pointer, 0);
    assert_eq!(
        i64::from(call.nr),
        i64::from(libc::SYS_openat as i32),
        "as the C library numbers it"
    );
}

#[test]
fn a_call_that_no_abi_of_the_profile_has_is_foreign() {
    const SANDBOX: Filter = seccomp_profile!("examples/sandbox.json", native_only = true);
    let foreign = Syscall {
        arch: 0,
        ..syscall!(read)
    };
    assert_eq!(SANDBOX.evaluate(&foreign), Action::KillThread);
    assert_eq!(SANDBOX.evaluate(&syscall!(read)), Action::Allow);
}
