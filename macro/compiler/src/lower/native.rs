//! The native numbers, as the guesses see them: the weights of a guess, and the columns of a tree.

use super::tree::partition::Interval;
use super::tree::{Shape, price};
use crate::graph::{Graph, Node, NodeId};
use crate::linux::abi::{Abi, X32_BIT};
use crate::linux::action::Action;
use crate::linux::frequency::{Heat, heats};
use crate::options::weights::Guess;

/// A deeper rule list does not increase the weight of its call any more.
pub(super) const MAX_DEPTH: u64 = 7;
/// The load and the test of the token, the load of the number, and the return.
const OTHER_STEPS: u64 = 4;

/// The columns of a tree, without what is the same for all guesses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) tests: u32,
    pub(super) worst: u32,
    /// The tests before those of x32, if the policy decides about x32.
    pub(super) x32: u32,
    /// The number of calls of the target.
    pub(super) calls: u64,
    /// The tests of all calls together.
    pub(super) all: u64,
    /// The tests of the hot calls together.
    pub(super) hot: u64,
}

impl Columns {
    /// Returns whether no column is worse than in `other`, and some column is better.
    pub(super) fn dominates(&self, other: &Columns) -> bool {
        self != other
            && self.tests <= other.tests
            && self.worst <= other.worst
            && self.x32 <= other.x32
            && self.all <= other.all
            && self.hot <= other.hot
    }

    /// Returns whether hot calls cost less than with `other`, the mean over all calls increases by at
    /// most 1 %, and no other column is worse.
    pub(super) fn is_better_for_hot(&self, other: &Columns) -> bool {
        let steps = |columns: &Columns| columns.all + OTHER_STEPS * columns.calls;
        self.hot < other.hot
            && self.tests <= other.tests
            && self.worst <= other.worst
            && self.x32 <= other.x32
            && steps(self) * 100 <= steps(other) * 101
    }
}

/// The native numbers, as the guesses see them.
pub(super) struct Native {
    target: Abi,
    /// The continuation of the numbers of x32, if the target is x86_64.
    x32: Option<NodeId>,
    /// The first number of each interval.
    starts: Vec<u32>,
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

impl Kind {
    /// Returns the weight of a call.
    fn weight(self, guess: &Guess, heat: Heat) -> u64 {
        let (factors, weight) = (&guess.factors, guess.weight(heat));
        match self {
            Kind::Allowed => factors.allowed * weight,
            Kind::Denied => factors.denied * weight.min(guess.most_denied),
            Kind::Rules(depth) => (factors.by_rules + factors.depth * depth) * weight,
            Kind::X32 { .. } => 0,
        }
    }
}

impl Native {
    /// Returns the numbers of the target, by the intervals of their partition.
    pub(super) fn new(graph: &Graph, target: Abi, intervals: &[Interval]) -> Native {
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
        let x32 = intervals
            .last()
            .filter(|last| target == Abi::X86_64 && last.start == X32_BIT);
        Native {
            target,
            x32: x32.map(|interval| interval.node),
            starts: intervals.iter().map(|interval| interval.start).collect(),
            kinds: intervals.iter().map(kind).collect(),
            calls,
            depths: intervals.iter().map(|one| graph.depth(one.node)).collect(),
        }
    }

    /// Returns the weights of a guess, and its price of an instruction, multiplied.
    pub(super) fn weights(&self, guess: &Guess, times: u64) -> (Vec<u64>, u64) {
        let mut weights = Vec::with_capacity(self.kinds.len());
        let mut sum = 0;
        for (kind, calls) in self.kinds.iter().zip(&self.calls) {
            if let Kind::X32 { .. } = kind {
                weights.push(sum / guess.x32);
                continue;
            }
            let mut weight = 0;
            for &heat in &[Heat::Usual, Heat::Warm, Heat::Hot] {
                weight += calls[heat as usize] * kind.weight(guess, heat);
            }
            weights.push(weight);
            sum += weight;
        }
        let total: u64 = weights.iter().sum();
        let price = price(guess.price * times, total, weights.len());
        (weights, price)
    }

    /// Returns the numbers and weights of all calls, sorted by number. All numbers of x32 together
    /// are one of them.
    pub(super) fn calls(&self, guess: &Guess) -> Vec<(u32, u64)> {
        let mut calls = Vec::new();
        let (mut at, mut sum) = (0, 0);
        for &(nr, heat) in heats(self.target) {
            while self.starts.get(at + 1).is_some_and(|next| *next <= nr) {
                at += 1;
            }
            let weight = self.kinds[at].weight(guess, heat);
            calls.push((nr, weight));
            sum += weight;
        }
        if self.x32.is_some() {
            calls.push((X32_BIT, sum / guess.x32));
        }
        calls
    }

    /// Returns the columns of a tree that is built, and has this shape. On the two sides of a fork an
    /// interval has different depths, which a shape does not have.
    pub(super) fn of_tree(&self, graph: &Graph, root: NodeId, shape: &Shape) -> Columns {
        let mut columns = Columns {
            tests: shape.tests,
            ..Columns::default()
        };
        let mut open = vec![(root, 0)];
        while let Some((node, depth)) = open.pop() {
            match graph.node(node) {
                _ if Some(node) == self.x32 && graph.depth(node) > 1 => {
                    columns.x32 = columns.x32.max(depth);
                }
                Node::Test { yes, no, .. } if Some(node) != self.x32 => {
                    open.push((yes, depth + 1));
                    open.push((no, depth + 1));
                }
                _ => columns.worst = columns.worst.max(depth + graph.depth(node)),
            }
        }
        for &(nr, heat) in heats(self.target) {
            let (mut node, mut depth) = (root, 0);
            while let Node::Test { predicate, yes, no } = graph.node(node) {
                if Some(node) == self.x32 {
                    break;
                }
                node = if predicate.holds(nr) { yes } else { no };
                depth += 1;
            }
            columns.calls += 1;
            columns.all += depth;
            columns.hot += if heat == Heat::Hot { depth } else { 0 };
        }
        columns
    }

    /// Returns the columns of a tree without forks, which has this shape.
    pub(super) fn of_shape(&self, shape: &Shape) -> Columns {
        let mut columns = Columns {
            tests: shape.tests,
            ..Columns::default()
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
