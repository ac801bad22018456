//! Calls × policy → parts of the calls that the policy decides alike by token and number.

use super::budget::Budget;
use super::calls::Calls;
use super::mismatch::Mismatch;
use super::values::{Question, Relation};
use crate::linux::data::Word;
use crate::policy::{Decision, Policy};

/// The decisions of a policy as runs of numbers, for each token.
pub(super) struct Dispatch<'p> {
    tokens: Vec<(u32, Vec<Run<'p>>)>,
    /// For all other tokens, between which no policy makes a difference.
    foreign: Vec<Run<'p>>,
}

/// The numbers from this one on have this decision, up to where the next run starts.
struct Run<'p> {
    start: u32,
    decision: Decision<'p>,
}

impl<'p> Dispatch<'p> {
    /// Looks all numbers up.
    pub(super) fn new(policy: &'p Policy) -> Dispatch<'p> {
        let tokens = policy.tokens();
        let mut foreign = 0;
        while tokens.contains(&foreign) {
            foreign += 1;
        }
        Dispatch {
            foreign: runs(policy, foreign),
            tokens: tokens
                .into_iter()
                .map(|token| (token, runs(policy, token)))
                .collect(),
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
                by_number(runs, &calls, budget, &mut visit)?;
            }
            match parts.no {
                Some(calls) => rest = calls,
                None => return Ok(()),
            }
        }
        by_number(&self.foreign, &rest, budget, &mut visit)
    }
}

fn by_number<'p>(
    runs: &[Run<'p>],
    calls: &Calls,
    budget: &Budget,
    visit: &mut impl FnMut(Calls, Decision<'p>) -> Result<(), Mismatch>,
) -> Result<(), Mismatch> {
    for values in calls.values(Word::Nr) {
        // The first run starts at 0, so one starts where the values does or before.
        let behind = runs.partition_point(|run| run.start <= values.low);
        for index in behind.saturating_sub(1)..runs.len() {
            let run = &runs[index];
            if run.start > values.high {
                break;
            }
            budget.spend(1)?;
            let end = runs.get(index + 1).map_or(u32::MAX, |next| next.start - 1);
            if let Some(numbers) = values.between(run.start, end) {
                visit(calls.within(numbers), run.decision)?;
            }
        }
    }
    Ok(())
}

/// All numbers under a token.
fn runs(policy: &Policy, token: u32) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for start in policy.boundaries(token) {
        let decision = policy.lookup(token, start);
        match runs.last() {
            Some(last) if last.decision == decision => {}
            _ => runs.push(Run { start, decision }),
        }
    }
    runs
}
