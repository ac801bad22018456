//! Segment of a partition → the JSETs that decide it.
//!
//! One JSET decides a segment with two continuations, however many intervals it has, if a mask
//! separates them: every value of the *set* side has some bit of the mask, and no value of the
//! *clear* side has one. Up to three single intervals may be *exceptions*: a JEQ tests each of them
//! after the JSET, on the side on which their value falls.
//!
//! The search ([`candidate`](super::candidate)) depends on the continuations only, not on weights. So
//! one search serves all weights that are tried. Each exception costs a test, so that of all JSETs
//! for a segment only those with the fewest exceptions are kept.

use super::partition::{Partition, Weights};
use crate::graph::NodeId;

/// A tree decides more exceptions at a lower cost.
pub(super) const MAX_EXCEPTIONS: usize = 3;

/// A JSET that decides a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Jset {
    pub(super) mask: u32,
    pub(super) set: NodeId,
    pub(super) clear: NodeId,
    pub(super) exceptions: Exceptions,
}

/// Single intervals that are tested by a JEQ of their own, in the order in which they were added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Exceptions {
    intervals: [u8; MAX_EXCEPTIONS],
    pub(super) count: u8,
}

/// Exceptions, heaviest first.
pub(super) struct Ordered {
    intervals: [usize; MAX_EXCEPTIONS],
    count: usize,
}

impl Ordered {
    pub(super) fn as_slice(&self) -> &[usize] {
        &self.intervals[..self.count]
    }
}

impl Exceptions {
    pub(super) fn contains(self, interval: usize) -> bool {
        let mut at = 0;
        while at < usize::from(self.count) {
            if usize::from(self.intervals[at]) == interval {
                return true;
            }
            at += 1;
        }
        false
    }

    /// Returns whether there was place for one more.
    pub(super) fn add(&mut self, interval: usize) -> bool {
        let place = usize::from(self.count);
        if place == MAX_EXCEPTIONS || interval > usize::from(u8::MAX) {
            return false;
        }
        self.intervals[place] = interval as u8;
        self.count += 1;
        true
    }
}

impl Jset {
    /// Returns the number of tests: the JSET, and one for each exception.
    pub(super) fn tests(&self) -> u64 {
        1 + u64::from(self.exceptions.count)
    }

    /// Returns whether an interval is an exception.
    pub(super) fn excepts(&self, interval: usize) -> bool {
        self.exceptions.contains(interval)
    }

    /// Returns the exceptions on one side, heaviest first.
    pub(super) fn exceptions(
        &self,
        partition: &Partition,
        weights: &Weights,
        set: bool,
    ) -> Ordered {
        let mut ordered = Ordered {
            intervals: [0; MAX_EXCEPTIONS],
            count: 0,
        };
        let mut at = 0;
        while at < usize::from(self.exceptions.count) {
            let interval = usize::from(self.exceptions.intervals[at]);
            at += 1;
            if (partition.starts[interval] & self.mask != 0) == set {
                let weight = weights.each[interval];
                let mut place = ordered.count;
                while place > 0 && weights.each[ordered.intervals[place - 1]] < weight {
                    ordered.intervals[place] = ordered.intervals[place - 1];
                    place -= 1;
                }
                ordered.intervals[place] = interval;
                ordered.count += 1;
            }
        }
        ordered
    }

    /// Returns Σ weight × tests executed, for a segment that the JSET decides.
    pub(super) fn executed(
        &self,
        partition: &Partition,
        weights: &Weights,
        first: usize,
        last: usize,
    ) -> u64 {
        let mut executed = weights.of(first, last);
        if self.exceptions.count == 0 {
            return executed;
        }
        let (nodes, each) = (&partition.nodes[..], &weights.each[..]);
        // The weight of the values of each side, without the exceptions.
        let (mut set, mut clear) = (0, 0);
        let mut interval = first;
        while interval <= last {
            if nodes[interval] == self.set {
                set += each[interval];
            } else if nodes[interval] == self.clear {
                clear += each[interval];
            }
            interval += 1;
        }
        for &side in &[true, false] {
            let exceptions = self.exceptions(partition, weights, side);
            let mut place = 0;
            while place < exceptions.count {
                let interval = exceptions.intervals[place];
                place += 1;
                executed += each[interval] * place as u64;
                if nodes[interval] == self.set {
                    set -= each[interval];
                } else if nodes[interval] == self.clear {
                    clear -= each[interval];
                }
            }
        }
        let (on_set, on_clear) = self.exceptions_by_side(partition);
        executed + set * on_set + clear * on_clear
    }

    /// Returns the number of exceptions on the set side, and on the clear side.
    fn exceptions_by_side(&self, partition: &Partition) -> (u64, u64) {
        let mut set = 0;
        let mut at = 0;
        while at < usize::from(self.exceptions.count) {
            let interval = usize::from(self.exceptions.intervals[at]);
            if partition.starts[interval] & self.mask != 0 {
                set += 1;
            }
            at += 1;
        }
        (set, u64::from(self.exceptions.count) - set)
    }
}
