//! Node that decides the native numbers → its cost, to choose the better of two.
//!
//! The calls are those in the syscall table of the target, each with all arguments 0. A *step* is
//! one executed node.

use std::collections::BTreeSet;

use crate::graph::{Graph, Node, NodeId, Predicate};
use crate::linux::abi::Abi;
use crate::linux::data::SeccompData;
use crate::linux::frequency::{Heat, heats};

/// The load and the test of the audit token, before the number.
const ARCH_STEPS: usize = 2;

/// The cost of a graph.
pub(super) struct Cost {
    /// The number of its nodes.
    length: usize,
    /// The most steps on a path.
    worst: u32,
    /// The steps of all calls together.
    all: usize,
    /// The steps of the hot calls together.
    hot: usize,
}

impl Cost {
    /// Returns the cost of the graph that starts at a node, which loads the number.
    pub(super) fn of(graph: &Graph, root: NodeId, target: Abi) -> Cost {
        let mut cost = Cost {
            length: reachable(graph, root),
            worst: graph.depth(root),
            all: 0,
            hot: 0,
        };
        for &(nr, heat) in heats(target) {
            let data = SeccompData {
                nr,
                arch: target.token(),
                ..SeccompData::default()
            };
            let steps = ARCH_STEPS + steps(graph, root, &data);
            cost.all += steps;
            if heat == Heat::Hot {
                cost.hot += steps;
            }
        }
        cost
    }

    /// Returns whether hot calls cost less than with `other`, length and longest path do not
    /// increase, and the mean over all calls increases by at most 1 %.
    pub(super) fn is_better_for_hot(&self, other: &Cost) -> bool {
        self.hot < other.hot
            && self.length <= other.length
            && self.worst <= other.worst
            && self.all * 100 <= other.all * 101
    }
}

/// Returns the number of nodes that can be reached.
fn reachable(graph: &Graph, root: NodeId) -> usize {
    let mut visited = BTreeSet::new();
    let mut stack = vec![root];
    while let Some(id) = stack.pop() {
        if !visited.insert(id) {
            continue;
        }
        match graph.node(id) {
            Node::Return(_) => {}
            Node::Load(_, next) | Node::And(_, next) => stack.push(next),
            Node::Test { yes, no, .. } => stack.extend([yes, no]),
        }
    }
    visited.len()
}

/// Returns the number of steps of a call, including the return.
fn steps(graph: &Graph, root: NodeId, data: &SeccompData) -> usize {
    let (mut at, mut a, mut steps) = (root, 0, 1);
    loop {
        at = match graph.node(at) {
            Node::Return(_) => return steps,
            Node::Load(word, next) => {
                a = word.of(data);
                next
            }
            Node::And(mask, next) => {
                a &= mask;
                next
            }
            Node::Test { predicate, yes, no } => {
                let holds = match predicate {
                    Predicate::Equal(k) => a == k,
                    Predicate::AtLeast(k) => a >= k,
                    Predicate::AnyOf(k) => a & k != 0,
                };
                if holds { yes } else { no }
            }
        };
        steps += 1;
    }
}
