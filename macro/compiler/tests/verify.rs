//! Right programs are proved, wrong ones are refused with a call that shows it.
#![allow(missing_docs)]

mod naive;

use std::collections::BTreeMap;

use naive::{Calls, Random, Shape};
use seccomp_profile_compiler::abi::{Abi, Endian, X32_BIT};
use seccomp_profile_compiler::bpf::{
    self, AND, Insn, JA, JEQ, JGE, JGT, JSET, LD, MAX_LEN, RET, SeccompData, Word,
};
use seccomp_profile_compiler::policy::{
    AbiRules, Action, Condition, Newer, Policy, Rule, SKIPPED, Test,
};
use seccomp_profile_compiler::verify::{Mismatch, verify};

const ALLOW: Action = Action::Allow;
const DENY: Action = Action::Errno(1);
const KILL: Action = Action::KillThread;

fn rule(conditions: &[(u8, Test)], action: Action) -> Rule {
    let condition = |&(arg, test)| Condition { arg, test };
    Rule {
        conditions: conditions.iter().map(condition).collect(),
        action,
        exact: true,
    }
}

fn abi<const N: usize>(abi: Abi, lists: [(u32, Vec<Rule>); N]) -> AbiRules {
    AbiRules {
        abi,
        lists: BTreeMap::from(lists),
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
            let policy = naive::policy(&mut random, &shape);
            let insns = naive::compile(&policy);
            assert!(Calls::of(&policy, &insns).agree(&insns, &mut random, 200));
            accepted(&policy, insns);
        }
    }
}

/// Mistakes of meaning: the program of a policy that a compiler could have mistaken for this one.
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

/// Reads a body from lines as [`bpf::listing`] writes them; targets count from its beginning.
fn body(text: &str) -> Vec<Insn> {
    let words = [
        ("nr", Word::Nr),
        ("ip.low", Word::IpLow),
        ("ip.high", Word::IpHigh),
        ("arg0.low", Word::ArgLow(0)),
        ("arg0.high", Word::ArgHigh(0)),
        ("arg1.low", Word::ArgLow(1)),
    ];
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).unwrap(),
        None => text.parse().unwrap(),
    };
    let line = |(at, line): (usize, &str)| {
        let (name, rest) = line.trim().split_once(' ').unwrap();
        let parts: Vec<&str> = rest.split(", ").collect();
        let skip = |part: &str| number(part) - at as u32 - 1;
        let test = |code| {
            let [jt, jf] = [1, 2].map(|i| skip(parts[i]) as u8);
            Insn::jump(code, number(parts[0]), jt, jf)
        };
        match name {
            "ld" => ld(words.iter().find(|(name, _)| *name == rest).unwrap().1),
            "and" => Insn::stmt(AND, number(rest)),
            "ja" => Insn::stmt(JA, skip(rest)),
            "jeq" => test(JEQ),
            "jgt" => test(JGT),
            "jge" => test(JGE),
            "jset" => test(JSET),
            "ret" if rest == "ALLOW" => ret(ALLOW),
            "ret" if rest == "DENY" => ret(DENY),
            _ => panic!("{line}"),
        }
    };
    text.trim().lines().enumerate().map(line).collect()
}

