//! Partition of the values of a word → the cheapest tree of tests that finds the interval of a value.
//!
//! The same algorithm serves call numbers and halves of arguments. It is dynamic programming over
//! the segments of the partition (see [`partition`] for the words). For the segment `i..=j`, let `W`
//! be the sum of its weights and λ the price of one instruction of program length:
//!
//! ```text
//! cost(i, j) = min( leaf(i, j),  W(i, j) + λ + min_k cost(i, k) + cost(k + 1, j) )
//! ```
//!
//! A split is one JGE. The leaves are
//! - a constant: one interval, which needs no test;
//! - a chain of JEQ, where every interval is single except those of one target ([`chain`]);
//! - one JSET, where a mask separates two continuations ([`jset`]);
//! - a jump into the tree of another partition that agrees with this one ([`reuse`]). It adds no
//!   test to the program.
//!
//! *Cost* is what a tree *executes* (Σ weight × tests) plus λ for each of its tests.
//!
//! With equal weights, JGE and JEQ alone give the exact optimum: if a JEQ is directly above a JGE,
//! the two can be exchanged without loss whenever the other branch is at least as heavy, so that
//! every JEQ moves down into a leaf. All numbers are integers and the first of equal costs wins, so
//! that equal partitions give equal trees.
//!
//! The best split of a segment is mostly close to those of the segments with one interval less, so
//! only the splits near them are tried ([`SLACK`]). On real profiles this finds the same trees as
//! all splits.

mod chain;
mod jset;
pub(super) mod partition;
pub(super) mod reuse;

use self::chain::{Chain, Chains};
use self::jset::Jsets;
use self::partition::{Interval, Partition, Weights, merged};
use self::reuse::{Subtree, Subtrees};
use crate::graph::{Graph, NodeId, Predicate};

/// The most intervals for which the table is affordable in an unoptimised macro. Longer partitions
/// are halved first.
const MAX_INTERVALS: usize = 192;
/// How far the best split of a segment can be from those of the segments with one interval less.
const SLACK: usize = 3;

/// The tree of a partition, and its cost.
#[derive(Clone, Debug)]
pub(super) struct Solution {
    pub(super) node: NodeId,
    /// Σ weight × tests executed.
    pub(super) executed: u64,
    /// `executed`, plus the price of each test.
    pub(super) cost: u64,
    /// All subtrees of the tree.
    pub(super) subtrees: Subtrees,
}

/// How the solver weighs the length of the program against the steps that calls execute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefer {
    /// One more instruction in n must save about 1/n of the executed steps.
    Balanced,
    /// One more instruction must save half of the executed steps. For partitions that few calls
    /// reach.
    Short,
}

impl Prefer {
    /// Returns λ for a partition with this total weight and number of intervals.
    pub(super) fn price(self, weight: u64, intervals: usize) -> u64 {
        match self {
            Prefer::Balanced => price(18, weight, intervals).min(weight / 2).max(1),
            Prefer::Short => (weight / 2).max(1),
        }
    }
}

/// Returns λ as tenths of the mean weight of an interval.
pub(super) fn price(tenths: u64, weight: u64, intervals: usize) -> u64 {
    (weight * tenths / 10 / intervals.max(1) as u64).max(1)
}

/// Solves one partition with different weights and prices.
pub(super) struct Solver {
    partition: Partition,
    jsets: Jsets,
}

impl Solver {
    /// Prepares for a partition of the values up to `last`, unless it has too many intervals. They
    /// must be [merged].
    pub(super) fn new(intervals: &[Interval], last: u32) -> Option<Solver> {
        if intervals.len() > MAX_INTERVALS {
            return None;
        }
        let partition = Partition::new(intervals, last);
        let jsets = Jsets::new(&partition);
        Some(Solver { partition, jsets })
    }

    /// Returns the cheapest tree if an instruction has this price. It jumps into `reusable` where
    /// that is cheaper.
    pub(super) fn solve(&self, weights: Vec<u64>, price: u64, reusable: &Subtrees) -> Table<'_> {
        Table::new(self, Weights::new(weights), price, reusable)
    }
}

