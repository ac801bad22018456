//! A partition of the values of one word into runs, each with its continuation and weight.
//!
//! The tree solver reads it as arrays: procedural macros run unoptimised, where indexing a slice
//! costs next to nothing and an iterator costs a call per step. The loops in
//! [`tree`](super), [`jset`](super::jset) and [`chain`](super::chain) are written for that.

use crate::graph::NodeId;

/// Values from `start` up to the next run's, all with the same continuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lower) struct Run {
    pub(in crate::lower) start: u32,
    pub(in crate::lower) node: NodeId,
    pub(in crate::lower) weight: u64,
}

/// Neighbours with the same continuation are one run.
pub(in crate::lower) fn merged(runs: &[Run]) -> Vec<Run> {
    let mut merged: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        match merged.last_mut() {
            Some(previous) if previous.node == run.node => previous.weight += run.weight,
            _ => merged.push(*run),
        }
    }
    merged
}

/// The runs, each property in a row of its own.
///
/// Procedural macros run unoptimised, where indexing a slice costs next to nothing and an iterator
/// a call a step; the loops here, in [`bits`](super::bits) and [`chain`](super::chain) are written
/// for that.
pub(in crate::lower) struct Partition<'a> {
    pub(in crate::lower) runs: &'a [Run],
    pub(in crate::lower) starts: Vec<u32>,
    pub(in crate::lower) ends: Vec<u32>,
    pub(in crate::lower) nodes: Vec<NodeId>,
    /// The weight of all runs before each, and of all.
    before: Vec<u64>,
}

impl<'a> Partition<'a> {
    pub(in crate::lower) fn new(runs: &'a [Run], last: u32) -> Partition<'a> {
        let mut before = vec![0];
        let mut sum = 0;
        for run in runs {
            sum += run.weight;
            before.push(sum);
        }
        let starts: Vec<u32> = runs.iter().map(|run| run.start).collect();
        let ends = starts
            .iter()
            .skip(1)
            .map(|next| next - 1)
            .chain([last])
            .collect();
        let nodes = runs.iter().map(|run| run.node).collect();
        Partition {
            runs,
            starts,
            ends,
            nodes,
            before,
        }
    }

    /// The weight of a block.
    pub(in crate::lower) fn weight(&self, first: usize, last: usize) -> u64 {
        self.before[last + 1] - self.before[first]
    }

    /// Whether a run is one value.
    pub(in crate::lower) fn is_single(&self, run: usize) -> bool {
        self.starts[run] == self.ends[run]
    }
}
