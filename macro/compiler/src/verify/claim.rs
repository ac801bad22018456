//! What is to be proved: these calls, from this step on, get what these rules say.

use super::budget::Budget;
use super::calls::Words;
use super::counterexample::find_wrong;
use super::decode::Step;
use super::mismatch::Mismatch;
use super::path::Path;
use super::rules::Rules;
use crate::linux::data::{SeccompData, Word};

/// Calls that arrive at a step, and the rules that are to decide them.
#[derive(Clone)]
pub(super) struct Claim {
    pub path: Path,
    rules: Rules,
    /// Values that a call of this path can have in words that are forgotten.
    forgotten: SeccompData,
}

impl Claim {
    /// A claim on calls of which nothing is forgotten.
    pub(super) fn new(path: Path, rules: Rules) -> Claim {
        Claim {
            path,
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
        self.rules = self.rules.given(&self.path.calls, budget)?;
        if let Step::Load(_) = step {
            self.path.a = (Word::Nr, 0);
        }
        let mut words = loads.union(self.rules.words());
        if let (word, 1..) = self.path.a {
            words = words.with(word);
        }
        self.path.calls.forget_but(words, &mut self.forgotten);
        Ok(())
    }

    /// The claims that this one comes to after a step.
    pub(super) fn go(self, step: Step, budget: &Budget) -> Result<Vec<Claim>, Mismatch> {
        let mut claims = Vec::new();
        for path in self.path.go(step, budget)? {
            claims.push(Claim {
                path,
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
        let wrong = find_wrong(self.path.calls, self.rules, got, budget)?;
        Ok(wrong.map(|calls| calls.one(self.forgotten)))
    }

    /// How much memory the claim takes, in values.
    pub(super) fn size(&self) -> usize {
        self.path.calls.size() + self.rules.size()
    }
}

/// Claims are equal if they have the same proof.
impl PartialEq for Claim {
    fn eq(&self, other: &Claim) -> bool {
        self.path == other.path && self.rules == other.rules
    }
}
