//! Policy → graph: arguments, numbers, ABIs, from the inside out.
//!
//! For each audit token the numbers form a line of runs; each run leads to an answer or to the
//! node that decides its arguments, and the line solver finds the run. All tokens share one graph,
//! so equal decisions are shared between ABIs too.

mod args;
mod bits;
mod line;
mod state;
mod weights;

pub use weights::Weights;

use crate::abi::{Abi, X32_BIT};
use crate::bpf::Word;
use crate::graph::{Ask, Graph, Node, NodeId};
use crate::policy::{Action, Decision, Policy};
use args::Args;
use line::{Length, Run};

/// A policy's decisions.
pub struct Lowered {
    /// All nodes.
    pub graph: Graph,
    /// The node to begin with.
    pub root: NodeId,
    /// Whether some rule list was too hard to search for the best order, so that its rules are
    /// tested in a simpler one.
    pub simplified: bool,
}

/// Turns a policy into a graph that decides the same.
pub fn lower(policy: &Policy, weights: &Weights) -> Lowered {
    let mut graph = Graph::default();
    let mut args = Args::default();
    let foreign = graph.answer(policy.bad_arch);
    let mut root = foreign;
    // The target's own token is asked for first, so it is built last.
    for token in policy.tokens().into_iter().rev() {
        let numbers = numbers(&mut graph, &mut args, policy, weights, token);
        root = graph.test(Ask::Equal(token), numbers, root);
    }
    let root = graph.load(Word::Arch, root);
    Lowered { graph, root, simplified: args.simplified }
}

/// The node that decides all calls under a token.
fn numbers(
    graph: &mut Graph,
    args: &mut Args,
    policy: &Policy,
    weights: &Weights,
    token: u32,
) -> NodeId {
    let mut runs: Vec<Run> = Vec::new();
    for start in policy.boundaries(token) {
        let node = match policy.lookup(token, start) {
            Decision::Always(action) => graph.answer(action),
            Decision::ByRules(rules, width) => args.decide(graph, rules, policy.default, width),
        };
        runs.push(Run { start, node, weight: 0 });
    }
    for abi in policy.abis.iter().map(|rules| rules.abi).filter(|abi| abi.token() == token) {
        for (nr, weight) in weights.of(abi) {
            let at = runs.partition_point(|run| run.start <= nr) - 1;
            // An allowed call is not asked about again on kernels since 5.11, and where arguments
            // decide the number is only the beginning.
            let often = match graph.node(runs[at].node) {
                Node::Return(Action::Allow) => 1,
                Node::Return(_) => 3,
                _ => 4,
            };
            runs[at].weight += weight * often;
        }
    }
    if token == Abi::X32.token() {
        fold_x32(graph, &mut runs, policy.target == Abi::X32);
    }
    let native = token == policy.target.token();
    let length = if native { Length::Fair } else { Length::Dear };
    let tree = line::solve(graph, &runs, u32::MAX, length);
    graph.load(Word::Nr, tree.node)
}

/// Solves the numbers with the x32 bit as a line of their own, so that they are one run of the
/// whole; which is where hardly any call is, unless the target is x32 itself.
fn fold_x32(graph: &mut Graph, runs: &mut Vec<Run>, native: bool) {
    let at = runs.partition_point(|run| run.start < X32_BIT);
    let upper = runs.split_off(at);
    if upper.is_empty() {
        return;
    }
    let length = if native { Length::Fair } else { Length::Dear };
    let solved = line::solve(graph, &upper, u32::MAX, length);
    let weight = if native {
        upper.iter().map(|run| run.weight).sum()
    } else {
        runs.iter().map(|run| run.weight).sum::<u64>() / 64
    };
    runs.push(Run { start: X32_BIT, node: solved.node, weight });
}
