//! Policy × policy → a call for which they give different answers, if there is one.
//!
//! The comparison is exact, like the proof: calls are split by the conditions of both rule lists
//! until each list gives one answer to all calls of a part.

use super::budget::Budget;
use super::calls::Calls;
use super::dispatch::Dispatch;
use super::mismatch::Mismatch;
use super::rules::Rules;
use crate::linux::action::Action;
use crate::linux::data::SeccompData;
use crate::policy::{Decision, Policy};

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
    let pair = Pair {
        first,
        second,
        differ: &differ,
        budget: &budget,
    };
    let (of_first, of_second) = (Dispatch::new(first), Dispatch::new(second));
    let mut found = None;
    of_first.decisions(Calls::all(), &budget, |calls, one| {
        if found.is_some() {
            return Ok(());
        }
        of_second.decisions(calls, &budget, |calls, other| {
            if found.is_none() && (one != other || first.default != second.default) {
                found = pair.find(calls, one, other)?;
            }
            Ok(())
        })
    })?;
    Ok(found)
}

/// Two policies and how their answers are compared.
struct Pair<'p, D> {
    first: &'p Policy,
    second: &'p Policy,
    differ: &'p D,
    budget: &'p Budget,
}

impl<D: Fn(Action, Action) -> bool> Pair<'_, D> {
    /// Finds such a call among `calls`, which have one decision in each policy.
    fn find(
        &self,
        calls: Calls,
        first: Decision<'_>,
        second: Decision<'_>,
    ) -> Result<Option<Difference>, Mismatch> {
        let first = Rules::new(first, self.first.default);
        let second = Rules::new(second, self.second.default);
        let mut open = vec![(calls, first, second)];
        while let Some((calls, first, second)) = open.pop() {
            let first = first.restricted(&calls, self.budget)?;
            let second = second.restricted(&calls, self.budget)?;
            self.budget.spend(1 + first.size() + second.size())?;
            let mut rules = first.list.iter().chain(&*second.list);
            let condition = rules.find_map(|rule| rule.conditions.first());
            let Some(condition) = condition else {
                let (first, second) = (first.unconditional_answer(), second.unconditional_answer());
                if (self.differ)(first, second) {
                    let data = calls.witness(SeccompData::default());
                    return Ok(Some(Difference {
                        data,
                        first,
                        second,
                    }));
                }
                continue;
            };
            let parts = calls.split(condition.comparison(), self.budget)?;
            for part in [parts.no, parts.yes].into_iter().flatten() {
                open.push((part, first.clone(), second.clone()));
            }
        }
        Ok(None)
    }
}
