//! Programs of policies that a compiler could have mistaken for the right one.

use seccomp_profile_compiler::bpf::{Insn, JEQ, JGE, LD, RET};
use seccomp_profile_compiler::linux::abi::{Abi, X32_BIT};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::Word;
use seccomp_profile_compiler::policy::{Newer, Policy, Rule, SKIPPED, Test};

use super::{ALLOW, DENY, abi, accepted, naive, one, policy, rule, wrong};

#[test]
fn misread_policies_are_refused() {
    let high = 0x1_0000_0005;
    let numbers = |change: &dyn Fn(&mut Vec<Rule>)| {
        let mut rules = vec![
            rule(&[(0, Test::Ge(high))], ALLOW),
            rule(
                &[
                    (
                        1,
                        Test::Masked {
                            mask: 0xf0,
                            value: 0x30,
                        },
                    ),
                    (2, Test::Le(9)),
                ],
                ALLOW,
            ),
            rule(&[(3, Test::Eq(high))], Action::Log),
            rule(&[(4, Test::Lt(0x8000_0000))], Action::Trap),
            rule(&[(4, Test::Eq(5))], ALLOW),
        ];
        change(&mut rules);
        one(Abi::X86_64, rules)
    };
    let right = numbers(&|_| {});
    accepted(&right, naive::compile(&right));
    type Change = fn(&mut Vec<Rule>);
    let changes: [(&str, Change); 16] = [
        ("the bound is off by one", |rules| {
            rules[0] = rule(&[(0, Test::Gt(0x1_0000_0005))], ALLOW)
        }),
        ("the bound is off the other way", |rules| {
            rules[0] = rule(&[(0, Test::Ge(0x1_0000_0004))], ALLOW)
        }),
        ("the high half is ignored", |rules| {
            rules[2].conditions[0].test = Test::Masked {
                mask: 0xffff_ffff,
                value: 5,
            };
        }),
        ("the low half is ignored", |rules| {
            rules[2].conditions[0].test = Test::Masked {
                mask: !0 << 32,
                value: 1 << 32,
            };
        }),
        ("the halves are swapped", |rules| {
            rules[2].conditions[0].test = Test::Eq(0x5_0000_0001)
        }),
        ("a rule is dropped", |rules| drop(rules.remove(2))),
        ("the last rule that counts is dropped", |rules| {
            drop(rules.remove(3))
        }),
        ("a condition is dropped", |rules| {
            rules[1].conditions.truncate(1)
        }),
        ("an OR is an AND", |rules| {
            let other = rules.remove(1);
            rules[0].conditions.extend(other.conditions);
        }),
        ("an AND is an OR", |rules| {
            let condition = rules[1].conditions.pop().unwrap();
            rules.push(rule(&[(condition.arg, condition.test)], ALLOW));
        }),
        ("mask and value are swapped", |rules| {
            rules[1].conditions[0].test = Test::Masked {
                mask: 0x30,
                value: 0x30,
            };
        }),
        ("the mask is shifted", |rules| {
            rules[1].conditions[0].test = Test::Masked {
                mask: 0xf00,
                value: 0x300,
            };
        }),
        ("the comparison is signed", |rules| {
            rules.insert(0, rule(&[(0, Test::Ge(1 << 63))], DENY));
        }),
        ("another argument", |rules| rules[2].conditions[0].arg = 5),
        ("another action", |rules| rules[2].action = ALLOW),
        ("the last match wins", |rules| rules.reverse()),
    ];
    for (name, change) in changes {
        println!("{name}");
        wrong(&right, &naive::compile(&numbers(&change)));
    }
    // The fifth rule is hidden by the fourth, so nobody has to look at it.
    accepted(&right, naive::compile(&numbers(&|rules| drop(rules.pop()))));
}

