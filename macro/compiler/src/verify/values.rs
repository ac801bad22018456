//! Sets of values of one word, and the one predicate that programs and policies evaluate on a word:
//! how `word & mask` compares with a constant.
//!
//! A set is the intersection of an *interval* (`low..=high`) and a *cube* (the bits under a mask are
//! given, all others are free). A comparison splits such a set into disjoint sets of the same form
//! that together are the whole set. So all that the verifier concludes is exact: it never tests
//! single values instead of a set.

use std::cmp::Ordering;

use crate::linux::data::Word;

/// The values of `word` from `low` to `high` whose bits under `mask` are `bits`.
///
/// Never empty: `low` is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Values {
    pub word: Word,
    pub low: u32,
    pub high: u32,
    mask: u32,
    bits: u32,
}

/// The predicate `word & mask` *relation* `value`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison {
    pub word: Word,
    pub mask: u32,
    pub relation: Relation,
    pub value: u32,
}

/// A relation of two numbers, as a set of orderings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Ne,
    Lt,
    Le,
    Eq,
    Ge,
    Gt,
}

impl Relation {
    /// Returns whether the relation holds for two numbers with this ordering.
    pub(super) const fn has(self, ordering: Ordering) -> bool {
        match self {
            Relation::Ne => ordering.is_ne(),
            Relation::Lt => ordering.is_lt(),
            Relation::Le => ordering.is_le(),
            Relation::Eq => ordering.is_eq(),
            Relation::Ge => ordering.is_ge(),
            Relation::Gt => ordering.is_gt(),
        }
    }

    /// Returns the relation that holds, or does not hold, for equal numbers, and is otherwise the
    /// same. `Ne` and `Eq` stay as they are.
    pub(super) const fn with_equal(self, equal: bool) -> Relation {
        match (self, equal) {
            (Relation::Lt | Relation::Le, false) => Relation::Lt,
            (Relation::Lt | Relation::Le, true) => Relation::Le,
            (Relation::Ge | Relation::Gt, false) => Relation::Gt,
            (Relation::Ge | Relation::Gt, true) => Relation::Ge,
            (Relation::Ne | Relation::Eq, _) => self,
        }
    }
}

impl Values {
    /// Returns all values of a word.
    pub(super) const fn all(word: Word) -> Values {
        Values {
            word,
            low: 0,
            high: u32::MAX,
            mask: 0,
            bits: 0,
        }
    }

    /// Returns the values from `low` to `high`, if there are any.
    pub(super) fn between(self, low: u32, high: u32) -> Option<Values> {
        let low = self.first_from(low.max(self.low))?;
        let high = high.min(self.high);
        (low <= high).then_some(Values { low, high, ..self })
    }

    /// Returns the values whose bits under `mask` are `bits`, if there are any.
    fn where_bits(self, mask: u32, bits: u32) -> Option<Values> {
        if (self.bits ^ bits) & self.mask & mask != 0 {
            return None;
        }
        let cube = Values {
            mask: self.mask | mask,
            bits: self.bits | bits,
            ..self
        };
        cube.between(self.low, self.high)
    }

    /// Returns the least value >= `start` in the cube.
    fn first_from(self, start: u32) -> Option<u32> {
        let wrong = (start ^ self.bits) & self.mask;
        if wrong == 0 {
            return Some(start);
        }
        let top = 1 << wrong.ilog2();
        // In the highest bit in which the result differs from `start`, it has a 1. The lowest such
        // bit gives the least result, but it cannot be below the highest wrong bit. So it is that
        // bit, or else the next free bit above it that is 0.
        let raised = if self.bits & top != 0 {
            top
        } else {
            let free = !(self.mask | start | (top | (top - 1)));
            free & free.wrapping_neg()
        };
        if raised == 0 {
            return None;
        }
        Some(start & !(raised - 1) | raised | self.bits & (raised - 1))
    }

    /// Appends the values of `next`, if both sets together are again an interval of one cube.
    pub(super) fn append(&mut self, next: Values) -> bool {
        let (word, mask, bits) = (self.word, self.mask, self.bits);
        let fits = (next.word, next.mask, next.bits) == (word, mask, bits)
            && self.high.checked_add(1) == Some(next.low);
        if fits {
            self.high = next.high;
        }
        fits
    }

    /// Splits the values by a comparison of their word. Calls `put` with each part and whether the
    /// comparison is true for it.
    pub(super) fn split(self, comparison: Comparison, mut put: impl FnMut(bool, Values)) {
        let Comparison { mask, value, .. } = comparison;
        let yes = |ordering| comparison.relation.has(ordering);
        if mask != u32::MAX {
            return self.split_masked(comparison, put);
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

    /// The highest bit in which two numbers differ decides which one is greater. So there is one
    /// part for each bit that can be this one, and one part for equal numbers.
    fn split_masked(self, comparison: Comparison, mut put: impl FnMut(bool, Values)) {
        let Comparison { mask, value, .. } = comparison;
        let yes = |ordering| comparison.relation.has(ordering);
        let equal = match value & !mask {
            0 => self.where_bits(mask, value),
            _ => None,
        };
        // If no value is equal, a test for equality has one outcome, and the set stays whole.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn has(values: Values, value: u32) -> bool {
        (values.low..=values.high).contains(&value) && value & values.mask == values.bits
    }

    /// A fixed sequence of small numbers.
    fn numbers() -> impl FnMut() -> u32 {
        let mut state = 1u32;
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 26
        }
    }

    /// Every value of the set is in exactly one part, where the comparison is what it is for the
    /// value. Tries all values of six bits, at the low and at the high end of the word.
    #[test]
    fn parts_are_exact() {
        let mut number = numbers();
        let relations = [
            Relation::Ne,
            Relation::Lt,
            Relation::Le,
            Relation::Eq,
            Relation::Ge,
            Relation::Gt,
        ];
        let mut cut = 0;
        for round in 0..60_000 {
            let shift = if round % 2 == 0 { 0 } else { 26 };
            let word = Word::Nr;
            let (a, b, mask) = (number(), number(), number() & number());
            let whole = Values {
                mask: mask << shift,
                bits: (number() & mask) << shift,
                ..Values::all(word)
            };
            let Some(values) = whole.between(a.min(b) << shift, a.max(b) << shift) else {
                continue;
            };
            let comparison = Comparison {
                word,
                mask: match number() % 3 {
                    0 => u32::MAX,
                    _ => number() << shift,
                },
                relation: relations[number() as usize % 6],
                value: number() << shift,
            };
            let mut parts = Vec::new();
            values.split(comparison, |truth, part| parts.push((truth, part)));
            cut += usize::from(parts.len() > 1);
            for value in (0..64).map(|value| value << shift) {
                let order = (value & comparison.mask).cmp(&comparison.value);
                let mut of = parts.iter().filter(|(_, part)| has(*part, value));
                match of.next() {
                    Some((truth, _)) => {
                        assert!(has(values, value), "{value:#x} is new: {comparison:?}");
                        assert_eq!(*truth, comparison.relation.has(order));
                    }
                    None => assert!(!has(values, value), "{value:#x} is lost: {comparison:?}"),
                }
                assert!(
                    of.next().is_none(),
                    "{value:#x} is in two parts: {comparison:?}"
                );
            }
            for (_, part) in parts {
                assert!(has(part, part.low) && has(values, part.low));
            }
        }
        assert!(cut > 10_000);
    }
}
