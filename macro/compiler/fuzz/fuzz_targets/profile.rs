//! Any well-formed profile: its program and its policy say what the profile says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seccomp_profile_compiler::bpf;
use seccomp_profile_compiler::compile;
use seccomp_profile_compiler_fuzz::{Meaning, Profile, calls, no_defect};

fuzz_target!(|profile: Profile| {
    let (text, target) = (profile.text(), profile.target());
    let compiled = match compile(&text, target, &profile.options()) {
        Ok(compiled) => compiled,
        Err(errors) => return no_defect(&errors, &text),
    };
    let meaning = Meaning::of(&profile);
    for call in calls(&compiled.policy) {
        let meant = meaning.decide(&call);
        let policy = compiled.policy.decide(&call);
        let program = bpf::run(compiled.program.insns(), &call, target.endian());
        let program = program.map(|answer| answer.word);
        assert!(
            policy == meant && program == Ok(meant.word()),
            "{call:x?}: meant {meant}, the policy says {policy}, the program {program:x?}\n{text} \
             for {target}"
        );
    }
});
