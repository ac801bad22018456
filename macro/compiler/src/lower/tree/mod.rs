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

pub(super) mod chain;
pub(super) mod jset;
pub(super) mod partition;
pub(super) mod reuse;

use self::chain::{Chain, Chains};
use self::jset::{Candidates, Jset};
use self::partition::{Interval, Partition, merged};
use self::reuse::{Subtree, Subtrees};
use crate::graph::{Graph, NodeId, Predicate};

/// The most intervals for which the table is affordable in an unoptimised macro. Longer partitions
/// are halved first.
const MAX_INTERVALS: usize = 192;

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
        let price = match self {
            Prefer::Balanced => (weight * 9 / 5 / intervals.max(1) as u64).min(weight / 2),
            Prefer::Short => weight / 2,
        };
        price.max(1)
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
    if intervals.len() <= MAX_INTERVALS {
        let partition = Partition::new(intervals, last);
        return Table::new(&partition, price, reusable).build(graph);
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

/// The root of the cheapest tree for a segment.
#[derive(Clone, Copy, Debug)]
enum Choice {
    /// No test: the segment has one interval.
    Constant,
    /// JGE at the start of the interval after this one.
    Split(usize),
    /// A chain with this target.
    Chain(NodeId),
    /// JSET, and after it a JEQ for each exception.
    Jset(Jset),
    /// A jump to this subtree of another partition.
    Reuse(NodeId),
}

/// The memo table of the recurrence, `n` by `n`; the entry of `i..=j` is at `i * n + j`.
struct Table<'a> {
    partition: &'a Partition<'a>,
    price: u64,
    /// The cost of each segment. The transposed entry has it too, so that the inner loop reads both
    /// of its operands from rows.
    cost: Vec<u64>,
    /// What each segment executes.
    executed: Vec<u64>,
    choice: Vec<Choice>,
}

impl<'a> Table<'a> {
    fn new(partition: &'a Partition<'a>, price: u64, reusable: &Subtrees) -> Table<'a> {
        let n = partition.intervals.len();
        let mut table = Table {
            partition,
            price,
            cost: vec![0; n * n],
            executed: vec![0; n * n],
            choice: vec![Choice::Constant; n * n],
        };
        let agreement = reusable.agreement(partition);
        for i in (0..n).rev() {
            let mut chains = Chains::new(partition, i);
            let mut jsets = Candidates::new(partition, i);
            for j in i + 1..n {
                jsets.extend(j);
                table.fill(i, j, &mut chains, &jsets);
                if agreement[i].is_some_and(|last| last >= partition.ends[j]) {
                    table.reuse(i, j, reusable);
                }
            }
        }
        table
    }

    /// Chooses a jump to a subtree of another partition, if that is cheaper.
    fn reuse(&mut self, i: usize, j: usize, reusable: &Subtrees) {
        let n = self.partition.intervals.len();
        let (first, last) = (self.partition.starts[i], self.partition.ends[j]);
        let Some(subtree) = reusable.smallest(first, last) else {
            return;
        };
        let executed = self.partition.weight(i, j) * subtree.depth;
        if executed < self.cost[i * n + j] {
            self.cost[i * n + j] = executed;
            self.cost[j * n + i] = executed;
            self.executed[i * n + j] = executed;
            self.choice[i * n + j] = Choice::Reuse(subtree.node);
        }
    }

    /// Chooses the cheapest of split, chain and JSET.
    fn fill(&mut self, i: usize, j: usize, chains: &mut Chains<'_>, jsets: &Candidates<'_>) {
        let n = self.partition.intervals.len();
        let weight = self.partition.weight(i, j);
        let (below, k) = self.cheapest_split(i, j);
        let mut best = weight + self.price + below;
        let mut choice = Choice::Split(k);
        let mut executed = weight + self.executed[i * n + k] + self.executed[(k + 1) * n + j];
        if let Some(chain) = chains.best(j, self.price) {
            if chain.cost(self.price) <= best {
                best = chain.cost(self.price);
                (executed, choice) = (chain.executed, Choice::Chain(chain.target));
            }
        }
        if let Some((jset, by_jset)) = jsets.best(j, self.price, best) {
            best = by_jset + jset.tests() * self.price;
            (executed, choice) = (by_jset, Choice::Jset(jset));
        }
        self.cost[i * n + j] = best;
        self.cost[j * n + i] = best;
        self.executed[i * n + j] = executed;
        self.choice[i * n + j] = choice;
    }

    /// Returns the least cost(i, k) + cost(k + 1, j), and its k.
    fn cheapest_split(&self, i: usize, j: usize) -> (u64, usize) {
        let n = self.partition.intervals.len();
        let left: &[u64] = &self.cost[i * n..(i + 1) * n];
        // Shifted by one, so that cost(k + 1, j) is at k.
        let right: &[u64] = &self.cost[j * n + 1..(j + 1) * n];
        let mut best = u64::MAX;
        let mut at = i;
        let mut k = i;
        while k < j {
            let cost = left[k] + right[k];
            if cost < best {
                best = cost;
                at = k;
            }
            k += 1;
        }
        (best, at)
    }

    /// Builds the tree of the whole partition from the choices.
    fn build(&self, graph: &mut Graph) -> Solution {
        let n = self.partition.intervals.len();
        let mut subtrees = Vec::new();
        let (node, _) = self.node(graph, 0, n - 1, &mut subtrees);
        Solution {
            node,
            executed: self.executed[n - 1],
            cost: self.cost[n - 1],
            subtrees: Subtrees::new(self.partition.intervals.to_vec(), subtrees),
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
        let (node, depth) = match self.choice[i * self.partition.intervals.len() + j] {
            Choice::Constant => (self.partition.nodes[i], 0),
            Choice::Reuse(node) => (node, 0),
            Choice::Split(k) => {
                let (no, no_depth) = self.node(graph, i, k, subtrees);
                let (yes, yes_depth) = self.node(graph, k + 1, j, subtrees);
                let start = self.partition.starts[k + 1];
                let node = graph.test(Predicate::AtLeast(start), yes, no);
                (node, 1 + no_depth.max(yes_depth))
            }
            Choice::Chain(target) => {
                let chain = Chain::to(self.partition, target, i, j);
                let tested = chain.as_ref().map_or(&[][..], Chain::tested);
                let node = tested
                    .iter()
                    .rev()
                    .fold(target, |no, &interval| jeq(graph, interval, no));
                (node, tested.len() as u64)
            }
            Choice::Jset(jset) => {
                let mut side = |set: bool, rest: NodeId| {
                    let exceptions = jset.exceptions(self.partition, set);
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
