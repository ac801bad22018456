//! Policy → the intervals of numbers that have one decision, for each audit token.
//!
//! A *decision* is what the policy knows from token and number alone: an action, or a rule list for
//! the arguments. The intervals are derived here from the rule lists. `lower` finds them with other
//! code ([`Policy::boundaries`] and [`Policy::lookup`]), so that a mistake in either makes the proof
//! fail.

use std::ops::RangeInclusive;

use super::budget::Budget;
use super::calls::Calls;
use super::mismatch::Mismatch;
use super::values::{Comparison, Relation};
use crate::linux::abi::{Abi, X32_BIT};
use crate::linux::action::Action;
use crate::linux::data::Word;
use crate::policy::{AbiRules, Decision, Policy, Rule, SKIPPED};

/// The decisions of a policy, for every token and number.
pub(super) struct Dispatch<'p> {
    tokens: Vec<(u32, Intervals<'p>)>,
    /// The decision for all other tokens.
    other: Intervals<'p>,
}

/// The first number of each interval, and the decision for all its numbers. Sorted; the first number
/// is 0.
struct Intervals<'p>(Vec<(u32, Decision<'p>)>);

impl<'p> Dispatch<'p> {
    /// Derives the decisions from the rule lists.
    pub(super) fn new(policy: &'p Policy) -> Dispatch<'p> {
        let mut tokens: Vec<(u32, Intervals)> = Vec::new();
        for rules in &policy.abis {
            let token = rules.abi.token();
            if tokens.iter().all(|(known, _)| *known != token) {
                tokens.push((token, Intervals::new(policy, token)));
            }
        }
        Dispatch {
            tokens,
            other: Intervals(vec![(0, Decision::Always(policy.bad_arch))]),
        }
    }

    /// Splits calls into parts that have one decision, and passes each part to `visit`.
    pub(super) fn decisions(
        &self,
        calls: Calls,
        budget: &Budget,
        mut visit: impl FnMut(Calls, Decision<'p>) -> Result<(), Mismatch>,
    ) -> Result<(), Mismatch> {
        let mut rest = calls;
        for (token, intervals) in &self.tokens {
            let of_token = Comparison {
                word: Word::Arch,
                mask: u32::MAX,
                relation: Relation::Eq,
                value: *token,
            };
            let parts = rest.split(of_token, budget)?;
            if let Some(calls) = parts.yes {
                intervals.visit(&calls, budget, &mut visit)?;
            }
            match parts.no {
                Some(calls) => rest = calls,
                None => return Ok(()),
            }
        }
        self.other.visit(&rest, budget, &mut visit)
    }
}

impl<'p> Intervals<'p> {
    fn new(policy: &'p Policy, token: u32) -> Intervals<'p> {
        let mut intervals = Intervals(Vec::new());
        for (numbers, owner) in numbers(token) {
            let mut abis = policy
                .abis
                .iter()
                .filter(|rules| rules.abi.token() == token);
            match abis.find(|rules| owner.is_none_or(|abi| rules.abi == abi)) {
                Some(rules) => intervals.append(numbers, rules, policy.default),
                // A tracer skips a call by setting the number -1. With a known token, such a call is
                // not a call of an unknown architecture.
                None if numbers == (SKIPPED..=SKIPPED) => {
                    intervals.push(SKIPPED, Decision::Always(policy.default));
                }
                None => intervals.push(*numbers.start(), Decision::Always(policy.bad_arch)),
            }
        }
        intervals
    }

    /// Appends the decisions of an ABI for some of its numbers. Calls newer than the table can have
    /// an action of their own, which comes before all rules.
    fn append(&mut self, own: RangeInclusive<u32>, rules: &'p AbiRules, default: Action) {
        let (mut next, last) = (*own.start(), *own.end());
        for (numbers, action) in newer(rules) {
            let (start, end) = (next.max(*numbers.start()), last.min(*numbers.end()));
            if start > end {
                continue;
            }
            if next < start {
                self.append_listed(next..=start - 1, rules, default);
            }
            self.push(start, Decision::Always(action));
            match end.checked_add(1) {
                Some(after) => next = after,
                None => return,
            }
        }
        if next <= last {
            self.append_listed(next..=last, rules, default);
        }
    }

    /// Appends the decisions of the rule lists of an ABI, for some of its numbers. Every number
    /// without a list has the default.
    fn append_listed(&mut self, own: RangeInclusive<u32>, rules: &'p AbiRules, default: Action) {
        let (first, last) = own.into_inner();
        let mut next = Some(first);
        for &(nr, ref list) in rules.lists.range(&first, &last) {
            if let Some(unlisted) = next.filter(|unlisted| *unlisted < nr) {
                self.push(unlisted, Decision::Always(default));
            }
            self.push(nr, decision(list, default));
            next = nr.checked_add(1);
        }
        if let Some(unlisted) = next.filter(|unlisted| *unlisted <= last) {
            self.push(unlisted, Decision::Always(default));
        }
    }

    /// Starts an interval, unless the last one has the same decision.
    fn push(&mut self, start: u32, decision: Decision<'p>) {
        if self.0.last().is_none_or(|(_, last)| *last != decision) {
            self.0.push((start, decision));
        }
    }

    /// Splits calls by number, and passes each part to `visit`.
    fn visit(
        &self,
        calls: &Calls,
        budget: &Budget,
        visit: &mut impl FnMut(Calls, Decision<'p>) -> Result<(), Mismatch>,
    ) -> Result<(), Mismatch> {
        for values in calls.values(Word::Nr) {
            // The first interval starts at 0, so at least one starts at or before the values.
            let after = self.0.partition_point(|(start, _)| *start <= values.low);
            for at in after.saturating_sub(1)..self.0.len() {
                let (start, decision) = self.0[at];
                if start > values.high {
                    break;
                }
                budget.spend(1)?;
                let end = self.0.get(at + 1).map_or(u32::MAX, |(next, _)| next - 1);
                if let Some(numbers) = values.between(start, end) {
                    visit(calls.with_values(numbers), decision)?;
                }
            }
        }
        Ok(())
    }
}

/// Returns all numbers of a token in ascending order, and the ABI to which they belong; `None` if
/// the token has only one ABI.
///
/// x86_64 and x32 share a token. Numbers with bit 30 belong to x32 (`arch/x86/entry/common.c:
/// do_syscall_x32`), except -1.
fn numbers(token: u32) -> Vec<(RangeInclusive<u32>, Option<Abi>)> {
    if token != Abi::X86_64.token() {
        return vec![(0..=u32::MAX, None)];
    }
    vec![
        (0..=X32_BIT - 1, Some(Abi::X86_64)),
        (X32_BIT..=SKIPPED - 1, Some(Abi::X32)),
        (SKIPPED..=SKIPPED, Some(Abi::X86_64)),
    ]
}

/// Returns the numbers that are newer than the table, with their action. Returns none if the default
/// applies to them.
fn newer(rules: &AbiRules) -> Vec<(RangeInclusive<u32>, Action)> {
    let Some(newer) = rules.newer else {
        return Vec::new();
    };
    let first = newer.known.saturating_add(1);
    let action = newer.action;
    match rules.abi {
        // Older kernels report 0 for a number that does not fit into the `svc` instruction.
        Abi::S390 | Abi::S390x => vec![(0..=0, action), (first..=SKIPPED - 1, action)],
        // The private calls of arm have numbers far above the others.
        Abi::Arm => vec![
            (first..=0x000e_ffff, action),
            (first.max(0x000f_0800)..=SKIPPED - 1, action),
        ],
        _ => vec![(first..=SKIPPED - 1, action)],
    }
}

/// Returns the decision of a rule list.
fn decision(list: &[Rule], default: Action) -> Decision<'_> {
    match list {
        [] => Decision::Always(default),
        [first, ..] if first.exact && first.conditions.is_empty() => Decision::Always(first.action),
        list => Decision::ByRules(list),
    }
}
