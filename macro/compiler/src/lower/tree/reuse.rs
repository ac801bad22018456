//! What one partition has solved, for another to go on in: where both say the same, the second needs no
//! instruction of its own.

use super::partition::{Partition, Run};
use crate::graph::NodeId;

/// A solved partition.
#[derive(Clone, Debug, Default)]
pub(in crate::lower) struct Subtrees {
    runs: Vec<Run>,
    blocks: Vec<Block>,
}

/// The values from `first` to `last` and the node that decides them.
#[derive(Clone, Copy, Debug)]
pub(in crate::lower) struct Block {
    pub(in crate::lower) first: u32,
    pub(in crate::lower) last: u32,
    pub(in crate::lower) node: NodeId,
    /// The most tests that any value takes.
    pub(in crate::lower) depth: u64,
}

impl Subtrees {
    pub(in crate::lower) fn new(runs: Vec<Run>, blocks: Vec<Block>) -> Subtrees {
        Subtrees { runs, blocks }
    }

    /// Returns what is known below a value; blocks that reach it are left out.
    pub(in crate::lower) fn below(mut self, end: u32) -> Subtrees {
        self.runs.retain(|run| run.start < end);
        self.blocks.retain(|block| block.last < end);
        self
    }

    /// The smallest block around some values.
    pub(in crate::lower) fn around(&self, first: u32, last: u32) -> Option<&Block> {
        let around = self
            .blocks
            .iter()
            .filter(|block| block.first <= first && last <= block.last);
        around.min_by_key(|block| block.last - block.first)
    }

    /// For each run of a partition, how far from its start the two lines say the same; `None` if not
    /// even there.
    pub(in crate::lower) fn agreement(&self, partition: &Partition<'_>) -> Vec<Option<u32>> {
        let end = self.blocks.iter().map(|block| block.last).max();
        let mut agreement: Vec<Option<u32>> = vec![None; partition.runs.len()];
        for run in (0..partition.runs.len()).rev() {
            let mut from = partition.starts[run];
            while let Some((node, last)) = self.at(from, end) {
                if node != partition.nodes[run] {
                    break;
                }
                agreement[run] = Some(last.min(partition.ends[run]));
                if last < partition.ends[run] {
                    from = last + 1;
                    continue;
                }
                // Up to the end of the run, and so as far as the next one goes.
                let next = agreement.get(run + 1).copied().flatten();
                agreement[run] = agreement[run].max(next);
                break;
            }
        }
        agreement
    }

    /// The continuation of a value, and the last value up to which it is the same.
    fn at(&self, value: u32, end: Option<u32>) -> Option<(NodeId, u32)> {
        let next = self.runs.partition_point(|run| run.start <= value);
        let run = self.runs.get(next.checked_sub(1)?)?;
        let last = self.runs.get(next).map_or(end?, |next| next.start - 1);
        (value <= last).then_some((run.node, last))
    }
}
