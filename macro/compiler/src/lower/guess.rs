//! Partition of the native numbers → its tree for the best of several guesses of the weights.
//!
//! A program has four *columns*: its length, its longest path, the mean number of steps over all
//! calls, and the mean over hot calls. Trees are tried in this order:
//!
//! 1. The first guess.
//! 2. The second guess, which favours hot calls. It is taken if hot calls gain, the mean loses at most
//!    1 %, and no other column loses.
//! 3. If the tree is longer than a list of JEQ, which happens for short lists of calls: a guess with
//!    little difference between calls and with rising prices of an instruction, until the tree is
//!    as short. Then prices between the last two, for the mean.
//! 4. Otherwise every other guess. A tree is taken if it is better than the best so far in some
//!    column, and not worse in any.
//!
//! Arguments count as 0. What a call executes before and after the tree is the same for all guesses.

use super::tree::partition::Interval;
use super::tree::reuse::Subtrees;
use super::tree::{Shape, Solver, Table, price};
use crate::graph::{Graph, Node, NodeId};
use crate::linux::abi::{Abi, X32_BIT};
use crate::linux::action::Action;
use crate::linux::frequency::{Heat, heats};
use crate::options::weights::{GUESSES, Guess, SHORT};

/// A deeper rule list does not increase the weight of its call any more.
pub(super) const MAX_DEPTH: u64 = 7;
/// A tree may have this many tests more than a list of JEQ.
const MORE_THAN_JEQ: u64 = 2;
/// What the price of an instruction is multiplied by until the tree is short enough.
const RISING: [u64; 6] = [3, 6, 12, 24, 48, 96];
/// How many prices between the last two are tried.
const BETWEEN: usize = 2;

/// The load and the test of the token, the load of the number, and the return.
const OTHER_STEPS: u64 = 4;

/// The columns of a tree, without what is the same for all guesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Columns {
    tests: u32,
    worst: u32,
    /// The tests before those of x32, if the policy decides about x32.
    x32: u32,
    /// The number of calls of the target.
    calls: u64,
    /// The tests of all calls together.
    all: u64,
    /// The tests of the hot calls together.
    hot: u64,
}

impl Columns {
    /// Returns whether no column is worse than in `other`, and some column is better.
    fn dominates(&self, other: &Columns) -> bool {
        self != other
            && self.tests <= other.tests
            && self.worst <= other.worst
            && self.x32 <= other.x32
            && self.all <= other.all
            && self.hot <= other.hot
    }

    /// Returns whether hot calls cost less than with `other`, the mean over all calls increases by at
    /// most 1 %, and no other column is worse.
    fn is_better_for_hot(&self, other: &Columns) -> bool {
        let steps = |columns: &Columns| columns.all + OTHER_STEPS * columns.calls;
        self.hot < other.hot
            && self.tests <= other.tests
            && self.worst <= other.worst
            && self.x32 <= other.x32
            && steps(self) * 100 <= steps(other) * 101
    }
}

/// The native numbers, as the guesses see them.
struct Native {
    /// What the policy does with the calls of each interval.
    kinds: Vec<Kind>,
    /// How many calls of each interval are usual, warm and hot.
    calls: Vec<[u64; 3]>,
    /// The number of tests on the longest path that follows each interval.
    depths: Vec<u32>,
}

#[derive(Clone, Copy)]
enum Kind {
    Allowed,
    Denied,
    /// By rules, with this many tests on the longest path.
    Rules(u64),
    /// All numbers of x32, and whether they are decided by more than one test.
    X32 {
        decided: bool,
    },
}

/// Returns the best tree for the numbers of the target. `intervals` are merged; with the target
/// x86_64 the last one has all numbers with the x32 bit. `default` is the default action.
pub(super) fn best<'a>(
    graph: &Graph,
    target: Abi,
    intervals: &[Interval],
    solver: &'a Solver,
    default: NodeId,
) -> Table<'a> {
    let native = Native::new(graph, target, intervals);
    let attempt = |guess: &Guess, times: u64| {
        let (weights, price) = native.weights(guess, times);
        let tree = solver.solve(weights, price, &Subtrees::default());
        let columns = native.columns(&tree.shape());
        (tree, columns)
    };
    let [first, favouring_hot, others @ ..] = &GUESSES;
    let (mut best, mut columns) = attempt(first, 1);
    let (tree, other) = attempt(favouring_hot, 1);
    if other.is_better_for_hot(&columns) {
        (best, columns) = (tree, other);
    }
    let limit = one_by_one(intervals, default).saturating_add(MORE_THAN_JEQ);
    if u64::from(columns.tests) > limit {
        return as_short(limit, |times| attempt(&SHORT, times));
    }
    for guess in others {
        let (tree, other) = attempt(guess, 1);
        if other.dominates(&columns) {
            (best, columns) = (tree, other);
        }
    }
    best
}

