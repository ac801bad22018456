//! Random policies, with all that a [`Policy`] can say.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;

use seccomp_profile_compiler::linux::abi::{Abi, Width, X32_BIT};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::{AbiRules, Condition, Newer, Policy, Rule, SKIPPED, Test};

/// Any policy of any target.
pub(crate) fn policy() -> impl Strategy<Value = Policy> {
    (select(Abi::ALL.to_vec()), any::<[bool; 3]>())
        .prop_flat_map(|(target, chosen)| policy_of(target, chosen))
}

/// Any policy of a target, with some of the other ABIs of its kernel.
fn policy_of(target: Abi, chosen: [bool; 3]) -> impl Strategy<Value = Policy> {
    let mut set = vec![target];
    let mut others = target.family().to_vec();
    others.sort_unstable();
    let others = others.into_iter().filter(|abi| *abi != target);
    set.extend(
        others
            .zip(chosen)
            .filter_map(|(abi, chosen)| chosen.then_some(abi)),
    );
    let abis: Vec<_> = set.into_iter().map(abi_rules).collect();
    (action(), action(), abis).prop_map(move |(default, bad_arch, abis)| Policy {
        target,
        default,
        bad_arch,
        abis,
        flags: 0,
    })
}

/// Two policies of one target that have rule lists in common, and lists that are almost the same.
pub(crate) fn pair() -> impl Strategy<Value = (Policy, Policy)> {
    let second = |first: Policy| {
        let others = (any::<[bool; 3]>()).prop_flat_map({
            let target = first.target;
            move |chosen| policy_of(target, chosen)
        });
        (Just(first), others, any::<[bool; 3]>())
    };
    policy()
        .prop_flat_map(second)
        .prop_map(|(first, mut second, [default, bad_arch, newer])| {
            if default {
                second.default = first.default;
            }
            if bad_arch {
                second.bad_arch = first.bad_arch;
            }
            for rules in &mut second.abis {
                let Some(of_first) = first.abis.iter().find(|other| other.abi == rules.abi) else {
                    continue;
                };
                if newer {
                    rules.newer = of_first.newer;
                }
                for (i, (nr, list)) in of_first.lists.iter().enumerate() {
                    let mut list = list.clone();
                    match i % 4 {
                        0 => {}
                        1 => list.reverse(),
                        2 if list.len() > 1 => drop(list.pop()),
                        _ => list[0].action = Action::Errno(1),
                    }
                    rules.lists.insert(*nr, list);
                }
            }
            (first, second)
        })
}

fn abi_rules(abi: Abi) -> impl Strategy<Value = AbiRules> {
    let known = prop_oneof![Just(syscalls::highest(abi)), nr(abi), any::<u32>()];
    let newer = (known, action()).prop_map(|(known, action)| Newer { known, action });
    (
        prop::option::weighted(0.3, newer),
        btree_map(nr(abi), rules(abi.width()), 0..8),
    )
        .prop_map(move |(newer, lists)| AbiRules {
            abi,
            lists: lists.into_iter().collect(),
            newer,
        })
}

/// A number: one of the ABI's calls mostly, else one where something begins or ends.
fn nr(abi: Abi) -> impl Strategy<Value = u32> {
    let calls: Vec<u32> = syscalls::calls(abi).iter().map(|(nr, _)| *nr).collect();
    let edges = vec![
        0,
        1,
        2,
        X32_BIT - 1,
        X32_BIT,
        X32_BIT + 1,
        0xf_0000,
        SKIPPED - 1,
        SKIPPED,
    ];
    prop_oneof![6 => select(calls), 1 => select(edges)]
}

/// Rules on what an ABI has of an argument, or on less if the kernel takes less.
fn rules(abi: Width) -> impl Strategy<Value = Vec<Rule>> {
    let width = prop_oneof![
        5 => Just(abi),
        1 => Just(abi.min(Width::W32)),
        1 => Just(Width::W16),
    ];
    width.prop_flat_map(rules_on)
}