#[test]
fn unusual_programs_are_proved() {
    let equal = one(Abi::X86_64, vec![rule(&[(0, Test::Eq(5))], ALLOW)]);
    let bodies = [
        "ld arg0.high
         jeq 0, 2, 4
         ld arg0.low
         jeq 5, 5, 4
         ret DENY
         ret ALLOW",
        // The low half first.
        "ld arg0.low
         jeq 5, 2, 4
         ld arg0.high
         jeq 0, 5, 4
         ret DENY
         ret ALLOW",
        // By bits.
        "ld arg0.high
         jset 0xffffffff, 5, 2
         ld arg0.low
         jset 0xfffffffa, 5, 4
         jset 4, 6, 5
         ret DENY
         jset 1, 7, 8
         ret ALLOW
         ret DENY",
        // By masks of masks.
        "ld arg0.high
         jgt 0, 8, 2
         ld arg0.low
         jge 8, 8, 4
         and 0xf7
         and 0x0f
         jeq 5, 7, 8
         ret ALLOW
         ret DENY",
        // By bounds, one of them under a mask.
        "ld arg0.high
         jeq 0, 2, 7
         ld arg0.low
         jge 6, 7, 4
         and 0xfffffffd
         jgt 4, 6, 7
         ret ALLOW
         ret DENY",
        // With a test that sees nothing.
        "ld arg1.low
         and 0
         jeq 0, 3, 7
         ld arg0.high
         jeq 0, 5, 7
         ld arg0.low
         jeq 5, 8, 7
         ret DENY
         ret ALLOW",
        // With needless tests, of words that no policy looks at too.
        "ld ip.low
         jgt 0x100000, 2, 3
         ld arg1.low
         ld ip.high
         jeq 1, 5, 5
         ld arg0.high
         jeq 0, 7, 9
         ld arg0.low
         jeq 5, 10, 9
         ret DENY
         ret ALLOW",
        // With another look at the number.
        "ld arg0.high
         jeq 0, 2, 6
         ld arg0.low
         jeq 5, 4, 6
         ld nr
         jeq 7, 7, 6
         ret DENY
         ret ALLOW",
        // With jumps.
        "ld arg0.high
         ja 2
         jeq 0, 3, 7
         ld arg0.low
         jeq 5, 5, 7
         ja 6
         ret ALLOW
         ret DENY",
    ];
    for text in bodies {
        println!("{text}");
        let right = body(text);
        accepted(&equal, around(&right));
        for (at, insn) in right.iter().enumerate() {
            if insn.code == RET {
                let mut other = right.clone();
                other[at] = ret(Action::Log);
                wrong(&equal, &around(&other));
            }
        }
    }
}

#[test]
fn structure_is_checked() {
    let allow_all = Policy {
        default: ALLOW,
        bad_arch: ALLOW,
        ..one(Abi::X86_64, vec![rule(&[], ALLOW)])
    };
    let nr = ld(Word::Nr);
    let done = ret(ALLOW);
    accepted(&allow_all, vec![done]);
    accepted(
        &allow_all,
        vec![nr, Insn::stmt(AND, 3), Insn::jump(JSET, 1, 0, 0), done],
    );
    let unknown = |at, insn| Mismatch::Unknown { at, insn };
    let cases: Vec<(Vec<Insn>, Mismatch)> = vec![
        (vec![], Mismatch::Length(0)),
        (vec![done; MAX_LEN + 1], Mismatch::Length(MAX_LEN + 1)),
        (vec![nr], Mismatch::NoReturn),
        (vec![done, nr], Mismatch::NoReturn),
        (
            vec![nr, Insn::jump(JEQ, 1, 1, 0), done],
            Mismatch::Leaves(1),
        ),
        (
            vec![nr, Insn::jump(JGT, 1, 0, 255), done],
            Mismatch::Leaves(1),
        ),
        (vec![Insn::stmt(JA, 1), done], Mismatch::Leaves(0)),
        (vec![Insn::stmt(JA, u32::MAX), done], Mismatch::Leaves(0)),
        (vec![Insn::stmt(AND, 1), done], Mismatch::Unloaded(0)),
        (
            vec![Insn::stmt(JA, 0), Insn::jump(JEQ, 0, 0, 0), done],
            Mismatch::Unloaded(1),
        ),
        (vec![done, done], Mismatch::Unreachable(1)),
        (
            vec![nr, Insn::jump(JEQ, 1, 1, 1), done, done],
            Mismatch::Unreachable(2),
        ),
        (vec![Insn::stmt(LD, 2), done], unknown(0, Insn::stmt(LD, 2))),
        (
            vec![Insn::stmt(LD, 64), done],
            unknown(0, Insn::stmt(LD, 64)),
        ),
        // Loads of a byte and of the length, MISC, RET A, a test against X: the kernel takes
        // some of these, this compiler has none.
        (
            vec![Insn::stmt(0x30, 0), done],
            unknown(0, Insn::stmt(0x30, 0)),
        ),
        (
            vec![Insn::stmt(0x80, 0), done],
            unknown(0, Insn::stmt(0x80, 0)),
        ),
        (
            vec![Insn::stmt(0x07, 0), done],
            unknown(0, Insn::stmt(0x07, 0)),
        ),
        (vec![Insn::stmt(0x16, 0)], unknown(0, Insn::stmt(0x16, 0))),
        (
            vec![nr, Insn::jump(0x1d, 0, 0, 0), done],
            unknown(1, Insn::jump(0x1d, 0, 0, 0)),
        ),
    ];
    for (insns, mismatch) in cases {
        println!("{mismatch}");
        assert_eq!(verify(&allow_all, insns), Err(mismatch));
    }
}

