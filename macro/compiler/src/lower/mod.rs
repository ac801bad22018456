//! Policy → graph: arguments, numbers, ABIs, from the inside out.
//!
//! For each audit token the numbers form a line of runs; each run leads to an answer or to the
//! node that decides its arguments, and the line solver finds the run. All tokens share one graph,
//! so equal decisions are shared between ABIs too.

mod args;
mod bits;
mod chain;
mod cost;
mod heat;
mod known;
mod line;
mod literal;
mod state;
mod weights;

pub use args::Effort;
pub(crate) use heat::{Heat, heats};
pub use weights::Weights;

use crate::abi::{Abi, X32_BIT};
use crate::bpf::Word;
use crate::graph::{Ask, Graph, Node, NodeId};
use crate::policy::{Action, Decision, Policy};
use args::Args;
use cost::Cost;
use known::Known;
use line::{Length, Run, Solved};

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

/// Rules that take more steps are no reason to ask for a call earlier.
const DEEPEST: u64 = 7;

/// Turns a policy into a graph that decides the same.
pub fn lower(policy: &Policy, weights: &Weights, effort: Effort) -> Lowered {
    let mut lower = Lower {
        policy,
        weights: weights.clone(),
        graph: Graph::default(),
        args: Args::new(effort),
    };
    let root = lower.root();
    Lowered {
        graph: lower.graph,
        root,
        simplified: lower.args.simplified,
    }
}

/// The work in hand.
struct Lower<'a> {
    policy: &'a Policy,
    weights: Weights,
    graph: Graph,
    args: Args,
}

