//! One step of the calls that take a path.

use super::budget::Budget;
use super::calls::{Calls, Words};
use super::decode::Step;
use super::mismatch::Mismatch;
use super::values::Question;
use crate::linux::data::Word;

/// Calls that arrive at a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// Index of the step.
    pub at: usize,
    /// What A holds: a word under a mask. At the start A is 0, any word under the mask 0.
    pub a: (Word, u32),
    /// The calls.
    pub calls: Calls,
}

impl Path {
    /// Every call, at the first step.
    pub(super) const fn start() -> Path {
        Path {
            at: 0,
            a: (Word::Nr, 0),
            calls: Calls::all(),
        }
    }

    /// Where the calls go from the step they are at; nowhere from a return.
    pub(super) fn go(self, step: Step, budget: &Budget) -> Result<Vec<Path>, Mismatch> {
        let (word, left) = self.a;
        let next = self.at + 1;
        Ok(match step {
            Step::Load(word) => vec![Path {
                at: next,
                a: (word, u32::MAX),
                ..self
            }],
            Step::And(mask) => vec![Path {
                at: next,
                a: (word, left & mask),
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
                let question = Question {
                    word,
                    mask: left & mask,
                    relation,
                    value,
                };
                let parts = self.calls.split(question, budget)?;
                let to = |at, calls| Path {
                    at,
                    a: self.a,
                    calls,
                };
                let yes = parts.yes.map(|calls| to(yes, calls));
                let no = parts.no.map(|calls| to(no, calls));
                yes.into_iter().chain(no).collect()
            }
            Step::Return(_) => Vec::new(),
        })
    }
}

/// Tells of each step which words are loaded there or behind it.
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
