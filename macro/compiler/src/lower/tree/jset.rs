//! Segment of a partition → the cheapest JSET that decides it.
//!
//! One JSET decides a segment with two continuations, however many intervals it has, if a mask
//! separates them: every value of the *set* side has some bit of the mask, and no value of the
//! *clear* side has one. Up to three single intervals may be *exceptions*: a JEQ tests each of them
//! after the JSET, on the side on which their value falls.
//!
//! The search begins with the segment of one interval, which then grows at its end. A *candidate*
//! is a choice of the two continuations and of the exceptions. If its mask does not separate the
//! sides of a segment, no mask will in a larger segment: the mask loses the bits of new values on
//! the clear side, and gains only bits that are above all values so far. So a failed candidate is
//! dropped, and few remain at a time.

use super::partition::Partition;
use crate::graph::NodeId;

/// A tree decides more exceptions at a lower cost.
const MAX_EXCEPTIONS: usize = 3;
/// In segments with more intervals than this, no new exceptions are tried.
const MAX_WITH_EXCEPTIONS: usize = 24;

/// The partitions of real profiles never have more candidates at a time.
const MAX_CANDIDATES: usize = 64;

/// A JSET that decides a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Jset {
    pub(super) mask: u32,
    pub(super) set: NodeId,
    pub(super) clear: NodeId,
    exceptions: Exceptions,
}

/// Single intervals that are tested by a JEQ of their own, in the order in which they were added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Exceptions {
    intervals: [usize; MAX_EXCEPTIONS],
    count: usize,
}

/// The candidates for all segments that begin with the same interval.
pub(super) struct Candidates<'a> {
    partition: &'a Partition<'a>,
    first: usize,
    /// The candidates for the segment that was extended last.
    current: Vec<Candidate>,
    /// A buffer for the candidates of the segment before.
    previous: Vec<Candidate>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Candidate {
    /// The continuation of each side, once the segment has an interval of that side.
    set: Option<NodeId>,
    clear: Option<NodeId>,
    exceptions: Exceptions,
    /// The bits that are set in some value of the clear side.
    clear_bits: u32,
    mask: u32,
}

impl Exceptions {
    /// Returns the number of tests: one for each exception, and the JSET.
    fn tests(&self) -> u64 {
        1 + self.count as u64
    }

    fn contains(&self, interval: usize) -> bool {
        let mut at = 0;
        while at < self.count {
            if self.intervals[at] == interval {
                return true;
            }
            at += 1;
        }
        false
    }

    fn with(mut self, interval: usize) -> Option<Exceptions> {
        *self.intervals.get_mut(self.count)? = interval;
        self.count += 1;
        Some(self)
    }
}

impl<'a> Candidates<'a> {
    /// Starts with the segment that has one interval.
    pub(super) fn new(partition: &'a Partition<'a>, first: usize) -> Candidates<'a> {
        let none = Candidate {
            set: None,
            clear: None,
            exceptions: Exceptions::default(),
            clear_bits: 0,
            mask: 0,
        };
        let mut candidates = Candidates {
            partition,
            first,
            current: vec![none],
            previous: Vec::new(),
        };
        candidates.extend(first);
        candidates
    }

    /// Extends the segment by the interval `last`.
    pub(super) fn extend(&mut self, last: usize) {
        let partition = self.partition;
        let node = Some(partition.nodes[last]);
        let bits = any_bit(partition.starts[last], partition.ends[last]);
        std::mem::swap(&mut self.current, &mut self.previous);
        self.current.clear();
        let mut at = 0;
        while at < self.previous.len() {
            let candidate = self.previous[at];
            at += 1;
            let on_clear_side = Candidate {
                clear: node,
                clear_bits: candidate.clear_bits | bits,
                ..candidate
            };
            let on_set_side = Candidate {
                set: node,
                ..candidate
            };
            let fits_for_free = if candidate.clear == node {
                self.keep(on_clear_side, last) && on_clear_side.clear_bits == candidate.clear_bits
            } else if candidate.set == node {
                self.keep(on_set_side, last)
            } else {
                // A new continuation can become a side that has none yet.
                if candidate.clear.is_none() {
                    self.keep(on_clear_side, last);
                }
                if candidate.set.is_none() {
                    self.keep(on_set_side, last);
                }
                false
            };
            // An exception costs a test, so it never beats an interval that fits for free.
            if !fits_for_free {
                self.keep_with_exceptions(candidate, &[last], last);
            }
        }
    }

    /// Keeps a candidate if its mask separates the sides. Otherwise the intervals on the wrong side
    /// become exceptions. Returns whether none had to.
    fn keep(&mut self, candidate: Candidate, last: usize) -> bool {
        let partition = self.partition;
        let mask = self.mask(candidate, last);
        let mut wrong = [0; MAX_EXCEPTIONS];
        let mut count = 0;
        if candidate.set.is_some() {
            // If the mask has lost no bit, only the new interval can be on the wrong side.
            let no_bit_lost = mask & candidate.mask == candidate.mask && candidate.mask != 0;
            let mut interval = if no_bit_lost { last } else { self.first };
            while interval <= last {
                if Some(partition.nodes[interval]) == candidate.set
                    && !candidate.exceptions.contains(interval)
                {
                    if let Some(value) = next_without(partition.starts[interval], mask) {
                        if value <= partition.ends[interval] {
                            if count == MAX_EXCEPTIONS {
                                return false;
                            }
                            wrong[count] = interval;
                            count += 1;
                        }
                    }
                }
                interval += 1;
            }
        }
        if count > 0 {
            self.keep_with_exceptions(candidate, &wrong[..count], last);
            return false;
        }
        self.current.push(Candidate { mask, ..candidate });
        true
    }

    /// Keeps a candidate with additional exceptions, if it can have them.
    fn keep_with_exceptions(&mut self, candidate: Candidate, intervals: &[usize], last: usize) {
        if last - self.first > MAX_WITH_EXCEPTIONS || self.current.len() >= MAX_CANDIDATES {
            return;
        }
        let mut exceptions = candidate.exceptions;
        for &interval in intervals {
            if self.partition.starts[interval] != self.partition.ends[interval] {
                return;
            }
            match exceptions.with(interval) {
                Some(more) => exceptions = more,
                None => return,
            }
        }
        let candidate = Candidate {
            exceptions,
            ..candidate
        };
        let candidate = Candidate {
            mask: self.mask(candidate, last),
            ..candidate
        };
        if !self.current.contains(&candidate) {
            self.current.push(candidate);
        }
    }

    /// Returns the largest possible mask: every bit that some value of the segment can have, and
    /// that no value of the clear side has.
    fn mask(&self, candidate: Candidate, last: usize) -> u32 {
        let bits = any_bit(self.partition.starts[self.first], self.partition.ends[last]);
        !candidate.clear_bits & bits
    }

    /// Returns the cheapest JSET for the segment that ends with `last`, and what it executes, if its
    /// cost is less than `limit`.
    pub(super) fn best(&self, last: usize, price: u64, mut limit: u64) -> Option<(Jset, u64)> {
        let mut best = None;
        let weight = self.partition.weight(self.first, last);
        let mut at = 0;
        while at < self.current.len() {
            let candidate = &self.current[at];
            at += 1;
            let tests = candidate.exceptions.tests();
            let (Some(set), Some(clear)) = (candidate.set, candidate.clear) else {
                continue;
            };
            // A lower bound of the cost: every value of the segment executes the JSET.
            if weight + price * tests >= limit {
                continue;
            }
            let jset = Jset {
                mask: candidate.mask,
                set,
                clear,
                exceptions: candidate.exceptions,
            };
            let executed = jset.executed(self.partition, self.first, last);
            if executed + price * tests < limit {
                limit = executed + price * tests;
                best = Some((jset, executed));
            }
        }
        best
    }
}

