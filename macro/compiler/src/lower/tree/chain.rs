//! Segment of a partition → the cheapest chain of JEQ that decides it.
//!
//! A chain tests single values one after the other, the heaviest first. All values that no JEQ
//! tests fall through to one continuation, the *target*. So an interval with more than one value
//! must have the target as its continuation.
//!
//! The search begins with the segment of one interval, which then grows at its end. If no chain can
//! decide a segment, none can decide a larger one, so the search stops there.

use super::partition::Partition;
use crate::graph::NodeId;

/// A longer chain is slower than a tree for all weights that occur in practice.
const MAX_TESTS: usize = 8;

/// The search for chains, for all segments that begin with the same interval.
pub(super) struct Chains<'a> {
    partition: &'a Partition<'a>,
    first: usize,
    /// Whether a chain could decide the last segment.
    possible: bool,
}

/// A chain that decides a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    /// The continuation of every value without a JEQ.
    pub(super) target: NodeId,
    /// Σ weight × tests executed.
    pub(super) executed: u64,
    /// The intervals that a JEQ tests, heaviest first.
    tested: [usize; MAX_TESTS],
    count: usize,
}

impl<'a> Chains<'a> {
    /// Starts with the segment that has one interval.
    pub(super) fn new(partition: &'a Partition<'a>, first: usize) -> Chains<'a> {
        Chains {
            partition,
            first,
            possible: true,
        }
    }

    /// Returns the cheapest chain for the segment that ends with `last`; `last` must increase from
    /// call to call.
    pub(super) fn best(&mut self, last: usize, price: u64) -> Option<Chain> {
        if !self.possible {
            return None;
        }
        let best = self.cheapest(last, price);
        self.possible = best.is_some();
        best
    }

    fn cheapest(&self, last: usize, price: u64) -> Option<Chain> {
        if last - self.first > 2 * MAX_TESTS {
            return None;
        }
        let partition = self.partition;
        let mut wide = self.first;
        while wide <= last && partition.is_single(wide) {
            wide += 1;
        }
        if wide <= last {
            return Chain::to(partition, partition.nodes[wide], self.first, last);
        }
        let mut best: Option<Chain> = None;
        let mut interval = self.first;
        while interval <= last {
            let target = partition.nodes[interval];
            let tried = partition.nodes[self.first..interval].contains(&target);
            interval += 1;
            if tried {
                continue;
            }
            if let Some(chain) = Chain::to(partition, target, self.first, last) {
                if best.is_none_or(|best| chain.cost(price) < best.cost(price)) {
                    best = Some(chain);
                }
            }
        }
        best
    }
}

impl Chain {
    /// Returns the chain for a segment with this target, unless it would need too many tests or the
    /// test of an interval that is not single.
    pub(super) fn to(
        partition: &Partition<'_>,
        target: NodeId,
        first: usize,
        last: usize,
    ) -> Option<Chain> {
        let mut chain = Chain {
            target,
            executed: 0,
            tested: [0; MAX_TESTS],
            count: 0,
        };
        let mut rest = 0;
        let mut interval = first;
        while interval <= last {
            if partition.nodes[interval] == target {
                rest += partition.intervals[interval].weight;
            } else if chain.count == MAX_TESTS || !partition.is_single(interval) {
                return None;
            } else {
                chain.insert(partition, interval);
            }
            interval += 1;
        }
        chain.executed = rest * chain.tests();
        let mut place = 0;
        while place < chain.count {
            let weight = partition.intervals[chain.tested[place]].weight;
            chain.executed += weight * (place as u64 + 1);
            place += 1;
        }
        Some(chain)
    }

    /// Inserts an interval after all that are at least as heavy.
    fn insert(&mut self, partition: &Partition<'_>, interval: usize) {
        let weight = partition.intervals[interval].weight;
        let mut place = self.count;
        while place > 0 && partition.intervals[self.tested[place - 1]].weight < weight {
            self.tested[place] = self.tested[place - 1];
            place -= 1;
        }
        self.tested[place] = interval;
        self.count += 1;
    }

    /// Returns the intervals that a JEQ tests, heaviest first.
    pub(super) fn tested(&self) -> &[usize] {
        &self.tested[..self.count]
    }

    /// Returns the number of tests.
    pub(super) fn tests(&self) -> u64 {
        self.count as u64
    }

    /// Returns what the chain executes, plus the price of each of its tests.
    pub(super) fn cost(&self, price: u64) -> u64 {
        self.executed + self.tests() * price
    }
}
