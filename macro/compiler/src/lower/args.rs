//! A rule list → the node that decides it from the arguments.
//!
//! A [`State`] is decided by one of its words at a time: the values of the word are cut where a
//! literal changes, each piece leads to a smaller state, and the line solver finds the piece.
//! Every open word is tried, and the one with the cheapest expectation is kept. Equal states are
//! solved once.
//!
//! The expectation of a high half is that it is 0: arguments are small or addresses.

use std::collections::HashMap;

use super::known::Known;
use super::line::{self, Length, Run};
use super::literal::{Literal, ways};
use super::state::State;
use crate::abi::Width;
use crate::bpf::Word;
use crate::graph::{Ask, Graph, NodeId};
use crate::policy::{Action, Rule};

/// A node and the tests and loads it is expected to execute, in units of 1/[`UNIT`].
#[derive(Clone, Copy, Debug)]
struct Decided {
    node: NodeId,
    cost: u64,
}

const UNIT: u64 = 1 << 10;
/// How much likelier a high half is 0 than in any other piece.
const ZERO_HIGH: u64 = 64;

/// The work within which every word of a list is tried, in literals looked at. The rules of a list
/// that is too hard are tested one by one. All lists of a policy together get three times as much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort(pub usize);

impl Default for Effort {
    /// Ten times what lists of real profiles need.
    fn default() -> Effort {
        Effort(20_000)
    }
}

/// Decides rule lists, remembering every state.
pub(super) struct Args {
    effort: usize,
    /// By what A holds, if that is a word of the state.
    known: HashMap<State, Vec<(Option<Word>, Decided)>>,
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
            known: HashMap::new(),
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
            let state = State::new(rules, default, width);
            if let Some(decided) = self.state(graph, &state, None) {
                return decided.node;
            }
        }
        self.simplified = true;
        in_order(graph, rules, default, width)
    }

    /// Decides a state with one of its words, or nothing, in A; `None` if it is too much work.
    fn state(&mut self, graph: &mut Graph, state: &State, held: Option<Word>) -> Option<Decided> {
        if state.rules.is_empty() {
            return Some(Decided {
                node: graph.answer(state.last),
                cost: 0,
            });
        }
        let words = state.words();
        let held = held.filter(|word| words.contains(word));
        let known = self.known.get(state).into_iter().flatten();
        if let Some((_, decided)) = { known }.find(|(word, _)| *word == held) {
            return Some(*decided);
        }
        self.work += state
            .rules
            .iter()
            .map(|rule| 1 + rule.literals.len())
            .sum::<usize>();
        if self.work - self.start > self.effort {
            return None;
        }
        let mut best: Option<Decided> = None;
        for &word in &words {
            let mut by_word = self.by_word(graph, state, word)?;
            if held != Some(word) {
                by_word.node = graph.load(word, by_word.node);
                by_word.cost += UNIT;
            }
            if best.is_none_or(|best| by_word.cost < best.cost) {
                best = Some(by_word);
            }
        }
        let best = best?;
        match self.known.get_mut(state) {
            Some(known) => known.push((held, best)),
            None => {
                self.known.insert(state.clone(), vec![(held, best)]);
            }
        }
        Some(best)
    }

    /// Decides a state by a word that is in A.
    fn by_word(&mut self, graph: &mut Graph, state: &State, word: Word) -> Option<Decided> {
        let literals = state.literals(word);
        let mut best: Option<Decided> = None;
        for &literal in &literals {
            let (mask, value) = match literal {
                Literal::Bits { mask, value } => (mask, value),
                Literal::AnyOf(mask) => (mask, 0),
                Literal::Within(..) | Literal::Not(_) => continue,
            };
            let decided = self.by_bits(graph, state, word, mask, value)?;
            if best.is_none_or(|best| decided.cost < best.cost) {
                best = Some(decided);
            }
        }
        match best {
            Some(best) => Some(best),
            None => self.by_pieces(graph, state, word, &literals),
        }
    }

    /// Branches on word & mask == value. A JSET leaves the word in A, an AND does not.
    fn by_bits(
        &mut self,
        graph: &mut Graph,
        state: &State,
        word: Word,
        mask: u32,
        value: u32,
    ) -> Option<Decided> {
        let (equal, different) = state.with_bits(word, mask, value);
        let held = (value == 0).then_some(word);
        let equal = self.state(graph, &equal, held)?;
        let different = self.state(graph, &different, held)?;
        let (node, tests) = if value == 0 {
            (graph.test(Ask::AnyOf(mask), different.node, equal.node), 1)
        } else {
            let test = graph.test(Ask::Equal(value), equal.node, different.node);
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
        state: &State,
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
            let decided = self.state(graph, &state.with_value(word, start), None)?;
            let weight = if high && start == 0 { ZERO_HIGH } else { 1 };
            runs.push(Run {
                start,
                node: decided.node,
                weight,
            });
            below += weight * decided.cost;
            total += weight;
        }
        let solved = line::solve(graph, &runs, u32::MAX, Length::Fair, &Known::default());
        Some(Decided {
            node: solved.node,
            cost: (solved.executed * UNIT + below) / total,
        })
    }
}

