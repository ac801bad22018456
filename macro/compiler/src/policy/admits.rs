//! Which values of an argument a test admits: what two tests have in common, whether some tests cover
//! all values.
//!
//! The results are exact on both widths; they are computed from intervals and masks, without
//! trying values.

use std::collections::HashMap;

use crate::linux::abi::Width;
use crate::policy::Test;
use crate::sorted;

/// The values that a test admits: those of two intervals, or all values with certain bits. An
/// interval that ends before it starts has no values.
enum Admitted {
    Intervals([(u64, u64); 2]),
    Bits { mask: u64, value: u64 },
}

fn admitted(test: Test, width: Width) -> Admitted {
    const EMPTY: (u64, u64) = (1, 0);
    let max = width.max();
    let below = |value: u64| if value > 0 { (0, value - 1) } else { EMPTY };
    let above = |value: u64| if value < max { (value + 1, max) } else { EMPTY };
    Admitted::Intervals(match test {
        Test::Ne(value) => [below(value), above(value)],
        Test::Lt(value) => [below(value), EMPTY],
        Test::Le(value) => [(0, value), EMPTY],
        Test::Eq(value) => [(value, value), EMPTY],
        Test::Ge(value) => [(value, max), EMPTY],
        Test::Gt(value) => [above(value), EMPTY],
        Test::Masked { mask, value } => return Admitted::Bits { mask, value },
    })
}

/// Returns a value that satisfies both tests, if there is one.
pub(crate) fn common(a: Test, b: Test, width: Width) -> Option<u64> {
    match (admitted(a, width), admitted(b, width)) {
        (Admitted::Intervals(a), Admitted::Intervals(b)) => {
            for a in &a {
                for b in &b {
                    let (low, high) = (a.0.max(b.0), a.1.min(b.1));
                    if low <= high {
                        return Some(low);
                    }
                }
            }
            None
        }
        (Admitted::Intervals(list), Admitted::Bits { mask, value })
        | (Admitted::Bits { mask, value }, Admitted::Intervals(list)) => {
            list.iter().find_map(|(low, high)| {
                next_with_bits(*low, mask, value).filter(|number| number <= high)
            })
        }
        (Admitted::Bits { mask: m, value: v }, Admitted::Bits { mask, value }) => {
            ((v ^ value) & m & mask == 0).then_some(v | value)
        }
    }
}

/// Returns whether no value satisfies the test.
pub(crate) fn is_empty(test: Test, width: Width) -> bool {
    common(test, Test::Ge(0), width).is_none()
}

/// Returns whether every value satisfies the test.
pub(crate) fn is_full(test: Test, width: Width) -> bool {
    match admitted(test, width) {
        Admitted::Intervals(list) => list.contains(&(0, width.max())),
        Admitted::Bits { mask, .. } => mask & width.max() == 0,
    }
}

/// Returns the smallest x >= `from` with x & mask == value.
pub(crate) fn next_with_bits(from: u64, mask: u64, value: u64) -> Option<u64> {
    let wrong = (from & mask) ^ value;
    if wrong == 0 {
        return Some(from);
    }
    let highest = 63 - wrong.leading_zeros();
    // The highest bit where x and `from` differ is 1 in x and 0 in `from`: it is the highest wrong
    // bit, or a bit above it that is outside the mask.
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

/// Returns whether every value satisfies at least one of the tests.
///
/// With very many masked tests the search reaches its budget and returns `false`. This is safe:
/// the result only serves to reject alternatives that are always true.
pub(crate) fn cover(tests: &[Test], width: Width) -> bool {
    let mut intervals: Vec<(u64, u64)> = Vec::new();
    let mut masks: Vec<(u64, u64)> = Vec::new();
    for &test in tests {
        match admitted(test, width) {
            Admitted::Intervals(list) => intervals.extend_from_slice(&list),
            Admitted::Bits { mask, value } => masks.push((mask, value)),
        }
    }
    intervals.retain(|(low, high)| low <= high);
    sorted::sort(&mut intervals);
    sorted::sort_unique(&mut masks);
    let mut from = 0;
    for (low, high) in intervals {
        if from < low && uncovered(from, low - 1, &masks) {
            return false;
        }
        match high.checked_add(1) {
            Some(next) if next <= width.max() => from = from.max(next),
            _ => return true,
        }
    }
    !uncovered(from, width.max(), &masks)
}

/// Returns whether some x from `low` to `high` matches none of the masks.
fn uncovered(low: u64, high: u64, masks: &[(u64, u64)]) -> bool {
    let mut search = Search {
        low,
        high,
        memo: HashMap::new(),
    };
    search.below_prefix(64, true, true, masks.to_vec())
}

/// A search for x, bit by bit from the highest, with a memo table.
///
/// A *prefix* is the bits of x that are already chosen. What the lower bits can be depends only on
/// whether the prefix equals the prefix of `low` or of `high`, and on the masks that the prefix
/// matches so far (*alive*).
struct Search {
    low: u64,
    high: u64,
    memo: HashMap<Prefix, bool>,
}

/// How many bits are not chosen yet, whether the prefix equals that of `low` and of `high`, and the
/// masks that are alive.
type Prefix = (u32, bool, bool, Vec<(u64, u64)>);

impl Search {
    /// How many entries the memo table can have.
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
        if let Some(&known) = self.memo.get(&key) {
            return known;
        }
        if self.memo.len() >= Search::BUDGET {
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
        self.memo.insert(key, found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests on values of four bits, few enough to try every value.
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
    fn common_is_exact() {
        for a in tests() {
            for b in tests() {
                // Values above 15 with equal low four bits satisfy the same tests.
                let tried = (0..32).any(|x| a.holds(x) && b.holds(x));
                let found = common(a, b, Width::W32);
                assert_eq!(found.is_some(), tried, "{a:?} {b:?}");
                assert!(
                    found.is_none_or(|x| a.holds(x) && b.holds(x)),
                    "{a:?} {b:?}"
                );
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
