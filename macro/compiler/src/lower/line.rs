//! The line solver: a word whose values fall into runs → the cheapest tree of tests.
//!
//! One algorithm for call numbers and for halves of arguments. With the runs `i..=j` of a block,
//! `W` the weight of a block and λ the price of an instruction's length:
//!
//! ```text
//! cost(i, j) = min( leaf(i, j),  W(i, j) + λ + min_k cost(i, k) + cost(k + 1, j) )
//! ```
//!
//! where a split is one JGE. Leaves are
//! - a constant;
//! - a chain of JEQ, heaviest first, if every run but those of one target is a single value;
//! - one JSET, if two targets are told apart by some bits (see [`bits`](super::bits)).
//!
//! For equal weights JGE and JEQ alone make this an exact optimum: a JEQ directly above a JGE can
//! be pushed below it without loss whenever the other side is at least as heavy, so that all JEQs
//! sink into leaves. All numbers are integers, ties go to the first found: same runs, same tree.

use super::bits::{Bits, Candidates};
use crate::graph::{Ask, Graph, NodeId};

/// Values from `start` up to the next run's, all with the same continuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) start: u32,
    pub(super) node: NodeId,
    pub(super) weight: u64,
}

/// A longer chain never beats a tree, whatever the weights in practice.
const LONGEST_CHAIN: usize = 8;
/// Up to here the exact solution is affordable unoptimised; longer lines are halved first.
const LONGEST_EXACT: usize = 192;

/// A decision for a line, and what it costs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Solved {
    pub(super) node: NodeId,
    /// Σ weight × tests executed.
    pub(super) executed: u64,
}

/// How dear length is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// As dear as speed: an instruction more of so many must save as large a share of what is
    /// executed.
    Fair,
    /// An instruction more must save half of all executions: where hardly any calls are made.
    Dear,
}

/// Returns the node that, with the word in A, finds the run of A and goes on there.
///
/// `runs` are sorted and not empty; the word lies between the first start and `last`.
pub(super) fn solve(graph: &mut Graph, runs: &[Run], last: u32, length: Length) -> Solved {
    let runs = merged(runs);
    let total: u64 = runs.iter().map(|run| run.weight).sum();
    let price = match length {
        Length::Fair => (total * 5 / runs.len() as u64).min(total / 2),
        Length::Dear => total / 2,
    };
    halve(graph, &runs, last, price.max(1))
}

/// Neighbours with the same continuation are one run.
fn merged(runs: &[Run]) -> Vec<Run> {
    let mut merged: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        match merged.last_mut() {
            Some(previous) if previous.node == run.node => previous.weight += run.weight,
            _ => merged.push(*run),
        }
    }
    merged
}

/// Splits lines that are too long for the exact solution in the middle.
fn halve(graph: &mut Graph, runs: &[Run], last: u32, price: u64) -> Solved {
    if runs.len() <= LONGEST_EXACT {
        let line = Line::new(runs, last);
        return Exact::new(&line, price).build(graph);
    }
    let (low, high) = runs.split_at(runs.len() / 2);
    let middle = high[0].start;
    let no = halve(graph, low, middle - 1, price);
    let yes = halve(graph, high, last, price);
    let total: u64 = runs.iter().map(|run| run.weight).sum();
    Solved {
        node: graph.test(Ask::AtLeast(middle), yes.node, no.node),
        executed: total + yes.executed + no.executed,
    }
}

/// The runs, each property in a row of its own.
///
/// Procedural macros run unoptimised, where indexing a slice costs next to nothing and an iterator
/// a call a step; the loops here and in [`bits`](super::bits) are written for that.
pub(super) struct Line<'a> {
    runs: &'a [Run],
    pub(super) starts: Vec<u32>,
    pub(super) ends: Vec<u32>,
    pub(super) nodes: Vec<NodeId>,
    /// The weight of all runs before each, and of all.
    before: Vec<u64>,
}

impl<'a> Line<'a> {
    fn new(runs: &'a [Run], last: u32) -> Line<'a> {
        let mut before = vec![0];
        let mut sum = 0;
        for run in runs {
            sum += run.weight;
            before.push(sum);
        }
        let starts: Vec<u32> = runs.iter().map(|run| run.start).collect();
        let ends = starts.iter().skip(1).map(|next| next - 1).chain([last]).collect();
        let nodes = runs.iter().map(|run| run.node).collect();
        Line { runs, starts, ends, nodes, before }
    }

    /// The weight of a block.
    pub(super) fn weight(&self, first: usize, last: usize) -> u64 {
        self.before[last + 1] - self.before[first]
    }

    fn is_single(&self, run: usize) -> bool {
        self.starts[run] == self.ends[run]
    }
}

/// How a block is decided.
#[derive(Clone, Copy, Debug)]
enum Choice {
    /// One continuation.
    Constant,
    /// JGE at the start of the run behind this one.
    Split(usize),
    /// JEQ for each single run that does not go to this node.
    Chain(NodeId),
    /// JSET; behind it a JEQ for each exception.
    Bits(Bits),
}

/// The table of the recurrence, `n` by `n`, by first and last run.
struct Exact<'a> {
    line: &'a Line<'a>,
    price: u64,
    /// With λ. Both triangles hold the same, so that the inner loop finds both of its operands in
    /// rows.
    cost: Vec<u64>,
    /// What of the cost is executed.
    executed: Vec<u64>,
    choice: Vec<Choice>,
}

