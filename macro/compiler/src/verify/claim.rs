//! Proof obligations: "these calls, from this step on, get the answer of these rules".
//!
//! A *claim* is one obligation. A step turns a claim into claims on the steps after it, and a claim on
//! a return is decided directly. Claims are *normalised*, so that equivalent claims compare equal
//! and each of them is proved once.

use super::budget::Budget;
use super::calls::Words;
use super::counterexample::find_counterexample;
use super::decode::Step;
use super::mismatch::Mismatch;
use super::path::Path;
use super::rules::Rules;
use crate::linux::data::{SeccompData, Word};

/// Calls that have reached a step, and the rules that decide them.
#[derive(Clone)]
pub(super) struct Claim {
    pub path: Path,
    rules: Rules,
    /// Values for the words that were freed, with which some call takes this path. They complete a
    /// counterexample.
    forgotten: SeccompData,
}

impl Claim {
    /// Returns a claim in which no word was freed.
    pub(super) fn new(path: Path, rules: Rules) -> Claim {
        Claim {
            path,
            rules,
            forgotten: SeccompData::default(),
        }
    }

    /// Normalises the claim, so that equivalent claims compare equal: restricts the rules to the
    /// calls, and frees every word that neither the rules nor the remaining steps read.
    pub(super) fn normalize(
        &mut self,
        step: Step,
        loads: Words,
        budget: &Budget,
    ) -> Result<(), Mismatch> {
        self.rules = self.rules.restricted(&self.path.calls, budget)?;
        if let Step::Load(_) = step {
            self.path.a = (Word::Nr, 0);
        }
        let mut words = loads.union(self.rules.words());
        if let (word, 1..) = self.path.a {
            words = words.with(word);
        }
        self.path.calls.forget_except(words, &mut self.forgotten);
        Ok(())
    }

    /// Returns the claims on the next steps that together prove this one.
    pub(super) fn advance(self, step: Step, budget: &Budget) -> Result<Vec<Claim>, Mismatch> {
        let mut claims = Vec::new();
        for path in self.path.advance(step, budget)? {
            claims.push(Claim {
                path,
                rules: self.rules.clone(),
                forgotten: self.forgotten,
            });
        }
        Ok(claims)
    }

    /// Finds a call for which the rules do not give the answer `got`.
    pub(super) fn find_counterexample(
        self,
        got: u32,
        budget: &Budget,
    ) -> Result<Option<SeccompData>, Mismatch> {
        let wrong = find_counterexample(self.path.calls, self.rules, got, budget)?;
        Ok(wrong.map(|calls| calls.witness(self.forgotten)))
    }

    /// Returns how much memory the claim needs, in sets of values.
    pub(super) fn size(&self) -> usize {
        self.path.calls.size() + self.rules.size()
    }
}

/// Claims are equal if they have the same proof. `forgotten` does not matter for it.
impl PartialEq for Claim {
    fn eq(&self, other: &Claim) -> bool {
        self.path == other.path && self.rules == other.rules
    }
}
