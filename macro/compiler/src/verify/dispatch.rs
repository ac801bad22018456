//! Policy → for each audit token the runs of numbers that have one decision; and calls → the parts
//! of them that do.
//!
//! The runs are derived here from the rule lists alone. `lower` finds them by code of its own
//! ([`Policy::boundaries`] and [`Policy::lookup`]), so that a mistake in either makes the proof fail.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::budget::Budget;
use super::calls::Calls;
use super::mismatch::Mismatch;
use super::values::{Question, Relation};
use crate::linux::abi::{Abi, X32_BIT};
use crate::linux::action::Action;
use crate::linux::data::Word;
use crate::policy::{AbiRules, Decision, Policy, Rule, SKIPPED};

/// The decisions of a policy, for every token and number.
pub(super) struct Dispatch<'p> {
    tokens: BTreeMap<u32, Runs<'p>>,
    /// For all other tokens.
    foreign: Runs<'p>,
}

/// The first number of each run, and the decision for all its numbers; sorted, from 0.
struct Runs<'p>(Vec<(u32, Decision<'p>)>);

impl<'p> Dispatch<'p> {
    /// Derives the decisions from the rule lists.
    pub(super) fn new(policy: &'p Policy) -> Dispatch<'p> {
        let mut tokens = BTreeMap::new();
        for rules in &policy.abis {
            let token = rules.abi.token();
            tokens
                .entry(token)
                .or_insert_with(|| Runs::new(policy, token));
        }
        Dispatch {
            tokens,
            foreign: Runs(vec![(0, Decision::Always(policy.bad_arch))]),
        }
    }

    /// Hands every part of the calls that has one decision to `visit`.
    pub(super) fn decisions(
        &self,
        calls: Calls,
        budget: &Budget,
        mut visit: impl FnMut(Calls, Decision<'p>) -> Result<(), Mismatch>,
    ) -> Result<(), Mismatch> {
        let mut rest = calls;
        for (token, runs) in &self.tokens {
            let of_token = Question {
                word: Word::Arch,
                mask: u32::MAX,
                relation: Relation::Eq,
                value: *token,
            };
            let parts = rest.split(of_token, budget)?;
            if let Some(calls) = parts.yes {
                runs.visit(&calls, budget, &mut visit)?;
            }
            match parts.no {
                Some(calls) => rest = calls,
                None => return Ok(()),
            }
        }
        self.foreign.visit(&rest, budget, &mut visit)
    }
}

impl<'p> Runs<'p> {
    fn new(policy: &'p Policy, token: u32) -> Runs<'p> {
        let mut runs = Runs(Vec::new());
        for (numbers, owner) in numbers(token) {
            let mut abis = policy
                .abis
                .iter()
                .filter(|rules| rules.abi.token() == token);
            match abis.find(|rules| owner.is_none_or(|abi| rules.abi == abi)) {
                Some(rules) => runs.append(numbers, rules, policy.default),
                // A tracer's way to skip a call; under a known token it is no foreign call.
                None if numbers == (SKIPPED..=SKIPPED) => {
                    runs.push(SKIPPED, Decision::Always(policy.default));
                }
                None => runs.push(*numbers.start(), Decision::Always(policy.bad_arch)),
            }
        }
        runs
    }

    /// Appends the decisions of an ABI for some of its numbers: what is newer than the table has an
    /// answer of its own, before all rules.
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
                Some(behind) => next = behind,
                None => return,
            }
        }
        if next <= last {
            self.append_listed(next..=last, rules, default);
        }
    }

    /// Appends what the rule lists of an ABI decide for some of its numbers.
    fn append_listed(&mut self, own: RangeInclusive<u32>, rules: &'p AbiRules, default: Action) {
        let last = *own.end();
        let mut next = Some(*own.start());
        for (&nr, list) in rules.lists.range(own) {
            if let Some(hole) = next.filter(|hole| *hole < nr) {
                self.push(hole, Decision::Always(default));
            }
            self.push(nr, listed(list, default));
            next = nr.checked_add(1);
        }
        if let Some(hole) = next.filter(|hole| *hole <= last) {
            self.push(hole, Decision::Always(default));
        }
    }

    /// Begins a run, unless the one before has the same decision.
    fn push(&mut self, start: u32, decision: Decision<'p>) {
        if self.0.last().is_none_or(|(_, last)| *last != decision) {
            self.0.push((start, decision));
        }
    }

    fn visit(
        &self,
        calls: &Calls,
        budget: &Budget,
        visit: &mut impl FnMut(Calls, Decision<'p>) -> Result<(), Mismatch>,
    ) -> Result<(), Mismatch> {
        for values in calls.values(Word::Nr) {
            // The first run starts at 0, so one starts where the values do or before.
            let behind = self.0.partition_point(|(start, _)| *start <= values.low);
            for at in behind.saturating_sub(1)..self.0.len() {
                let (start, decision) = self.0[at];
                if start > values.high {
                    break;
                }
                budget.spend(1)?;
                let end = self.0.get(at + 1).map_or(u32::MAX, |(next, _)| next - 1);
                if let Some(numbers) = values.between(start, end) {
                    visit(calls.within(numbers), decision)?;
                }
            }
        }
        Ok(())
    }
}

/// All numbers under a token, in order, and the ABI that they belong to; `None` where a token has
/// one ABI.
///
/// x86_64 and x32 share a token: bit 30 tells them apart (`arch/x86/entry/common.c:
/// do_syscall_x32`), but for -1, which is no call of x32.
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

/// The numbers that are newer than the table and their answer, if they have one of their own.
fn newer(rules: &AbiRules) -> Vec<(RangeInclusive<u32>, Action)> {
    let Some(newer) = rules.newer else {
        return Vec::new();
    };
    let behind = newer.known.saturating_add(1);
    let numbers = match rules.abi {
        // Older kernels show 0 for a number that does not fit into the instruction.
        Abi::S390 | Abi::S390x => vec![0..=0, behind..=SKIPPED - 1],
        // Arm has private calls far above the others.
        Abi::Arm => vec![behind..=0x000e_ffff, behind.max(0x000f_0800)..=SKIPPED - 1],
        _ => vec![behind..=SKIPPED - 1],
    };
    numbers
        .into_iter()
        .map(|numbers| (numbers, newer.action))
        .collect()
}

/// The decision of a rule list.
fn listed(list: &[Rule], default: Action) -> Decision<'_> {
    match list {
        [] => Decision::Always(default),
        [first, ..] if first.exact && first.conditions.is_empty() => Decision::Always(first.action),
        list => Decision::ByRules(list),
    }
}
