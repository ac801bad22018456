//! Sets of calls: a product of sets of values, one for each word of `seccomp_data`.
//!
//! Every test of a program looks at one word, so the calls that take one path through it are such
//! a product. A question about a word splits it into the calls that answer yes and those that
//! answer no.

use super::budget::Budget;
use super::mismatch::Mismatch;
use super::values::{Question, Values};
use crate::linux::data::{SeccompData, Word};

/// The calls each of whose words lies in one of the sets listed for the word; a word without a set
/// is free.
///
/// Never empty. The sets are sorted by word; those of one word are disjoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Calls(Vec<Values>);

/// The calls that answer a question with yes, and those that answer no.
pub(super) struct Parts {
    pub yes: Option<Calls>,
    pub no: Option<Calls>,
}

impl Calls {
    /// Every call.
    pub(super) const fn all() -> Calls {
        Calls(Vec::new())
    }

    /// How much memory the calls take, in sets of values.
    pub(super) fn size(&self) -> usize {
        self.0.len() + 4
    }

    /// Where the sets of a word begin and end, or would stand.
    fn find(&self, word: Word) -> (usize, usize) {
        let mut start = 0;
        while start < self.0.len() && self.0[start].word < word {
            start += 1;
        }
        let mut end = start;
        while end < self.0.len() && self.0[end].word == word {
            end += 1;
        }
        (start, end)
    }

    /// The values that a word can have.
    pub(super) fn values(&self, word: Word) -> impl Iterator<Item = Values> + '_ {
        let (start, end) = self.find(word);
        let free = (start == end).then(|| Values::all(word));
        self.0[start..end].iter().copied().chain(free)
    }

    /// Splits the calls by a question.
    pub(super) fn split(&self, question: Question, budget: &Budget) -> Result<Parts, Mismatch> {
        if question.mask == 0 {
            // The answer depends on no word.
            let answer = question.relation.has(0.cmp(&question.value));
            return Ok(Parts {
                yes: answer.then(|| self.clone()),
                no: (!answer).then(|| self.clone()),
            });
        }
        let (start, end) = self.find(question.word);
        let mut yes = Vec::with_capacity(self.0.len() + 2);
        yes.extend_from_slice(&self.0[..start]);
        let mut no = yes.clone();
        for values in self.values(question.word) {
            budget.spend(1)?;
            values.ask(question, |answer, part| {
                let side = if answer { &mut yes } else { &mut no };
                if !side.last_mut().is_some_and(|last| last.append(part)) {
                    side.push(part);
                }
            });
        }
        let finish = |mut side: Vec<Values>| {
            (side.len() > start).then(|| {
                side.extend_from_slice(&self.0[end..]);
                Calls(side)
            })
        };
        Ok(Parts {
            yes: finish(yes),
            no: finish(no),
        })
    }

    /// Returns whether some of the calls answer a question with yes, and whether some answer no.
    pub(super) fn answers(
        &self,
        question: Question,
        budget: &Budget,
    ) -> Result<(bool, bool), Mismatch> {
        let (mut yes, mut no) = (false, false);
        for values in self.values(question.word) {
            budget.spend(1)?;
            values.ask(question, |answer, _| {
                yes |= answer;
                no |= !answer;
            });
            if yes && no {
                break;
            }
        }
        Ok((yes, no))
    }

    /// The calls in which the word of `values` has one of these values.
    pub(super) fn within(&self, values: Values) -> Calls {
        let (start, end) = self.find(values.word);
        let mut sets = self.0.clone();
        sets.splice(start..end, [values]);
        Calls(sets)
    }

    /// Frees all words but these; `call` gets one of the values that each freed word had.
    pub(super) fn forget_but(&mut self, words: Words, call: &mut SeccompData) {
        let mut freed = None;
        self.0.retain(|values| {
            let kept = words.has(values.word);
            if !kept && freed != Some(values.word) {
                freed = Some(values.word);
                set(call, values.word, values.low);
            }
            kept
        });
    }

    /// One of the calls, with the values of `call` in words that are free.
    pub(super) fn one(&self, mut call: SeccompData) -> SeccompData {
        for values in &self.0 {
            set(&mut call, values.word, values.low);
        }
        call
    }
}

fn set(call: &mut SeccompData, word: Word, value: u32) {
    let low = |field: &mut u64| *field = *field >> 32 << 32 | u64::from(value);
    let high = |field: &mut u64| *field = *field << 32 >> 32 | u64::from(value) << 32;
    match word {
        Word::Nr => call.nr = value,
        Word::Arch => call.arch = value,
        Word::IpLow => low(&mut call.instruction_pointer),
        Word::IpHigh => high(&mut call.instruction_pointer),
        Word::ArgLow(arg) => low(&mut call.args[usize::from(arg)]),
        Word::ArgHigh(arg) => high(&mut call.args[usize::from(arg)]),
    }
}

/// A set of words.
#[derive(Clone, Copy, Default)]
pub(super) struct Words(u16);

impl Words {
    const fn bit(word: Word) -> u16 {
        match word {
            Word::Nr => 1,
            Word::Arch => 1 << 1,
            Word::IpLow => 1 << 2,
            Word::IpHigh => 1 << 3,
            Word::ArgLow(arg) => 1 << (4 + 2 * arg),
            Word::ArgHigh(arg) => 1 << (5 + 2 * arg),
        }
    }

    /// The set with one word more.
    pub(super) const fn with(self, word: Word) -> Words {
        Words(self.0 | Words::bit(word))
    }

    /// The words of both sets.
    pub(super) const fn union(self, other: Words) -> Words {
        Words(self.0 | other.0)
    }

    const fn has(self, word: Word) -> bool {
        self.0 & Words::bit(word) != 0
    }
}
