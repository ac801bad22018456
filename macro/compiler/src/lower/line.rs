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
//! - one JSET, if two targets are told apart by some bits, and perhaps one JEQ for a value that
//!   is an exception.
//!
//! For equal weights JGE and JEQ alone make this an exact optimum: a JEQ directly above a JGE can
//! be pushed below it without loss whenever the other side is at least as heavy, so that all JEQs
//! sink into leaves. All numbers are integers, ties go to the first found: same runs, same tree.

use crate::graph::{Ask, Graph, NodeId};

/// Values from `start` up to the next run's, all with the same continuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) start: u32,
    pub(super) node: NodeId,
    pub(super) weight: u64,
}

/// λ is the whole line's weight divided by this: an instruction more must save its executions.
const LENGTH_PRICE: u64 = 32;
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

/// Returns the node that, with the word in A, finds the run of A and goes on there.
///
/// `runs` are sorted and not empty; the word lies between the first start and `last`.
pub(super) fn solve(graph: &mut Graph, runs: &[Run], last: u32) -> Solved {
    let runs = merged(runs);
    let total: u64 = runs.iter().map(|run| run.weight).sum();
    let price = (total / LENGTH_PRICE).max(1);
    halve(graph, &runs, last, price)
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
        return Exact::new(runs, last, price).build(graph);
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

/// How a block is decided.
#[derive(Clone, Copy, Debug)]
enum Choice {
    /// One continuation.
    Constant,
    /// JGE at the start of the run behind this one.
    Split(usize),
    /// JEQ for each single run that does not go to this node.
    Chain(NodeId),
    /// JSET; behind it, on one side, a JEQ for an exception.
    Bits(Bits),
}

/// A JSET that tells two continuations apart.
#[derive(Clone, Copy, Debug)]
struct Bits {
    mask: u32,
    set: NodeId,
    clear: NodeId,
    except: Option<usize>,
}

/// The table of the recurrence, a triangle in rows of `n`.
struct Exact<'a> {
    runs: &'a [Run],
    last: u32,
    price: u64,
    /// `weight[i]` is the weight of all runs before `i`.
    weight: Vec<u64>,
    /// By first and last run: the cost with λ, what of it is executed, and the choice.
    cost: Vec<u64>,
    executed: Vec<u64>,
    choice: Vec<Choice>,
}

