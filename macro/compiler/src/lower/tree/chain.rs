//! Blocks of a partition that a chain of JEQ decides.
//!
//! Single values are asked for one by one, heaviest first, and all others fall through to one
//! continuation; so whatever is wider than a value goes there.

use super::partition::Partition;
use crate::graph::NodeId;

/// A longer chain never beats a tree, whatever the weights in practice.
const LONGEST: usize = 8;

/// The chains for blocks from one run on.
pub(super) struct Chains<'a> {
    partition: &'a Partition<'a>,
    first: usize,
    /// A block that no chain decides is part of no larger one that does.
    possible: bool,
}

/// A chain that decides a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    /// Where all go that are not asked for.
    pub(super) target: NodeId,
    /// Σ weight × tests executed.
    pub(super) executed: u64,
    runs: [usize; LONGEST],
    count: usize,
}

impl<'a> Chains<'a> {
    /// Begins with the block of one run.
    pub(super) fn new(partition: &'a Partition<'a>, first: usize) -> Chains<'a> {
        Chains {
            partition,
            first,
            possible: true,
        }
    }

    /// Returns the cheapest chain for the block up to `last`, which grows from call to call.
    pub(super) fn best(&mut self, last: usize, price: u64) -> Option<Chain> {
        if !self.possible {
            return None;
        }
        let best = self.cheapest(last, price);
        self.possible = best.is_some();
        best
    }

    fn cheapest(&self, last: usize, price: u64) -> Option<Chain> {
        if last - self.first > 2 * LONGEST {
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
        let mut run = self.first;
        while run <= last {
            let target = partition.nodes[run];
            let met = partition.nodes[self.first..run].contains(&target);
            run += 1;
            if met {
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
    /// Returns the chain for a block that falls through to a target, if it is not too long and
    /// nothing wide goes elsewhere.
    pub(super) fn to(
        partition: &Partition<'_>,
        target: NodeId,
        first: usize,
        last: usize,
    ) -> Option<Chain> {
        let mut chain = Chain {
            target,
            executed: 0,
            runs: [0; LONGEST],
            count: 0,
        };
        let mut rest = 0;
        let mut run = first;
        while run <= last {
            if partition.nodes[run] == target {
                rest += partition.runs[run].weight;
            } else if chain.count == LONGEST || !partition.is_single(run) {
                return None;
            } else {
                chain.insert(partition, run);
            }
            run += 1;
        }
        chain.executed = rest * chain.tests();
        let mut place = 0;
        while place < chain.count {
            chain.executed += partition.runs[chain.runs[place]].weight * (place as u64 + 1);
            place += 1;
        }
        Some(chain)
    }

    /// Behind all that are as heavy.
    fn insert(&mut self, partition: &Partition<'_>, run: usize) {
        let mut place = self.count;
        while place > 0 && partition.runs[self.runs[place - 1]].weight < partition.runs[run].weight
        {
            self.runs[place] = self.runs[place - 1];
            place -= 1;
        }
        self.runs[place] = run;
        self.count += 1;
    }

    /// Returns the runs that are asked for, heaviest first.
    pub(super) fn runs(&self) -> &[usize] {
        &self.runs[..self.count]
    }

    /// Returns the number of tests.
    pub(super) fn tests(&self) -> u64 {
        self.count as u64
    }

    /// Returns what is executed, with the price of each test.
    pub(super) fn cost(&self, price: u64) -> u64 {
        self.executed + self.tests() * price
    }
}
