//! Sets of calls, as a Cartesian product of sets of values: one set for each word of
//! `seccomp_data`.
//!
//! Every test of a program reads one word, so the calls that take one path through the program are
//! such a product. A comparison of a word splits the product into the calls for which it is true,
//! and those for which it is false. Both parts are products again.

use super::budget::Budget;
use super::mismatch::Mismatch;
use super::values::{Comparison, Values};
use crate::linux::data::{SeccompData, Word};

/// The calls in which every word is in one of the sets that are listed for it. A *free* word has no
/// set in the list and can have any value.
///
/// Never empty. The sets are sorted by word. Those of one word are disjoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Calls(Vec<Values>);

/// The calls for which a comparison is true, and those for which it is false.
pub(super) struct Parts {
    pub yes: Option<Calls>,
    pub no: Option<Calls>,
}

impl Calls {
    /// Returns the set of every call.
    pub(super) const fn all() -> Calls {
        Calls(Vec::new())
    }

    /// Returns how much memory the calls need, in sets of values.
    pub(super) fn size(&self) -> usize {
        self.0.len() + 4
    }

    /// Returns the range of the sets of a word; it is empty if the word is free.
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

    /// Returns the values that a word can have.
    pub(super) fn values(&self, word: Word) -> impl Iterator<Item = Values> + '_ {
        let (start, end) = self.find(word);
        let free = (start == end).then(|| Values::all(word));
        self.0[start..end].iter().copied().chain(free)
    }

    /// Splits the calls by a comparison.
    pub(super) fn split(&self, comparison: Comparison, budget: &Budget) -> Result<Parts, Mismatch> {
        if comparison.mask == 0 {
            // The comparison is the same for every call.
            let truth = comparison.relation.has(0.cmp(&comparison.value));
            return Ok(Parts {
                yes: truth.then(|| self.clone()),
                no: (!truth).then(|| self.clone()),
            });
        }
        let (start, end) = self.find(comparison.word);
        let mut yes = Vec::with_capacity(self.0.len() + 2);
        yes.extend_from_slice(&self.0[..start]);
        let mut no = yes.clone();
        for values in self.values(comparison.word) {
            budget.spend(1)?;
            values.split(comparison, |truth, part| {
                let side = if truth { &mut yes } else { &mut no };
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

    /// Returns whether a comparison is true for some of the calls, and whether it is false for some.
    pub(super) fn outcomes(
        &self,
        comparison: Comparison,
        budget: &Budget,
    ) -> Result<(bool, bool), Mismatch> {
        let (mut yes, mut no) = (false, false);
        for values in self.values(comparison.word) {
            budget.spend(1)?;
            values.split(comparison, |truth, _| {
                yes |= truth;
                no |= !truth;
            });
            if yes && no {
                break;
            }
        }
        Ok((yes, no))
    }

    /// Returns the calls with the sets of one word replaced by `values`.
    pub(super) fn with_values(&self, values: Values) -> Calls {
        let (start, end) = self.find(values.word);
        let mut sets = self.0.clone();
        sets.splice(start..end, [values]);
        Calls(sets)
    }

    /// Frees every word except `words`. Stores in `call` one of the values that each freed word had.
    pub(super) fn forget_except(&mut self, words: Words, call: &mut SeccompData) {
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

    /// Returns one of the calls; free words have their value in `call`.
    pub(super) fn witness(&self, mut call: SeccompData) -> SeccompData {
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

    /// Returns the set with one more word.
    pub(super) const fn with(self, word: Word) -> Words {
        Words(self.0 | Words::bit(word))
    }

    /// Returns the union of two sets.
    pub(super) const fn union(self, other: Words) -> Words {
        Words(self.0 | other.0)
    }

    const fn has(self, word: Word) -> bool {
        self.0 & Words::bit(word) != 0
    }
}
