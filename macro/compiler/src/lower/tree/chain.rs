//! Segment of a partition → the cheapest chain of JEQ that decides it.
//!
//! A chain tests single values one after the other, the heaviest first. All values that no JEQ
//! tests fall through to one continuation, the *target*. So an interval with more than one value
//! must have the target as its continuation.
//!
//! The search begins with the segment of one interval, which then grows at its end. There is at most
//! one chain for each target. A chain that cannot decide a segment cannot decide a larger one, so
//! few remain at a time.

use super::partition::{Partition, Weights};
use crate::graph::NodeId;

/// A longer chain is slower than a tree for all weights that occur in practice.
const MAX_TESTS: usize = 8;

/// The chains for all segments that begin with the same interval.
pub(super) struct Chains<'a> {
    partition: &'a Partition,
    weights: &'a Weights,
    first: usize,
    /// The chains for the segment that was extended last.
    current: Vec<Chain>,
    /// Whether all intervals of the segment are single, so that a new target is possible.
    only_single: bool,
}

/// A chain that decides a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    /// The continuation of every value without a JEQ.
    pub(super) target: NodeId,
    /// Σ weight × tests executed.
    executed: u64,
    /// The weight of the values without a JEQ.
    rest: u64,
    /// The intervals that a JEQ tests, heaviest first.
    tested: [usize; MAX_TESTS],
    count: usize,
}

impl<'a> Chains<'a> {
    /// Starts with the segment that has one interval.
    pub(super) fn new(partition: &'a Partition, weights: &'a Weights, first: usize) -> Chains<'a> {
        let mut chains = Chains {
            partition,
            weights,
            first,
            current: Vec::new(),
            only_single: true,
        };
        chains.extend(first);
        chains
    }

    /// Returns whether no chain can decide the segment or a larger one.
    pub(super) fn are_over(&self) -> bool {
        !self.only_single && self.current.is_empty()
    }

    /// Extends the segment by the interval `last`.
    pub(super) fn extend(&mut self, last: usize) {
        let partition = self.partition;
        let node = partition.nodes[last];
        let mut is_target = false;
        let mut at = 0;
        while at < self.current.len() {
            let chain = &mut self.current[at];
            is_target |= chain.target == node;
            if chain.add(partition, self.weights, last) {
                at += 1;
            } else {
                self.current.remove(at);
            }
        }
        if self.only_single && !is_target {
            self.current
                .extend(Chain::to(partition, self.weights, node, self.first, last));
        }
        self.only_single &= partition.is_single(last);
    }

    /// Returns the cheapest chain for the segment that was extended last.
    pub(super) fn best(&self, price: u64) -> Option<&Chain> {
        let mut best = self.current.first()?;
        let mut at = 1;
        while at < self.current.len() {
            let chain = &self.current[at];
            if chain.cost(price) < best.cost(price) {
                best = chain;
            }
            at += 1;
        }
        Some(best)
    }
}

impl Chain {
    /// Returns the chain for a segment with this target, unless it would need too many tests or the
    /// test of an interval that is not single.
    pub(super) fn to(
        partition: &Partition,
        weights: &Weights,
        target: NodeId,
        first: usize,
        last: usize,
    ) -> Option<Chain> {
        let mut chain = Chain {
            target,
            executed: 0,
            rest: 0,
            tested: [0; MAX_TESTS],
            count: 0,
        };
        let mut interval = first;
        while interval <= last {
            if !chain.add(partition, weights, interval) {
                return None;
            }
            interval += 1;
        }
        Some(chain)
    }

    /// Adds an interval, with a JEQ after all that are at least as heavy. Returns whether it can.
    fn add(&mut self, partition: &Partition, weights: &Weights, interval: usize) -> bool {
        let weights = &weights.each[..];
        let weight = weights[interval];
        if partition.nodes[interval] == self.target {
            self.rest += weight;
            self.executed += weight * self.tests();
            return true;
        }
        if self.count == MAX_TESTS || !partition.is_single(interval) {
            return false;
        }
        let mut place = self.count;
        // The values without a JEQ, and lighter ones, execute one test more.
        self.executed += self.rest;
        while place > 0 {
            let before = self.tested[place - 1];
            if weights[before] >= weight {
                break;
            }
            self.executed += weights[before];
            self.tested[place] = before;
            place -= 1;
        }
        self.tested[place] = interval;
        self.count += 1;
        self.executed += weight * (place as u64 + 1);
        true
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
