//! Architecture and number → the node that decides the call.
//!
//! The numbers of each audit token are partitioned into runs. Each run leads to an answer, or to
//! the node that decides the arguments; the tree solver finds the run of a number.
//!
//! In this file *native* is the audit token of the target, *foreign* every other token of the
//! policy, and *hot* calls are those that programs make most often.

use super::args::Args;
use super::cost::Cost;
use super::tree::partition::Run;
use super::tree::reuse::Subtrees;
use super::tree::{self, Prefer, Solved};
use super::x32;
use crate::graph::{Graph, Node, NodeId, Predicate};
use crate::linux::abi::{Abi, X32_BIT};
use crate::linux::action::Action;
use crate::linux::data::Word;
use crate::options::Effort;
use crate::options::weights::Weights;
use crate::policy::{Decision, Policy};

/// Rules that take more steps do not make a call worth testing earlier.
const DEEPEST: u64 = 7;

/// Decides all calls of a policy; returns the first node, and whether some rule list was too hard
/// for the search.
pub(super) fn decide(
    graph: &mut Graph,
    policy: &Policy,
    weights: &Weights,
    effort: Effort,
) -> (NodeId, bool) {
    let mut numbers = Numbers {
        policy,
        weights: weights.clone(),
        graph,
        args: Args::new(effort),
    };
    let root = numbers.root();
    (root, numbers.args.simplified)
}

/// A policy while its numbers are lowered.
struct Numbers<'a> {
    policy: &'a Policy,
    weights: Weights,
    graph: &'a mut Graph,
    args: Args,
}

