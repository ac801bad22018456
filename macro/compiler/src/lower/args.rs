//! Rule list of a call → the node that decides it from the arguments.
//!
//! This is a search by dynamic programming over [`DecisionList`]s. A list is decided by one of its
//! words at a time: the values of the word are cut where a literal changes its truth, each interval
//! leaves a smaller list, and the tree solver finds the interval of a value. Every word of the list
//! is tried, and the one with the lowest expected cost is kept. Equal lists are solved once, with a
//! memo table.
//!
//! The expected cost assumes that a high half is nearly always 0, because arguments are mostly small
//! numbers.

use std::collections::HashMap;

use super::decision_list::DecisionList;
use super::literal::{Literal, dnf};
use super::sequential::sequential;
use super::tree::partition::Interval;
use super::tree::reuse::Subtrees;
use super::tree::{self, Prefer};
use crate::graph::{Graph, NodeId, Predicate};
use crate::linux::action::Action;
use crate::linux::data::Word;
use crate::options::Effort;
use crate::policy::Rule;
use crate::sorted;

/// A node that decides a list, and the expected number of its tests and loads, in units of
/// 1/[`UNIT`].
#[derive(Clone, Copy, Debug)]
struct Solution {
    node: NodeId,
    cost: u64,
}

const UNIT: u64 = 1 << 10;
/// The weight of the value 0 of a high half; every other interval has weight 1.
const ZERO_HIGH_WEIGHT: u64 = 64;

/// Decides rule lists, with one memo table for all of them.
pub(super) struct Args {
    effort: usize,
    /// For each list, its solution for each word that A can contain on entry. `None` stands for
    /// any word that the list does not test.
    memo: HashMap<DecisionList, Vec<(Option<Word>, Solution)>>,
    /// The literals that were looked at, in all rule lists so far.
    work: usize,
    /// The value of `work` when the current rule list began.
    work_before: usize,
    /// Whether some rule list needed more work than the effort allows.
    pub(super) simplified: bool,
}

impl Args {
    pub(super) fn new(Effort(effort): Effort) -> Args {
        Args {
            effort,
            memo: HashMap::new(),
            work: 0,
            work_before: 0,
            simplified: false,
        }
    }

    /// Returns the node that decides a rule list; it does not use A before it loads a word.
    pub(super) fn decide(&mut self, graph: &mut Graph, rules: &[Rule], default: Action) -> NodeId {
        let terms = |rule: &Rule| {
            let terms = { rule.conditions.iter() }.map(|condition| dnf(*condition).len());
            terms.fold(1, usize::saturating_mul)
        };
        let terms = rules.iter().map(terms).fold(0, usize::saturating_add);
        self.work_before = self.work;
        if terms <= self.effort / 8 && self.work / 3 < self.effort {
            let list = DecisionList::new(rules, default);
            if let Some(solution) = self.list(graph, &list, None) {
                return solution.node;
            }
        }
        self.simplified = true;
        sequential(graph, rules, default)
    }

    /// Solves a list, with `in_a` in A if that is a word. Returns `None` if it is too much work.
    fn list(
        &mut self,
        graph: &mut Graph,
        list: &DecisionList,
        in_a: Option<Word>,
    ) -> Option<Solution> {
        if list.rules.is_empty() {
            return Some(Solution {
                node: graph.ret(list.default),
                cost: 0,
            });
        }
        let words = list.words();
        let in_a = in_a.filter(|word| words.contains(word));
        let solved = self.memo.get(list).map_or(&[][..], Vec::as_slice);
        if let Some((_, solution)) = solved.iter().find(|(word, _)| *word == in_a) {
            return Some(*solution);
        }
        self.work += list
            .rules
            .iter()
            .map(|rule| 1 + rule.literals.len())
            .sum::<usize>();
        if self.work - self.work_before > self.effort {
            return None;
        }
        let mut best: Option<Solution> = None;
        for &word in &words {
            let mut by_word = self.by_word(graph, list, word)?;
            if in_a != Some(word) {
                by_word.node = graph.load(word, by_word.node);
                by_word.cost += UNIT;
            }
            if best.is_none_or(|best| by_word.cost < best.cost) {
                best = Some(by_word);
            }
        }
        let best = best?;
        match self.memo.get_mut(list) {
            Some(solved) => solved.push((in_a, best)),
            None => {
                self.memo.insert(list.clone(), vec![(in_a, best)]);
            }
        }
        Some(best)
    }

    /// Solves a list by testing a word first, which is in A.
    fn by_word(&mut self, graph: &mut Graph, list: &DecisionList, word: Word) -> Option<Solution> {
        let literals = list.literals(word);
        let mut best: Option<Solution> = None;
        for &literal in &literals {
            let (mask, value) = match literal {
                Literal::Bits { mask, value } => (mask, value),
                Literal::AnyOf(mask) => (mask, 0),
                Literal::Within(..) | Literal::Not(_) => continue,
            };
            let solution = self.by_bits(graph, list, word, mask, value)?;
            if best.is_none_or(|best| solution.cost < best.cost) {
                best = Some(solution);
            }
        }
        match best {
            Some(best) => Some(best),
            None => self.by_intervals(graph, list, word, &literals),
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
    ) -> Option<Solution> {
        let (equal, different) = list.with_bits(word, mask, value);
        let in_a = (value == 0).then_some(word);
        let equal = self.list(graph, &equal, in_a)?;
        let different = self.list(graph, &different, in_a)?;
        let (node, tests) = if value == 0 {
            let any = Predicate::AnyOf(mask);
            (graph.test(any, different.node, equal.node), 1)
        } else {
            let test = graph.test(Predicate::Equal(value), equal.node, different.node);
            (graph.and(mask, test), 2)
        };
        Some(Solution {
            node,
            cost: tests * UNIT + (equal.cost + different.cost) / 2,
        })
    }

    /// Cuts the values of a word where the truth of a literal changes, and branches to the interval.
    fn by_intervals(
        &mut self,
        graph: &mut Graph,
        list: &DecisionList,
        word: Word,
        literals: &[Literal],
    ) -> Option<Solution> {
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
        sorted::sort_unique(&mut starts);
        let high = matches!(word, Word::ArgHigh(_));
        let mut intervals = Vec::with_capacity(starts.len());
        // The cost after the tree, Σ weight × cost, and the sum of the weights.
        let (mut after, mut total) = (0, 0);
        for start in starts {
            let solution = self.list(graph, &list.with_value(word, start), None)?;
            let weight = if high && start == 0 {
                ZERO_HIGH_WEIGHT
            } else {
                1
            };
            intervals.push(Interval {
                start,
                node: solution.node,
                weight,
            });
            after += weight * solution.cost;
            total += weight;
        }
        let tree = tree::solve(
            graph,
            &intervals,
            u32::MAX,
            Prefer::Balanced,
            &Subtrees::default(),
        );
        Some(Solution {
            node: tree.node,
            cost: (tree.executed * UNIT + after) / total,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::abi::Width;
    use crate::policy::{Condition, Test};

    /// This order of 16 bits has eight terms, one for each bit of its number, so that six of them have
    /// 262,144.
    #[test]
    fn all_terms_of_a_rule_count() {
        let condition = |arg| Condition {
            arg,
            test: Test::Lt(0x5555),
            width: Width::W16,
        };
        let rule = Rule {
            conditions: (0..6).map(condition).collect(),
            action: Action::Allow,
            exact: true,
        };
        let mut args = Args::new(Effort::default());
        args.decide(&mut Graph::default(), &[rule], Action::KillProcess);
        assert!(args.simplified);
    }
}
