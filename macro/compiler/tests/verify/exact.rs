//! Small programs over small numbers, so that each accepted one can be tried on everything.

use seccomp_profile_compiler::bpf::{self, AND, Insn, JEQ, JGE, JGT, JSET, LD, RET};
use seccomp_profile_compiler::linux::abi::{Abi, Endian};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::policy::{SKIPPED, Test};
use seccomp_profile_compiler::verify::{Mismatch, verify};

use super::naive::random::Random;
use super::{ALLOW, DENY, naive, one, rule, wrong};

#[test]
fn accepted_programs_are_right_on_everything() {
    let calls = small_calls();
    let mut random = Random(3);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..150 {
        let rules = (0..1 + random.below(3)).map(|_| {
            let value = random.next() & 3 | (random.next() & 1) << 32;
            let mask = random.next() & 3 | (random.next() & 1) << 32;
            let tests = [
                Test::Eq(value),
                Test::Ne(value),
                Test::Ge(value),
                Test::Lt(value),
                Test::Masked {
                    mask,
                    value: value & mask,
                },
            ];
            let action = random.pick(&[ALLOW, DENY, Action::Log]);
            rule(&[(0, random.pick(&tests))], action)
        });
        let policy = one(Abi::Aarch64, rules.collect());
        let insns = naive::compile(&policy);
        for _ in 0..20 {
            let mutant = small_mutant(&insns, &mut random);
            match verify(&policy, mutant.clone()) {
                Ok(_) => {
                    accepted += 1;
                    for data in &calls {
                        let answer = bpf::run(&mutant, data, Endian::Little).unwrap();
                        assert_eq!(answer.word, policy.decide(data).word(), "{data:x?}");
                    }
                }
                Err(Mismatch::Answer { .. }) => {
                    refused += 1;
                    wrong(&policy, &mutant);
                }
                Err(_) => {}
            }
        }
    }
    println!("{accepted} accepted, {refused} refused with a witness");
    assert!(accepted > 300 && refused > 500);
}

/// Every class of calls that programs over small numbers can tell apart.
fn small_calls() -> Vec<SeccompData> {
    let token = Abi::Aarch64.token();
    let around = [token - 1, token, token + 1];
    let large = [1 << 31, SKIPPED - 1, SKIPPED];
    let values: Vec<u32> = (0..9).chain(around).chain(large).collect();
    let mut calls = Vec::new();
    for &arch in &values {
        for &nr in &values {
            let ours = arch == token && nr == 7;
            let args = if ours { &values[..] } else { &values[..2] };
            for (&high, &low) in args.iter().flat_map(|a| args.iter().map(move |b| (a, b))) {
                calls.push(SeccompData {
                    nr,
                    arch,
                    instruction_pointer: 0,
                    args: [u64::from(high) << 32 | u64::from(low), 0, 0, 0, 0, 0],
                });
            }
        }
    }
    calls
}

/// One or two changes that keep the numbers small.
fn small_mutant(insns: &[Insn], random: &mut Random) -> Vec<Insn> {
    let mut insns = insns.to_vec();
    for _ in 0..1 + random.below(2) {
        let at = random.below(insns.len());
        let insn = &mut insns[at];
        match (insn.code, random.below(4)) {
            (LD, _) => insn.k = random.pick(&[0, 4, 16, 20]),
            (RET, _) => insn.k = random.pick(&[ALLOW, DENY, Action::Log]).word(),
            (_, 0) => insn.code = random.pick(&[AND, JEQ, JGT, JGE, JSET]),
            (_, 1) => insn.k = insn.k.wrapping_add(random.pick(&[1, u32::MAX])),
            (_, 2) => std::mem::swap(&mut insn.jt, &mut insn.jf),
            _ => insn.jf = insn.jf.wrapping_add(random.pick(&[1, 255])),
        }
    }
    insns
}