impl Lower<'_> {
    /// Solves the lines of all tokens, the target's own first, and asks which it is.
    fn root(&mut self) -> NodeId {
        let mut native = Known::default();
        let mut numbers = Vec::new();
        for token in self.policy.tokens() {
            let line = self.line(token);
            let solved = if token == self.policy.target.token() {
                let solved = self.native(&line);
                native = solved.known.clone();
                solved
            } else {
                let line = self.weighed(token, &line);
                // Calls from 424 on have the same number everywhere, so much is known already.
                line::solve(&mut self.graph, &line, u32::MAX, Length::Dear, &native)
            };
            numbers.push((token, self.graph.load(Word::Nr, solved.node)));
        }
        let foreign = self.graph.answer(self.policy.bad_arch);
        // The target's own token is asked for first.
        let numbers = numbers.into_iter().rev();
        let root = numbers.fold(foreign, |others, (token, numbers)| {
            self.graph.test(Ask::Equal(token), numbers, others)
        });
        self.graph.load(Word::Arch, root)
    }

    /// Solves the line of the target's own token by the weights, or by a guess that gives more to hot
    /// calls if that costs the others next to nothing.
    fn native(&mut self, line: &[Run]) -> Solved {
        let token = self.policy.target.token();
        let given = self.weights.clone();
        let mut weighed = self.weighed(token, line);
        let mut best = self.alone(&weighed);
        if let Some(hotter) = given.hotter() {
            let even = std::mem::replace(&mut self.weights, hotter);
            let other_weighed = self.weighed(token, line);
            let other = self.alone(&other_weighed);
            if self.cost(&other).is_hotter(&self.cost(&best)) {
                (weighed, best) = (other_weighed, other);
            } else {
                self.weights = even;
            }
        }
        let (low, high) = split_x32(&weighed);
        // Below two runs nothing is asked, so there is nothing to go on in.
        if self.policy.target == Abi::X86_64 && high.len() > 2 {
            // What the numbers without the bit become is known now.
            let known = best.known.below(X32_BIT);
            best = self.with_x32(low, high, Length::Dear, Some(&known));
        }
        self.weights = given;
        best
    }

    fn cost(&mut self, solved: &Solved) -> Cost {
        let node = self.graph.load(Word::Nr, solved.node);
        Cost::of(&self.graph, node, self.policy.target)
    }

    /// The numbers of a token, and where each leads; nothing is weighed yet.
    fn line(&mut self, token: u32) -> Vec<Run> {
        let policy = self.policy;
        let mut runs: Vec<Run> = Vec::new();
        for start in policy.boundaries(token) {
            let node = match policy.lookup(token, start) {
                Decision::Always(action) => self.graph.answer(action),
                Decision::ByRules(rules, width) => {
                    self.args
                        .decide(&mut self.graph, rules, policy.default, width)
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

    fn weighed(&self, token: u32, line: &[Run]) -> Vec<Run> {
        let mut runs = line.to_vec();
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

    /// What a call weighs where it leads to a node.
    fn weight(&self, node: NodeId, weight: u64) -> u64 {
        match self.graph.node(node) {
            Node::Return(Action::Allow) => 4 * weight,
            // Kernels since 5.11 do not ask again about a number that is always allowed.
            Node::Return(_) => 5 * self.weights.denied(weight),
            // The number is only the beginning, and the longest path goes all the way.
            _ => (4 + 3 * u64::from(self.graph.depth(node)).min(DEEPEST)) * weight,
        }
    }

    /// Solves a line of the target's own token without regard to what its parts have in common.
    fn alone(&mut self, line: &[Run]) -> Solved {
        let (low, high) = split_x32(line);
        match self.policy.target {
            Abi::X86_64 => self.with_x32(low, high, Length::Dear, None),
            Abi::X32 => self.with_x32(low, high, Length::Fair, Some(&Known::default())),
            _ => self.hottest_first(line.to_vec()),
        }
    }

    fn solve(&mut self, line: &[Run], length: Length, known: &Known) -> Solved {
        line::solve(&mut self.graph, line, u32::MAX, length, known)
    }

    /// Solves the numbers with the x32 bit on their own, so that they are one run of the whole;
    /// which is where hardly any call is, unless the target is x32 itself.
    fn with_x32(
        &mut self,
        low: &[Run],
        high: &[Run],
        length: Length,
        known: Option<&Known>,
    ) -> Solved {
        let plain = self.solve(high, length, &Known::default());
        let masked = known.and_then(|known| self.without_bit(high, length, known));
        let upper = masked
            .filter(|(_, cost)| *cost < plain.cost)
            .map_or(plain.node, |(node, _)| node);
        let weight = |runs: &[Run]| runs.iter().map(|run| run.weight).sum::<u64>();
        let weight = match length {
            Length::Fair => weight(high),
            // More than its calls are worth: behind it a tree begins anew, and its paths are the
            // longest.
            Length::Dear => weight(low) / 24,
        };
        let mut whole = low.to_vec();
        whole.push(Run {
            start: X32_BIT,
            node: upper,
            weight,
        });
        self.hottest_first(whole)
    }

    /// Solves the target's line; with measured weights, the hottest numbers are asked for before
    /// all others as long as that is cheaper. No tree of the solver begins with a JEQ.
    fn hottest_first(&mut self, mut line: Vec<Run>) -> Solved {
        let mut best = self.solve(&line, Length::Fair, &Known::default());
        let mut first: Vec<(u32, NodeId)> = Vec::new();
        let mut asked = 0;
        for (nr, weight) in self.weights.hottest(self.policy.target) {
            let at = line.partition_point(|run| run.start <= nr) - 1;
            let Run {
                node,
                weight: of_run,
                ..
            } = line[at];
            let total: u64 = line.iter().map(|run| run.weight).sum();
            asked += total + Length::Fair.price(total, line.len());
            line[at].weight -= self.weight(node, weight).min(of_run);
            let end = line.get(at + 1).map(|next| next.start);
            if at > 0 && line[at].start == nr && end == Some(nr + 1) {
                // Nobody arrives with the number any more, so it may be its neighbour's.
                line[at].node = line[at - 1].node;
            }
            let rest = self.solve(&line, Length::Fair, &Known::default());
            if asked + rest.cost >= best.cost {
                break;
            }
            first.push((nr, node));
            best = Solved {
                cost: asked + rest.cost,
                ..rest
            };
        }
        best.node = first.iter().rev().fold(best.node, |rest, &(nr, node)| {
            self.graph.test(Ask::Equal(nr), node, rest)
        });
        best
    }

    /// Decides numbers with the x32 bit by the number without it, as most are x86_64's.
    fn without_bit(
        &mut self,
        high: &[Run],
        length: Length,
        known: &Known,
    ) -> Option<(NodeId, u64)> {
        const MASK: u32 = 0x3ff;
        // The run that goes on where the mask ends takes all behind it along.
        let end = high.iter().rposition(|run| run.start <= X32_BIT + MASK)?;
        let (calls, rest) = high.split_at(end);
        let calls: Vec<Run> = calls
            .iter()
            .map(|run| Run {
                start: run.start - X32_BIT,
                ..*run
            })
            .collect();
        let rest_start = rest.first()?.start;
        if calls.is_empty() {
            return None;
        }
        let calls = line::solve(
            &mut self.graph,
            &calls,
            rest_start - X32_BIT - 1,
            length,
            known,
        );
        let rest = self.solve(rest, length, &Known::default());
        let masked = self.graph.and(MASK, calls.node);
        let node = self.graph.test(Ask::AtLeast(rest_start), rest.node, masked);
        // The test and the mask.
        let total: u64 = high.iter().map(|run| run.weight).sum();
        Some((
            node,
            calls.cost + rest.cost + 2 * (total + length.price(total, high.len())),
        ))
    }
}

/// The numbers without and with x32's bit.
fn split_x32(line: &[Run]) -> (&[Run], &[Run]) {
    line.split_at(line.partition_point(|run| run.start < X32_BIT))
}
