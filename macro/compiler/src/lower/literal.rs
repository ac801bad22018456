//! Condition on an argument → literals on 32-bit words, the only unit that a program can test.
//!
//! A condition on 64 bits becomes a disjunctive normal form (DNF) over the two halves of its
//! argument. A *literal* is a predicate on one word, a *term* a conjunction of literals, and the
//! condition holds if some term holds. Capitals are high halves, small letters low halves:
//!
//! ```text
//! x == d    high == D ∧ low == d               x >= d    high > D  ∨  high == D ∧ low >= d
//! x != d    high != D  ∨  low != d             x & m == d  high & M == D ∧ low & m == d
//! ```
//!
//! The rest of this file restricts literals: what is left of a literal if something is known about
//! its word? The result is exact or the literal itself, which is always safe.

use crate::linux::abi::Width;
use crate::linux::data::Word;
use crate::policy::admits;
use crate::policy::{Condition, Test};

/// A predicate on a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Literal {
    /// first <= word <= last
    Within(u32, u32),
    /// word != value
    Not(u32),
    /// word & mask != 0
    AnyOf(u32),
    /// word & mask == value
    Bits { mask: u32, value: u32 },
}

/// The truth of a literal, as far as it is known.
pub(super) enum Truth {
    True,
    False,
    /// The literal is true if and only if this one is.
    Open(Literal),
}

impl Literal {
    /// Returns whether the literal holds for a value.
    pub(super) fn holds(self, word: u32) -> bool {
        match self {
            Literal::Within(first, last) => first <= word && word <= last,
            Literal::Not(value) => word != value,
            Literal::AnyOf(mask) => word & mask != 0,
            Literal::Bits { mask, value } => word & mask == value,
        }
    }

    /// Returns what is left of the literal if word & mask == value.
    pub(super) fn where_equal(self, mask: u32, value: u32) -> Truth {
        match self {
            Literal::Bits { mask: m, value: v } => {
                let open = m & !mask;
                if (v ^ value) & m & mask != 0 {
                    Truth::False
                } else if open == 0 {
                    Truth::True
                } else {
                    Truth::Open(bits(open, v & open))
                }
            }
            Literal::AnyOf(m) if value & m != 0 => Truth::True,
            Literal::AnyOf(m) if m & !mask == 0 => Truth::False,
            Literal::AnyOf(m) => Truth::Open(Literal::AnyOf(m & !mask)),
            // The smallest possible word is `value`, the largest is `value | !mask`.
            Literal::Within(first, last) if first <= value && value | !mask <= last => Truth::True,
            Literal::Within(first, last) => match next_with_bits(first, mask, value) {
                Some(next) if next <= last => Truth::Open(self),
                _ => Truth::False,
            },
            Literal::Not(v) if v & mask != value => Truth::True,
            Literal::Not(_) => Truth::Open(self),
        }
    }

    /// Returns what is left of the literal if word & mask != value.
    pub(super) fn where_different(self, mask: u32, value: u32) -> Truth {
        if mask.is_power_of_two() {
            return self.where_equal(mask, value ^ mask);
        }
        match self {
            // False if the literal implies word & mask == value, true if the opposite implies the
            // literal.
            Literal::Bits { mask: m, value: v } if mask & !m == 0 && v & mask == value => {
                Truth::False
            }
            Literal::AnyOf(m) if value == 0 && mask & !m == 0 => Truth::True,
            Literal::Within(first, last)
                if first & mask == value && same_bits(first, last, mask) =>
            {
                Truth::False
            }
            Literal::Not(v) if v & mask == value => Truth::True,
            other => Truth::Open(other),
        }
    }
}

/// Returns the smallest x >= `from` with x & mask == value.
fn next_with_bits(from: u32, mask: u32, value: u32) -> Option<u32> {
    let next = admits::next_with_bits(u64::from(from), u64::from(mask), u64::from(value))?;
    u32::try_from(next).ok()
}

/// Returns whether all values from `first` to `last` have the same bits under a mask.
fn same_bits(first: u32, last: u32, mask: u32) -> bool {
    let differ = first ^ last;
    differ == 0 || mask & (u32::MAX >> differ.leading_zeros()) == 0
}

/// Returns the literal for word & mask == value, in the simplest form.
fn bits(mask: u32, value: u32) -> Literal {
    if mask == u32::MAX {
        Literal::Within(value, value)
    } else if mask == value && mask.is_power_of_two() {
        Literal::AnyOf(mask)
    } else {
        Literal::Bits { mask, value }
    }
}

