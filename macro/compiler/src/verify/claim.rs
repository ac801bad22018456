//! What is to be proved: these calls, from this step on, get what these rules say.

use super::answer::find_wrong;
use super::arrival::Arrival;
use super::budget::Budget;
use super::check::Step;
use super::mismatch::Mismatch;
use super::region::Words;
use super::rules::Rules;
use crate::bpf::{SeccompData, Word};

/// Calls that arrive at a step, and the rules that are to decide them.
#[derive(Clone)]
pub(super) struct Claim {
    pub arrival: Arrival,
    rules: Rules,
    /// Values that a call of this path can have in words that are forgotten.
    forgotten: SeccompData,
}

impl Claim {
    /// A claim on calls of which nothing is forgotten.
    pub(super) fn new(arrival: Arrival, rules: Rules) -> Claim {
        Claim {
            arrival,
            rules,
            forgotten: SeccompData::default(),
        }
    }

    /// Cuts the rules down to what is open for the calls, and frees words of the calls that
    /// neither the rules nor steps from here on look at: of both, only what tells claims apart
    /// that are different.
    pub(super) fn settle(
        &mut self,
        step: Step,
        loads: Words,
        budget: &Budget,
    ) -> Result<(), Mismatch> {
        self.rules = self.rules.given(&self.arrival.calls, budget)?;
        if let Step::Load(_) = step {
            self.arrival.a = (Word::Nr, 0);
        }
        let mut words = loads.union(self.rules.words());
        if let (word, 1..) = self.arrival.a {
            words = words.with(word);
        }
        self.arrival.calls.forget_but(words, &mut self.forgotten);
        Ok(())
    }

    /// The claims that this one comes to after a step.
    pub(super) fn go(self, step: Step, budget: &Budget) -> Result<Vec<Claim>, Mismatch> {
        let mut claims = Vec::new();
        for arrival in self.arrival.go(step, budget)? {
            claims.push(Claim {
                arrival,
                rules: self.rules.clone(),
                forgotten: self.forgotten,
            });
        }
        Ok(claims)
    }

    /// Finds a call for which an answer is not what the rules say.
    pub(super) fn find_wrong(
        self,
        got: u32,
        budget: &Budget,
    ) -> Result<Option<SeccompData>, Mismatch> {
        let wrong = find_wrong(self.arrival.calls, self.rules, got, budget)?;
        Ok(wrong.map(|calls| calls.one(self.forgotten)))
    }

    /// How much memory the claim takes, in slices.
    pub(super) fn size(&self) -> usize {
        self.arrival.calls.size() + self.rules.size()
    }
}

/// Claims are equal if they have the same proof.
impl PartialEq for Claim {
    fn eq(&self, other: &Claim) -> bool {
        self.arrival == other.arrival && self.rules == other.rules
    }
}
