//! Policy → the node that decides every call by its audit token and number.
//!
//! The numbers of each token are partitioned into intervals. The continuation of an interval is an
//! action, or the node that decides the arguments. The tree solver finds the interval of a number.
//!
//! In this file
//! - *native* is the audit token of the target, *foreign* is every other token;
//! - *hot* calls are those that programs make most often ([`heats`](crate::linux::frequency::heats),
//!   or measured weights);
//! - *weighted* intervals have the weights of their calls, all others have weight 0.

use super::args::Args;
use super::guess;
use super::native::MAX_DEPTH;
use super::tree::partition::{Interval, merged};
use super::tree::reuse::Subtrees;
use super::tree::{self, Prefer, Solution, Solver};
use super::x32;
use crate::graph::{Graph, Node, NodeId, Predicate};
use crate::linux::abi::{Abi, X32_BIT};
use crate::linux::action::Action;
use crate::linux::data::Word;
use crate::options::Effort;
use crate::options::weights::{FACTORS, Weights};
use crate::policy::{Decision, Policy};

/// Decides all calls of a policy. Returns the root, and whether some rule list needed too much
/// search.
pub(super) fn decide(
    graph: &mut Graph,
    policy: &Policy,
    weights: &Weights,
    effort: Effort,
) -> (NodeId, bool) {
    let mut numbers = Numbers {
        policy,
        weights,
        graph,
        args: Args::new(effort),
    };
    let root = numbers.root();
    (root, numbers.args.simplified)
}

/// The state of lowering: everything that the steps below share.
struct Numbers<'a> {
    policy: &'a Policy,
    weights: &'a Weights,
    graph: &'a mut Graph,
    args: Args,
}

