//! Subtrees already built, which another partition may jump into.
//!
//! Where two partitions have the same continuations, the second one needs no tests of its own: it
//! jumps to the smallest subtree of the first one that decides all the values in question. Two
//! partitions *agree* on a value if both give it the same continuation.

use super::partition::Partition;
use crate::graph::NodeId;

/// The tree of a partition: its intervals, and all subtrees of the tree.
#[derive(Clone, Debug, Default)]
pub(in crate::lower) struct Subtrees {
    /// The start and the continuation of each interval.
    intervals: Vec<(u32, NodeId)>,
    subtrees: Vec<Subtree>,
}

/// A node that finds the continuation of every value from `first` to `last`.
#[derive(Clone, Copy, Debug)]
pub(in crate::lower) struct Subtree {
    pub(in crate::lower) first: u32,
    pub(in crate::lower) last: u32,
    pub(in crate::lower) node: NodeId,
    /// The largest number of tests for any value.
    pub(in crate::lower) depth: u64,
}

impl Subtrees {
    pub(in crate::lower) fn new(partition: &Partition, subtrees: Vec<Subtree>) -> Subtrees {
        let mut intervals = Vec::with_capacity(partition.len());
        for interval in 0..partition.len() {
            intervals.push((partition.starts[interval], partition.nodes[interval]));
        }
        Subtrees {
            intervals,
            subtrees,
        }
    }

    /// Removes the values from `end` on, and every subtree that decides such a value.
    pub(in crate::lower) fn below(mut self, end: u32) -> Subtrees {
        self.intervals.retain(|(start, _)| *start < end);
        self.subtrees.retain(|subtree| subtree.last < end);
        self
    }

    /// Returns the smallest subtree that decides all values from `first` to `last`.
    pub(in crate::lower) fn smallest(&self, first: u32, last: u32) -> Option<&Subtree> {
        let deciding = self
            .subtrees
            .iter()
            .filter(|subtree| subtree.first <= first && last <= subtree.last);
        deciding.min_by_key(|subtree| subtree.last - subtree.first)
    }

    /// Returns for each interval of a partition the last value up to which the two partitions agree
    /// without a gap, or `None` if they disagree at its start.
    pub(in crate::lower) fn agreement(&self, partition: &Partition) -> Vec<Option<u32>> {
        let end = self.subtrees.iter().map(|subtree| subtree.last).max();
        let mut agreement: Vec<Option<u32>> = vec![None; partition.len()];
        for interval in (0..partition.len()).rev() {
            let mut from = partition.starts[interval];
            while let Some((node, last)) = self.continuation(from, end) {
                if node != partition.nodes[interval] {
                    break;
                }
                agreement[interval] = Some(last.min(partition.ends[interval]));
                if last < partition.ends[interval] {
                    from = last + 1;
                    continue;
                }
                // They agree on the whole interval, so an agreement on the next one continues it.
                let next = agreement.get(interval + 1).copied().flatten();
                agreement[interval] = agreement[interval].max(next);
                break;
            }
        }
        agreement
    }

    /// Returns the continuation of a value, and the last value up to which it stays the same.
    fn continuation(&self, value: u32, end: Option<u32>) -> Option<(NodeId, u32)> {
        let next = self.intervals.partition_point(|(start, _)| *start <= value);
        let &(_, node) = self.intervals.get(next.checked_sub(1)?)?;
        let last = self.intervals.get(next).map_or(end?, |(next, _)| next - 1);
        (value <= last).then_some((node, last))
    }
}
