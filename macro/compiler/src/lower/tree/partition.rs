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
//! macros run unoptimised, where an index into a slice is cheap, but an iterator costs a function
//! call for each element and an index into a `Vec` costs one too.

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

/// The intervals, with one array for each property, without weights.
#[derive(Clone, Debug)]
pub(in crate::lower) struct Partition {
    /// The first value of each interval.
    pub(in crate::lower) starts: Box<[u32]>,
    /// The last value of each interval.
    pub(in crate::lower) ends: Box<[u32]>,
    /// The continuation of each interval.
    pub(in crate::lower) nodes: Box<[NodeId]>,
}

impl Partition {
    /// Returns the partition of the values up to `last`. Neighbours must be [merged].
    pub(in crate::lower) fn new(intervals: &[Interval], last: u32) -> Partition {
        let (mut starts, mut ends, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
        for interval in intervals {
            if !starts.is_empty() {
                ends.push(interval.start - 1);
            }
            starts.push(interval.start);
            nodes.push(interval.node);
        }
        ends.push(last);
        Partition {
            starts: starts.into(),
            ends: ends.into(),
            nodes: nodes.into(),
        }
    }

    /// Returns the number of intervals.
    pub(in crate::lower) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns whether an interval has one value.
    pub(in crate::lower) fn is_single(&self, interval: usize) -> bool {
        self.starts[interval] == self.ends[interval]
    }
}

/// The weights of the intervals.
#[derive(Clone, Debug)]
pub(in crate::lower) struct Weights {
    /// The weight of each interval.
    pub(in crate::lower) each: Vec<u64>,
    /// Prefix sums: the weight of the first `i` intervals, for `i` from 0 to their number.
    pub(in crate::lower) before: Vec<u64>,
}

impl Weights {
    pub(in crate::lower) fn new(each: Vec<u64>) -> Weights {
        let mut before = Vec::with_capacity(each.len() + 1);
        let mut sum = 0;
        before.push(sum);
        for weight in &each {
            sum += weight;
            before.push(sum);
        }
        Weights { each, before }
    }

    /// Returns the weight of a segment.
    pub(in crate::lower) fn of(&self, first: usize, last: usize) -> u64 {
        self.before[last + 1] - self.before[first]
    }
}
