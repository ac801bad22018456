//! Steps × policy → nothing, or what is wrong: program and policy are walked side by side.
//!
//! Up to the first return, or load of anything but architecture and number, only calls are
//! followed. There their numbers are looked up, and from there on *claims*: these calls, from
//! this step on, get what these rules say. With every step a claim's rules are cut down to what
//! is still open, and its calls are freed of words that neither rules nor steps will look at
//! again. What is left is often a claim that was made already. So the work grows with the number
//! of different situations, not with that of paths. A rule list that is tested rule after rule is
//! proved on its own before, as no claim on it could be dropped ([`order`](super::sequential)).
//!
//! Jumps go forward only, so the steps are visited in their order: when a step's turn comes, all
//! that can arrive there has arrived.

use super::answer::gives;
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

/// How many of the claims that wait are compared with a new one. Equal ones mostly come from
/// steps that stand together, and comparing all would be quadratic.
const LOOK_BACK: usize = 16;

/// Proves that the steps decide as the policy does.
pub(super) fn prove(policy: &Policy, steps: &[Step]) -> Result<(), Mismatch> {
    let budget = &Budget::new();
    let numbers = Dispatch::new(policy);
    let mut claims = Claims {
        policy,
        steps,
        loads: loads(steps),
        waiting: vec![Vec::new(); steps.len()],
        tried: vec![None; steps.len()],
        budget,
        sequential: Budget::new(),
    };
    let start = Path::start();
    budget.keep(start.calls.size())?;
    let mut paths = vec![Vec::new(); steps.len()];
    paths[0].push(start);
    for (at, &step) in steps.iter().enumerate() {
        for path in std::mem::take(&mut paths[at]) {
            budget.free(path.calls.size());
            if header_ends(step) {
                numbers.decisions(path.calls, budget, |calls, decision| {
                    claims.look_up(Path { calls, ..path }, decision)
                })?;
            } else {
                for next in path.go(step, budget)? {
                    budget.keep(next.calls.size())?;
                    paths[next.at].push(next);
                }
            }
        }
        claims.prove(at)?;
    }
    Ok(())
}

/// Whether calls can go no further without the policy.
const fn header_ends(step: Step) -> bool {
    match step {
        Step::Return(_) => true,
        Step::Load(word) => !matches!(word, Word::Nr | Word::Arch),
        _ => false,
    }
}

struct Claims<'p> {
    policy: &'p Policy,
    steps: &'p [Step],
    /// The words that are loaded at each step or behind it.
    loads: Vec<Words>,
    /// The claims on each step that are to be proved when its turn comes.
    waiting: Vec<Vec<Claim>>,
    /// The rules that were last tried in their order from each load on, and whether that was
    /// a proof.
    tried: Vec<Option<(Rules, bool)>>,
    budget: &'p Budget,
    /// What is left for such tries.
    sequential: Budget,
}

impl Claims<'_> {
    /// Claims what is decided for the numbers of these calls.
    fn look_up(&mut self, path: Path, decision: Decision<'_>) -> Result<(), Mismatch> {
        match (self.steps[path.at], decision) {
            (Step::Return(got), Decision::Always(wanted)) if gives(got, wanted) => Ok(()),
            (Step::Load(_), Decision::Always(Action::Allow)) => Err(Mismatch::Uncached {
                data: path.calls.one(SeccompData::default()),
                at: path.at,
            }),
            _ => {
                let rules = Rules::new(decision, self.policy.default);
                if self.sequential(path.at, &rules) {
                    return Ok(());
                }
                self.make(Claim::new(path, rules))
            }
        }
    }

    /// Whether the calls from this step on are decided by one rule after the other.
    fn sequential(&mut self, at: usize, rules: &Rules) -> bool {
        if let Step::Return(_) = self.steps[at] {
            return false;
        }
        match &self.tried[at] {
            Some((tried, proved)) if tried == rules => *proved,
            _ => {
                // Nothing is lost if it is too much work: that is no proof then.
                let proved = matches!(
                    sequential(self.steps, at, rules, &self.sequential),
                    Ok(true)
                );
                self.tried[at] = Some((rules.clone(), proved));
                proved
            }
        }
    }

    /// Decides a claim on a return; else lets it wait, unless the same does already.
    fn make(&mut self, mut claim: Claim) -> Result<(), Mismatch> {
        let at = claim.path.at;
        if let Step::Return(got) = self.steps[at] {
            return match claim.find_wrong(got, self.budget)? {
                None => Ok(()),
                Some(data) => Err(Mismatch::Answer {
                    data,
                    got,
                    wanted: self.policy.decide(&data),
                }),
            };
        }
        claim.settle(self.steps[at], self.loads[at], self.budget)?;
        self.budget.spend(1)?;
        let waiting = &mut self.waiting[at];
        let mut latest = waiting.iter().rev().take(LOOK_BACK);
        if !latest.any(|other| *other == claim) {
            self.budget.keep(claim.size())?;
            waiting.push(claim);
        }
        Ok(())
    }

    /// Proves the claims on a step, by way of claims on later ones.
    fn prove(&mut self, at: usize) -> Result<(), Mismatch> {
        for claim in std::mem::take(&mut self.waiting[at]) {
            self.budget.free(claim.size());
            for next in claim.go(self.steps[at], self.budget)? {
                self.make(next)?;
            }
        }
        Ok(())
    }
}