/// Returns the tree that finds the interval of the value in A and continues at its continuation.
///
/// `intervals` must be sorted and not empty; the value is between the first start and `last`. The
/// tree jumps into `reusable` where that is cheaper.
pub(super) fn solve(
    graph: &mut Graph,
    intervals: &[Interval],
    last: u32,
    prefer: Prefer,
    reusable: &Subtrees,
) -> Solution {
    let intervals = merged(intervals);
    let total: u64 = intervals.iter().map(|interval| interval.weight).sum();
    let price = prefer.price(total, intervals.len());
    halve(graph, &intervals, last, price, reusable)
}

/// Splits a partition in the middle until the table is affordable.
fn halve(
    graph: &mut Graph,
    intervals: &[Interval],
    last: u32,
    price: u64,
    reusable: &Subtrees,
) -> Solution {
    if let Some(solver) = Solver::new(intervals, last) {
        let weights = intervals.iter().map(|interval| interval.weight).collect();
        return solver.solve(weights, price, reusable).build(graph);
    }
    let (low, high) = intervals.split_at(intervals.len() / 2);
    let middle = high[0].start;
    let no = halve(graph, low, middle - 1, price, reusable);
    let yes = halve(graph, high, last, price, reusable);
    let total: u64 = intervals.iter().map(|interval| interval.weight).sum();
    Solution {
        node: graph.test(Predicate::AtLeast(middle), yes.node, no.node),
        executed: total + yes.executed + no.executed,
        cost: total + price + yes.cost + no.cost,
        subtrees: Subtrees::default(),
    }
}

/// What a tree costs, before it is built.
pub(super) struct Shape {
    /// The number of its tests.
    pub(super) tests: u32,
    /// The number of tests that a value of each interval executes.
    pub(super) depths: Vec<u32>,
}

/// The root of the cheapest tree for a segment.
#[derive(Clone, Copy, Debug)]
enum Choice {
    /// No test: the segment has one interval.
    Constant,
    /// JGE at the start of the interval after this one.
    Split(usize),
    /// A chain with this target.
    Chain(NodeId),
    /// JSET, and after it a JEQ for each exception: one of the segment's [`Jsets`].
    Jset(usize),
    /// A jump to this subtree of another partition, with its depth.
    Reuse(NodeId, u64),
}

/// The memo table of the recurrence, `n` by `n`; the entry of `i..=j` is at `i * n + j`.
pub(super) struct Table<'a> {
    partition: &'a Partition,
    jsets: &'a Jsets,
    weights: Weights,
    price: u64,
    /// The cost of each segment. The transposed entry has it too, so that the inner loop reads both
    /// of its operands from rows.
    cost: Vec<u64>,
    choice: Vec<Choice>,
}