impl Numbers<'_> {
    /// Solves the numbers of all tokens, the native one first, and tests the token.
    fn root(&mut self) -> NodeId {
        let mut native = Subtrees::default();
        let mut solved = Vec::new();
        for token in self.policy.tokens() {
            let runs = self.runs(token);
            let of_token = if token == self.policy.target.token() {
                let of_token = self.native(&runs);
                native = of_token.subtrees.clone();
                of_token
            } else {
                let runs = self.weighed(token, &runs);
                // Calls from 424 on have the same number on all architectures, so that much of the
                // native tree fits.
                tree::solve(self.graph, &runs, u32::MAX, Prefer::Short, &native)
            };
            solved.push((token, self.graph.load(Word::Nr, of_token.node)));
        }
        let foreign = self.graph.ret(self.policy.bad_arch);
        // The native token is tested first.
        let root = solved
            .into_iter()
            .rev()
            .fold(foreign, |others, (token, node)| {
                self.graph.test(Predicate::Equal(token), node, others)
            });
        self.graph.load(Word::Arch, root)
    }

    /// Solves the native numbers by the given weights, or by weights that favour hot calls more if
    /// that costs the other calls next to nothing.
    fn native(&mut self, runs: &[Run]) -> Solved {
        let token = self.policy.target.token();
        let given = self.weights.clone();
        let mut weighed = self.weighed(token, runs);
        let mut best = self.alone(&weighed);
        if let Some(hotter) = given.hotter() {
            let even = std::mem::replace(&mut self.weights, hotter);
            let other_weighed = self.weighed(token, runs);
            let other = self.alone(&other_weighed);
            if self.cost(&other).is_hotter(&self.cost(&best)) {
                (weighed, best) = (other_weighed, other);
            } else {
                self.weights = even;
            }
        }
        let (low, high) = x32::split(&weighed);
        // One or two runs need at most one test, which no subtree can save.
        if self.policy.target == Abi::X86_64 && high.len() > 2 {
            // Now the subtrees for the numbers without the bit exist.
            let subtrees = best.subtrees.below(X32_BIT);
            best = self.with_x32(low, high, Prefer::Short, Some(&subtrees));
        }
        self.weights = given;
        best
    }

    fn cost(&mut self, solved: &Solved) -> Cost {
        let node = self.graph.load(Word::Nr, solved.node);
        Cost::of(self.graph, node, self.policy.target)
    }

    /// The numbers of a token and where each leads, without weights.
    fn runs(&mut self, token: u32) -> Vec<Run> {
        let policy = self.policy;
        let mut runs: Vec<Run> = Vec::new();
        for start in policy.boundaries(token) {
            let node = match policy.lookup(token, start) {
                Decision::Always(action) => self.graph.ret(action),
                Decision::ByRules(rules, width) => {
                    self.args.decide(self.graph, rules, policy.default, width)
                }
            };
            runs.push(Run {
                start,
                node,
                weight: 0,
            });
        }
        runs
    }

    fn weighed(&self, token: u32, runs: &[Run]) -> Vec<Run> {
        let mut runs = runs.to_vec();
        let abis = self.policy.abis.iter().map(|rules| rules.abi);
        for abi in abis.filter(|abi| abi.token() == token) {
            let weights = if token == self.policy.target.token() {
                self.weights.of(abi)
            } else {
                self.weights.of_foreign(abi)
            };
            let mut at = 0;
            for (nr, weight) in weights {
                while runs.get(at + 1).is_some_and(|next| next.start <= nr) {
                    at += 1;
                }
                runs[at].weight += self.weight(runs[at].node, weight);
            }
        }
        runs
    }

    /// What a call weighs that leads to a node.
    fn weight(&self, node: NodeId, weight: u64) -> u64 {
        match self.graph.node(node) {
            Node::Return(Action::Allow) => 4 * weight,
            // Kernels since 5.11 cache numbers that are always allowed, so the others count more.
            Node::Return(_) => 5 * self.weights.denied(weight),
            // The longest path of a program is one that also tests arguments.
            _ => (4 + 3 * u64::from(self.graph.depth(node)).min(DEEPEST)) * weight,
        }
    }

    /// Solves the native numbers without subtrees that x32 and x86_64 share.
    fn alone(&mut self, runs: &[Run]) -> Solved {
        let (low, high) = x32::split(runs);
        match self.policy.target {
            Abi::X86_64 => self.with_x32(low, high, Prefer::Short, None),
            Abi::X32 => self.with_x32(low, high, Prefer::Balanced, Some(&Subtrees::default())),
            _ => self.hottest_first(runs.to_vec()),
        }
    }

    /// Solves the numbers with the x32 bit on their own, as one run of the whole: hardly any call
    /// is there, unless the target is x32 itself.
    fn with_x32(
        &mut self,
        low: &[Run],
        high: &[Run],
        prefer: Prefer,
        subtrees: Option<&Subtrees>,
    ) -> Solved {
        let node = x32::upper(self.graph, high, prefer, subtrees);
        let weight = |runs: &[Run]| runs.iter().map(|run| run.weight).sum::<u64>();
        let weight = match prefer {
            Prefer::Balanced => weight(high),
            // More than its calls are worth: a second tree begins there, and its paths are the
            // longest.
            Prefer::Short => weight(low) / 24,
        };
        let mut whole = low.to_vec();
        whole.push(Run {
            start: X32_BIT,
            node,
            weight,
        });
        self.hottest_first(whole)
    }

    /// Solves the native numbers. With measured weights the hottest numbers are tested before all
    /// others as long as that is cheaper, because no tree of the solver begins with a JEQ.
    fn hottest_first(&mut self, mut runs: Vec<Run>) -> Solved {
        let mut best = self.balanced(&runs);
        let mut first: Vec<(u32, NodeId)> = Vec::new();
        let mut tests = 0;
        for (nr, weight) in self.weights.hottest(self.policy.target) {
            let at = runs.partition_point(|run| run.start <= nr) - 1;
            let Run {
                node,
                weight: of_run,
                ..
            } = runs[at];
            let total: u64 = runs.iter().map(|run| run.weight).sum();
            tests += total + Prefer::Balanced.price(total, runs.len());
            runs[at].weight -= self.weight(node, weight).min(of_run);
            let end = runs.get(at + 1).map(|next| next.start);
            if at > 0 && runs[at].start == nr && end == Some(nr + 1) {
                // The number is decided before, so its run can merge with the one before it.
                runs[at].node = runs[at - 1].node;
            }
            let rest = self.balanced(&runs);
            if tests + rest.cost >= best.cost {
                break;
            }
            first.push((nr, node));
            best = Solved {
                cost: tests + rest.cost,
                ..rest
            };
        }
        best.node = first.iter().rev().fold(best.node, |rest, &(nr, node)| {
            self.graph.test(Predicate::Equal(nr), node, rest)
        });
        best
    }

    fn balanced(&mut self, runs: &[Run]) -> Solved {
        let none = Subtrees::default();
        tree::solve(self.graph, runs, u32::MAX, Prefer::Balanced, &none)
    }
}