impl Jset {
    /// Returns the number of tests.
    pub(super) fn tests(&self) -> u64 {
        self.exceptions.tests()
    }

    /// Returns the exceptions on one side, heaviest first.
    pub(super) fn exceptions(&self, partition: &Partition<'_>, set: bool) -> Vec<usize> {
        let all = &self.exceptions.intervals[..self.exceptions.count];
        let mut intervals: Vec<usize> = Vec::new();
        for &interval in all {
            if (partition.starts[interval] & self.mask != 0) == set {
                intervals.push(interval);
            }
        }
        intervals.sort_by_key(|&interval| {
            let weight = partition.weight(interval, interval);
            (std::cmp::Reverse(weight), interval)
        });
        intervals
    }

    /// Returns Σ weight × tests executed, for a segment that the JSET decides.
    fn executed(&self, partition: &Partition<'_>, first: usize, last: usize) -> u64 {
        let mut executed = partition.weight(first, last);
        if self.exceptions.count == 0 {
            return executed;
        }
        for side in [true, false] {
            let exceptions = self.exceptions(partition, side);
            if exceptions.is_empty() {
                continue;
            }
            let node = if side { self.set } else { self.clear };
            let mut interval = first;
            while interval <= last {
                if partition.nodes[interval] == node && !self.exceptions.contains(interval) {
                    executed += partition.weight(interval, interval) * exceptions.len() as u64;
                }
                interval += 1;
            }
            for (place, &interval) in exceptions.iter().enumerate() {
                executed += partition.weight(interval, interval) * (place as u64 + 1);
            }
        }
        executed
    }
}

/// Returns the bits that are set in some value from `low` to `high`.
fn any_bit(low: u32, high: u32) -> u32 {
    let differ = low ^ high;
    let below = if differ == 0 {
        0
    } else {
        u32::MAX >> differ.leading_zeros()
    };
    high | below
}

/// Returns the smallest x >= `from` with x & mask == 0.
fn next_without(from: u32, mask: u32) -> Option<u32> {
    let wrong = from & mask;
    if wrong == 0 {
        return Some(from);
    }
    // Only a carry into a higher bit can clear the highest wrong bit. That bit must be 0 and
    // outside the mask.
    let highest = 31 - wrong.leading_zeros();
    let free = !from & !mask & (u32::MAX << highest);
    if free == 0 {
        return None;
    }
    let bit = free.trailing_zeros();
    Some(from & !((1 << bit) - 1) | 1 << bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_formulas_equal_a_search() {
        for low in 0..64u32 {
            for high in low..64 {
                assert_eq!(any_bit(low, high), (low..=high).fold(0, |bits, x| bits | x));
            }
            for mask in 0..64 {
                let found = (low..256).find(|x| x & mask == 0);
                assert_eq!(next_without(low, mask), found, "{low} {mask}");
            }
        }
        assert_eq!(next_without(u32::MAX, 1), None);
    }
}
