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
//! - a chain of JEQ, if every run but those of one target is a single value (see
//!   [`chain`](super::chain));
//! - one JSET, if two targets are told apart by some bits (see [`bits`](super::bits)).
//!
//! A line of which little is asked may also go on in the blocks of another line that decides the
//! same there, which costs no instruction at all.
//!
//! For equal weights JGE and JEQ alone make this an exact optimum: a JEQ directly above a JGE can
//! be pushed below it without loss whenever the other side is at least as heavy, so that all JEQs
//! sink into leaves. All numbers are integers, ties go to the first found: same runs, same tree.

pub(super) mod chain;
pub(super) mod jset;
pub(super) mod partition;
pub(super) mod reuse;

use self::chain::{Chain, Chains};
use self::jset::{Candidates, Jset};
use self::partition::{Partition, Run, merged};
use self::reuse::{Block, Subtrees};
use crate::graph::{Graph, NodeId, Predicate};

/// Up to here the exact solution is affordable unoptimised; longer lines are halved first.
const LONGEST_EXACT: usize = 192;

/// A decision for a line, and what it costs.
#[derive(Clone, Debug)]
pub(super) struct Solved {
    pub(super) node: NodeId,
    /// Σ weight × tests executed.
    pub(super) executed: u64,
    /// The same with the price of its length.
    pub(super) cost: u64,
    pub(super) subtrees: Subtrees,
}

/// How dear length is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefer {
    /// As dear as speed: an instruction more of so many must save as large a share of what is
    /// executed.
    Balanced,
    /// An instruction more must save half of all executions: where hardly any calls are made.
    Short,
}

impl Prefer {
    /// Returns λ for a line of so much weight and so many runs.
    pub(super) fn price(self, weight: u64, runs: usize) -> u64 {
        let price = match self {
            Prefer::Balanced => (weight * 9 / 5 / runs.max(1) as u64).min(weight / 2),
            Prefer::Short => weight / 2,
        };
        price.max(1)
    }
}

/// Returns the node that, with the word in A, finds the run of A and goes on there.
///
/// `runs` are sorted and not empty; the word lies between the first start and `last`. What is
/// `subtrees` is used where it says the same.
pub(super) fn solve(
    graph: &mut Graph,
    runs: &[Run],
    last: u32,
    prefer: Prefer,
    subtrees: &Subtrees,
) -> Solved {
    let runs = merged(runs);
    let total: u64 = runs.iter().map(|run| run.weight).sum();
    let price = prefer.price(total, runs.len());
    halve(graph, &runs, last, price, subtrees)
}

/// Splits lines that are too long for the exact solution in the middle.
fn halve(graph: &mut Graph, runs: &[Run], last: u32, price: u64, subtrees: &Subtrees) -> Solved {
    if runs.len() <= LONGEST_EXACT {
        let partition = Partition::new(runs, last);
        return Exact::new(&partition, price, subtrees).build(graph);
    }
    let (low, high) = runs.split_at(runs.len() / 2);
    let middle = high[0].start;
    let no = halve(graph, low, middle - 1, price, subtrees);
    let yes = halve(graph, high, last, price, subtrees);
    let total: u64 = runs.iter().map(|run| run.weight).sum();
    Solved {
        node: graph.test(Predicate::AtLeast(middle), yes.node, no.node),
        executed: total + yes.executed + no.executed,
        cost: total + price + yes.cost + no.cost,
        subtrees: Subtrees::default(),
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
    Jset(Jset),
    /// The block of another line.
    Reuse(NodeId),
}

/// The table of the recurrence, `n` by `n`, by first and last run.
struct Exact<'a> {
    partition: &'a Partition<'a>,
    price: u64,
    /// With λ. Both triangles hold the same, so that the inner loop finds both of its operands in
    /// rows.
    cost: Vec<u64>,
    /// What of the cost is executed.
    executed: Vec<u64>,
    choice: Vec<Choice>,
}

