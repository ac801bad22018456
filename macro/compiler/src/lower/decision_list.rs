//! Rule lists over 32-bit words: what is still to be decided of a call's arguments.
//!
//! A [`DecisionList`] is the list with an answer at its end, in a normal form: what is known is gone, so
//! that states that decide the same are mostly equal.

use super::literal::{Literal, Truth, dnf};
use crate::linux::action::Action;
use crate::linux::data::Word;
use crate::policy::Rule;

/// A rule whose literals are not decided yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Residual {
    /// Sorted; one a word.
    pub(super) literals: Vec<(Word, Literal)>,
    pub(super) action: Action,
    /// See [`Rule::exact`].
    pub(super) exact: bool,
}

impl Residual {
    /// Whether every call that this rule matches is matched by `other`.
    fn implies(&self, other: &Residual) -> bool {
        other
            .literals
            .iter()
            .all(|literal| self.literals.contains(literal))
    }
}

/// A rule list and the answer where no rule matches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct DecisionList {
    pub(super) rules: Vec<Residual>,
    pub(super) last: Action,
}

impl DecisionList {
    /// Returns the state of a rule list before anything is known.
    pub(super) fn new(rules: &[Rule], default: Action) -> DecisionList {
        DecisionList {
            rules: residuals(rules),
            last: default,
        }
        .normal()
    }

    /// Returns the state where a word is known to have a value, or one that no literal of the
    /// state tells from it.
    pub(super) fn with_value(&self, word: Word, value: u32) -> DecisionList {
        self.assume(word, |literal| {
            if literal.holds(value) {
                Truth::True
            } else {
                Truth::False
            }
        })
    }

    /// Returns the states where word & mask == value holds, and where it does not.
    pub(super) fn with_bits(
        &self,
        word: Word,
        mask: u32,
        value: u32,
    ) -> (DecisionList, DecisionList) {
        (
            self.assume(word, |literal| literal.where_equal(mask, value)),
            self.assume(word, |literal| literal.where_different(mask, value)),
        )
    }

    fn assume(&self, word: Word, truth: impl Fn(Literal) -> Truth) -> DecisionList {
        let mut rules = Vec::with_capacity(self.rules.len());
        'rules: for rule in &self.rules {
            let mut literals = Vec::with_capacity(rule.literals.len());
            for &(of, literal) in &rule.literals {
                match if of == word {
                    truth(literal)
                } else {
                    Truth::Open(literal)
                } {
                    Truth::True => {}
                    Truth::False => continue 'rules,
                    Truth::Open(literal) => literals.push((of, literal)),
                }
            }
            rules.push(Residual { literals, ..*rule });
        }
        DecisionList {
            rules,
            last: self.last,
        }
        .normal()
    }

    /// Returns the words that literals speak of, sorted.
    pub(super) fn words(&self) -> Vec<Word> {
        let literals = self.rules.iter().flat_map(|rule| &rule.literals);
        let mut words: Vec<Word> = literals.map(|(word, _)| *word).collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    /// Returns the literals on a word, sorted, each once.
    pub(super) fn literals(&self, word: Word) -> Vec<Literal> {
        let all = self.rules.iter().flat_map(|rule| &rule.literals);
        let mut literals: Vec<Literal> = all
            .filter(|(of, _)| *of == word)
            .map(|(_, literal)| *literal)
            .collect();
        literals.sort_unstable();
        literals.dedup();
        literals
    }

    fn normal(mut self) -> DecisionList {
        self.fold_known();
        self.drop_shadowed();
        self.drop_trailing();
        self.sort_unions();
        self
    }

    /// An unconditional rule ends the list; one that cannot be evaluated makes the rest stricter.
    fn fold_known(&mut self) {
        let mut kept: Vec<Residual> = Vec::with_capacity(self.rules.len());
        let mut floor: Option<Action> = None;
        let under = |floor: Option<Action>, action: Action| {
            floor.map_or(action, |floor: Action| floor.stricter(action))
        };
        for mut rule in std::mem::take(&mut self.rules) {
            rule.action = under(floor, rule.action);
            if !rule.literals.is_empty() {
                kept.push(rule);
            } else if rule.exact {
                self.last = rule.action;
                floor = None;
                break;
            } else {
                floor = Some(rule.action);
            }
        }
        self.last = under(floor, self.last);
        self.rules = kept;
    }

    /// A rule behind one that matches whenever it does is never reached.
    fn drop_shadowed(&mut self) {
        let mut kept: Vec<Residual> = Vec::with_capacity(self.rules.len());
        for rule in std::mem::take(&mut self.rules) {
            if !kept
                .iter()
                .any(|earlier| earlier.exact && rule.implies(earlier))
            {
                kept.push(rule);
            }
        }
        self.rules = kept;
    }

    /// Rules at the end that say what the end says.
    fn drop_trailing(&mut self) {
        while let Some(rule) = self.rules.last_mut() {
            if !rule.exact {
                // Only the end is left to be stricter than.
                rule.action = rule.action.stricter(self.last);
                rule.exact = true;
            }
            if rule.action != self.last {
                break;
            }
            self.rules.pop();
        }
    }

    /// The order of neighbours with one action means nothing.
    fn sort_unions(&mut self) {
        let alike = |a: &Residual, b: &Residual| a.exact && b.exact && a.action == b.action;
        let mut sorted: Vec<Residual> = Vec::with_capacity(self.rules.len());
        for union in self.rules.chunk_by_mut(alike) {
            join_bits(union);
            union.sort_unstable();
            for (i, rule) in union.iter().enumerate() {
                let wider = |other: &Residual| rule.implies(other) && !other.implies(rule);
                let again = union[..i].contains(rule);
                if !again && !union.iter().any(wider) {
                    sorted.push(rule.clone());
                }
            }
        }
        self.rules = sorted;
    }
}

/// Any of some bits, or any of others, is any of all of them.
fn join_bits(union: &mut [Residual]) {
    for i in 1..union.len() {
        let [(word, Literal::AnyOf(mask))] = union[i].literals[..] else {
            continue;
        };
        let same = union[..i]
            .iter_mut()
            .find_map(|rule| match &mut rule.literals[..] {
                [(of, Literal::AnyOf(mask))] if *of == word => Some(mask),
                _ => None,
            });
        if let Some(joined) = same {
            *joined |= mask;
            let joined = *joined;
            // Now equal to the other, and so dropped as its double.
            union[i].literals = vec![(word, Literal::AnyOf(joined))];
        }
    }
}

/// The rules over words: one for each way in which all conditions of a rule can hold.
fn residuals(rules: &[Rule]) -> Vec<Residual> {
    let mut residuals = Vec::new();
    for rule in rules {
        let mut alternatives: Vec<Vec<(Word, Literal)>> = vec![Vec::new()];
        for condition in &rule.conditions {
            let terms = dnf(*condition);
            let mut extended = Vec::with_capacity(alternatives.len() * terms.len());
            for alternative in &alternatives {
                for term in &terms {
                    extended.push(alternative.iter().chain(term).copied().collect());
                }
            }
            alternatives = extended;
        }
        for mut literals in alternatives {
            literals.sort_unstable();
            residuals.push(Residual {
                literals,
                action: rule.action,
                exact: rule.exact,
            });
        }
    }
    residuals
}
