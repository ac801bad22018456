//! Steps × policy → nothing, or what is wrong.
//!
//! In two stages, because many numbers share what is asked of their arguments:
//!
//! 1. From the start to the first return, or load of anything but architecture and number. There
//!    all numbers that can arrive are looked up.
//! 2. From there to the returns, once for each step and rule list that meet.

use super::answer::{Rules, find_wrong};
use super::budget::Budget;
use super::check::{Step, header_follows};
use super::mismatch::Mismatch;
use super::number::Numbers;
use super::region::Region;
use super::walk::{Arrival, walk};
use crate::bpf::Word;
use crate::policy::{Action, Decision, Policy};

/// Proves that the steps decide as the policy does.
pub(super) fn prove(policy: &Policy, steps: &[Step]) -> Result<(), Mismatch> {
    let numbers = Numbers::new(policy);
    let mut arguments = Arguments {
        policy,
        steps,
        header_follows: header_follows(steps),
        proved: vec![Vec::new(); steps.len()],
    };
    let start = Arrival {
        at: 0,
        a: (Word::Nr, 0),
        calls: Region::all(),
    };
    let header_ends = |step| match step {
        Step::Return(_) => true,
        Step::Load(word) => !matches!(word, Word::Nr | Word::Arch),
        _ => false,
    };
    walk(
        steps,
        start,
        &mut Budget::new(),
        header_ends,
        |arrival, budget| {
            let at = arrival.at;
            numbers.decisions(
                arrival.calls,
                budget,
                |calls, numbers, decision, budget| match (steps[at], decision) {
                    (Step::Return(got), Decision::Always(wanted)) if got == wanted.word() => Ok(()),
                    (Step::Load(_), Decision::Always(Action::Allow)) => Err(Mismatch::Uncached {
                        data: calls.within(numbers).call(),
                        at,
                    }),
                    _ => arguments.prove(at, calls.within(numbers), decision, budget),
                },
            )
        },
    )
}

/// The second stage.
struct Arguments<'p> {
    policy: &'p Policy,
    steps: &'p [Step],
    /// Whether architecture or number is loaded at a step or after it.
    header_follows: Vec<bool>,
    /// What is proved of a step: that it and what follows decide as these rules.
    proved: Vec<Vec<Rules<'p>>>,
}

impl<'p> Arguments<'p> {
    /// Proves that these calls, on which no argument was looked at yet, get from a step on what
    /// was decided for their numbers.
    fn prove(
        &mut self,
        at: usize,
        calls: Region,
        decision: Decision<'p>,
        budget: &mut Budget,
    ) -> Result<(), Mismatch> {
        let rules = Rules::new(decision, self.policy.default);
        if !self.header_follows[at] {
            budget.spend(self.proved[at].len())?;
            if self.proved[at].contains(&rules) {
                return Ok(());
            }
            self.proved[at].push(rules);
        }
        let start = Arrival {
            at,
            // At a return or a load; neither reads A.
            a: (Word::Nr, 0),
            calls,
        };
        let returns = |step| matches!(step, Step::Return(_));
        walk(self.steps, start, budget, returns, |arrival, budget| {
            let Step::Return(got) = self.steps[arrival.at] else {
                return Ok(());
            };
            match find_wrong(arrival.calls, rules, got, budget)? {
                None => Ok(()),
                Some(calls) => {
                    let data = calls.call();
                    let wanted = self.policy.decide(&data);
                    Err(Mismatch::Answer { data, got, wanted })
                }
            }
        })
    }
}