impl<'a> Exact<'a> {
    fn new(runs: &'a [Run], last: u32, price: u64) -> Exact<'a> {
        let n = runs.len();
        let mut weight = vec![0];
        let mut sum = 0;
        for run in runs {
            sum += run.weight;
            weight.push(sum);
        }
        let mut exact = Exact {
            runs,
            last,
            price,
            weight,
            cost: vec![0; n * n],
            executed: vec![0; n * n],
            choice: vec![Choice::Constant; n * n],
        };
        for length in 2..=n {
            for i in 0..=n - length {
                exact.fill(i, i + length - 1);
            }
        }
        exact
    }

    fn fill(&mut self, i: usize, j: usize) {
        let n = self.runs.len();
        let block = self.weight[j + 1] - self.weight[i];
        let (mut best, at) = self.cheapest_split(i, j);
        best += block + self.price;
        let mut choice = Choice::Split(at);
        let mut executed =
            block + self.executed[i * n + at] + self.executed[(at + 1) * n + j];
        let leaf = |tests: u64, runs_executed: u64| runs_executed + tests * self.price;
        if let Some((node, tests, run)) = self.chain(i, j) {
            if leaf(tests, run) <= best {
                (best, executed, choice) = (leaf(tests, run), run, Choice::Chain(node));
            }
        }
        // One test is the least there is.
        if best > block + self.price {
            if let Some((bits, run)) = self.bits(i, j, best) {
                let tests = 1 + u64::from(bits.except.is_some());
                if leaf(tests, run) < best {
                    (best, executed, choice) = (leaf(tests, run), run, Choice::Bits(bits));
                }
            }
        }
        self.cost[i * n + j] = best;
        self.executed[i * n + j] = executed;
        self.choice[i * n + j] = choice;
        // The mirror image keeps both operands of the inner loop in rows.
        if i != j {
            self.cost[j * n + i] = best;
        }
    }

    /// The k for which cost(i, k) + cost(k + 1, j) is least. This loop is nearly all of the
    /// solver's time; it is written for a compiler that does not optimise.
    fn cheapest_split(&self, i: usize, j: usize) -> (u64, usize) {
        let n = self.runs.len();
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

    /// The greatest value of a run.
    fn end(&self, i: usize) -> u32 {
        self.runs.get(i + 1).map_or(self.last, |next| next.start - 1)
    }

    fn is_single(&self, i: usize) -> bool {
        self.runs[i].start == self.end(i)
    }

    /// The target to fall through to, the number of JEQs and what they execute.
    fn chain(&self, i: usize, j: usize) -> Option<(NodeId, u64, u64)> {
        if j - i > 2 * LONGEST_CHAIN {
            return None;
        }
        let mut targets: Vec<NodeId> = Vec::new();
        for run in i..=j {
            let node = self.runs[run].node;
            if !self.is_single(run) {
                // Two wide runs of different targets, or a wide one more: no chain.
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
        let (weights, rest) = self.singles(target, i, j)?;
        let mut executed = rest * weights.len() as u64;
        for (place, (weight, _)) in weights.iter().enumerate() {
            executed += weight * (place as u64 + 1);
        }
        Some((target, weights.len() as u64, executed))
    }

    /// The runs of a chain, heaviest first, and the weight of all others; `None` if there is a
    /// wide run that does not go to the target, or too many.
    fn singles(&self, target: NodeId, i: usize, j: usize) -> Option<(Vec<(u64, usize)>, u64)> {
        let mut singles = Vec::with_capacity(LONGEST_CHAIN);
        let mut rest = 0;
        for run in i..=j {
            let Run { node, weight, .. } = self.runs[run];
            if node == target {
                rest += weight;
            } else if singles.len() == LONGEST_CHAIN || !self.is_single(run) {
                return None;
            } else {
                singles.push((weight, run));
            }
        }
        singles.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        Some((singles, rest))
    }

    /// A JSET for a block, and what it executes with its exception.
    fn bits(&self, i: usize, j: usize, bound: u64) -> Option<(Bits, u64)> {
        let first = self.runs[i].node;
        let second = self.runs[i + 1].node;
        let block = self.weight[j + 1] - self.weight[i];
        for (set, clear) in [(first, second), (second, first)] {
            if let Some(mask) = self.mask(i, j, set, clear, None) {
                return Some((Bits { mask, set, clear, except: None }, block));
            }
        }
        // Each test of an exception costs another λ and at least its own execution.
        if bound <= block + 2 * self.price || j - i > 2 * LONGEST_CHAIN {
            return None;
        }
        let mut best: Option<(Bits, u64)> = None;
        for except in (i..=j).filter(|&run| self.is_single(run)) {
            let mut others = (i..=j).filter(|&run| run != except).map(|run| self.runs[run].node);
            let Some(first) = others.next() else { continue };
            let Some(second) = others.find(|&node| node != first) else { continue };
            for (set, clear) in [(first, second), (second, first)] {
                let Some(mask) = self.mask(i, j, set, clear, Some(except)) else { continue };
                let side = if self.runs[except].start & mask != 0 { set } else { clear };
                let beside = |run: usize| run == except || self.runs[run].node == side;
                let tested: u64 =
                    (i..=j).filter(|&run| beside(run)).map(|run| self.runs[run].weight).sum();
                let executed = block + tested;
                if best.is_none_or(|(_, least)| executed < least) {
                    best = Some((Bits { mask, set, clear, except: Some(except) }, executed));
                }
            }
        }
        best
    }

    /// The mask with a bit in every value that goes to `set` and none in those to `clear`.
    fn mask(&self, i: usize, j: usize, set: NodeId, clear: NodeId, except: Option<usize>) -> Option<u32> {
        let mut used = 0u32;
        for run in i..=j {
            let node = self.runs[run].node;
            if Some(run) == except {
                continue;
            }
            if node == clear {
                used |= any_bit(self.runs[run].start, self.end(run));
            } else if node != set {
                return None;
            }
        }
        let mask = !used & any_bit(self.runs[i].start, self.end(j));
        if mask == 0 {
            return None;
        }
        for run in i..=j {
            if Some(run) == except || self.runs[run].node != set {
                continue;
            }
            match next_without(self.runs[run].start, mask) {
                Some(value) if value <= self.end(run) => return None,
                _ => {}
            }
        }
        Some(mask)
    }

    fn build(&self, graph: &mut Graph) -> Solved {
        let n = self.runs.len();
        let executed = self.executed[n - 1];
        Solved { node: self.node(graph, 0, n - 1), executed }
    }

    fn node(&self, graph: &mut Graph, i: usize, j: usize) -> NodeId {
        match self.choice[i * self.runs.len() + j] {
            Choice::Constant => self.runs[i].node,
            Choice::Split(k) => {
                let no = self.node(graph, i, k);
                let yes = self.node(graph, k + 1, j);
                graph.test(Ask::AtLeast(self.runs[k + 1].start), yes, no)
            }
            Choice::Chain(target) => {
                let singles = self.singles(target, i, j).map_or(Vec::new(), |(singles, _)| singles);
                singles.iter().rev().fold(target, |no, &(_, run)| {
                    let Run { start, node, .. } = self.runs[run];
                    graph.test(Ask::Equal(start), node, no)
                })
            }
            Choice::Bits(Bits { mask, mut set, mut clear, except }) => {
                if let Some(run) = except {
                    let Run { start, node, .. } = self.runs[run];
                    let side = if start & mask != 0 { &mut set } else { &mut clear };
                    *side = graph.test(Ask::Equal(start), node, *side);
                }
                graph.test(Ask::AnyOf(mask), set, clear)
            }
        }
    }
}

/// The bits that are set in some value from `low` to `high`.
fn any_bit(low: u32, high: u32) -> u32 {
    let differ = low ^ high;
    let below = if differ == 0 { 0 } else { u32::MAX >> differ.leading_zeros() };
    high | below
}

/// The smallest x >= `from` with x & mask == 0.
fn next_without(from: u32, mask: u32) -> Option<u32> {
    let wrong = from & mask;
    if wrong == 0 {
        return Some(from);
    }
    // The highest wrong bit must be cleared by a carry into a free bit above it that is 0.
    let highest = 31 - wrong.leading_zeros();
    let free = !from & !mask & (u32::MAX << highest);
    if free == 0 {
        return None;
    }
    let bit = free.trailing_zeros();
    Some(from & !((1 << bit) - 1) | 1 << bit)
}
