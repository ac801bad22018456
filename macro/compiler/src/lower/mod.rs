//! Policy → graph: the tests that decide every call, in an order that is short and fast to execute.
//!
//! From the leaves to the root: `args` decides a rule list from the arguments of a call, and
//! `numbers` decides the call by its number, after a test of the audit token. Both use `tree`, which
//! finds the interval that contains the value of a 32-bit word. All ABIs share one graph, so that
//! equal decisions of two ABIs are one node.
//!
//! The graph decides every call as the policy does. No later stage relies on that:
//! [`verify`](mod@crate::verify) proves it from the instructions.

mod args;
mod decision_list;
mod guess;
mod literal;
mod native;
mod numbers;
mod sequential;
mod tree;
mod x32;

use crate::graph::{Graph, NodeId};
use crate::options::Effort;
use crate::options::weights::Weights;
use crate::policy::Policy;

/// The decisions of a policy as a graph.
pub struct Lowered {
    /// The graph.
    pub graph: Graph,
    /// The node where every call starts.
    pub root: NodeId,
    /// Whether some rule list needed more search than the effort allows, so that its rules are
    /// tested one after the other.
    pub simplified: bool,
}

/// Turns a policy into a graph that decides every call as the policy does.
pub fn lower(policy: &Policy, weights: &Weights, effort: Effort) -> Lowered {
    let mut graph = Graph::default();
    let (root, simplified) = numbers::decide(&mut graph, policy, weights, effort);
    Lowered {
        graph,
        root,
        simplified,
    }
}