/// Returns a tree with at most `limit` tests, if some price gives one.
fn as_short<'a>(limit: u64, attempt: impl Fn(u64) -> (Table<'a>, Columns)) -> Table<'a> {
    let fits = |columns: &Columns| u64::from(columns.tests) <= limit;
    let mut too_low = 1;
    let mut high = RISING[0];
    let (mut best, mut columns) = attempt(high);
    for &times in &RISING[1..] {
        if fits(&columns) {
            break;
        }
        (too_low, high) = (high, times);
        (best, columns) = attempt(high);
    }
    for _ in 0..BETWEEN {
        let middle = (too_low + high) / 2;
        let (tree, other) = attempt(middle);
        if !fits(&other) {
            too_low = middle;
            continue;
        }
        high = middle;
        if other.all < columns.all || !fits(&columns) {
            (best, columns) = (tree, other);
        }
    }
    best
}

/// Returns the number of tests of a list with one JEQ for each number that has not the default
/// answer, and of the test for x32.
fn one_by_one(intervals: &[Interval], default: NodeId) -> u64 {
    let mut tests = 0;
    for (at, interval) in intervals.iter().enumerate() {
        let end = intervals
            .get(at + 1)
            .map_or(u32::MAX, |next| next.start - 1);
        if interval.start == X32_BIT {
            tests += 1;
        } else if interval.node != default {
            tests += u64::from(end - interval.start) + 1;
        }
    }
    tests
}

impl Native {
    fn new(graph: &Graph, target: Abi, intervals: &[Interval]) -> Native {
        let mut calls = vec![[0; 3]; intervals.len()];
        let mut at = 0;
        for &(nr, heat) in heats(target) {
            while intervals.get(at + 1).is_some_and(|next| next.start <= nr) {
                at += 1;
            }
            calls[at][heat as usize] += 1;
        }
        let kind = |interval: &Interval| match graph.node(interval.node) {
            _ if target == Abi::X86_64 && interval.start == X32_BIT => Kind::X32 {
                decided: graph.depth(interval.node) > 1,
            },
            Node::Return(Action::Allow) => Kind::Allowed,
            Node::Return(_) => Kind::Denied,
            _ => Kind::Rules(u64::from(graph.depth(interval.node)).min(MAX_DEPTH)),
        };
        Native {
            kinds: intervals.iter().map(kind).collect(),
            calls,
            depths: intervals.iter().map(|one| graph.depth(one.node)).collect(),
        }
    }

    /// Returns the weights of a guess, and its price of an instruction, multiplied.
    fn weights(&self, guess: &Guess, times: u64) -> (Vec<u64>, u64) {
        let factors = &guess.factors;
        let of_heat = [Heat::Usual, Heat::Warm, Heat::Hot].map(|heat| guess.weight(heat));
        let mut weights = Vec::with_capacity(self.kinds.len());
        let mut sum = 0;
        for (kind, calls) in self.kinds.iter().zip(&self.calls) {
            let (factor, most) = match kind {
                Kind::Allowed => (factors.allowed, u64::MAX),
                Kind::Denied => (factors.denied, guess.most_denied),
                Kind::Rules(depth) => (factors.by_rules + factors.depth * depth, u64::MAX),
                Kind::X32 { .. } => {
                    weights.push(sum / guess.x32);
                    continue;
                }
            };
            let mut weight = 0;
            for (calls, of_heat) in calls.iter().zip(of_heat) {
                weight += calls * of_heat.min(most);
            }
            weights.push(factor * weight);
            sum += factor * weight;
        }
        let total: u64 = weights.iter().sum();
        let price = price(guess.price * times, total, weights.len());
        (weights, price)
    }

    fn columns(&self, shape: &Shape) -> Columns {
        let mut columns = Columns {
            tests: shape.tests,
            worst: 0,
            x32: 0,
            calls: 0,
            all: 0,
            hot: 0,
        };
        for (at, &depth) in shape.depths.iter().enumerate() {
            match self.kinds[at] {
                Kind::X32 { decided: true } => columns.x32 = depth,
                _ => columns.worst = columns.worst.max(depth + self.depths[at]),
            }
            let calls = self.calls[at];
            let count = calls[0] + calls[1] + calls[2];
            columns.calls += count;
            columns.all += u64::from(depth) * count;
            columns.hot += u64::from(depth) * calls[Heat::Hot as usize];
        }
        columns
    }
}
