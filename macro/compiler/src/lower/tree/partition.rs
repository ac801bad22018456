//! The values of one word, cut into intervals that have one continuation each.
//!
//! In this folder
//! - a *continuation* is the node that decides the call once the value of the word is known;
//! - an *interval* is a range of values with one continuation. The *partition* is the sorted list of
//!   the intervals of a word. They cover all its values, and neighbours have different
//!   continuations;
//! - a *segment* is a range `i..=j` of indices of neighbouring intervals, one subproblem of the
//!   dynamic program in [`tree`](super);
//! - a *single* interval has one value;
//! - the *weight* of an interval says how often its values occur, relative to other intervals.
//!
//! [`Partition`] keeps each property of the intervals in an array of its own, and the loops in
//! [`tree`](super), [`jset`](super::jset) and [`chain`](super::chain) index these arrays. Procedural
//! macros run unoptimised, where an index is cheap but an iterator costs a function call for each
//! element.

use crate::graph::NodeId;

/// The values from `start` to the start of the next interval; all have the same continuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lower) struct Interval {
    pub(in crate::lower) start: u32,
    pub(in crate::lower) node: NodeId,
    pub(in crate::lower) weight: u64,
}

/// Merges neighbours that have the same continuation.
pub(in crate::lower) fn merged(intervals: &[Interval]) -> Vec<Interval> {
    let mut merged: Vec<Interval> = Vec::with_capacity(intervals.len());
    for interval in intervals {
        match merged.last_mut() {
            Some(previous) if previous.node == interval.node => previous.weight += interval.weight,
            _ => merged.push(*interval),
        }
    }
    merged
}

/// The intervals, with one array for each property.
#[derive(Clone, Debug)]
pub(in crate::lower) struct Partition {
    /// The first value of each interval.
    pub(in crate::lower) starts: Vec<u32>,
    /// The last value of each interval.
    pub(in crate::lower) ends: Vec<u32>,
    /// The continuation of each interval.
    pub(in crate::lower) nodes: Vec<NodeId>,
    /// The weight of each interval.
    pub(in crate::lower) weights: Vec<u64>,
    /// Prefix sums: the weight of the first `i` intervals, for `i` from 0 to their number.
    pub(in crate::lower) weight_before: Vec<u64>,
}

impl Partition {
    /// Returns the partition of the values up to `last`. Neighbours must be [merged].
    pub(in crate::lower) fn new(intervals: &[Interval], last: u32) -> Partition {
        let starts: Vec<u32> = intervals.iter().map(|interval| interval.start).collect();
        let ends = starts
            .iter()
            .skip(1)
            .map(|next| next - 1)
            .chain([last])
            .collect();
        let mut partition = Partition {
            starts,
            ends,
            nodes: intervals.iter().map(|interval| interval.node).collect(),
            weights: Vec::new(),
            weight_before: Vec::new(),
        };
        partition.weigh(intervals.iter().map(|interval| interval.weight).collect());
        partition
    }

    /// Replaces the weights.
    pub(in crate::lower) fn weigh(&mut self, weights: Vec<u64>) {
        self.weight_before.clear();
        let mut sum = 0;
        self.weight_before.push(sum);
        for weight in &weights {
            sum += weight;
            self.weight_before.push(sum);
        }
        self.weights = weights;
    }

    /// Returns the number of intervals.
    pub(in crate::lower) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the weight of a segment.
    pub(in crate::lower) fn weight(&self, first: usize, last: usize) -> u64 {
        self.weight_before[last + 1] - self.weight_before[first]
    }

    /// Returns whether an interval has one value.
    pub(in crate::lower) fn is_single(&self, interval: usize) -> bool {
        self.starts[interval] == self.ends[interval]
    }
}
