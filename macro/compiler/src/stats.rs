//! What a program costs: its length and the instructions it executes.
//!
//! Every call of the target's own table counts once. The mean is taken with all arguments 0, the
//! worst case over arguments at and around every number the policy compares with.

use crate::abi::Abi;
use crate::bpf::{self, SeccompData};
use crate::lower::HOT_NAMES;
use crate::policy::{Decision, Policy, Rule, Test};
use crate::syscalls;
use crate::verify::Program;

/// The costs of one program; `executed` counts every instruction, the last one too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stats {
    /// Instructions of the program.
    pub instructions: usize,
    /// Mean of the instructions executed over all calls.
    pub mean: f64,
    /// Mean over a short list of calls that servers make most.
    pub hot_mean: f64,
    /// The most instructions any call executes.
    pub worst: u32,
}

/// Measures a program by running it.
pub fn stats(policy: &Policy, program: &Program) -> Stats {
    let target = policy.target;
    let cost = |nr: u32, args: [u64; 6]| {
        let data = SeccompData {
            nr,
            arch: target.token(),
            args,
            ..SeccompData::default()
        };
        bpf::run(program.insns(), &data, target.endian()).map_or(0, |answer| answer.executed)
    };
    let mut worst = 0;
    let (mut all, mut hot) = (Mean::default(), Mean::default());
    for (nr, name) in syscalls::calls(target) {
        let plain = cost(nr, [0; 6]);
        all.add(plain);
        if HOT_NAMES.contains(&name) {
            hot.add(plain);
        }
        worst = worst.max(plain);
        if let Decision::ByRules(rules, _) = policy.lookup(target.token(), nr) {
            for args in interesting_args(rules, target) {
                worst = worst.max(cost(nr, args));
            }
        }
    }
    Stats {
        instructions: program.insns().len(),
        mean: all.value(),
        hot_mean: hot.value(),
        worst,
    }
}

#[derive(Default)]
struct Mean {
    sum: u64,
    count: u64,
}

impl Mean {
    fn add(&mut self, value: u32) {
        self.sum += u64::from(value);
        self.count += 1;
    }

    fn value(&self) -> f64 {
        if self.count == 0 {
            0.0
        } else {
            self.sum as f64 / self.count as f64
        }
    }
}

/// The most argument sets that are made of every rule with every other rule's values.
const MOST_CROSSED: usize = 1 << 15;

/// Returns arguments at which some rule of a list may begin or cease to match: for each rule those
/// that satisfy it, and those with one argument moved to a value of any rule's, or beside it. In
/// very long lists an argument is moved to values of its own rule only.
pub fn interesting_args(rules: &[Rule], abi: Abi) -> Vec<[u64; 6]> {
    let values_of = |rules: &[Rule]| {
        let mut values: [Vec<u64>; 6] = Default::default();
        for condition in rules.iter().flat_map(|rule| &rule.conditions) {
            let values = &mut values[usize::from(condition.arg)];
            let around = interesting_values(condition.test);
            values.extend(around.iter().map(|value| value & abi.width().max()));
            // What stands above the width must change nothing.
            values.extend(around);
        }
        for values in &mut values {
            values.sort_unstable();
            values.dedup();
        }
        values
    };
    let base_of = |rule: &Rule| {
        let mut base = [0; 6];
        for condition in &rule.conditions {
            let around = interesting_values(condition.test);
            let fits = around
                .into_iter()
                .find(|&value| condition.test.holds(value));
            base[usize::from(condition.arg)] = fits.unwrap_or(0);
        }
        base
    };
    let mut all = vec![[0; 6]];
    let mut moved = |base: [u64; 6], values: &[Vec<u64>; 6]| {
        all.push(base);
        for (arg, values) in values.iter().enumerate() {
            for &value in values {
                let mut args = base;
                args[arg] = value;
                all.push(args);
            }
        }
    };
    let values = values_of(rules);
    let crossed = (rules.len() + 1) * values.iter().map(Vec::len).sum::<usize>();
    if crossed <= MOST_CROSSED {
        moved([0; 6], &values);
        rules.iter().for_each(|rule| moved(base_of(rule), &values));
    } else {
        for rule in rules {
            moved(base_of(rule), &values_of(std::slice::from_ref(rule)));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The values at and around a test's numbers, in either half, and the ends of both widths.
fn interesting_values(test: Test) -> Vec<u64> {
    let numbers = match test {
        Test::Ne(value) | Test::Lt(value) | Test::Le(value) => vec![value],
        Test::Eq(value) | Test::Ge(value) | Test::Gt(value) => vec![value],
        Test::Masked { mask, value } => {
            let bits = (0..64).map(|bit| 1 << bit).filter(|bit| mask & bit != 0);
            let flipped = bits.map(|bit| value ^ bit);
            [value, mask, value | !mask]
                .into_iter()
                .chain(flipped)
                .collect()
        }
    };
    let mut values = vec![
        0,
        1,
        1 << 31,
        (1 << 31) - 1,
        1 << 32,
        (1 << 32) - 1,
        1 << 63,
        u64::MAX,
    ];
    for number in numbers {
        for near in [number.wrapping_sub(1), number, number.wrapping_add(1)] {
            values.extend([near, near.wrapping_add(1 << 32), near.wrapping_sub(1 << 32)]);
            values.extend([near << 32, near >> 32, near ^ 1 << 63]);
        }
    }
    values.sort_unstable();
    values.dedup();
    values
}
