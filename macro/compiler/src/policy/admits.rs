//! Which arguments a test admits: whether two tests can hold together, whether some hold always.
//!
//! Exact on either width, by the structure of the sets and never by trying values.

use std::collections::BTreeMap;

use crate::linux::abi::Width;
use crate::policy::Test;

/// The arguments a test admits: at most two intervals, or those with certain bits.
enum Admitted {
    Intervals([Option<(u64, u64)>; 2]),
    Bits { mask: u64, value: u64 },
}

fn admitted(test: Test, width: Width) -> Admitted {
    let max = width.max();
    let below = |value: u64| value.checked_sub(1).map(|last| (0, last));
    let above = |value: u64| {
        if value < max {
            Some((value + 1, max))
        } else {
            None
        }
    };
    match test {
        Test::Ne(value) => Admitted::Intervals([below(value), above(value)]),
        Test::Lt(value) => Admitted::Intervals([below(value), None]),
        Test::Le(value) => Admitted::Intervals([Some((0, value)), None]),
        Test::Eq(value) => Admitted::Intervals([Some((value, value)), None]),
        Test::Ge(value) => Admitted::Intervals([Some((value, max)), None]),
        Test::Gt(value) => Admitted::Intervals([above(value), None]),
        Test::Masked { mask, value } => Admitted::Bits { mask, value },
    }
}

/// Returns whether some argument satisfies both tests.
pub(crate) fn overlap(a: Test, b: Test, width: Width) -> bool {
    match (admitted(a, width), admitted(b, width)) {
        (Admitted::Intervals(a), Admitted::Intervals(b)) => a
            .iter()
            .flatten()
            .any(|a| b.iter().flatten().any(|b| a.0.max(b.0) <= a.1.min(b.1))),
        (Admitted::Intervals(list), Admitted::Bits { mask, value })
        | (Admitted::Bits { mask, value }, Admitted::Intervals(list)) => list
            .iter()
            .flatten()
            .any(|&(low, high)| next_with_bits(low, mask, value).is_some_and(|x| x <= high)),
        (Admitted::Bits { mask: m, value: v }, Admitted::Bits { mask, value }) => {
            (v ^ value) & m & mask == 0
        }
    }
}

/// Returns whether no argument satisfies the test.
pub(crate) fn is_empty(test: Test, width: Width) -> bool {
    !overlap(test, Test::Ge(0), width)
}

/// Returns whether every argument satisfies the test.
pub(crate) fn is_full(test: Test, width: Width) -> bool {
    match admitted(test, width) {
        Admitted::Intervals(list) => list.contains(&Some((0, width.max()))),
        Admitted::Bits { mask, .. } => mask & width.max() == 0,
    }
}

/// The smallest x >= `from` with x & mask == value.
pub(crate) fn next_with_bits(from: u64, mask: u64, value: u64) -> Option<u64> {
    let wrong = (from & mask) ^ value;
    if wrong == 0 {
        return Some(from);
    }
    let highest = 63 - wrong.leading_zeros();
    // x exceeds `from` first at a bit that is 0 there: the wrong one, or a free one above it.
    let bit = if from >> highest & 1 == 0 {
        highest
    } else {
        let free = !from & !mask & (u64::MAX << highest);
        if free == 0 {
            return None;
        }
        free.trailing_zeros()
    };
    let lower = (1u64 << bit) - 1;
    Some(from & !lower | 1 << bit | value & lower)
}

/// Returns whether every argument satisfies at least one of the tests.
///
/// With more masked tests than anyone writes this may give up and say no; it only serves to
/// refuse what would hold always.
pub(crate) fn cover(tests: &[Test], width: Width) -> bool {
    let mut intervals: Vec<(u64, u64)> = Vec::new();
    let mut masks: Vec<(u64, u64)> = Vec::new();
    for &test in tests {
        match admitted(test, width) {
            Admitted::Intervals(list) => intervals.extend(list.into_iter().flatten()),
            Admitted::Bits { mask, value } => masks.push((mask, value)),
        }
    }
    intervals.sort_unstable();
    masks.sort_unstable();
    masks.dedup();
    let mut from = 0;
    for (low, high) in intervals {
        if from < low && escapes(from, low - 1, &masks) {
            return false;
        }
        match high.checked_add(1) {
            Some(next) if next <= width.max() => from = from.max(next),
            _ => return true,
        }
    }
    !escapes(from, width.max(), &masks)
}

