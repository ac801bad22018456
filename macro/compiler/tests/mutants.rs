//! Mutants: programs with one changed instruction. `verify` refuses a mutant with a counterexample,
//! or the mutant is equivalent to the program.
#![allow(missing_docs)]

#[path = "support/naive/mod.rs"]
mod naive;
#[path = "support/parallel.rs"]
mod parallel;
#[path = "support/profiles.rs"]
mod profiles;
#[path = "support/skip.rs"]
mod skip;

use std::fmt;

use naive::Calls;
use naive::random::{self, Random, Shape};
use seccomp_profile_compiler::bpf::{self, AND, Insn, JA, JEQ, JGE, JGT, JSET, LD, RET};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::{SeccompData, Word};
use seccomp_profile_compiler::policy::{Decision, Policy};
use seccomp_profile_compiler::verify::{Mismatch, verify};

/// The number of calls on which an accepted mutant is compared with the policy.
const SAMPLES: usize = 2000;

/// The number of mutants of each real profile.
const MUTANTS: usize = 3000;

/// How many mutants got each verdict.
#[derive(Clone, Copy, Default)]
struct Count {
    wrong: usize,
    malformed: usize,
    uncached: usize,
    complex: usize,
    equal: usize,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.wrong + self.malformed + self.uncached + self.complex + self.equal;
        write!(
            f,
            "{total} mutants: {} wrong, {} malformed, {} uncached, {} too complex, {} equal",
            self.wrong, self.malformed, self.uncached, self.complex, self.equal
        )
    }
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Count) {
        self.wrong += other.wrong;
        self.malformed += other.malformed;
        self.uncached += other.uncached;
        self.complex += other.complex;
        self.equal += other.equal;
    }
}

/// Verifies mutants of a correct program, and checks each verdict.
fn try_mutants(policy: &Policy, insns: &[Insn], mutants: usize, random: &mut Random) -> Count {
    let endian = policy.target.endian();
    assert!(verify(policy, insns.to_vec()).is_ok());
    let mut count = Count::default();
    for _ in 0..mutants {
        let mutant = mutate(insns, random);
        let show = || bpf::listing(&mutant, endian);
        let run = |data: &SeccompData| bpf::run(&mutant, data, endian);
        match verify(policy, mutant.clone()) {
            Ok(program) => {
                count.equal += 1;
                assert_eq!(program.insns(), mutant);
                if mutant != insns {
                    let calls = Calls::of(policy, &mutant);
                    assert!(
                        calls.agree(&mutant, random, SAMPLES),
                        "wrong, but accepted:\n{}",
                        show()
                    );
                    assert!(
                        cached(policy, &mutant),
                        "uncached, but accepted:\n{}",
                        show()
                    );
                }
            }
            Err(Mismatch::Answer { data, got, wanted }) => {
                count.wrong += 1;
                assert_eq!(
                    run(&data).map(|answer| answer.word),
                    Ok(got),
                    "{data:?}\n{}",
                    show()
                );
                assert_eq!(policy.decide(&data), wanted);
                assert_ne!(
                    got,
                    wanted.word(),
                    "no counterexample: {data:?}\n{}",
                    show()
                );
            }
            Err(Mismatch::Uncached { data, at }) => {
                count.uncached += 1;
                let decision = policy.lookup(data.arch, data.nr);
                assert_eq!(decision, Decision::Always(Action::Allow));
                // A return in place of the load shows that the call executes it.
                let mut stopped = mutant.clone();
                stopped[at] = Insn::stmt(RET, 0);
                let answer = bpf::run(&stopped, &data, endian);
                assert_eq!(
                    answer.map(|answer| answer.at),
                    Ok(at),
                    "{data:?}\n{}",
                    show()
                );
            }
            Err(Mismatch::TooComplex) => count.complex += 1,
            Err(_) => {
                count.malformed += 1;
                assert_ne!(mutant, insns);
            }
        }
    }
    count
}

/// Changes, removes, duplicates or swaps an instruction.
fn mutate(insns: &[Insn], random: &mut Random) -> Vec<Insn> {
    let mut insns = insns.to_vec();
    let at = random.below(insns.len());
    let insn = &mut insns[at];
    match random.below(11) {
        0 => insn.code = random.pick(&[LD, AND, JA, JEQ, JGT, JGE, JSET, RET]),
        1 => insn.k = insn.k.wrapping_add(1),
        2 => insn.k = insn.k.wrapping_sub(1),
        3 | 4 => insn.k ^= 1 << random.below(32),
        5 => insn.jt = insn.jt.wrapping_add(random.pick(&[1, 255])),
        6 => insn.jf = insn.jf.wrapping_add(random.pick(&[1, 255])),
        7 => std::mem::swap(&mut insn.jt, &mut insn.jf),
        8 => drop(insns.remove(at)),
        9 => insns.insert(at, insns[at]),
        _ => {
            let other = random.below(insns.len());
            insns.swap(at, other);
        }
    }
    insns
}

/// Returns whether the program reads only number and architecture of each call that is always
/// allowed. Tries one call for each boundary of the policy.
fn cached(policy: &Policy, insns: &[Insn]) -> bool {
    let endian = policy.target.endian();
    let mut insns = insns.to_vec();
    for insn in insns.iter_mut().filter(|insn| insn.code == LD) {
        if ![Some(Word::Nr), Some(Word::Arch)].contains(&Word::at(insn.k, endian)) {
            *insn = Insn::stmt(RET, 0);
        }
    }
    policy.tokens().into_iter().all(|arch| {
        policy.boundaries(arch).into_iter().all(|nr| {
            let data = SeccompData {
                nr,
                arch,
                ..SeccompData::default()
            };
            policy.lookup(arch, nr) != Decision::Always(Action::Allow)
                || bpf::run(&insns, &data, endian)
                    .is_ok_and(|answer| answer.word == Action::Allow.word())
        })
    })
}

#[test]
fn of_naive_programs() {
    let mut random = Random(7);
    let mut count = Count::default();
    let shape = Shape {
        numbers: 8,
        rules: 4,
        conditions: 3,
    };
    for _ in 0..200 {
        let policy = random::policy(&mut random, &shape);
        let insns = naive::compile(&policy);
        count += try_mutants(&policy, &insns, 150, &mut random);
    }
    println!("naive programs: {count}");
    assert!(count.wrong > 5_000 && count.equal > 1_000 && count.uncached > 50);
}

#[test]
fn of_real_profiles() {
    let profiles = profiles::resolved();
    if profiles.is_empty() {
        return;
    }
    let counts = parallel::map(profiles.iter().enumerate(), |(index, profile)| {
        let compiled = profile.compiled();
        let insns = compiled.program.insns();
        let mut random = Random(index as u64);
        try_mutants(&compiled.policy, insns, MUTANTS, &mut random)
    });
    let mut all = Count::default();
    for (profile, count) in profiles.iter().zip(counts) {
        println!("{:45} {count}", profile.name);
        assert_eq!(count.complex, 0, "{}", profile.name);
        all += count;
    }
    println!("{:45} {all}", "all");
    assert!(all.wrong > 10_000);
}
