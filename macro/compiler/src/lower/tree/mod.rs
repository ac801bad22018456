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
//! only the splits near them are tried ([`table`]). On real profiles this finds the same trees as all
//! splits.
//!
//! Afterwards a JSET with a tree on each side can replace a subtree ([`fork`]).

mod build;
mod candidate;
mod chain;
mod fork;
mod jset;
mod mask;
pub(super) mod partition;
pub(super) mod reuse;
mod table;

pub(super) use self::build::{Shape, Solution};
pub(super) use self::table::Table;

use self::candidate::Jsets;
use self::partition::{Interval, Partition, Weights, merged};
use self::reuse::Subtrees;
use crate::graph::{Graph, Predicate};

/// The most intervals for which the table is affordable in an unoptimised macro. Longer partitions
/// are halved first.
const MAX_INTERVALS: usize = 192;

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
        Some(Solver::of(Partition::new(intervals, last)))
    }

    fn of(partition: Partition) -> Solver {
        let jsets = Jsets::new(&partition);
        Solver { partition, jsets }
    }

    /// Returns the cheapest tree if an instruction has this price. It jumps into `reusable` where
    /// that is cheaper.
    pub(super) fn solve(&self, weights: Vec<u64>, price: u64, reusable: &Subtrees) -> Table<'_> {
        Table::new(
            &self.partition,
            &self.jsets,
            Weights::new(weights),
            price,
            reusable,
        )
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
