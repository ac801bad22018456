//! A policy → the calls at which two readings of it tend to part.

use crate::random::Random;
use seccomp_profile_compiler::linux::abi::{Abi, X32_BIT};
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::{Decision, Policy, Rule, SKIPPED, Test};

/// Numbers that are special under the token of x86_64, and nothing elsewhere.
const EDGES: [u32; 9] = [
    0,
    X32_BIT - 1,
    X32_BIT,
    X32_BIT + 1,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0027,
    SKIPPED - 1,
    SKIPPED,
];

/// What libseccomp calls x32, though no kernel reports it.
const X32_OF_LIBSECCOMP: u32 = 0x4000_003e;

/// Returns the calls of a policy; with `every`, all that the ABIs have are among them.
pub fn of(policy: &Policy, every: bool, random: &mut Random) -> Vec<SeccompData> {
    let mut calls = Vec::new();
    for token in policy.tokens() {
        for nr in numbers(policy, token, every) {
            let lists = match policy.lookup(token, nr) {
                Decision::Always(_) => vec![[0; 6], [u64::MAX; 6]],
                Decision::ByRules(rules) => arguments(rules, random),
            };
            calls.extend(lists.into_iter().map(|args| call(token, nr, args)));
        }
    }
    let known = policy.tokens();
    let mut foreign: Vec<u32> = Abi::ALL.iter().map(|abi| abi.token()).collect();
    foreign.extend(
        known
            .iter()
            .flat_map(|token| (0..32).map(move |bit| token ^ 1 << bit)),
    );
    foreign.extend([0, u32::MAX, X32_OF_LIBSECCOMP]);
    foreign.retain(|token| !known.contains(token));
    for token in foreign {
        let some = random.pick(&policy.boundaries(policy.target.token()));
        calls.extend([0, some, SKIPPED].map(|nr| call(token, nr, [0; 6])));
    }
    calls
}

/// A call with nothing else said.
pub fn call(arch: u32, nr: u32, args: [u64; 6]) -> SeccompData {
    SeccompData {
        nr,
        arch,
        args,
        ..SeccompData::default()
    }
}

/// Where the policy begins to answer differently, a number before it, and the special ones.
fn numbers(policy: &Policy, token: u32, every: bool) -> Vec<u32> {
    let mut numbers = policy.boundaries(token);
    let before: Vec<u32> = numbers.iter().map(|nr| nr.wrapping_sub(1)).collect();
    let other: Vec<u32> = numbers.iter().map(|nr| nr ^ X32_BIT).collect();
    numbers.extend(before);
    numbers.extend(other.iter().step_by(if every { 1 } else { 7 }));
    numbers.extend(EDGES);
    for rules in policy
        .abis
        .iter()
        .filter(|rules| rules.abi.token() == token)
    {
        numbers.push(syscalls::highest(rules.abi) + 1);
        if every {
            numbers.extend(syscalls::calls(rules.abi).iter().map(|(nr, _)| nr));
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Arguments at the edge of every condition while the others of its rule hold, and mixtures.
pub fn arguments(rules: &[Rule], random: &mut Random) -> Vec<[u64; 6]> {
    let mut lists = vec![[0; 6], [u64::MAX; 6]];
    let mut values = vec![0, u64::MAX];
    for rule in rules {
        let mut holding = [0; 6];
        for condition in &rule.conditions {
            let around = around(condition.test);
            let holds = around.iter().find(|&&value| condition.test.holds(value));
            holding[usize::from(condition.arg)] = holds.copied().unwrap_or(0);
            values.extend(around);
        }
        lists.push(holding);
        for condition in &rule.conditions {
            for value in around(condition.test) {
                let mut list = holding;
                list[usize::from(condition.arg)] = value;
                lists.push(list);
            }
        }
    }
    for _ in 0..16 {
        lists.push(std::array::from_fn(|_| random.pick(&values)));
    }
    lists.sort_unstable();
    lists.dedup();
    lists
}

/// The test's constant, its neighbours, and the same with either half made another.
fn around(test: Test) -> Vec<u64> {
    let (value, free) = match test {
        Test::Masked { mask, value } => (value, !mask),
        Test::Ne(v) | Test::Lt(v) | Test::Le(v) | Test::Eq(v) | Test::Ge(v) | Test::Gt(v) => (v, 0),
    };
    let low = value & 0xffff_ffff;
    let lowest = free & free.wrapping_neg();
    let mut values = vec![
        value,
        value.wrapping_sub(1),
        value.wrapping_add(1),
        value | free,
        value ^ lowest,
        low,
        low | 0xffff_ffff_0000_0000,
        value | 0xffff_ffff,
        value & !0xffff_ffff,
    ];
    values.extend([0, 15, 16, 31, 32, 33, 63].map(|bit| value ^ 1 << bit));
    values
}
