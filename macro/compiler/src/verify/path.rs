//! Calls at a step × the step → the calls at each successor of the step.
//!
//! A *path* here is a set of calls that have taken the same branches so far, with the step that they
//! have reached. Other paths can reach the same step.

use super::budget::Budget;
use super::calls::{Calls, Words};
use super::decode::Step;
use super::mismatch::Mismatch;
use super::values::Comparison;
use crate::linux::data::Word;

/// Calls that have reached a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// The index of the step.
    pub at: usize,
    /// The content of A, as a word and a mask. At the start A is 0, which is any word under the
    /// mask 0.
    pub a: (Word, u32),
    /// The calls.
    pub calls: Calls,
}

impl Path {
    /// Returns every call, at the first step.
    pub(super) const fn start() -> Path {
        Path {
            at: 0,
            a: (Word::Nr, 0),
            calls: Calls::all(),
        }
    }

    /// Returns the paths after `step`, which is the step at `at`. A return has none.
    pub(super) fn advance(self, step: Step, budget: &Budget) -> Result<Vec<Path>, Mismatch> {
        let (word, a_mask) = self.a;
        let next = self.at + 1;
        Ok(match step {
            Step::Load(word) => vec![Path {
                at: next,
                a: (word, u32::MAX),
                ..self
            }],
            Step::And(mask) => vec![Path {
                at: next,
                a: (word, a_mask & mask),
                ..self
            }],
            Step::Jump(target) => vec![Path { at: target, ..self }],
            Step::Test {
                mask,
                relation,
                value,
                yes,
                no,
            } => {
                let comparison = Comparison {
                    word,
                    mask: a_mask & mask,
                    relation,
                    value,
                };
                let parts = self.calls.split(comparison, budget)?;
                let a = self.a;
                let mut paths = Vec::with_capacity(2);
                let mut add = |at, calls: Option<Calls>| {
                    if let Some(calls) = calls {
                        paths.push(Path { at, a, calls });
                    }
                };
                add(yes, parts.yes);
                add(no, parts.no);
                paths
            }
            Step::Return(_) => Vec::new(),
        })
    }
}

/// Returns for each step the words that are loaded at this step or a later one.
pub(super) fn loads(steps: &[Step]) -> Vec<Words> {
    let mut loads = vec![Words::default(); steps.len()];
    for (at, &step) in steps.iter().enumerate().rev() {
        loads[at] = match step {
            Step::Load(word) => loads[at + 1].with(word),
            Step::And(_) => loads[at + 1],
            Step::Jump(target) => loads[target],
            Step::Test { yes, no, .. } => loads[yes].union(loads[no]),
            Step::Return(_) => Words::default(),
        };
    }
    loads
}