/// Whether some x from `low` to `high` differs from every mask's value.
fn escapes(low: u64, high: u64, masks: &[(u64, u64)]) -> bool {
    let mut search = Search {
        low,
        high,
        seen: BTreeMap::new(),
    };
    search.below_prefix(64, true, true, masks.to_vec())
}

/// A prefix of x is all the bits above one; what is open below depends only on whether the prefix
/// equals that of `low` or `high`, and on the masks that may still match.
struct Search {
    low: u64,
    high: u64,
    seen: BTreeMap<Prefix, bool>,
}

/// How many bits are open, whether those above are the ones of `low` and of `high`, and the masks.
type Prefix = (u32, bool, bool, Vec<(u64, u64)>);

impl Search {
    const BUDGET: usize = 1 << 12;

    fn below_prefix(
        &mut self,
        bits: u32,
        at_low: bool,
        at_high: bool,
        alive: Vec<(u64, u64)>,
    ) -> bool {
        if alive.is_empty() {
            return true;
        }
        let open = if bits == 64 {
            u64::MAX
        } else {
            (1 << bits) - 1
        };
        if alive.iter().any(|(mask, _)| mask & open == 0) {
            return false;
        }
        let key = (bits, at_low, at_high, alive);
        if let Some(&known) = self.seen.get(&key) {
            return known;
        }
        if self.seen.len() >= Search::BUDGET {
            return true;
        }
        let bit = bits - 1;
        let (low, high) = (self.low >> bit & 1, self.high >> bit & 1);
        let found = [0, 1].into_iter().any(|x| {
            if at_low && x < low || at_high && x > high {
                return false;
            }
            let matching =
                |(mask, value): &(u64, u64)| mask >> bit & 1 == 0 || value >> bit & 1 == x;
            let alive = key.3.iter().copied().filter(matching).collect();
            self.below_prefix(bit, at_low && x == low, at_high && x == high, alive)
        });
        self.seen.insert(key, found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests on values of four bits, for which everything can be tried.
    fn tests() -> Vec<Test> {
        let mut tests = Vec::new();
        for value in 0..16 {
            tests.extend(
                [Test::Ne, Test::Lt, Test::Le, Test::Eq, Test::Ge, Test::Gt].map(|t| t(value)),
            );
            tests.extend(
                (0..=value)
                    .filter(|v| v & !value == 0)
                    .map(|v| Test::Masked {
                        mask: value,
                        value: v,
                    }),
            );
        }
        tests
    }

    #[test]
    fn overlap_is_exact() {
        for a in tests() {
            for b in tests() {
                // Above 15 all values of equal low bits are alike.
                let tried = (0..32).any(|x| a.holds(x) && b.holds(x));
                assert_eq!(overlap(a, b, Width::W32), tried, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn cover_is_exact() {
        let outside = Test::Ge(16);
        for a in tests() {
            for b in tests() {
                for c in [Test::Eq(3), Test::Masked { mask: 5, value: 4 }] {
                    let tried = (0..16).all(|x| [a, b, c].iter().any(|t| t.holds(x)));
                    assert_eq!(
                        cover(&[a, b, c, outside], Width::W64),
                        tried,
                        "{a:?} {b:?} {c:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_whole_width_counts() {
        let all = |tests: &[Test]| cover(tests, Width::W64);
        assert!(all(&[Test::Ge(1), Test::Le(5)]));
        assert!(!all(&[Test::Ge(6), Test::Le(4)]));
        assert!(all(&[Test::Ne(7), Test::Ne(8)]));
        let bit = 1 << 63;
        assert!(all(&[
            Test::Masked {
                mask: bit,
                value: 0
            },
            Test::Masked {
                mask: bit,
                value: bit
            }
        ]));
        assert!(!all(&[
            Test::Masked {
                mask: bit,
                value: 0
            },
            Test::Gt(bit)
        ]));
        assert!(
            is_full(Test::Le(u64::MAX), Width::W64) && !is_full(Test::Le(u64::MAX - 1), Width::W64)
        );
        assert!(
            is_empty(Test::Gt(u64::from(u32::MAX)), Width::W32)
                && is_empty(Test::Lt(0), Width::W64)
        );
    }

    #[test]
    fn next_with_bits_is_the_smallest() {
        for mask in 0..16u64 {
            for value in (0..16).filter(|v| v & !mask == 0) {
                for from in 0..32 {
                    let tried = (from..64).find(|x| x & mask == value);
                    assert_eq!(
                        next_with_bits(from, mask, value),
                        tried,
                        "{from} {mask} {value}"
                    );
                }
            }
        }
        assert_eq!(next_with_bits(u64::MAX, 1, 0), None);
    }
}
