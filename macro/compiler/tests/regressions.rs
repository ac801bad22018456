//! Each profile of `regressions/` compiles on every target, or is refused with an error about the
//! profile, and its program gives the answers of its policy.
//!
//! An input that a fuzzer or a user found becomes a file there, named after the mistake.
#![allow(missing_docs)]

#[path = "support/boundary.rs"]
mod boundary;
#[path = "support/parallel.rs"]
mod parallel;

use std::fs;

use seccomp_profile_compiler::bpf;
use seccomp_profile_compiler::error::Kind;
use seccomp_profile_compiler::options::{NewerSyscalls, Overlap};
use seccomp_profile_compiler::{Abi, Compiled, Options, Sources, compile};

/// A long list has too many probes to try them all.
const PROBES: usize = 100;

/// The default, and the options that accept the most.
fn options() -> [Options; 2] {
    let lenient = Options {
        overlap: Overlap::FirstMatch,
        newer_syscalls: NewerSyscalls::Enosys,
        ..Options::default()
    };
    [Options::default(), lenient]
}

/// Compares program and policy, and returns the number of calls.
fn agree(compiled: &Compiled) -> usize {
    let Compiled {
        policy, program, ..
    } = compiled;
    let mut count = 0;
    boundary::calls(policy, PROBES, |data| {
        let answer = bpf::run(program.insns(), &data, program.endian());
        let word = answer.map(|answer| answer.word);
        assert_eq!(word, Ok(policy.decide(&data).word()), "{data:x?}");
        count += 1;
    });
    count
}

/// Compiles a profile, and returns the number of calls on which policy and program were compared.
fn compared(text: &str, target: Abi, options: &Options) -> usize {
    match compile(text, target, options) {
        Ok(compiled) => agree(&compiled),
        Err(errors) => {
            for error in errors.iter() {
                let rendered = error.render(&Sources::one("profile.json", text));
                let defect = [Kind::InternalMismatch, Kind::SecondReader];
                assert!(!defect.contains(&error.kind), "{target}: {rendered}");
            }
            0
        }
    }
}

#[test]
fn past_mistakes_stay_fixed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions");
    let files = fs::read_dir(folder).expect("the folder of inputs");
    for path in files.map(|file| file.expect("a file").path()) {
        let text = fs::read_to_string(&path).expect("an input is text");
        let targets = Abi::ALL.into_iter();
        let runs = targets.flat_map(|target| options().map(|options| (target, options)));
        let counts = parallel::map(runs, |(target, options)| compared(&text, target, &options));
        let count: usize = counts.iter().sum();
        let path = path.display();
        println!("{path}: {count} calls");
        assert!(count > 0, "{path} compiles for no target");
    }
}
