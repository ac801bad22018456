//! Profiles that some versions of libseccomp compile wrongly, each with a call and its answer.
//!
//! The random profiles keep clear of these: what a wrong program says cannot be foretold. Here the
//! answer follows from the rules by hand; libseccomp's is only printed.

use crate::machine;
use peers::libseccomp;
use peers::profile::Profile;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::{Abi, Options, compile};

struct Witness {
    name: &'static str,
    /// The entries of `syscalls`; the default is ALLOW.
    syscalls: &'static str,
    /// Number of the call, its first two arguments, the answer.
    call: (u32, [u64; 2], Action),
}

const WITNESSES: [Witness; 3] = [
    Witness {
        name: "ordered 64-bit numbers: argument 0 <= 5 or < 2^63",
        syscalls: r#"
            {"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77, "args": [
                {"index": 0, "op": "SCMP_CMP_LE", "value": 5}]},
            {"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77, "args": [
                {"index": 0, "op": "SCMP_CMP_LT", "value": 9223372036854775808}]}"#,
        call: (140, [0xffff_ffff, 0], Action::Errno(77)),
    },
    Witness {
        name: "inequalities: argument 0 != 2, or 1 != 2 and 0 != 10",
        syscalls: r#"
            {"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77, "args": [
                {"index": 0, "op": "SCMP_CMP_NE", "value": 2}]},
            {"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77, "args": [
                {"index": 1, "op": "SCMP_CMP_NE", "value": 2},
                {"index": 0, "op": "SCMP_CMP_NE", "value": 10}]}"#,
        call: (140, [0, 2], Action::Errno(77)),
    },
    Witness {
        name: "inequalities of 64-bit numbers on two arguments",
        syscalls: r#"
            {"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77, "args": [
                {"index": 1, "op": "SCMP_CMP_NE", "value": 4294967297},
                {"index": 0, "op": "SCMP_CMP_NE", "value": 0}]},
            {"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77, "args": [
                {"index": 0, "op": "SCMP_CMP_NE", "value": 4294967295},
                {"index": 1, "op": "SCMP_CMP_NE", "value": 2147483647}]}"#,
        call: (140, [0, 0x7fff_ffff], Action::Allow),
    },
];

/// Checks that this project answers them rightly, and says what libseccomp answers.
pub fn check() -> Result<(), String> {
    for Witness {
        name,
        syscalls,
        call: (nr, [first, second], right),
    } in &WITNESSES
    {
        let text = format!(r#"{{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{syscalls}]}}"#);
        let target = Abi::X86_64;
        let data = SeccompData {
            nr: *nr,
            arch: target.token(),
            args: [*first, *second, 0, 0, 0, 0],
            ..SeccompData::default()
        };
        let compiled = compile(&text, target, &Options::default());
        let compiled = compiled.map_err(|errors| format!("{name}: {errors}"))?;
        let profile = Profile::parse(&text, target)?;
        let bytes = machine::bytes(&data, target.endian());
        let ours = machine::run(compiled.program.insns(), &bytes, target.endian())?;
        if ours != right.word() {
            return Err(format!("{name}: {ours:#x} instead of {right}"));
        }
        for optimize in crate::OPTIMIZE {
            let built = libseccomp::build(&profile, optimize)?;
            let theirs = machine::run(&built.program, &bytes, target.endian())?;
            let verdict = match theirs == right.word() {
                true => "right",
                false => "wrong",
            };
            println!("  {name}: libseccomp is {verdict} at its optimisation {optimize}");
        }
    }
    Ok(())
}
