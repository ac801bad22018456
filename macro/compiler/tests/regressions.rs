//! Every profile of `regressions/`, on every target: it is compiled or refused, and what is
//! compiled says what the policy says.
//!
//! Whatever a fuzzer or a user finds becomes a file there, named after what was wrong.
#![allow(missing_docs)]

use std::fs;

use seccomp_profile_compiler::bpf;
use seccomp_profile_compiler::error::Kind;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::options::{NewerSyscalls, Overlap};
use seccomp_profile_compiler::policy::Decision;
use seccomp_profile_compiler::policy::probe::Probes;
use seccomp_profile_compiler::{Abi, Compiled, Options, compile};

/// As the invocation that says nothing, and as the one that takes what it can.
fn options() -> [Options; 2] {
    let lenient = Options {
        overlap: Overlap::FirstMatch,
        newer_syscalls: NewerSyscalls::Enosys,
        ..Options::default()
    };
    [Options::default(), lenient]
}

/// Compares program and policy where the policy can turn; how often.
fn agree(compiled: &Compiled, target: Abi) -> usize {
    let (policy, mut asked) = (&compiled.policy, 0);
    for arch in policy.tokens() {
        for nr in policy.boundaries(arch) {
            let lists = match policy.lookup(arch, nr) {
                Decision::Always(_) => vec![[0; 6]],
                Decision::ByRules(rules) => Probes::new(rules, target).all(),
            };
            // Long lists have more calls than there is time for; some will do.
            for &args in lists.iter().step_by(1 + lists.len() / 100) {
                let data = SeccompData {
                    nr,
                    arch,
                    args,
                    ..SeccompData::default()
                };
                let word = bpf::run(compiled.program.insns(), &data, target.endian());
                let word = word.map(|answer| answer.word);
                assert_eq!(word, Ok(policy.decide(&data).word()), "{data:x?}");
                asked += 1;
            }
        }
    }
    asked
}

#[test]
fn everything_found_stays_fixed() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions");
    let files = fs::read_dir(directory).expect("the directory of inputs");
    let mut asked = 0;
    for path in files.map(|file| file.expect("a file").path()) {
        println!("{}", path.display());
        let text = fs::read_to_string(&path).expect("an input is text");
        for target in Abi::ALL {
            for options in options() {
                match compile(&text, target, &options) {
                    Ok(compiled) => asked += agree(&compiled, target),
                    Err(errors) => {
                        for error in errors.iter() {
                            let rendered = error.render("profile.json", &text);
                            let defect = [Kind::InternalMismatch, Kind::SecondReader];
                            assert!(!defect.contains(&error.kind), "{target}: {rendered}");
                        }
                    }
                }
            }
        }
    }
    assert!(asked > 0, "no input is compiled for any target");
}
