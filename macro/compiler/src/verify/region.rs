//! Sets of calls: a region is a product of sets of values, one for each word.
//!
//! The calls that take one path through a program are a region, because every test looks at one
//! word. A region is split by a question into the calls for which the answer is yes and no.

use super::budget::Budget;
use super::mismatch::Mismatch;
use super::slice::{Question, Slice};
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

    /// How much memory the region takes.
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
    pub(super) fn split(&self, question: Question, budget: &mut Budget) -> Result<Parts, Mismatch> {
        let (start, end) = self.find(question.word);
        let mut yes = Vec::with_capacity(self.0.len() + 2);
        yes.extend_from_slice(&self.0[..start]);
        let mut no = yes.clone();
        self.ask(question, budget, |answer, part| {
            let slices = if answer { &mut yes } else { &mut no };
            if !slices.last_mut().is_some_and(|last| last.append(part)) {
                slices.push(part);
            }
        })?;
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
        budget: &mut Budget,
    ) -> Result<(bool, bool), Mismatch> {
        let (mut yes, mut no) = (false, false);
        self.ask(question, budget, |answer, _| {
            yes |= answer;
            no |= !answer;
        })?;
        Ok((yes, no))
    }

    /// Splits the slices of the question's word.
    fn ask(
        &self,
        question: Question,
        budget: &mut Budget,
        mut put: impl FnMut(bool, Slice),
    ) -> Result<(), Mismatch> {
        let (start, end) = self.find(question.word);
        budget.spend(1 + end - start)?;
        for slice in &self.0[start..end] {
            slice.ask(question, &mut put);
        }
        if start == end {
            Slice::all(question.word).ask(question, &mut put);
        }
        Ok(())
    }

    /// The part in which the word of this slice lies in it.
    pub(super) fn within(&self, slice: Slice) -> Region {
        let (start, end) = self.find(slice.word);
        let mut slices = self.0.clone();
        slices.splice(start..end, [slice]);
        Region(slices)
    }

    /// Joins two disjoint regions if they differ in the values of one word only, so that their
    /// union is a region.
    pub(super) fn join(&mut self, other: &Region) -> bool {
        let (a, b) = (&self.0, &other.0);
        let shorter = a.len().min(b.len());
        let mut head = 0;
        while head < shorter && a[head] == b[head] {
            head += 1;
        }
        let mut tail = 0;
        while tail < shorter - head && a[a.len() - 1 - tail] == b[b.len() - 1 - tail] {
            tail += 1;
        }
        let (mine, others) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
        let word = match (mine.first(), others.first()) {
            (Some(a), Some(b)) if a.word == b.word => a.word,
            _ => return false,
        };
        if mine.iter().chain(others).any(|slice| slice.word != word) {
            return false;
        }
        let (start, end) = self.find(word);
        let mut union = self.0[start..end].to_vec();
        union.extend_from_slice(others);
        union.sort_unstable_by_key(|slice| slice.low);
        union.dedup_by(|next, slice| slice.append(*next));
        if union == [Slice::all(word)] {
            union.clear();
        }
        self.0.splice(start..end, union);
        true
    }

    /// One of the calls.
    pub(super) fn call(&self) -> SeccompData {
        let mut data = SeccompData::default();
        for slice in self.0.iter().rev() {
            let value = u64::from(slice.low);
            match slice.word {
                Word::Nr => data.nr = slice.low,
                Word::Arch => data.arch = slice.low,
                Word::IpLow => set_low(&mut data.instruction_pointer, value),
                Word::IpHigh => set_high(&mut data.instruction_pointer, value),
                Word::ArgLow(arg) => set_low(&mut data.args[usize::from(arg)], value),
                Word::ArgHigh(arg) => set_high(&mut data.args[usize::from(arg)], value),
            }
        }
        data
    }
}

fn set_low(field: &mut u64, value: u64) {
    *field = *field >> 32 << 32 | value;
}

fn set_high(field: &mut u64, value: u64) {
    *field = *field << 32 >> 32 | value << 32;
}
