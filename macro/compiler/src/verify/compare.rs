//! Policy × policy → the calls for which they give different answers, each with an example.
//!
//! The comparison is exact, like the proof: calls are split by the conditions of both rule lists
//! until each list gives one answer to all calls of a part.

use std::ops::RangeInclusive;

use super::budget::Budget;
use super::calls::Calls;
use super::dispatch::Dispatch;
use super::mismatch::Mismatch;
use super::rules::Rules;
use super::values::Values;
use crate::linux::action::Action;
use crate::linux::data::{SeccompData, Word};
use crate::policy::Policy;

/// A call for which two policies give different answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The call.
    pub data: SeccompData,
    /// The answer of the first policy.
    pub first: Action,
    /// The answer of the second policy.
    pub second: Action,
}

/// Calls with one audit token and consecutive numbers, for some of which two policies give different
/// answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing {
    /// The audit token; `None` for all that no ABI of either policy has.
    pub arch: Option<u32>,
    /// The numbers. Each policy has one decision for all of them.
    pub numbers: RangeInclusive<u32>,
    /// Whether every call with such a number gets these answers, whatever its arguments.
    pub always: bool,
    /// One of the calls.
    pub example: Difference,
}

/// Finds a call for which the answers of two policies `differ`.
///
/// `differ` must be false for equal answers, because equal rule lists are not examined.
///
/// # Errors
/// [`Mismatch::TooComplex`] if the comparison takes more steps than a proof may take.
pub fn compare(
    first: &Policy,
    second: &Policy,
    differ: impl Fn(Action, Action) -> bool,
) -> Result<Option<Difference>, Mismatch> {
    let budget = Budget::new();
    let mut found = None;
    each(first, second, &budget, |calls, one, other| {
        if found.is_none() {
            found = find(calls, one, other, &differ, &budget)?;
        }
        Ok(())
    })?;
    Ok(found.map(|found| found.0))
}

/// Finds all calls for which the answers of two policies `differ`: each number once, with one
/// example.
///
/// `differ` must be false for equal answers, because equal rule lists are not examined.
///
/// # Errors
/// [`Mismatch::TooComplex`] if the comparison for one number takes more steps than a proof may take.
pub fn differences(
    first: &Policy,
    second: &Policy,
    differ: impl Fn(Action, Action) -> bool,
) -> Result<Vec<Differing>, Mismatch> {
    let mut list = Vec::new();
    each(first, second, &Budget::new(), |calls, one, other| {
        let tokens: Vec<Values> = calls.values(Word::Arch).collect();
        let numbers: Vec<Values> = calls.values(Word::Nr).collect();
        let arch = match tokens[..] {
            [token] if token.low == token.high => Some(token.low),
            _ => None,
        };
        if let Some((example, always)) = find(calls, one, other, &differ, &Budget::new())? {
            list.extend(numbers.iter().map(|numbers| Differing {
                arch,
                numbers: numbers.low..=numbers.high,
                always,
                example: Difference {
                    data: SeccompData {
                        nr: numbers.low,
                        ..example.data
                    },
                    ..example
                },
            }));
        }
        Ok(())
    })?;
    Ok(list)
}

/// Passes all calls to `visit`, in parts that have one decision in each policy. Parts whose
/// decisions are equal are left out.
fn each(
    first: &Policy,
    second: &Policy,
    budget: &Budget,
    mut visit: impl FnMut(Calls, Rules, Rules) -> Result<(), Mismatch>,
) -> Result<(), Mismatch> {
    let (of_first, of_second) = (Dispatch::new(first), Dispatch::new(second));
    of_first.decisions(Calls::all(), budget, |calls, one| {
        of_second.decisions(calls, budget, |calls, other| {
            if one == other && first.default == second.default {
                return Ok(());
            }
            let (one, other) = (
                Rules::new(one, first.default),
                Rules::new(other, second.default),
            );
            visit(calls, one, other)
        })
    })
}

/// Finds a call among `calls` for which the answers of two rule lists `differ`, and returns whether
/// all of them get these answers.
fn find(
    calls: Calls,
    first: Rules,
    second: Rules,
    differ: &impl Fn(Action, Action) -> bool,
    budget: &Budget,
) -> Result<Option<(Difference, bool)>, Mismatch> {
    let mut whole = true;
    let mut open = vec![(calls, first, second)];
    while let Some((calls, first, second)) = open.pop() {
        let first = first.restricted(&calls, budget)?;
        let second = second.restricted(&calls, budget)?;
        budget.spend(1 + first.size() + second.size())?;
        if first == second {
            continue;
        }
        let first_condition =
            |rules: &Rules| { rules.list.iter() }.find_map(|rule| rule.conditions.first().copied());
        let Some(condition) = first_condition(&first).or_else(|| first_condition(&second)) else {
            let (first, second) = (first.unconditional_answer(), second.unconditional_answer());
            if differ(first, second) {
                let data = calls.witness(SeccompData::default());
                let difference = Difference {
                    data,
                    first,
                    second,
                };
                return Ok(Some((difference, whole)));
            }
            continue;
        };
        whole = false;
        let parts = calls.split(condition.comparison(), budget)?;
        let mut push = |part: Option<Calls>| {
            if let Some(part) = part {
                open.push((part, first.clone(), second.clone()));
            }
        };
        push(parts.no);
        push(parts.yes);
    }
    Ok(None)
}
