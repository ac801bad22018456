//! Programs and policies at the limits of what can be proved.

use seccomp_profile_compiler::bpf::{MAX_LEN, RET};
use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::policy::Test;
use seccomp_profile_compiler::verify::{Mismatch, verify};

use super::naive::random::Random;
use super::naive::{self, Calls};
use super::{ALLOW, KILL, accepted, around, one, ret, rule, wrong};

#[test]
fn long_programs_are_proved() {
    // One number after the other, as linear compilers do, up to what the kernel takes.
    let numbers: Vec<u32> = (0..(MAX_LEN as u32 - 30) / 2).map(|i| 3 * i).collect();
    let lists = numbers
        .iter()
        .map(|&nr| (nr, vec![rule(&[], ALLOW)]))
        .collect();
    let mut right = one(Abi::Aarch64, Vec::new());
    right.abis[0].lists = lists;
    let insns = naive::compile(&right);
    assert!(insns.len() > MAX_LEN - 40);
    accepted(&right, insns.clone());
    let mut late = insns;
    let at = late.len() - 3;
    assert_eq!((late[at].code, late[at + 1].code), (RET, RET));
    late[at - 1].k += 1;
    wrong(&right, &late);
}

#[test]
fn long_rule_lists_are_proved() {
    let values = |count: u64| (0..count).map(|i| rule(&[(1, Test::Eq(0x5400 + 3 * i))], ALLOW));
    let right = one(Abi::X86_64, values(100).collect());
    accepted(&right, naive::compile(&right));
    let other = one(Abi::X86_64, values(99).collect());
    assert_eq!(
        wrong(&right, &naive::compile(&other)).args[1],
        0x5400 + 3 * 99
    );
}

/// Rules on six arguments that overlap everywhere: what calls have behind them is different on
/// every path through a list, but does not matter if the program tests one rule after the other.
#[test]
fn rules_in_their_order_are_proved() {
    let mut random = Random(11);
    let mut refused = 0;
    for _ in 0..6 {
        let rules = (0..60).map(|_| {
            let mut conditions = Vec::new();
            for arg in 0..6 {
                let (value, mask) = (random.next(), random.next() & random.next());
                let masked = Test::Masked {
                    mask,
                    value: value & mask,
                };
                let tests = [Test::Ne(value), Test::Ge(value), Test::Lt(value), masked];
                if random.below(3) > 0 {
                    conditions.push((arg, random.pick(&tests)));
                }
            }
            rule(&conditions, random.pick(&[ALLOW, KILL, Action::Log]))
        });
        let policy = one(Abi::X86_64, rules.collect());
        let insns = naive::compile(&policy);
        accepted(&policy, insns.clone());
        for _ in 0..20 {
            let mut other = insns.clone();
            let at = random.below(insns.len());
            other[at].k ^= 1 << random.below(32);
            if !Calls::of(&policy, &other).agree(&other, &mut random, 200) {
                assert!(verify(&policy, other).is_err());
                refused += 1;
            }
        }
    }
    assert!(refused > 5, "{refused}");
}

/// Whether ten pigeons fit into nine holes takes any resolution proof exponentially long. The rules
/// say it with 90 bits of two arguments; together they match every call.
#[test]
fn hard_problems_end() {
    let bit = |pigeon: u64, hole: u64| ((pigeon / 5) as u8, 1u64 << (9 * (pigeon % 5) + hole));
    let mut rules = Vec::new();
    for pigeon in 0..10 {
        let (arg, _) = bit(pigeon, 0);
        let mask = (0..9).map(|hole| bit(pigeon, hole).1).sum();
        rules.push(rule(&[(arg, Test::Masked { mask, value: 0 })], ALLOW));
        for other in 0..pigeon {
            for hole in 0..9 {
                let ((arg, mask), (arg2, mask2)) = (bit(pigeon, hole), bit(other, hole));
                rules.push(match arg == arg2 {
                    true => {
                        let both = mask | mask2;
                        rule(
                            &[(
                                arg,
                                Test::Masked {
                                    mask: both,
                                    value: both,
                                },
                            )],
                            ALLOW,
                        )
                    }
                    false => {
                        let first = (arg, Test::Masked { mask, value: mask });
                        let second = (
                            arg2,
                            Test::Masked {
                                mask: mask2,
                                value: mask2,
                            },
                        );
                        rule(&[first, second], ALLOW)
                    }
                });
            }
        }
    }
    let hard = one(Abi::X86_64, rules.clone());
    let all = around(&[ret(ALLOW)]);
    assert_eq!(verify(&hard, all.clone()), Err(Mismatch::TooComplex));
    // For two pigeons there is a way, and so a call that is denied.
    rules.truncate(11);
    wrong(&one(Abi::X86_64, rules), &all);
}