impl<'a> Table<'a> {
    fn new(solver: &'a Solver, weights: Weights, price: u64, reusable: &Subtrees) -> Table<'a> {
        let Solver { partition, jsets } = solver;
        let n = partition.len();
        let mut costs = vec![0; n * n];
        let mut choices = vec![Choice::Constant; n * n];
        // The best split of the segment that begins at the current interval or the one after it,
        // by the end of the segment.
        let mut splits = vec![0; n];
        // An index into a slice is cheap; an index into a `Vec` is a call.
        let (cost, choice) = (&mut costs[..], &mut choices[..]);
        let split_of = &mut splits[..];
        let weight_before = &weights.before[..];
        let agreement = reusable.agreement(partition);
        let mut i = n;
        while i > 0 {
            i -= 1;
            split_of[i] = i;
            let mut chains = Chains::new(partition, &weights, i);
            let mut j = i + 1;
            while j < n {
                let weight = weight_before[j + 1] - weight_before[i];
                // No tree of a segment costs less than one test.
                let one_test = weight + price;
                let jsets_here = jsets.of(i, j);
                let (mut best, mut root) = (u64::MAX, Choice::Constant);
                if !chains.are_over() {
                    chains.extend(j);
                    if let Some(chain) = chains.best(price) {
                        (best, root) = (chain.cost(price), Choice::Chain(chain.target));
                    }
                }
                if best > one_test && jsets_here.first().is_some_and(|jset| jset.tests() == 1) {
                    (best, root) = (one_test, Choice::Jset(0));
                }
                if best > one_test {
                    let near = (split_of[j - 1], split_of[j]);
                    let (k, below) = cheapest_split(cost, n, (i, j), near);
                    split_of[j] = k;
                    if one_test + below < best {
                        (best, root) = (one_test + below, Choice::Split(k));
                    }
                    let mut at = 0;
                    while at < jsets_here.len() {
                        let jset = &jsets_here[at];
                        // A lower bound: every value of the segment executes the JSET.
                        if weight + price * jset.tests() < best {
                            let by_jset =
                                jset.executed(partition, &weights, i, j) + price * jset.tests();
                            if by_jset < best {
                                (best, root) = (by_jset, Choice::Jset(at));
                            }
                        }
                        at += 1;
                    }
                } else {
                    split_of[j] = split_of[j - 1];
                }
                if agreement[i].is_some_and(|last| last >= partition.ends[j]) {
                    let ends = (partition.starts[i], partition.ends[j]);
                    if let Some(subtree) = reusable.smallest(ends.0, ends.1) {
                        let executed = weight * subtree.depth;
                        if executed < best {
                            (best, root) = (executed, Choice::Reuse(subtree.node, subtree.depth));
                        }
                    }
                }
                cost[i * n + j] = best;
                cost[j * n + i] = best;
                choice[i * n + j] = root;
                j += 1;
            }
        }
        Table {
            partition,
            jsets,
            weights,
            price,
            cost: costs,
            choice: choices,
        }
    }

    /// Builds the tree of the whole partition from the choices.
    pub(super) fn build(&self, graph: &mut Graph) -> Solution {
        let n = self.partition.len();
        let mut subtrees = Vec::new();
        let (node, _) = self.node(graph, 0, n - 1, &mut subtrees);
        Solution {
            node,
            executed: self.cost[n - 1] - u64::from(self.shape().tests) * self.price,
            cost: self.cost[n - 1],
            subtrees: Subtrees::new(self.partition, subtrees),
        }
    }

    /// Returns how many tests the tree has, and how deep each interval is.
    pub(super) fn shape(&self) -> Shape {
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
        match self.choice[i * self.partition.len() + j] {
            Choice::Constant => depths[i] = depth,
            Choice::Reuse(_, below) => depths[i..=j].fill(depth + below as u32),
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
                for (set, node) in [(true, jset.set), (false, jset.clear)] {
                    let exceptions = jset.exceptions(self.partition, &self.weights, set);
                    for interval in i..=j {
                        if self.partition.nodes[interval] == node && !jset.excepts(interval) {
                            depths[interval] = depth + 1 + exceptions.len() as u32;
                        }
                    }
                    for (place, &interval) in exceptions.iter().enumerate() {
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
        let (node, depth) = match self.choice[i * self.partition.len() + j] {
            Choice::Constant => (self.partition.nodes[i], 0),
            Choice::Reuse(node, _) => (node, 0),
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
                    exceptions
                        .iter()
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

/// Returns the k with the least cost(i, k) + cost(k + 1, j), and these costs. `near` are the best
/// splits of i..=j-1 and i+1..=j.
fn cheapest_split(
    cost: &[u64],
    n: usize,
    (i, j): (usize, usize),
    near: (usize, usize),
) -> (usize, u64) {
    let left = &cost[i * n..(i + 1) * n];
    // Shifted by one, so that cost(k + 1, j) is at k.
    let right = &cost[j * n + 1..(j + 1) * n];
    let mut k = near.0.min(near.1).saturating_sub(SLACK).max(i);
    let end = (near.0.max(near.1) + SLACK + 1).min(j);
    let mut best = u64::MAX;
    let mut at = k;
    while k < end {
        let below = left[k] + right[k];
        if below < best {
            best = below;
            at = k;
        }
        k += 1;
    }
    (at, best)
}