impl Numbers<'_> {
    /// Solves the numbers of all tokens, the native ones first, and tests the token.
    fn root(&mut self) -> NodeId {
        let mut native = Subtrees::default();
        let mut by_token = Vec::new();
        for token in self.policy.tokens() {
            let intervals = self.intervals(token);
            let solution = if token == self.policy.target.token() {
                let solution = self.native(&intervals);
                native = solution.subtrees.clone();
                solution
            } else {
                let intervals = self.weighted(token, &intervals);
                // Calls from 424 on have the same number on all architectures, so parts of the
                // native tree can often be reused.
                tree::solve(self.graph, &intervals, u32::MAX, Prefer::Short, &native)
            };
            by_token.push((token, self.graph.load(Word::Nr, solution.node)));
        }
        let bad_arch = self.graph.ret(self.policy.bad_arch);
        // The native token is tested first.
        let mut root = bad_arch;
        for &(token, node) in by_token.iter().rev() {
            root = self.graph.test(Predicate::Equal(token), node, root);
        }
        self.graph.load(Word::Arch, root)
    }

    /// Solves the native numbers.
    fn native(&mut self, intervals: &[Interval]) -> Solution {
        let weighted = self.weighted(self.policy.target.token(), intervals);
        let (low, high) = x32::split(&weighted);
        match self.policy.target {
            Abi::X86_64 => {
                let plain = x32::plain(self.graph, high, Prefer::Short);
                // More than the weight of the calls of x32. A second tree follows the interval, so
                // its paths are the longest of the program and the interval must be found soon.
                let weight = low.iter().map(|one| one.weight).sum::<u64>() / 24;
                let best = self.best(with_x32(low, plain.node, weight));
                // One or two intervals need at most one test, which no subtree can save.
                if high.len() <= 2 {
                    return best;
                }
                let subtrees = best.subtrees.clone().below(X32_BIT);
                let masked = x32::without_bit(self.graph, high, Prefer::Short, &subtrees, &plain);
                match masked {
                    Some(node) => self.best(with_x32(low, node, weight)),
                    None => best,
                }
            }
            Abi::X32 => {
                let plain = x32::plain(self.graph, high, Prefer::Balanced);
                let none = Subtrees::default();
                let masked = x32::without_bit(self.graph, high, Prefer::Balanced, &none, &plain);
                let weight = high.iter().map(|one| one.weight).sum();
                self.hottest_first(with_x32(low, masked.unwrap_or(plain.node), weight))
            }
            _ => self.best(weighted),
        }
    }

    /// Returns the partition of the numbers of a token, without weights.
    fn intervals(&mut self, token: u32) -> Vec<Interval> {
        let policy = self.policy;
        let mut intervals: Vec<Interval> = Vec::new();
        let mut returned: Option<(Action, NodeId)> = None;
        for start in policy.boundaries(token) {
            let node = match policy.lookup(token, start) {
                Decision::Always(action) => match returned {
                    Some((same, node)) if same == action => node,
                    _ => {
                        let node = self.graph.ret(action);
                        returned = Some((action, node));
                        node
                    }
                },
                Decision::ByRules(rules) => self.args.decide(self.graph, rules, policy.default),
            };
            intervals.push(Interval {
                start,
                node,
                weight: 0,
            });
        }
        intervals
    }

    /// Returns the intervals with the weights of the calls in them.
    fn weighted(&self, token: u32, intervals: &[Interval]) -> Vec<Interval> {
        let mut intervals = intervals.to_vec();
        let abis = self.policy.abis.iter().map(|rules| rules.abi);
        for abi in abis.filter(|abi| abi.token() == token) {
            let weights = if token == self.policy.target.token() {
                self.weights.of(abi)
            } else {
                self.weights.of_foreign(abi)
            };
            let mut at = 0;
            for (nr, weight) in weights {
                while intervals.get(at + 1).is_some_and(|next| next.start <= nr) {
                    at += 1;
                }
                intervals[at].weight += self.weight(intervals[at].node, weight);
            }
        }
        intervals
    }

    /// Returns the weight that a call adds to its interval, by the continuation of the interval.
    fn weight(&self, node: NodeId, weight: u64) -> u64 {
        match self.graph.node(node) {
            Node::Return(Action::Allow) => FACTORS.allowed * weight,
            Node::Return(_) => FACTORS.denied * self.weights.denied(weight),
            _ => {
                let depth = u64::from(self.graph.depth(node)).min(MAX_DEPTH);
                (FACTORS.by_rules + FACTORS.depth * depth) * weight
            }
        }
    }

    /// Solves the native numbers with the best of several guesses, or with measured weights.
    fn best(&mut self, intervals: Vec<Interval>) -> Solution {
        if !self.weights.are_guessed() {
            return self.hottest_first(intervals);
        }
        let merged = merged(&intervals);
        let Some(solver) = Solver::new(&merged, u32::MAX) else {
            return self.balanced(&intervals);
        };
        let default = self.graph.ret(self.policy.default);
        guess::best(
            self.graph,
            self.policy.target,
            &merged,
            &solver,
            (default, self.policy.abis.len() > 1),
        )
    }

    /// Solves the native numbers. With measured weights, a JEQ tests each of the hottest numbers
    /// before the tree, as long as this is cheaper: the tree solver never puts a JEQ above a JGE.
    fn hottest_first(&mut self, mut intervals: Vec<Interval>) -> Solution {
        let mut best = self.balanced(&intervals);
        let mut first: Vec<(u32, NodeId)> = Vec::new();
        // The cost of the tests before the tree.
        let mut tests = 0;
        for (nr, weight) in self.weights.hottest(self.policy.target) {
            let at = intervals.partition_point(|interval| interval.start <= nr) - 1;
            let Interval {
                node,
                weight: of_interval,
                ..
            } = intervals[at];
            let total: u64 = intervals.iter().map(|interval| interval.weight).sum();
            tests += total + Prefer::Balanced.price(total, intervals.len());
            intervals[at].weight -= self.weight(node, weight).min(of_interval);
            let end = intervals.get(at + 1).map(|next| next.start);
            if at > 0 && intervals[at].start == nr && end == Some(nr + 1) {
                // The tree never sees this number, so its interval can merge with the one before.
                intervals[at].node = intervals[at - 1].node;
            }
            let rest = self.balanced(&intervals);
            if tests + rest.cost >= best.cost {
                break;
            }
            first.push((nr, node));
            best = Solution {
                cost: tests + rest.cost,
                ..rest
            };
        }
        best.node = first.iter().rev().fold(best.node, |rest, &(nr, node)| {
            self.graph.test(Predicate::Equal(nr), node, rest)
        });
        best
    }

    fn balanced(&mut self, intervals: &[Interval]) -> Solution {
        let none = Subtrees::default();
        tree::solve(self.graph, intervals, u32::MAX, Prefer::Balanced, &none)
    }
}

/// Returns the numbers without the x32 bit, and one interval of all others.
fn with_x32(low: &[Interval], node: NodeId, weight: u64) -> Vec<Interval> {
    let mut whole = low.to_vec();
    whole.push(Interval {
        start: X32_BIT,
        node,
        weight,
    });
    whole
}
