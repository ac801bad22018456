//! Real profiles, read from `../shared/profiles`, compile for every ABI that they list.

#[path = "../macro/compiler/tests/support/boundary.rs"]
mod boundary;
#[path = "../macro/compiler/tests/support/profiles.rs"]
mod profiles;
#[path = "../macro/compiler/tests/support/skip.rs"]
mod skip;

use seccomp_profile_compiler::bpf;
use seccomp_profile_compiler::{Abi, Compiled, Options, Sources, compile};

/// Compares program and policy, and returns the number of calls.
fn compare(compiled: &Compiled, name: &str) -> usize {
    let (policy, program) = (&compiled.policy, &compiled.program);
    let mut count = 0;
    boundary::calls(policy, usize::MAX, |data| {
        let answer = bpf::run(program.insns(), &data, program.endian()).unwrap();
        let expected = policy.decide(&data).word();
        assert_eq!(answer.word, expected, "{name}: {data:x?}");
        count += 1;
    });
    count
}

#[test]
fn resolved_profiles_compile_for_their_targets() {
    for profile in profiles::resolved() {
        let (name, compiled) = (&profile.name, profile.compiled());
        assert!(!compiled.simplified, "{name}");
        let compared = compare(&compiled, name);
        println!(
            "{name}: {} instructions, {compared} answers",
            compiled.program.insns().len()
        );
    }
}

/// Each published file that is plain OCI compiles for every ABI that it lists.
#[test]
fn whole_configs_compile_for_every_listed_abi() {
    let mut plain = 0;
    let files = profiles::files("whole");
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        if ["\"archMap\"", "\"includes\"", "\"excludes\""]
            .iter()
            .any(|key| text.contains(key))
        {
            continue;
        }
        plain += 1;
        for abi in Abi::ALL
            .into_iter()
            .filter(|abi| text.contains(&abi.oci_name()))
        {
            let options = Options {
                native_only: true,
                ..Options::default()
            };
            let name = format!("{} for {abi}", path.display());
            for options in [options, Options::default()] {
                let compiled = compile(&text, abi, &options).unwrap_or_else(|errors| {
                    panic!("{}", errors.render(&Sources::one(&name, &text)).join("\n"))
                });
                compare(&compiled, &name);
            }
        }
    }
    assert!(plain > 0 || files.is_empty());
}