/// Tests rule after rule, condition after condition: long, but no longer than the rules, and
/// proved without a search.
fn in_order(graph: &mut Graph, rules: &[Rule], default: Action, width: Width) -> NodeId {
    // What the rest of the list gives, by the strictest rule so far that could not be evaluated;
    // that is always one of these.
    let mut floors = vec![None];
    floors.extend(
        rules
            .iter()
            .filter(|rule| !rule.exact)
            .map(|rule| Some(rule.action)),
    );
    floors.sort_unstable();
    floors.dedup();
    let under = |floor: Option<Action>, action: Action| {
        floor.map_or(action, |floor: Action| floor.stricter(action))
    };
    let mut rest: HashMap<Option<Action>, NodeId> = HashMap::new();
    for &floor in &floors {
        rest.insert(floor, graph.answer(under(floor, default)));
    }
    for rule in rules.iter().rev() {
        let mut before = HashMap::with_capacity(rest.len());
        for &floor in &floors {
            let matched = if rule.exact {
                graph.answer(under(floor, rule.action))
            } else {
                rest[&Some(under(floor, rule.action))]
            };
            let node = rule
                .conditions
                .iter()
                .rev()
                .fold(matched, |yes, condition| {
                    let ways = ways(condition.arg, condition.test, width);
                    ways.iter().rev().fold(rest[&floor], |otherwise, way| {
                        way.iter().rev().fold(yes, |yes, &(word, literal)| {
                            ask(graph, word, literal, yes, otherwise)
                        })
                    })
                });
            before.insert(floor, node);
        }
        rest = before;
    }
    rest[&None]
}

/// The node that tests one literal, whatever A holds.
fn ask(graph: &mut Graph, word: Word, literal: Literal, yes: NodeId, no: NodeId) -> NodeId {
    let test = match literal {
        Literal::Within(first, last) if first == last => graph.test(Ask::Equal(first), yes, no),
        Literal::Within(first, last) => {
            let inside = match last.checked_add(1) {
                Some(behind) => graph.test(Ask::AtLeast(behind), no, yes),
                None => yes,
            };
            if first == 0 {
                inside
            } else {
                graph.test(Ask::AtLeast(first), inside, no)
            }
        }
        Literal::Not(value) => graph.test(Ask::Equal(value), no, yes),
        Literal::AnyOf(mask) => graph.test(Ask::AnyOf(mask), yes, no),
        Literal::Bits { mask, value: 0 } => graph.test(Ask::AnyOf(mask), no, yes),
        Literal::Bits { mask, value } => {
            let test = graph.test(Ask::Equal(value), yes, no);
            graph.and(mask, test)
        }
    };
    graph.load(word, test)
}
