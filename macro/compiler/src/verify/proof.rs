//! Steps × policy → nothing, or what is wrong: program and policy are explored together.
//!
//! - Up to the first return, or the first load of a word other than architecture and number, the
//!   proof only follows sets of calls (*paths*).
//! - There it looks up the decision of the policy for their numbers. From then on it proves *claims*:
//!   these calls, from this step on, get the answer of these rules.
//! - At every step, the rules of a claim are restricted to its calls, and words that neither the
//!   rules nor later steps read are freed. The result is often a claim that exists already. So the
//!   work grows with the number of different claims, and not with the number of paths.
//! - Claims about a program that tests one rule after the other are all different. So such a program
//!   is first tried without claims ([`sequential`](super::sequential)).
//!
//! All jumps go forward, so the steps are visited in their order: when it is the turn of a step, all
//! paths and claims that can reach it are known.

use super::answer::is_answer;
use super::budget::Budget;
use super::calls::Words;
use super::claim::Claim;
use super::decode::Step;
use super::dispatch::Dispatch;
use super::mismatch::Mismatch;
use super::path::{Path, loads};
use super::rules::Rules;
use super::sequential::sequential;
use crate::linux::action::Action;
use crate::linux::data::{SeccompData, Word};
use crate::policy::{Decision, Policy};

/// The number of waiting claims that are compared with a new one. Equal claims mostly come from
/// neighbouring steps; comparing all claims would need quadratic time.
const LOOK_BACK: usize = 16;

/// Proves that the steps decide every call as the policy does.
pub(super) fn prove(policy: &Policy, steps: &[Step]) -> Result<(), Mismatch> {
    let budget = &Budget::new();
    let dispatch = Dispatch::new(policy);
    let mut claims = Claims {
        policy,
        steps,
        loads: loads(steps),
        waiting: vec![Vec::new(); steps.len()],
        tried: vec![None; steps.len()],
        budget,
        sequential_budget: Budget::new(),
    };
    let start = Path::start();
    budget.reserve(start.calls.size())?;
    let mut paths = vec![Vec::new(); steps.len()];
    paths[0].push(start);
    for (at, &step) in steps.iter().enumerate() {
        for path in std::mem::take(&mut paths[at]) {
            budget.release(path.calls.size());
            if needs_decision(step) {
                dispatch.decisions(path.calls, budget, |calls, decision| {
                    claims.look_up(Path { calls, ..path }, decision)
                })?;
            } else {
                for next in path.advance(step, budget)? {
                    budget.reserve(next.calls.size())?;
                    paths[next.at].push(next);
                }
            }
        }
        claims.prove(at)?;
    }
    Ok(())
}

/// Returns whether the proof needs the decision of the policy to continue after a step.
const fn needs_decision(step: Step) -> bool {
    match step {
        Step::Return(_) => true,
        Step::Load(word) => !matches!(word, Word::Nr | Word::Arch),
        _ => false,
    }
}

/// The claims that wait for a proof.
struct Claims<'p> {
    policy: &'p Policy,
    steps: &'p [Step],
    /// For each step, the words that are loaded at this step or a later one.
    loads: Vec<Words>,
    /// The claims on each step that are not proved yet.
    waiting: Vec<Vec<Claim>>,
    /// For each load, the rules of the last proof by `sequential` that started there, and whether it
    /// succeeded.
    tried: Vec<Option<(Rules, bool)>>,
    budget: &'p Budget,
    /// The budget of these proofs.
    sequential_budget: Budget,
}

impl Claims<'_> {
    /// Claims the decision of the policy for a path.
    fn look_up(&mut self, path: Path, decision: Decision<'_>) -> Result<(), Mismatch> {
        match (self.steps[path.at], decision) {
            (Step::Return(got), Decision::Always(wanted)) if is_answer(got, wanted) => Ok(()),
            (Step::Load(_), Decision::Always(Action::Allow)) => Err(Mismatch::Uncached {
                data: path.calls.witness(SeccompData::default()),
                at: path.at,
            }),
            _ => {
                let rules = Rules::new(decision, self.policy.default);
                if self.sequential(path.at, &rules) {
                    return Ok(());
                }
                self.add(Claim::new(path, rules))
            }
        }
    }

    /// Returns whether the steps from this one on test one rule after the other, and are proved.
    fn sequential(&mut self, at: usize, rules: &Rules) -> bool {
        if let Step::Return(_) = self.steps[at] {
            return false;
        }
        match &self.tried[at] {
            Some((tried, proved)) if tried == rules => *proved,
            _ => {
                // If this needs too much work, nothing is proved, and claims can still succeed.
                let proved = matches!(
                    sequential(self.steps, at, rules, &self.sequential_budget),
                    Ok(true)
                );
                self.tried[at] = Some((rules.clone(), proved));
                proved
            }
        }
    }

    /// Decides a claim on a return. Lets any other claim wait, unless an equal one does already.
    fn add(&mut self, mut claim: Claim) -> Result<(), Mismatch> {
        let at = claim.path.at;
        if let Step::Return(got) = self.steps[at] {
            return match claim.find_counterexample(got, self.budget)? {
                None => Ok(()),
                Some(data) => Err(Mismatch::Answer {
                    data,
                    got,
                    wanted: self.policy.decide(&data),
                }),
            };
        }
        claim.normalize(self.steps[at], self.loads[at], self.budget)?;
        self.budget.spend(1)?;
        let waiting = &mut self.waiting[at];
        let mut latest = waiting.iter().rev().take(LOOK_BACK);
        if !latest.any(|other| *other == claim) {
            self.budget.reserve(claim.size())?;
            waiting.push(claim);
        }
        Ok(())
    }

    /// Replaces the claims on a step by claims on later steps.
    fn prove(&mut self, at: usize) -> Result<(), Mismatch> {
        for claim in std::mem::take(&mut self.waiting[at]) {
            self.budget.release(claim.size());
            for next in claim.advance(self.steps[at], self.budget)? {
                self.add(next)?;
            }
        }
        Ok(())
    }
}
