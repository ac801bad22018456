//! Sets of calls: a region is a product of sets of values, one for each word.
//!
//! The calls that take one path through a program are a region, because every test looks at one
//! word. A region is split by a question into the calls for which the answer is yes and no.

use super::budget::Budget;
use super::mismatch::Mismatch;
use super::slice::{Question, Slice};
use crate::abi::Endian;
use crate::bpf::{SeccompData, Word};

/// The calls each of whose words lies in one of the word's slices; a word without slices is free.
///
/// Never empty. Slices are sorted by word; those of one word are disjoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Region(Vec<Slice>);

/// The parts of a region for which a question is answered with yes and with no.
pub(super) struct Parts {
    pub yes: Option<Region>,
    pub no: Option<Region>,
}

impl Region {
    /// Every call.
    pub(super) const fn all() -> Region {
        Region(Vec::new())
    }

    /// How much memory the region takes, in slices.
    pub(super) fn size(&self) -> usize {
        self.0.len() + 4
    }

    /// Where the slices of a word stand or would stand.
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
    pub(super) fn slices(&self, word: Word) -> impl Iterator<Item = Slice> + '_ {
        let (start, end) = self.find(word);
        let free = (start == end).then(|| Slice::all(word));
        self.0[start..end].iter().copied().chain(free)
    }

    /// Splits the region by a question.
    pub(super) fn split(&self, question: Question, budget: &Budget) -> Result<Parts, Mismatch> {
        if question.mask == 0 {
            // No word is looked at, so none gets slices.
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
        for slice in self.slices(question.word) {
            budget.spend(1)?;
            slice.ask(question, |answer, part| {
                let slices = if answer { &mut yes } else { &mut no };
                if !slices.last_mut().is_some_and(|last| last.append(part)) {
                    slices.push(part);
                }
            });
        }
        let finish = |mut slices: Vec<Slice>| {
            (slices.len() > start).then(|| {
                slices.extend_from_slice(&self.0[end..]);
                Region(slices)
            })
        };
        Ok(Parts {
            yes: finish(yes),
            no: finish(no),
        })
    }

    /// Tells which answers a question can have in the region: (yes, no).
    pub(super) fn answers(
        &self,
        question: Question,
        budget: &Budget,
    ) -> Result<(bool, bool), Mismatch> {
        let (mut yes, mut no) = (false, false);
        for slice in self.slices(question.word) {
            budget.spend(1)?;
            slice.ask(question, |answer, _| {
                yes |= answer;
                no |= !answer;
            });
            if yes && no {
                break;
            }
        }
        Ok((yes, no))
    }

    /// The part in which the word of this slice lies in it.
    pub(super) fn within(&self, slice: Slice) -> Region {
        let (start, end) = self.find(slice.word);
        let mut slices = self.0.clone();
        slices.splice(start..end, [slice]);
        Region(slices)
    }

    /// Frees all words but these; `call` takes one of the values that each of the freed had.
    pub(super) fn forget_but(&mut self, words: Words, call: &mut SeccompData) {
        let mut freed = None;
        self.0.retain(|slice| {
            let kept = words.has(slice.word);
            if !kept && freed != Some(slice.word) {
                freed = Some(slice.word);
                set(call, slice.word, slice.low);
            }
            kept
        });
    }

    /// One of the calls, with the values of `call` in words that are free.
    pub(super) fn one(&self, mut call: SeccompData) -> SeccompData {
        for slice in &self.0 {
            set(&mut call, slice.word, slice.low);
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
        1 << (word.offset(Endian::Little) / 4)
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
