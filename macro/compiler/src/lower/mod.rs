//! Policy → graph: the decisions of a policy, in an order that is short and fast to execute.
//!
//! From the inside out: [`args`] decides the rule list of one call from its arguments, [`numbers`]
//! finds the call, then the architecture. Both use [`tree`], which finds the interval that a 32-bit
//! word lies in. All architectures share one graph, so they also share equal decisions.

mod args;
mod cost;
mod decision_list;
mod literal;
mod numbers;
mod sequential;
mod tree;
mod x32;

use crate::graph::{Graph, NodeId};
use crate::options::Effort;
use crate::options::weights::Weights;
use crate::policy::Policy;

/// A policy's decisions.
pub struct Lowered {
    /// All nodes.
    pub graph: Graph,
    /// The node to begin with.
    pub root: NodeId,
    /// Whether the search for the best order was given up for some rule list, whose rules are then
    /// tested one after the other.
    pub simplified: bool,
}

/// Turns a policy into a graph that decides the same.
pub fn lower(policy: &Policy, weights: &Weights, effort: Effort) -> Lowered {
    let mut graph = Graph::default();
    let (root, simplified) = numbers::decide(&mut graph, policy, weights, effort);
    Lowered {
        graph,
        root,
        simplified,
    }
}
