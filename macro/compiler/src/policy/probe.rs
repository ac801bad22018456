//! A rule list → sample arguments at which its answer can change, because all arguments are too many
//! to try.
//!
//! A *base* is a set of six arguments that satisfies a rule; a *probe* is a base, or a base with one
//! argument replaced.

use std::ops::Range;

use crate::linux::abi::Abi;
use crate::policy::{Rule, Test};
use crate::sorted;

/// The limit on probes that combine the base of every rule with the values of every rule.
const MOST_CROSSED: usize = 1 << 15;

/// Arguments near which some rule of a list can start or stop to match: for each rule a base, and
/// the base with one argument replaced by a value at or next to a number of any rule. In a very long
/// list only the values of the same rule are used.
pub struct Probes {
    /// Replacements: the index of an argument, and its value.
    values: Vec<(usize, u64)>,
    groups: Vec<Group>,
    count: usize,
}

/// A base, and its replacements.
struct Group {
    first: usize,
    base: [u64; 6],
    values: Range<usize>,
}

impl Probes {
    /// Returns the probes for the rules of one call.
    pub fn new(rules: &[Rule], abi: Abi) -> Probes {
        let mut probes = Probes {
            values: values(rules, abi),
            groups: Vec::new(),
            count: 0,
        };
        if (rules.len() + 1) * probes.values.len() <= MOST_CROSSED {
            let all = 0..probes.values.len();
            probes.group([0; 6], all.clone());
            for rule in rules {
                probes.group(satisfying(rule), all.clone());
            }
        } else {
            probes.values.clear();
            probes.group([0; 6], 0..0);
            for rule in rules {
                let own = probes.values.len();
                probes
                    .values
                    .extend(values(std::slice::from_ref(rule), abi));
                probes.group(satisfying(rule), own..probes.values.len());
            }
        }
        probes
    }

    fn group(&mut self, base: [u64; 6], values: Range<usize>) {
        let first = self.count;
        self.count += 1 + values.len();
        self.groups.push(Group {
            first,
            base,
            values,
        });
    }

    /// Returns at most `most` probes, spread over the whole list; some can be equal.
    pub fn some(&self, most: usize) -> impl Iterator<Item = [u64; 6]> {
        self.places(most).map(|at| self.at(at))
    }

    fn places(&self, most: usize) -> impl Iterator<Item = usize> + use<> {
        let count = self.count;
        // Groups have equal lengths: a multiple of that length would select the same replacement in
        // each group.
        let mut step = count * 5 / 8 + 1;
        while common_divisor(step, count) > 1 {
            step += 1;
        }
        (0..count.min(most)).map(move |i| i * step % count)
    }

    /// Returns all probes, sorted, without duplicates.
    pub fn all(&self) -> Vec<[u64; 6]> {
        let mut all: Vec<[u64; 6]> = self.some(self.count).collect();
        sorted::sort_unique(&mut all);
        all
    }

    fn at(&self, at: usize) -> [u64; 6] {
        let behind = self.groups.partition_point(|group| group.first <= at);
        let group = &self.groups[behind - 1];
        let mut args = group.base;
        if at > group.first {
            let (arg, value) = self.values[group.values.start + at - group.first - 1];
            args[arg] = value;
        }
        args
    }
}

fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// Returns arguments that satisfy a rule, if any do.
fn satisfying(rule: &Rule) -> [u64; 6] {
    let mut base = [0; 6];
    for condition in &rule.conditions {
        let around = around(condition.test).into_iter();
        let fits = around.filter(|&value| condition.test.holds(value)).min();
        base[usize::from(condition.arg)] = fits.unwrap_or(0);
    }
    base
}

/// Returns the values near the numbers of some rules, without duplicates.
fn values(rules: &[Rule], abi: Abi) -> Vec<(usize, u64)> {
    let mut values = Vec::new();
    for condition in rules.iter().flat_map(|rule| &rule.conditions) {
        let arg = usize::from(condition.arg);
        for value in around(condition.test) {
            // Bits above the width must not change the answer.
            values.push((arg, value));
            values.push((arg, value & abi.width().max()));
            if condition.width < abi.width() {
                values.push((arg, value & condition.width.max()));
            }
        }
    }
    sorted::sort_unique(&mut values);
    values
}

