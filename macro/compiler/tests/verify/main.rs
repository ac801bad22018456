//! Right programs are proved, wrong ones are refused with a call that shows it.
#![allow(missing_docs)]

mod exact;
mod hard;
mod misread;
#[path = "../support/naive/mod.rs"]
mod naive;
mod structure;
mod unusual;

use naive::Calls;
use naive::random::{self, Random, Shape};
use seccomp_profile_compiler::bpf::{self, Insn, JEQ, JGE, LD, RET};
use seccomp_profile_compiler::linux::abi::{Abi, Endian, Width, X32_BIT};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::{SeccompData, Word};
use seccomp_profile_compiler::policy::{AbiRules, Condition, Policy, Rule, SKIPPED, Test};
use seccomp_profile_compiler::sorted::Map;
use seccomp_profile_compiler::verify::{Mismatch, verify};

const ALLOW: Action = Action::Allow;
const DENY: Action = Action::Errno(1);
const KILL: Action = Action::KillThread;

fn rule(conditions: &[(u8, Test)], action: Action) -> Rule {
    let condition = |&(arg, test)| Condition {
        arg,
        test,
        width: Width::W64,
    };
    Rule {
        conditions: conditions.iter().map(condition).collect(),
        action,
        exact: true,
    }
}

fn abi<const N: usize>(abi: Abi, mut lists: [(u32, Vec<Rule>); N]) -> AbiRules {
    for rule in lists.iter_mut().flat_map(|(_, list)| list) {
        for condition in &mut rule.conditions {
            condition.width = abi.width();
        }
    }
    AbiRules {
        abi,
        lists: Map::from_iter(lists),
        newer: None,
    }
}

fn policy<const N: usize>(abis: [AbiRules; N]) -> Policy {
    Policy {
        target: abis[0].abi,
        default: DENY,
        bad_arch: KILL,
        abis: Vec::from(abis),
        flags: 0,
    }
}

/// One ABI that has one number, 7.
fn one(target: Abi, rules: Vec<Rule>) -> Policy {
    let nr = match target {
        Abi::X32 => X32_BIT | 7,
        _ => 7,
    };
    policy([abi(target, [(nr, rules)])])
}

#[track_caller]
fn accepted(policy: &Policy, insns: Vec<Insn>) {
    let endian = policy.target.endian();
    match verify(policy, insns.clone()) {
        Ok(program) => {
            assert_eq!(program.insns(), insns);
            assert_eq!(program.endian(), endian);
        }
        Err(mismatch) => panic!("{mismatch}\n{}", bpf::listing(&insns, endian)),
    }
}

/// Checks that a program is refused for an answer that is wrong indeed, and returns the call.
#[track_caller]
fn wrong(policy: &Policy, insns: &[Insn]) -> SeccompData {
    let endian = policy.target.endian();
    match verify(policy, insns.to_vec()) {
        Err(Mismatch::Answer { data, got, wanted }) => {
            let answer = bpf::run(insns, &data, endian).map(|answer| answer.word);
            assert_eq!(answer, Ok(got), "{}", bpf::listing(insns, endian));
            assert_eq!(policy.decide(&data), wanted);
            assert_ne!(got, wanted.word());
            data
        }
        other => panic!("{other:?}\n{}", bpf::listing(insns, endian)),
    }
}

fn ld(word: Word) -> Insn {
    Insn::stmt(LD, word.offset(Endian::Little))
}

fn ret(action: Action) -> Insn {
    Insn::stmt(RET, action.word())
}

/// A program for x86_64: `body` decides the arguments of number 7 and begins at index 8.
fn around(body: &[Insn]) -> Vec<Insn> {
    let mut insns = vec![
        ld(Word::Arch),
        Insn::jump(JEQ, Abi::X86_64.token(), 0, 4),
        ld(Word::Nr),
        Insn::jump(JEQ, 7, 4, 0),
        Insn::jump(JGE, X32_BIT, 0, 2),
        Insn::jump(JEQ, SKIPPED, 1, 0),
        ret(KILL),
        ret(DENY),
    ];
    insns.extend_from_slice(body);
    insns
}

#[test]
fn naive_programs_are_proved() {
    let mut random = Random(1);
    for shape in [
        Shape {
            numbers: 12,
            rules: 4,
            conditions: 3,
        },
        Shape {
            numbers: 5,
            rules: 8,
            conditions: 4,
        },
        Shape {
            numbers: 3,
            rules: 20,
            conditions: 2,
        },
        Shape {
            numbers: 60,
            rules: 1,
            conditions: 1,
        },
    ] {
        for _ in 0..300 {
            let policy = random::policy(&mut random, &shape);
            let insns = naive::compile(&policy);
            assert!(Calls::of(&policy, &insns).agree(&insns, &mut random, 200));
            accepted(&policy, insns);
        }
    }
}