fn rules_on(width: Width) -> impl Strategy<Value = Vec<Rule>> {
    let alike = |args: u8| vec(number(), 1..6).prop_map(move |numbers| (numbers, args));
    let list = move |(numbers, args): (Vec<u64>, u8), most: usize| {
        vec(rule(numbers, args, width), 1..=most)
    };
    prop_oneof![
        12 => alike(6).prop_flat_map(move |from| list(from, 4)),
        4 => alike(2).prop_flat_map(move |from| list(from, 12)),
        2 => alike(3).prop_flat_map(move |from| list(from, 30)),
        1 => equals(width),
    ]
}

/// As for `ioctl`: one argument, many values.
fn equals(width: Width) -> impl Strategy<Value = Vec<Rule>> {
    let values = btree_set(prop_oneof![0..2000u64, number()], 100..300);
    (0..6u8, values, vec(action(), 1..4)).prop_map(move |(arg, values, actions)| {
        let rule = |(i, value): (usize, u64)| Rule {
            conditions: vec![Condition {
                arg,
                test: Test::Eq(value & width.max()),
                width,
            }],
            action: actions[i / 7 % actions.len()],
            exact: true,
        };
        values.into_iter().enumerate().map(rule).collect()
    })
}

fn rule(numbers: Vec<u64>, args: u8, width: Width) -> impl Strategy<Value = Rule> {
    let conditions = vec((0..args, test(numbers, width)), 0..5).prop_map(move |list| {
        let mut conditions: Vec<Condition> = Vec::new();
        for (arg, test) in list {
            if conditions.iter().all(|condition| condition.arg != arg) {
                conditions.push(Condition { arg, test, width });
            }
        }
        conditions
    });
    (conditions, action(), prop::bool::weighted(0.9)).prop_map(|(conditions, action, exact)| Rule {
        conditions,
        action,
        exact,
    })
}

/// A test with one of the numbers of its list, beside one, or with one of its own.
fn test(numbers: Vec<u64>, width: Width) -> impl Strategy<Value = Test> {
    let near = (
        select(numbers),
        prop_oneof![4 => Just(0), 1 => Just(1), 1 => Just(u64::MAX)],
    );
    let value = prop_oneof![
        3 => near.prop_map(|(number, step)| number.wrapping_add(step)),
        1 => number()
    ];
    let mask = prop_oneof![
        4 => vec(0..64u32, 1..5).prop_map(|bits| bits.iter().fold(0, |mask, bit| mask | 1 << bit)),
        1 => number(),
    ];
    let bits = prop_oneof![2 => Just(0), 1 => Just(u64::MAX), 2 => any::<u64>()];
    (0..8u8, value, mask, bits).prop_map(move |(op, value, mask, bits)| {
        let value = value & width.max();
        match op {
            0 => Test::Ne(value),
            1 => Test::Lt(value),
            2 => Test::Le(value),
            3 => Test::Eq(value),
            4 => Test::Ge(value),
            5 => Test::Gt(value),
            _ => {
                let mask = mask & width.max();
                Test::Masked {
                    mask,
                    value: bits & mask,
                }
            }
        }
    })
}

/// A number that tends to show mistakes.
pub(crate) fn number() -> impl Strategy<Value = u64> {
    let edges = vec![0u64, 1 << 31, 1 << 32, 1 << 63, 0xffff_ffff_8000_0000];
    prop_oneof![
        4 => 0..16u64,
        4 => (select(edges), 0..5u64).prop_map(|(edge, step)| edge.wrapping_add(step).wrapping_sub(2)),
        1 => (0..64u32).prop_map(|bit| 1 << bit),
        1 => any::<u32>().prop_map(u64::from),
        1 => any::<u64>(),
    ]
}

/// Any action.
pub(crate) fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => Just(Action::Allow),
        4 => Just(Action::Errno(1)),
        1 => (0..=4095u16).prop_map(Action::Errno),
        1 => any::<u16>().prop_map(Action::Trace),
        1 => Just(Action::KillProcess),
        1 => Just(Action::KillThread),
        1 => Just(Action::Trap),
        1 => Just(Action::Notify),
        1 => Just(Action::Log),
    ]
}
