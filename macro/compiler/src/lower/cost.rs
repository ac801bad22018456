//! Line of the target's own calls → what a program costs by it, to choose between two.

use std::collections::BTreeSet;

use crate::graph::{Graph, Node, NodeId, Predicate};
use crate::linux::abi::Abi;
use crate::linux::data::SeccompData;
use crate::linux::frequency::{Heat, heats};

/// The architecture is loaded and tested before.
const ARCH: usize = 2;

/// What a line costs; calls are those of the target's own ABI, with all arguments 0.
pub(super) struct Cost {
    /// Its nodes.
    length: usize,
    /// The most steps.
    worst: u32,
    /// The steps of all calls together.
    all: usize,
    /// Those of the hot ones.
    hot: usize,
}

impl Cost {
    /// The costs from a node on that loads the number.
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
            let steps = ARCH + steps(graph, root, &data);
            cost.all += steps;
            if heat == Heat::Hot {
                cost.hot += steps;
            }
        }
        cost
    }

    /// Returns whether hot calls are cheaper than by another line, and nothing is dearer but the mean,
    /// by a hundredth at most.
    pub(super) fn is_hotter(&self, other: &Cost) -> bool {
        self.hot < other.hot
            && self.length <= other.length
            && self.worst <= other.worst
            && self.all * 100 <= other.all * 101
    }
}

fn reachable(graph: &Graph, root: NodeId) -> usize {
    let mut met = BTreeSet::new();
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        if !met.insert(id) {
            continue;
        }
        match graph.node(id) {
            Node::Return(_) => {}
            Node::Load(_, next) | Node::And(_, next) => open.push(next),
            Node::Test { yes, no, .. } => open.extend([yes, no]),
        }
    }
    met.len()
}

/// How many nodes a call passes.
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
