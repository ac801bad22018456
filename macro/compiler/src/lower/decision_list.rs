//! Rule list → decision list over 32-bit words, in a normal form.
//!
//! A [`DecisionList`] is what is left of a rule list when something is known about the words of a
//! call. Its rules are *residuals*: rules without the literals that are known to be true. The normal
//! form removes every rule that cannot change the answer, so that lists that decide the same calls
//! in the same way are mostly equal. The normal form is not canonical: two equivalent lists can
//! differ. The program is then longer, but still correct.
//!
//! A rule is *exact* if a filter can evaluate all its conditions ([`Rule::exact`]). A rule that is
//! not exact has more conditions, on arguments in user memory that a filter cannot read (`format`,
//! *Multiplexed calls*). If its other conditions hold, the answer is the stricter of its action and
//! the answer of the rest of the list.

use super::literal::{Literal, Truth, dnf};
use crate::linux::action::Action;
use crate::linux::data::Word;
use crate::policy::Rule;
use crate::sorted;

/// A rule that matches if all its literals hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Residual {
    /// Sorted; at most one for each word.
    pub(super) literals: Vec<(Word, Literal)>,
    pub(super) action: Action,
    /// See [`Rule::exact`].
    pub(super) exact: bool,
}

impl Residual {
    /// Returns whether this rule has all literals of `other`, so that `other` matches every call that
    /// this rule matches. The test is sufficient, but not necessary.
    fn implies(&self, other: &Residual) -> bool {
        other
            .literals
            .iter()
            .all(|literal| self.literals.contains(literal))
    }
}

/// The rules in their order, and the answer if none matches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct DecisionList {
    pub(super) rules: Vec<Residual>,
    pub(super) default: Action,
}

impl DecisionList {
    /// Returns the list for calls about which nothing is known.
    pub(super) fn new(rules: &[Rule], default: Action) -> DecisionList {
        DecisionList {
            rules: residuals(rules),
            default,
        }
        .normalized()
    }

    /// Returns the list for calls in which a word has this value, or any value for which the same
    /// literals hold.
    pub(super) fn with_value(&self, word: Word, value: u32) -> DecisionList {
        self.assume(word, |literal| {
            if literal.holds(value) {
                Truth::True
            } else {
                Truth::False
            }
        })
    }

    /// Returns the list for calls in which word & mask == value, and the list for all others.
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

    /// Returns the list in which the literals on a word have this truth.
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
            default: self.default,
        }
        .normalized()
    }

    /// Returns the words that the literals test, sorted.
    pub(super) fn words(&self) -> Vec<Word> {
        let mut words = Vec::new();
        for rule in &self.rules {
            words.extend(rule.literals.iter().map(|(word, _)| *word));
        }
        sorted::sort_unique(&mut words);
        words
    }

    /// Returns the literals on a word, sorted and without duplicates.
    pub(super) fn literals(&self, word: Word) -> Vec<Literal> {
        let mut literals = Vec::new();
        for rule in &self.rules {
            for (of, literal) in &rule.literals {
                if *of == word {
                    literals.push(*literal);
                }
            }
        }
        sorted::sort_unique(&mut literals);
        literals
    }

    fn normalized(mut self) -> DecisionList {
        self.fold_unconditional();
        self.drop_shadowed();
        self.drop_redundant_tail();
        self.sort_disjunctions();
        self
    }

    /// Removes rules without literals. An exact one becomes the default; one that is not exact
    /// makes all later answers stricter.
    fn fold_unconditional(&mut self) {
        let mut kept: Vec<Residual> = Vec::with_capacity(self.rules.len());
        // The strictest action of the removed rules that are not exact.
        let mut strictest: Option<Action> = None;
        let limited = |strictest: Option<Action>, action: Action| {
            strictest.map_or(action, |strictest: Action| strictest.stricter(action))
        };
        for mut rule in std::mem::take(&mut self.rules) {
            rule.action = limited(strictest, rule.action);
            if !rule.literals.is_empty() {
                kept.push(rule);
            } else if rule.exact {
                self.default = rule.action;
                strictest = None;
                break;
            } else {
                strictest = Some(rule.action);
            }
        }
        self.default = limited(strictest, self.default);
        self.rules = kept;
    }

    /// Removes a rule if an earlier exact rule matches all its calls.
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

    /// Removes the last rules while they answer the same as the default.
    fn drop_redundant_tail(&mut self) {
        while let Some(rule) = self.rules.last_mut() {
            if !rule.exact {
                // Only the default follows, so the answer of the rule is known.
                rule.action = rule.action.stricter(self.default);
                rule.exact = true;
            }
            if rule.action != self.default {
                break;
            }
            self.rules.pop();
        }
    }

    /// Sorts neighbouring exact rules with the same action. They form a disjunction, so their order
    /// has no meaning.
    fn sort_disjunctions(&mut self) {
        let same = |a: &Residual, b: &Residual| a.exact && b.exact && a.action == b.action;
        let mut sorted: Vec<Residual> = Vec::with_capacity(self.rules.len());
        for disjunction in self.rules.chunk_by_mut(same) {
            join_any_of(disjunction);
            sorted::sort(disjunction);
            for (i, rule) in disjunction.iter().enumerate() {
                let wider = |other: &Residual| rule.implies(other) && !other.implies(rule);
                let duplicate = disjunction[..i].contains(rule);
                if !duplicate && !disjunction.iter().any(wider) {
                    sorted.push(rule.clone());
                }
            }
        }
        self.rules = sorted;
    }
}

/// Joins word & m != 0 ∨ word & n != 0 to word & (m | n) != 0.
fn join_any_of(disjunction: &mut [Residual]) {
    for i in 1..disjunction.len() {
        let [(word, Literal::AnyOf(mask))] = disjunction[i].literals[..] else {
            continue;
        };
        let earlier = disjunction[..i]
            .iter_mut()
            .find_map(|rule| match &mut rule.literals[..] {
                [(of, Literal::AnyOf(mask))] if *of == word => Some(mask),
                _ => None,
            });
        if let Some(joined) = earlier {
            *joined |= mask;
            let joined = *joined;
            // Now a duplicate of the earlier rule, which `sort_disjunctions` removes.
            disjunction[i].literals = vec![(word, Literal::AnyOf(joined))];
        }
    }
}

/// Returns the rules over words: one for each term of the disjunctive normal form of a rule.
fn residuals(rules: &[Rule]) -> Vec<Residual> {
    let mut residuals = Vec::new();
    for rule in rules {
        let mut product: Vec<Vec<(Word, Literal)>> = vec![Vec::new()];
        for condition in &rule.conditions {
            let terms = dnf(*condition);
            let mut extended = Vec::with_capacity(product.len() * terms.len());
            for literals in &product {
                for term in &terms {
                    extended.push([&literals[..], term].concat());
                }
            }
            product = extended;
        }
        for mut literals in product {
            sorted::sort(&mut literals);
            residuals.push(Residual {
                literals,
                action: rule.action,
                exact: rule.exact,
            });
        }
    }
    residuals
}
