//! Programs with one instruction changed: refused with a call that shows it, or equal indeed.
#![allow(missing_docs)]

mod naive;

use std::fmt;

use naive::{Calls, Random, Shape};
use seccomp_profile_compiler::bpf::{self, Insn};
use seccomp_profile_compiler::policy::Policy;
use seccomp_profile_compiler::verify::{Mismatch, verify};

/// Calls that an accepted mutant has to decide as the policy does.
const SAMPLES: usize = 3000;

/// What became of mutants.
#[derive(Default)]
struct Count {
    equal: usize,
    malformed: usize,
    wrong: usize,
    uncached: usize,
    complex: usize,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} wrong, {} malformed, {} uncached, {} equal, {} too complex",
            self.wrong, self.malformed, self.uncached, self.equal, self.complex
        )
    }
}

fn try_mutants(
    policy: &Policy,
    insns: &[Insn],
    mutants: usize,
    random: &mut Random,
    count: &mut Count,
) {
    let endian = policy.target.endian();
    let calls = Calls::of(policy);
    for _ in 0..mutants {
        let mutant = naive::mutate(insns, random);
        let show = || bpf::listing(&mutant, endian);
        match verify(policy, mutant.clone()) {
            Ok(_) => {
                count.equal += 1;
                assert!(
                    mutant == insns || calls.agree(&mutant, random, SAMPLES),
                    "accepted, but wrong:\n{}",
                    show()
                );
            }
            Err(Mismatch::Answer { data, got, wanted }) => {
                count.wrong += 1;
                let answer = bpf::run(&mutant, &data, endian).map(|answer| answer.word);
                assert_eq!(answer, Ok(got), "{data:?}\n{}", show());
                assert_eq!(policy.decide(&data), wanted);
                assert_ne!(got, wanted.word(), "no witness: {data:?}\n{}", show());
            }
            Err(Mismatch::Uncached { .. }) => count.uncached += 1,
            Err(Mismatch::TooComplex) => count.complex += 1,
            Err(_) => count.malformed += 1,
        }
    }
}

#[test]
fn mutants_of_naive_programs() {
    let mut random = Random(7);
    let mut count = Count::default();
    let shape = Shape {
        numbers: 8,
        rules: 4,
        conditions: 3,
    };
    for _ in 0..200 {
        let policy = naive::policy(&mut random, &shape);
        let insns = naive::compile(&policy);
        try_mutants(&policy, &insns, 300, &mut random, &mut count);
    }
    println!("naive programs: {count}");
}
