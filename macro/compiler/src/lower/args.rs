//! A rule list → the node that decides it from the arguments.
//!
//! A [`DecisionList`] is decided by one of its words at a time: the values of the word are cut where a
//! literal changes, each piece leads to a smaller list, and the line solver finds the piece.
//! Every open word is tried, and the one with the cheapest expectation is kept. Equal states are
//! solved once.
//!
//! The expectation of a high half is that it is 0: arguments are small or addresses.

use std::collections::HashMap;

use super::decision_list::DecisionList;
use super::literal::Literal;
use super::sequential::sequential;
use super::tree::partition::Run;
use super::tree::reuse::Subtrees;
use super::tree::{self, Prefer};
use crate::graph::{Graph, NodeId, Predicate};
use crate::linux::abi::Width;
use crate::linux::action::Action;
use crate::linux::data::Word;
use crate::options::Effort;
use crate::policy::Rule;

/// A node and the tests and loads it is expected to execute, in units of 1/[`UNIT`].
#[derive(Clone, Copy, Debug)]
struct Decided {
    node: NodeId,
    cost: u64,
}

const UNIT: u64 = 1 << 10;
/// How much likelier a high half is 0 than in any other piece.
const ZERO_HIGH: u64 = 64;

/// Decides rule lists, remembering every list.
pub(super) struct Args {
    effort: usize,
    /// By what A holds, if that is a word of the list.
    memo: HashMap<DecisionList, Vec<(Option<Word>, Decided)>>,
    work: usize,
    /// The work before the list in hand.
    start: usize,
    /// Whether some list was too hard for the search.
    pub(super) simplified: bool,
}

impl Args {
    pub(super) fn new(Effort(effort): Effort) -> Args {
        Args {
            effort,
            memo: HashMap::new(),
            work: 0,
            start: 0,
            simplified: false,
        }
    }

    /// Returns the node that decides a rule list; nothing is held in A.
    pub(super) fn decide(
        &mut self,
        graph: &mut Graph,
        rules: &[Rule],
        default: Action,
        width: Width,
    ) -> NodeId {
        let literals: usize = rules.iter().map(|rule| 1 << rule.conditions.len()).sum();
        self.start = self.work;
        if literals <= self.effort / 8 && self.work / 3 < self.effort {
            let list = DecisionList::new(rules, default, width);
            if let Some(decided) = self.list(graph, &list, None) {
                return decided.node;
            }
        }
        self.simplified = true;
        sequential(graph, rules, default, width)
    }

    /// Decides a list with one of its words, or nothing, in A; `None` if it is too much work.
    fn list(
        &mut self,
        graph: &mut Graph,
        list: &DecisionList,
        held: Option<Word>,
    ) -> Option<Decided> {
        if list.rules.is_empty() {
            return Some(Decided {
                node: graph.ret(list.last),
                cost: 0,
            });
        }
        let words = list.words();
        let held = held.filter(|word| words.contains(word));
        let solved = self.memo.get(list).into_iter().flatten();
        if let Some((_, decided)) = { solved }.find(|(word, _)| *word == held) {
            return Some(*decided);
        }
        self.work += list
            .rules
            .iter()
            .map(|rule| 1 + rule.literals.len())
            .sum::<usize>();
        if self.work - self.start > self.effort {
            return None;
        }
        let mut best: Option<Decided> = None;
        for &word in &words {
            let mut by_word = self.by_word(graph, list, word)?;
            if held != Some(word) {
                by_word.node = graph.load(word, by_word.node);
                by_word.cost += UNIT;
            }
            if best.is_none_or(|best| by_word.cost < best.cost) {
                best = Some(by_word);
            }
        }
        let best = best?;
        match self.memo.get_mut(list) {
            Some(solved) => solved.push((held, best)),
            None => {
                self.memo.insert(list.clone(), vec![(held, best)]);
            }
        }
        Some(best)
    }

    /// Decides a list by a word that is in A.
    fn by_word(&mut self, graph: &mut Graph, list: &DecisionList, word: Word) -> Option<Decided> {
        let literals = list.literals(word);
        let mut best: Option<Decided> = None;
        for &literal in &literals {
            let (mask, value) = match literal {
                Literal::Bits { mask, value } => (mask, value),
                Literal::AnyOf(mask) => (mask, 0),
                Literal::Within(..) | Literal::Not(_) => continue,
            };
            let decided = self.by_bits(graph, list, word, mask, value)?;
            if best.is_none_or(|best| decided.cost < best.cost) {
                best = Some(decided);
            }
        }
        match best {
            Some(best) => Some(best),
            None => self.by_pieces(graph, list, word, &literals),
        }
    }

    /// Branches on word & mask == value. A JSET leaves the word in A, an AND does not.
    fn by_bits(
        &mut self,
        graph: &mut Graph,
        list: &DecisionList,
        word: Word,
        mask: u32,
        value: u32,
    ) -> Option<Decided> {
        let (equal, different) = list.with_bits(word, mask, value);
        let held = (value == 0).then_some(word);
        let equal = self.list(graph, &equal, held)?;
        let different = self.list(graph, &different, held)?;
        let (node, tests) = if value == 0 {
            (
                graph.test(Predicate::AnyOf(mask), different.node, equal.node),
                1,
            )
        } else {
            let test = graph.test(Predicate::Equal(value), equal.node, different.node);
            (graph.and(mask, test), 2)
        };
        Some(Decided {
            node,
            cost: tests * UNIT + (equal.cost + different.cost) / 2,
        })
    }

    /// Cuts the values of a word where a literal changes.
    fn by_pieces(
        &mut self,
        graph: &mut Graph,
        list: &DecisionList,
        word: Word,
        literals: &[Literal],
    ) -> Option<Decided> {
        let mut starts = vec![0];
        for literal in literals {
            let (first, last) = match *literal {
                Literal::Within(first, last) => (first, last),
                Literal::Not(value) => (value, value),
                Literal::AnyOf(_) | Literal::Bits { .. } => continue,
            };
            starts.push(first);
            starts.extend(last.checked_add(1));
        }
        starts.sort_unstable();
        starts.dedup();
        let high = matches!(word, Word::ArgHigh(_));
        let mut runs = Vec::with_capacity(starts.len());
        let (mut below, mut total) = (0, 0);
        for start in starts {
            let decided = self.list(graph, &list.with_value(word, start), None)?;
            let weight = if high && start == 0 { ZERO_HIGH } else { 1 };
            runs.push(Run {
                start,
                node: decided.node,
                weight,
            });
            below += weight * decided.cost;
            total += weight;
        }
        let solved = tree::solve(
            graph,
            &runs,
            u32::MAX,
            Prefer::Balanced,
            &Subtrees::default(),
        );
        Some(Decided {
            node: solved.node,
            cost: (solved.executed * UNIT + below) / total,
        })
    }
}