impl<'a> Exact<'a> {
    fn new(partition: &'a Partition<'a>, price: u64, subtrees: &Subtrees) -> Exact<'a> {
        let n = partition.runs.len();
        let mut exact = Exact {
            partition,
            price,
            cost: vec![0; n * n],
            executed: vec![0; n * n],
            choice: vec![Choice::Constant; n * n],
        };
        let agreement = subtrees.agreement(partition);
        for i in (0..n).rev() {
            let mut chains = Chains::new(partition, i);
            let mut bits = Candidates::new(partition, i);
            for j in i + 1..n {
                bits.extend(j);
                exact.fill(i, j, &mut chains, &bits);
                if agreement[i].is_some_and(|until| until >= partition.ends[j]) {
                    exact.reuse(i, j, subtrees);
                }
            }
        }
        exact
    }

    /// Goes on in another line's block if that is cheaper.
    fn reuse(&mut self, i: usize, j: usize, subtrees: &Subtrees) {
        let n = self.partition.runs.len();
        let Some(block) = subtrees.around(self.partition.starts[i], self.partition.ends[j]) else {
            return;
        };
        let executed = self.partition.weight(i, j) * block.depth;
        if executed < self.cost[i * n + j] {
            self.cost[i * n + j] = executed;
            self.cost[j * n + i] = executed;
            self.executed[i * n + j] = executed;
            self.choice[i * n + j] = Choice::Reuse(block.node);
        }
    }

    fn fill(&mut self, i: usize, j: usize, chains: &mut Chains<'_>, bits: &Candidates<'_>) {
        let n = self.partition.runs.len();
        let block = self.partition.weight(i, j);
        let (below, at) = self.cheapest_split(i, j);
        let mut best = block + self.price + below;
        let mut choice = Choice::Split(at);
        let mut executed = block + self.executed[i * n + at] + self.executed[(at + 1) * n + j];
        if let Some(chain) = chains.best(j, self.price) {
            if chain.cost(self.price) <= best {
                best = chain.cost(self.price);
                (executed, choice) = (chain.executed, Choice::Chain(chain.target));
            }
        }
        if let Some((bits, run)) = bits.best(j, self.price, best) {
            best = run + bits.tests() * self.price;
            (executed, choice) = (run, Choice::Jset(bits));
        }
        self.cost[i * n + j] = best;
        self.cost[j * n + i] = best;
        self.executed[i * n + j] = executed;
        self.choice[i * n + j] = choice;
    }

    /// The least cost(i, k) + cost(k + 1, j), and its k.
    fn cheapest_split(&self, i: usize, j: usize) -> (u64, usize) {
        let n = self.partition.runs.len();
        let left: &[u64] = &self.cost[i * n..(i + 1) * n];
        // Shifted, so that cost(k + 1, j) is at k.
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

    fn build(&self, graph: &mut Graph) -> Solved {
        let n = self.partition.runs.len();
        let mut blocks = Vec::new();
        let (node, _) = self.node(graph, 0, n - 1, &mut blocks);
        Solved {
            node,
            executed: self.executed[n - 1],
            cost: self.cost[n - 1],
            subtrees: Subtrees::new(self.partition.runs.to_vec(), blocks),
        }
    }

    /// The node of a block and the most tests in it; blocks inside are recorded too.
    fn node(
        &self,
        graph: &mut Graph,
        i: usize,
        j: usize,
        blocks: &mut Vec<Block>,
    ) -> (NodeId, u64) {
        let equal = |graph: &mut Graph, run: usize, otherwise: NodeId| {
            graph.test(
                Predicate::Equal(self.partition.starts[run]),
                self.partition.nodes[run],
                otherwise,
            )
        };
        let (node, depth) = match self.choice[i * self.partition.runs.len() + j] {
            Choice::Constant => (self.partition.nodes[i], 0),
            Choice::Reuse(node) => (node, 0),
            Choice::Split(k) => {
                let (no, deep) = self.node(graph, i, k, blocks);
                let (yes, deeper) = self.node(graph, k + 1, j, blocks);
                let node = graph.test(Predicate::AtLeast(self.partition.starts[k + 1]), yes, no);
                (node, 1 + deep.max(deeper))
            }
            Choice::Chain(target) => {
                let chain = Chain::to(self.partition, target, i, j);
                let asked = chain.as_ref().map_or(&[][..], Chain::runs);
                let node = asked
                    .iter()
                    .rev()
                    .fold(target, |no, &run| equal(graph, run, no));
                (node, asked.len() as u64)
            }
            Choice::Jset(bits) => {
                let mut side = |set: bool, rest: NodeId| {
                    let exceptions = bits.exceptions(self.partition, set);
                    exceptions
                        .iter()
                        .rev()
                        .fold(rest, |no, &run| equal(graph, run, no))
                };
                let (set, clear) = (side(true, bits.set), side(false, bits.clear));
                (
                    graph.test(Predicate::AnyOf(bits.mask), set, clear),
                    bits.tests(),
                )
            }
        };
        let (first, last) = (self.partition.starts[i], self.partition.ends[j]);
        blocks.push(Block {
            first,
            last,
            node,
            depth,
        });
        (node, depth)
    }
}