/// Returns the values at and next to the numbers of a test, in both halves, and the limits of both
/// widths.
fn around(test: Test) -> Vec<u64> {
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
    let mut numbers = Vec::new();
    match test {
        Test::Ne(value) | Test::Lt(value) | Test::Le(value) => numbers.push(value),
        Test::Eq(value) | Test::Ge(value) | Test::Gt(value) => numbers.push(value),
        Test::Masked { mask, value } => {
            let bits = (0..64).map(|bit| 1 << bit).filter(|bit| mask & bit != 0);
            values.extend(bits.map(|bit| value ^ bit));
            numbers.extend_from_slice(&[value, mask, value | !mask]);
        }
    }
    for number in numbers {
        for &near in &[number.wrapping_sub(1), number, number.wrapping_add(1)] {
            let high = 1 << 32;
            values.extend_from_slice(&[near, near.wrapping_add(high), near.wrapping_sub(high)]);
            values.extend_from_slice(&[near << 32, near >> 32, near ^ 1 << 63]);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::abi::Width;
    use crate::linux::action::Action;
    use crate::policy::Condition;
    use std::collections::BTreeSet;

    fn rule(conditions: &[(u8, Test)]) -> Rule {
        let condition = |&(arg, test)| Condition {
            arg,
            test,
            width: Width::W64,
        };
        Rule {
            conditions: conditions.iter().map(condition).collect(),
            action: Action::Allow,
            exact: true,
        }
    }

    /// Asserts that each rule matches some probe and not all, and that the values at and next to each
    /// of its numbers are probed.
    fn assert_probed(rules: &[Rule]) {
        let probes = Probes::new(rules, Abi::X86_64).all();
        for rule in rules {
            let matched = probes.iter().filter(|args| rule.matches(args));
            assert!((1..probes.len()).contains(&matched.count()), "{rule:?}");
            for condition in &rule.conditions {
                let arg = usize::from(condition.arg);
                let others = |args: &&[u64; 6]| {
                    let mut others = rule
                        .conditions
                        .iter()
                        .filter(|other| other.arg != condition.arg);
                    others.all(|other| other.test.holds(args[usize::from(other.arg)]))
                };
                let met: BTreeSet<u64> =
                    probes.iter().filter(others).map(|args| args[arg]).collect();
                for value in edges(condition.test) {
                    assert!(met.contains(&value), "{condition:?} without {value:#x}");
                }
            }
        }
    }

    fn edges(test: Test) -> Vec<u64> {
        let number = match test {
            Test::Ne(value) | Test::Lt(value) | Test::Le(value) => value,
            Test::Eq(value) | Test::Ge(value) | Test::Gt(value) => value,
            Test::Masked { mask, value } => {
                let bits = (0..64).map(|bit| 1 << bit).filter(|bit| mask & bit != 0);
                return bits
                    .map(|bit| value ^ bit)
                    .chain([value, value | !mask])
                    .collect();
            }
        };
        vec![number.wrapping_sub(1), number, number.wrapping_add(1)]
    }

    #[test]
    fn every_rule_matches_and_does_not() {
        let masked = Test::Masked {
            mask: 0xf000_000f,
            value: 0x3000_0001,
        };
        let few = [
            rule(&[(0, Test::Eq(7)), (5, Test::Gt(1 << 40))]),
            rule(&[(3, masked), (1, Test::Ne(0))]),
            rule(&[(2, Test::Lt(9)), (4, Test::Ge(u64::MAX))]),
        ];
        assert_probed(&few);
        let many: Vec<Rule> = (0..1000)
            .map(|i| rule(&[(i as u8 % 6, Test::Le(i))]))
            .collect();
        assert_probed(&many);
    }

    #[test]
    fn some_are_spread_over_all() {
        let rules: Vec<Rule> = (0..5).map(|i| rule(&[(0, Test::Eq(i << 33))])).collect();
        let probes = Probes::new(&rules, Abi::X86_64);
        let group = probes.groups[1].first;
        let mut places: Vec<usize> = probes.places(10).collect();
        places.sort_unstable();
        assert_eq!(places.len(), 10);
        let gaps = places.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(
            gaps.clone()
                .all(|gap| (1..=probes.count / 4).contains(&gap)),
            "{places:?}"
        );
        assert!(places[9] - places[0] > probes.count / 2);
        let within: BTreeSet<usize> = places.iter().map(|at| at % group).collect();
        assert!(within.len() > 5, "{within:?}");

        assert_eq!(probes.some(0).count(), 0);
        let every: BTreeSet<[u64; 6]> = probes.some(usize::MAX).collect();
        assert!(every.into_iter().eq(probes.all()));
        assert_eq!(Probes::new(&[], Abi::X86_64).all(), [[0; 6]]);
    }
}