impl<'a> Exact<'a> {
    fn new(line: &'a Line<'a>, price: u64) -> Exact<'a> {
        let n = line.runs.len();
        let mut exact = Exact {
            line,
            price,
            cost: vec![0; n * n],
            executed: vec![0; n * n],
            choice: vec![Choice::Constant; n * n],
        };
        for i in (0..n).rev() {
            let mut bits = Candidates::new(line, i);
            for j in i + 1..n {
                bits.extend(j);
                exact.fill(i, j, &bits);
            }
        }
        exact
    }

    fn fill(&mut self, i: usize, j: usize, bits: &Candidates<'_>) {
        let n = self.line.runs.len();
        let block = self.line.weight(i, j);
        let (below, at) = self.cheapest_split(i, j);
        let mut best = block + self.price + below;
        let mut choice = Choice::Split(at);
        let mut executed = block + self.executed[i * n + at] + self.executed[(at + 1) * n + j];
        if let Some((node, tests, run)) = self.chain(i, j) {
            let cost = run + tests * self.price;
            if cost <= best {
                (best, executed, choice) = (cost, run, Choice::Chain(node));
            }
        }
        if let Some((bits, run)) = bits.best(j, self.price) {
            let cost = run + bits.tests() * self.price;
            if cost < best {
                (best, executed, choice) = (cost, run, Choice::Bits(bits));
            }
        }
        self.cost[i * n + j] = best;
        self.cost[j * n + i] = best;
        self.executed[i * n + j] = executed;
        self.choice[i * n + j] = choice;
    }

    /// The least cost(i, k) + cost(k + 1, j), and its k.
    fn cheapest_split(&self, i: usize, j: usize) -> (u64, usize) {
        let n = self.line.runs.len();
        let left: &[u64] = &self.cost[i * n..(i + 1) * n];
        let right: &[u64] = &self.cost[j * n..(j + 1) * n];
        let mut best = u64::MAX;
        let mut at = i;
        let mut k = i;
        while k < j {
            let cost = left[k] + right[k + 1];
            if cost < best {
                best = cost;
                at = k;
            }
            k += 1;
        }
        (best, at)
    }

    /// The target to fall through to, the number of JEQs and what they execute.
    fn chain(&self, i: usize, j: usize) -> Option<(NodeId, u64, u64)> {
        if j - i > 2 * LONGEST_CHAIN {
            return None;
        }
        let mut targets: Vec<NodeId> = Vec::new();
        for run in i..=j {
            let node = self.line.nodes[run];
            if !self.line.is_single(run) {
                // Whatever is wide must be fallen through to.
                return self.chain_to(node, i, j);
            }
            if !targets.contains(&node) {
                targets.push(node);
            }
        }
        let chains = targets.into_iter().filter_map(|node| self.chain_to(node, i, j));
        chains.min_by_key(|(_, tests, executed)| executed + tests * self.price)
    }

    fn chain_to(&self, target: NodeId, i: usize, j: usize) -> Option<(NodeId, u64, u64)> {
        let (singles, rest) = self.singles(target, i, j)?;
        let mut executed = rest * singles.len() as u64;
        for (place, (weight, _)) in singles.iter().enumerate() {
            executed += weight * (place as u64 + 1);
        }
        Some((target, singles.len() as u64, executed))
    }

    /// The runs of a chain, heaviest first, and the weight of all others; `None` if there is a
    /// wide run that does not go to the target, or too many.
    fn singles(&self, target: NodeId, i: usize, j: usize) -> Option<(Vec<(u64, usize)>, u64)> {
        let mut singles = Vec::new();
        let mut rest = 0;
        for run in i..=j {
            let weight = self.line.runs[run].weight;
            if self.line.nodes[run] == target {
                rest += weight;
            } else if singles.len() == LONGEST_CHAIN || !self.line.is_single(run) {
                return None;
            } else {
                singles.push((weight, run));
            }
        }
        singles.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        Some((singles, rest))
    }

    fn build(&self, graph: &mut Graph) -> Solved {
        let n = self.line.runs.len();
        Solved { node: self.node(graph, 0, n - 1), executed: self.executed[n - 1] }
    }

    fn node(&self, graph: &mut Graph, i: usize, j: usize) -> NodeId {
        let equal = |graph: &mut Graph, run: usize, otherwise: NodeId| {
            graph.test(Ask::Equal(self.line.starts[run]), self.line.nodes[run], otherwise)
        };
        match self.choice[i * self.line.runs.len() + j] {
            Choice::Constant => self.line.nodes[i],
            Choice::Split(k) => {
                let no = self.node(graph, i, k);
                let yes = self.node(graph, k + 1, j);
                graph.test(Ask::AtLeast(self.line.starts[k + 1]), yes, no)
            }
            Choice::Chain(target) => {
                let singles = self.singles(target, i, j).map_or(Vec::new(), |(singles, _)| singles);
                singles.iter().rev().fold(target, |no, &(_, run)| equal(graph, run, no))
            }
            Choice::Bits(bits) => {
                let mut side = |set: bool, rest: NodeId| {
                    let exceptions = bits.exceptions(self.line, set);
                    exceptions.iter().rev().fold(rest, |no, &run| equal(graph, run, no))
                };
                let (set, clear) = (side(true, bits.set), side(false, bits.clear));
                graph.test(Ask::AnyOf(bits.mask), set, clear)
            }
        }
    }
}