#[test]
fn always_allowed_numbers_are_cached() {
    let policy = one(Abi::X86_64, vec![rule(&[], ALLOW)]);
    let looks = around(&[ld(Word::ArgLow(3)), ret(ALLOW)]);
    let mismatch = verify(&policy, looks).unwrap_err();
    let text = mismatch.to_string();
    let Mismatch::Uncached { data, at } = mismatch else {
        panic!("{text}");
    };
    assert_eq!((data.arch, data.nr, at), (Abi::X86_64.token(), 7, 8));
    assert_eq!(
        text,
        "arch 0xc000003e, nr 7, args 0x0 0x0 0x0 0x0 0x0 0x0: always allowed, \
         but instruction 8 looks further than at its number"
    );
    // For the kernel's cache a look at the instruction pointer is as bad; number and architecture
    // may be looked at as often as one likes.
    let looks = around(&[ld(Word::IpHigh), ret(ALLOW)]);
    assert!(matches!(
        verify(&policy, looks),
        Err(Mismatch::Uncached { at: 8, .. })
    ));
    let again = [ld(Word::Arch), ld(Word::Nr), Insn::stmt(AND, 7), ret(ALLOW)];
    accepted(&policy, around(&again));
    // Other answers are not cached anyway.
    let denied = one(Abi::X86_64, vec![rule(&[], Action::Log)]);
    accepted(&denied, around(&[ld(Word::ArgLow(3)), ret(Action::Log)]));
    // Nor are calls that are allowed in the end, but by rules.
    let rules = vec![rule(&[(0, Test::Ge(0))], ALLOW)];
    let by_rules = one(Abi::X86_64, rules);
    accepted(&by_rules, around(&[ld(Word::ArgLow(3)), ret(ALLOW)]));
    accepted(&by_rules, around(&[ret(ALLOW)]));
}

#[test]
fn answers_are_compared_as_words() {
    let right = one(Abi::X86_64, vec![rule(&[], ALLOW)]);
    for word in [0x7fff_0001, 0x7ffc_0000, 0x0005_0001, 0xffff_0000] {
        let data = wrong(&right, &around(&[Insn::stmt(RET, word)]));
        assert_eq!(data.nr, 7);
    }
    let text = verify(&right, around(&[Insn::stmt(RET, 0x1234)]))
        .unwrap_err()
        .to_string();
    assert_eq!(
        text,
        "arch 0xc000003e, nr 7, args 0x0 0x0 0x0 0x0 0x0 0x0: got 0x1234, wanted ALLOW"
    );
}

/// Small programs over small numbers, so that each accepted one can be tried on everything.
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

#[test]
fn bytes_are_those_of_the_target() {
    for (target, first) in [
        (Abi::Aarch64, [0x20, 0, 0, 0, 4, 0, 0, 0]),
        (Abi::S390x, [0, 0x20, 0, 0, 0, 0, 0, 4]),
    ] {
        let policy = one(target, vec![rule(&[(0, Test::Eq(1))], ALLOW)]);
        let program = verify(&policy, naive::compile(&policy)).unwrap();
        let bytes = program.to_bytes();
        assert_eq!(bytes.len(), 8 * program.insns().len());
        assert_eq!(bytes[..8], first);
    }
}