#[test]
fn misread_architectures_are_refused() {
    let read = || vec![rule(&[], ALLOW)];
    let equal = |value| vec![rule(&[(0, Test::Eq(value))], ALLOW)];
    let mut right = policy([
        abi(Abi::X86_64, [(0, read()), (1, equal(3))]),
        abi(Abi::X86, [(3, read()), (4, equal(5))]),
    ]);
    right.abis[0].newer = Some(Newer {
        known: 400,
        action: Action::Errno(38),
    });
    accepted(&right, naive::compile(&right));

    let without_x32 = |policy: &mut Policy| {
        policy.abis.push(abi(Abi::X32, [(X32_BIT, read())]));
    };
    type Change<'a> = &'a dyn Fn(&mut Policy);
    let changes: [(&str, Change<'_>); 7] = [
        ("x32 is let in", &without_x32),
        ("i386 is forgotten", &|policy| drop(policy.abis.pop())),
        ("another foreign action", &|policy| {
            policy.bad_arch = Action::KillProcess
        }),
        ("another default", &|policy| policy.default = Action::Log),
        ("another last number", &|policy| {
            policy.abis[0].newer = Some(Newer {
                known: 399,
                action: Action::Errno(38),
            })
        }),
        ("no last number", &|policy| policy.abis[0].newer = None),
        ("the numbers of the other", &|policy| {
            let lists = std::mem::take(&mut policy.abis[1].lists);
            policy.abis[1].lists = std::mem::replace(&mut policy.abis[0].lists, lists);
        }),
    ];
    for (name, change) in changes {
        println!("{name}");
        let mut other = right.clone();
        change(&mut other);
        wrong(&right, &naive::compile(&other));
    }

    // On the instructions: each place where the constant stands.
    let insns = naive::compile(&right);
    let replace = |code, from, to| {
        let mut insns = insns.clone();
        let mut insn = insns
            .iter_mut()
            .filter(|insn| insn.code == code && insn.k == from);
        insn.next().expect("an instruction with this constant").k = to;
        insns
    };
    let x86_64 = Abi::X86_64.token();
    let data = wrong(&right, &replace(JEQ, x86_64, Abi::Aarch64.token()));
    assert!([x86_64, Abi::Aarch64.token()].contains(&data.arch));
    let data = wrong(&right, &replace(JGE, X32_BIT, X32_BIT + 1));
    assert_eq!((data.arch, data.nr), (x86_64, X32_BIT));
    let data = wrong(&right, &replace(JGE, X32_BIT, SKIPPED));
    assert_eq!((data.arch, data.nr & X32_BIT), (x86_64, X32_BIT));
    let data = wrong(&right, &replace(JEQ, SKIPPED, SKIPPED - 1));
    assert!(data.nr >= SKIPPED - 1);

    let mut swapped = insns.clone();
    let returns: Vec<usize> = (0..insns.len())
        .filter(|&at| insns[at].code == RET)
        .collect();
    swapped.swap(returns[0], returns[1]);
    wrong(&right, &swapped);
}

#[test]
fn misread_words_are_refused() {
    let value = 0x1_0000_0005;
    for target in [Abi::X86_64, Abi::Aarch64, Abi::S390x, Abi::Mips64] {
        let right = one(target, vec![rule(&[(2, Test::Eq(value))], ALLOW)]);
        let mut insns = naive::compile(&right);
        accepted(&right, insns.clone());
        for insn in insns
            .iter_mut()
            .filter(|insn| insn.code == LD && insn.k >= 16)
        {
            insn.k ^= 4;
        }
        let data = wrong(&right, &insns);
        assert!([value, 0x5_0000_0001].contains(&data.args[2]), "{data:x?}");
    }
    // The kernel uses 32 bits there, but a caller can put anything into the high half.
    for target in [Abi::X86, Abi::Arm, Abi::X32, Abi::S390, Abi::Ppc] {
        let right = one(target, vec![rule(&[(2, Test::Eq(5))], ALLOW)]);
        let insns = naive::compile(&right);
        accepted(&right, insns.clone());
        let low = insns
            .iter()
            .position(|insn| insn.code == LD && insn.k >= 16);
        let low = low.unwrap();
        let high = Insn::stmt(LD, Word::ArgHigh(2).offset(target.endian()));
        let mut evaded = insns.clone();
        evaded.splice(low..low, [high, Insn::jump(JEQ, 0, 0, 3)]);
        // What jumps over the new instructions goes two further.
        for (at, insn) in evaded[..low].iter_mut().enumerate() {
            let over = |distance: u8| at + 1 + usize::from(distance) > low;
            insn.jt += if over(insn.jt) { 2 } else { 0 };
            insn.jf += if over(insn.jf) { 2 } else { 0 };
        }
        let data = wrong(&right, &evaded);
        assert_eq!(data.args[2] as u32, 5);
        assert_ne!(data.args[2] >> 32, 0);
    }
}

#[test]
fn unevaluable_rules_are_read_right() {
    let inexact = |nr, action| Rule {
        exact: false,
        ..rule(
            &[(
                0,
                Test::Masked {
                    mask: 0xffff_ffff,
                    value: nr,
                },
            )],
            action,
        )
    };
    let rules = vec![
        inexact(1, ALLOW),
        inexact(2, Action::Errno(9)),
        inexact(2, Action::Errno(8)),
        rule(&[(0, Test::Eq(2))], Action::Trap),
        inexact(3, Action::KillProcess),
        rule(&[(1, Test::Ge(4))], Action::Log),
    ];
    let right = one(Abi::X86, rules.clone());
    accepted(&right, naive::compile(&right));
    for index in 0..rules.len() - 1 {
        let mut rules = rules.clone();
        rules[index].exact = !rules[index].exact;
        let other = naive::compile(&one(Abi::X86, rules));
        // These two are stricter than whatever follows them.
        match index {
            3 | 4 => accepted(&right, other),
            _ => drop(wrong(&right, &other)),
        }
    }
}
