//! Table of a partition → its cheapest tree: what it costs, and its nodes.

use super::chain::Chain;
use super::reuse::{Subtree, Subtrees};
use super::table::{Choice, Table};
use crate::graph::{Graph, NodeId, Predicate};

/// The tree of a partition, and its cost.
#[derive(Clone, Debug)]
pub(in crate::lower) struct Solution {
    pub(in crate::lower) node: NodeId,
    /// Σ weight × tests executed.
    pub(in crate::lower) executed: u64,
    /// `executed`, plus the price of each test.
    pub(in crate::lower) cost: u64,
    /// All subtrees of the tree.
    pub(in crate::lower) subtrees: Subtrees,
}

/// What a tree costs, before it is built.
pub(in crate::lower) struct Shape {
    /// The number of its tests.
    pub(in crate::lower) tests: u32,
    /// The number of tests that a value of each interval executes.
    pub(in crate::lower) depths: Vec<u32>,
}

impl Table<'_> {
    /// Builds the tree of the whole partition from the choices.
    pub(in crate::lower) fn build(&self, graph: &mut Graph) -> Solution {
        let n = self.partition.len();
        let mut subtrees = Vec::new();
        let (node, _) = self.node(graph, 0, n - 1, &mut subtrees);
        let depths = self.shape().depths;
        let each = depths.iter().zip(&self.weights.each);
        Solution {
            node,
            executed: each.map(|(depth, weight)| u64::from(*depth) * weight).sum(),
            cost: self.root_cost(),
            subtrees: Subtrees::new(self.partition, subtrees),
        }
    }

    /// Returns what the tree costs.
    pub(super) fn root_cost(&self) -> u64 {
        self.cost[self.partition.len() - 1]
    }

    /// Returns how many tests the tree has, and how deep each interval is.
    pub(in crate::lower) fn shape(&self) -> Shape {
        let n = self.partition.len();
        let mut shape = Shape {
            tests: 0,
            depths: vec![0; n],
        };
        self.add_shape(0, n - 1, 0, &mut shape);
        shape
    }

    /// Adds the tree of a segment, the root of which is at this depth.
    fn add_shape(&self, i: usize, j: usize, depth: u32, shape: &mut Shape) {
        let depths = &mut shape.depths[..];
        match self.choice[i][j] {
            Choice::Constant => depths[i] = depth,
            Choice::Reuse(_, below) => depths[i..=j].fill(depth + below as u32),
            Choice::Fork(fork) => {
                shape.tests += fork.tests;
                depths[i..=j].fill(depth + fork.depth);
            }
            Choice::Split(k) => {
                shape.tests += 1;
                self.add_shape(i, k, depth + 1, shape);
                self.add_shape(k + 1, j, depth + 1, shape);
            }
            Choice::Chain(target) => {
                let chain = Chain::to(self.partition, &self.weights, target, i, j);
                let tested = chain.as_ref().map_or(&[][..], Chain::tested);
                shape.tests += tested.len() as u32;
                depths[i..=j].fill(depth + tested.len() as u32);
                for (place, &interval) in tested.iter().enumerate() {
                    depths[interval] = depth + 1 + place as u32;
                }
            }
            Choice::Jset(at) => {
                let jset = &self.jsets.of(i, j)[at];
                shape.tests += jset.tests() as u32;
                for &(set, node) in &[(true, jset.set), (false, jset.clear)] {
                    let exceptions = jset.exceptions(self.partition, &self.weights, set);
                    let mut interval = i;
                    while interval <= j {
                        if self.partition.nodes[interval] == node && !jset.excepts(interval) {
                            depths[interval] = depth + 1 + exceptions.as_slice().len() as u32;
                        }
                        interval += 1;
                    }
                    for (place, &interval) in exceptions.as_slice().iter().enumerate() {
                        depths[interval] = depth + 2 + place as u32;
                    }
                }
            }
        }
    }

    /// Builds the tree of a segment and records all its subtrees. Returns its root and the largest
    /// number of tests on a path.
    fn node(
        &self,
        graph: &mut Graph,
        i: usize,
        j: usize,
        subtrees: &mut Vec<Subtree>,
    ) -> (NodeId, u64) {
        let jeq = |graph: &mut Graph, interval: usize, otherwise: NodeId| {
            graph.test(
                Predicate::Equal(self.partition.starts[interval]),
                self.partition.nodes[interval],
                otherwise,
            )
        };
        let (node, depth) = match self.choice[i][j] {
            Choice::Constant => (self.partition.nodes[i], 0),
            Choice::Reuse(node, _) => (node, 0),
            Choice::Fork(fork) => (fork.node, u64::from(fork.depth)),
            Choice::Split(k) => {
                let (no, no_depth) = self.node(graph, i, k, subtrees);
                let (yes, yes_depth) = self.node(graph, k + 1, j, subtrees);
                let start = self.partition.starts[k + 1];
                let node = graph.test(Predicate::AtLeast(start), yes, no);
                (node, 1 + no_depth.max(yes_depth))
            }
            Choice::Chain(target) => {
                let chain = Chain::to(self.partition, &self.weights, target, i, j);
                let tested = chain.as_ref().map_or(&[][..], Chain::tested);
                let node = tested
                    .iter()
                    .rev()
                    .fold(target, |no, &interval| jeq(graph, interval, no));
                (node, tested.len() as u64)
            }
            Choice::Jset(at) => {
                let jset = self.jsets.of(i, j)[at];
                let mut side = |set: bool, rest: NodeId| {
                    let exceptions = jset.exceptions(self.partition, &self.weights, set);
                    let tested = exceptions.as_slice().iter();
                    tested
                        .rev()
                        .fold(rest, |no, &interval| jeq(graph, interval, no))
                };
                let (set, clear) = (side(true, jset.set), side(false, jset.clear));
                let node = graph.test(Predicate::AnyOf(jset.mask), set, clear);
                (node, jset.tests())
            }
        };
        let (first, last) = (self.partition.starts[i], self.partition.ends[j]);
        subtrees.push(Subtree {
            first,
            last,
            node,
            depth,
        });
        (node, depth)
    }
}