/// Returns the terms of a condition. No term means never, a term without literals always.
pub(super) fn dnf(condition: Condition) -> Vec<Vec<(Word, Literal)>> {
    use Literal::{Not, Within};
    let Condition { arg, test, width } = condition;
    if width == Width::W16 {
        return dnf_of_low_bits(Word::ArgLow(arg), test, u32::from(u16::MAX));
    }
    let (low, high) = (Word::ArgLow(arg), Word::ArgHigh(arg));
    let split = |value: u64| ((value >> 32) as u32, value as u32);
    let all = u32::MAX;
    let narrow = width == Width::W32;
    // An interval of all values needs no literal.
    let within = |word: Word, first: u32, last: u32| match (first, last) {
        (0, u32::MAX) => Vec::new(),
        _ => vec![(word, Within(first, last))],
    };
    let at_least = |value: u64| {
        let (high_part, low_part) = split(value);
        if narrow {
            return vec![within(low, low_part, all)];
        }
        if low_part == 0 {
            return vec![within(high, high_part, all)];
        }
        let mut terms = vec![
            [
                within(high, high_part, high_part),
                within(low, low_part, all),
            ]
            .concat(),
        ];
        if high_part < all {
            terms.push(within(high, high_part + 1, all));
        }
        terms
    };
    let at_most = |value: u64| {
        let (high_part, low_part) = split(value);
        if narrow {
            return vec![within(low, 0, low_part)];
        }
        if low_part == all {
            return vec![within(high, 0, high_part)];
        }
        let mut terms =
            vec![[within(high, high_part, high_part), within(low, 0, low_part)].concat()];
        if high_part > 0 {
            terms.push(within(high, 0, high_part - 1));
        }
        terms
    };
    let greatest = width.max();
    match test {
        Test::Eq(value) => {
            let (high_part, low_part) = split(value);
            let mut term = vec![(low, Within(low_part, low_part))];
            if !narrow {
                term.push((high, Within(high_part, high_part)));
            }
            vec![term]
        }
        Test::Ne(value) => {
            let (high_part, low_part) = split(value);
            let mut terms = vec![vec![(low, Not(low_part))]];
            if !narrow {
                terms.push(vec![(high, Not(high_part))]);
            }
            terms
        }
        Test::Ge(value) => at_least(value),
        Test::Gt(value) if value >= greatest => Vec::new(),
        Test::Gt(value) => at_least(value + 1),
        Test::Le(value) => at_most(value),
        Test::Lt(0) => Vec::new(),
        Test::Lt(value) => at_most(value - 1),
        Test::Masked { mask, value } => {
            let ((mask_high, mask_low), (high_part, low_part)) = (split(mask), split(value));
            let mut term = Vec::new();
            if mask_low != 0 {
                term.push((low, bits(mask_low, low_part)));
            }
            if mask_high != 0 && !narrow {
                term.push((high, bits(mask_high, high_part)));
            }
            vec![term]
        }
    }
}

/// Returns the terms of a test that compares only the low bits `all` of a word, as literals on bits.
/// The highest bit in which two numbers differ decides which one is greater.
fn dnf_of_low_bits(word: Word, test: Test, all: u32) -> Vec<Vec<(Word, Literal)>> {
    let low = |value: u64| value as u32 & all;
    let term = |mask: u32, value: u32| match mask & all {
        0 => Vec::new(),
        mask => vec![(word, bits(mask, value & mask))],
    };
    // One term for each bit of `value` that is `set`: the highest bit that differs is this one.
    let differing = |value: u32, set: bool| {
        let of_bit = (0..u32::BITS).filter(move |i| all >> i & 1 == 1);
        of_bit
            .filter(move |i| (value >> i & 1 == 1) == set)
            .map(move |i| term(u32::MAX << i, value ^ 1 << i))
    };
    match test {
        Test::Eq(value) => vec![term(all, low(value))],
        Test::Masked { mask, value } => vec![term(low(mask), low(value))],
        Test::Ne(value) => {
            let one_bit = |i: u32| term(1 << i, !low(value));
            (0..u32::BITS)
                .filter(|i| all >> i & 1 == 1)
                .map(one_bit)
                .collect()
        }
        Test::Gt(value) => differing(low(value), false).collect(),
        Test::Lt(value) => differing(low(value), true).collect(),
        Test::Ge(0) => vec![Vec::new()],
        Test::Ge(value) => differing(low(value) - 1, false).collect(),
        Test::Le(value) if low(value) == all => vec![Vec::new()],
        Test::Le(value) => differing(low(value) + 1, true).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tries all values of four low bits.
    #[test]
    fn low_bits_are_exact() {
        let word = Word::ArgLow(0);
        for value in 0..16u64 {
            let masked = (0..16).filter(|v| v & !value == 0).map(|v| Test::Masked {
                mask: value,
                value: v,
            });
            let tests = [Test::Ne, Test::Lt, Test::Le, Test::Eq, Test::Ge, Test::Gt];
            for test in tests.map(|test| test(value)).into_iter().chain(masked) {
                let terms = dnf_of_low_bits(word, test, 15);
                for x in 0..64u32 {
                    let literal = |(_, literal): &(Word, Literal)| literal.holds(x);
                    let holds = terms.iter().any(|term| term.iter().all(literal));
                    assert_eq!(holds, test.holds(u64::from(x & 15)), "{test:?} of {x}");
                }
            }
        }
    }
}
