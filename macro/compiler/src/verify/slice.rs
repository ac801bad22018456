//! Sets of values of one word, and the one question that programs and policies ask of a word:
//! how does `word & mask` compare with `value`?
//!
//! A slice is an interval cut with a cube. The answers to such a question split it into slices
//! again, without rest and without overlap: all that follows is exact, nothing is sampled.

use std::cmp::Ordering;

use crate::bpf::Word;

/// The values of `word` from `low` to `high` whose bits under `mask` are `bits`.
///
/// Never empty: `low` is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    pub word: Word,
    pub low: u32,
    pub high: u32,
    mask: u32,
    bits: u32,
}

/// Whether `holds` is true of how `word & mask` compares with `value`.
#[derive(Clone, Copy)]
pub(super) struct Question {
    pub word: Word,
    pub mask: u32,
    pub value: u32,
    pub holds: fn(Ordering) -> bool,
}

impl Slice {
    /// All values of a word.
    pub(super) const fn all(word: Word) -> Slice {
        Slice {
            word,
            low: 0,
            high: u32::MAX,
            mask: 0,
            bits: 0,
        }
    }

    /// The part from `low` to `high`.
    pub(super) fn between(self, low: u32, high: u32) -> Option<Slice> {
        let low = self.first_from(low.max(self.low))?;
        let high = high.min(self.high);
        (low <= high).then_some(Slice { low, high, ..self })
    }

    /// The part whose bits under `mask` are `bits`.
    fn where_bits(self, mask: u32, bits: u32) -> Option<Slice> {
        if (self.bits ^ bits) & self.mask & mask != 0 {
            return None;
        }
        let cube = Slice {
            mask: self.mask | mask,
            bits: self.bits | bits,
            ..self
        };
        cube.between(self.low, self.high)
    }

    /// The least value from `start` on that lies in the cube.
    fn first_from(self, start: u32) -> Option<u32> {
        let wrong = (start ^ self.bits) & self.mask;
        if wrong == 0 {
            return Some(start);
        }
        let top = 1 << wrong.ilog2();
        // The result first differs from `start` in a bit that becomes 1, the lower the better,
        // but not below the topmost wrong one: that one itself, or else the next free 0 above.
        let raised = if self.bits & top != 0 {
            top
        } else {
            let free = !(self.mask | start | (top | (top - 1)));
            free & free.wrapping_neg()
        };
        if raised == 0 {
            return None;
        }
        Some(start & !(raised | (raised - 1)) | raised | self.bits & (raised - 1))
    }

    /// Joins this slice with one that begins where it ends.
    pub(super) fn append(&mut self, next: Slice) -> bool {
        let (word, mask, bits) = (self.word, self.mask, self.bits);
        let fits = (next.word, next.mask, next.bits) == (word, mask, bits)
            && self.high.checked_add(1) == Some(next.low);
        if fits {
            self.high = next.high;
        }
        fits
    }

    /// Splits the slice by a question on its word.
    pub(super) fn ask(self, question: Question, mut put: impl FnMut(bool, Slice)) {
        let Question { mask, value, .. } = question;
        let yes = question.holds;
        if mask != u32::MAX {
            return self.ask_masked(question, put);
        }
        if let Some(below) = value.checked_sub(1) {
            if let Some(less) = self.between(0, below) {
                put(yes(Ordering::Less), less);
            }
        }
        if let Some(equal) = self.between(value, value) {
            put(yes(Ordering::Equal), equal);
        }
        if let Some(above) = value.checked_add(1) {
            if let Some(greater) = self.between(above, u32::MAX) {
                put(yes(Ordering::Greater), greater);
            }
        }
    }

    /// Two numbers compare as the topmost bits in which they differ: one part for each bit that
    /// can be this one, and one for none.
    fn ask_masked(self, question: Question, mut put: impl FnMut(bool, Slice)) {
        let Question { mask, value, .. } = question;
        let yes = question.holds;
        let equal = match value & !mask {
            0 => self.where_bits(mask, value),
            _ => None,
        };
        // A slice that a test for equality does not touch stays whole.
        if equal.is_none() && yes(Ordering::Less) == yes(Ordering::Greater) {
            return put(yes(Ordering::Less), self);
        }
        let mut above = 0;
        let mut bit = 1 << 31;
        while bit != 0 {
            if mask & bit != 0 {
                let (order, other) = match value & bit {
                    0 => (Ordering::Greater, bit),
                    _ => (Ordering::Less, 0),
                };
                if let Some(part) = self.where_bits(above | bit, value & above | other) {
                    put(yes(order), part);
                }
                above |= bit;
            } else if value & bit != 0 {
                if let Some(rest) = self.where_bits(above, value & above) {
                    put(yes(Ordering::Less), rest);
                }
                return;
            }
            bit >>= 1;
        }
        if let Some(equal) = equal {
            put(yes(Ordering::Equal), equal);
        }
    }
}
