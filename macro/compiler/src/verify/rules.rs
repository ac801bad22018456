//! Rule list × calls → the *restricted* rule list: what is left of it for these calls.
//!
//! Restriction removes every rule and condition whose truth is known for all of the calls. For these
//! calls, the restricted list gives the same answers as the original.
//!
//! A rule is *exact* if a filter can evaluate all its conditions. If the conditions of any other rule
//! hold, the answer is the stricter of its action and the answer of the rest of the list (see
//! [`policy::Rule::exact`]).

use std::cmp::Ordering;
use std::rc::Rc;

use super::answer::stricter;
use super::budget::Budget;
use super::calls::{Calls, Words};
use super::mismatch::Mismatch;
use super::values::{Comparison, Relation};
use crate::linux::abi::Width;
use crate::linux::action::Action;
use crate::linux::data::Word;
use crate::policy::{self, Decision, Test};

/// A rule list: the first rule that matches, or else the default, as in
/// [`Policy::decide`](policy::Policy::decide).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub list: Rc<[Rule]>,
    pub default: Action,
}

/// A rule. It matches if all conditions hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub conditions: Vec<Condition>,
    pub action: Action,
    pub exact: bool,
}

/// The condition `arg & mask` *relation* `value`. The mask also has no bit above the width of the
/// argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    arg: u8,
    mask: u64,
    relation: Relation,
    value: u64,
}

impl Rules {
    /// Returns the rules of a decision.
    pub(super) fn new(decision: Decision<'_>, default: Action) -> Rules {
        let (list, default) = match decision {
            Decision::Always(action) => (Vec::new(), action),
            Decision::ByRules(rules) => (rules.iter().map(Rule::new).collect(), default),
        };
        Rules {
            list: list.into(),
            default,
        }
    }

    /// Returns the restriction to these calls. A rule that matches none of them is removed, and so is
    /// a condition that holds for all. An exact rule that matches all of them ends the list. The
    /// last rules are removed while their action is the default.
    pub(super) fn restricted(&self, calls: &Calls, budget: &Budget) -> Result<Rules, Mismatch> {
        let mut list = Vec::new();
        let mut default = self.default;
        for rule in &*self.list {
            let Some(rule) = rule.restricted(calls, budget)? else {
                continue;
            };
            if rule.exact && rule.conditions.is_empty() {
                default = rule.action;
                break;
            }
            list.push(rule);
        }
        while list.last().is_some_and(|rule| rule.action == default) {
            list.pop();
        }
        Ok(Rules {
            list: list.into(),
            default,
        })
    }

    /// Returns the answer of rules that have no conditions left.
    pub(super) fn unconditional_answer(&self) -> Action {
        let rules = self.list.iter().rev().map(|rule| rule.action);
        rules.fold(self.default, |rest, action| stricter(action, rest))
    }

    /// Returns how much memory the rules need, in sets of values.
    pub(super) fn size(&self) -> usize {
        self.list.iter().map(Rule::size).sum()
    }

    /// Returns the words on which the answer depends.
    pub(super) fn words(&self) -> Words {
        let mut words = Words::default();
        for condition in self.list.iter().flat_map(|rule| &rule.conditions) {
            for comparison in &[condition.high(), condition.low()] {
                if comparison.mask != 0 {
                    words = words.with(comparison.word);
                }
            }
        }
        words
    }
}

impl Rule {
    fn new(rule: &policy::Rule) -> Rule {
        Rule {
            conditions: rule.conditions.iter().map(Condition::new).collect(),
            action: rule.action,
            exact: rule.exact,
        }
    }

    /// Returns how much memory the rule needs, in sets of values.
    pub(super) fn size(&self) -> usize {
        2 + 2 * self.conditions.len()
    }

    /// Returns both words of every argument that the conditions read.
    pub(super) fn arguments(&self) -> Words {
        let mut words = Words::default();
        for condition in &self.conditions {
            words = words.with(condition.high().word).with(condition.low().word);
        }
        words
    }

    /// Returns the restriction to these calls, or `None` if the rule matches none of them.
    pub(super) fn restricted(
        &self,
        calls: &Calls,
        budget: &Budget,
    ) -> Result<Option<Rule>, Mismatch> {
        let mut conditions = Vec::new();
        for condition in &self.conditions {
            match condition.restricted(calls, budget)? {
                Restricted::Never => return Ok(None),
                Restricted::Always => {}
                Restricted::Sometimes(condition) => conditions.push(condition),
            }
        }
        Ok(Some(Rule {
            conditions,
            ..*self
        }))
    }
}

/// What is left of a condition for a set of calls.
enum Restricted {
    /// It holds for none of them.
    Never,
    /// It holds for all of them.
    Always,
    /// It holds for those for which this condition holds.
    Sometimes(Condition),
}

impl Condition {
    fn new(condition: &policy::Condition) -> Condition {
        let (mask, relation, value) = match condition.test {
            Test::Ne(value) => (u64::MAX, Relation::Ne, value),
            Test::Lt(value) => (u64::MAX, Relation::Lt, value),
            Test::Le(value) => (u64::MAX, Relation::Le, value),
            Test::Eq(value) => (u64::MAX, Relation::Eq, value),
            Test::Ge(value) => (u64::MAX, Relation::Ge, value),
            Test::Gt(value) => (u64::MAX, Relation::Gt, value),
            Test::Masked { mask, value } => (mask, Relation::Eq, value),
        };
        let width = match condition.width {
            Width::W16 => u64::from(u16::MAX),
            Width::W32 => u64::from(u32::MAX),
            Width::W64 => u64::MAX,
        };
        Condition {
            arg: condition.arg,
            mask: mask & width,
            relation,
            value,
        }
    }

    /// Returns the comparison of the high half. It decides unless the high halves are equal.
    pub(super) const fn high(&self) -> Comparison {
        Comparison {
            word: Word::ArgHigh(self.arg),
            mask: (self.mask >> 32) as u32,
            relation: self.relation,
            value: (self.value >> 32) as u32,
        }
    }

    /// Returns the comparison of the low half. It decides if the high halves are equal.
    pub(super) const fn low(&self) -> Comparison {
        Comparison {
            word: Word::ArgLow(self.arg),
            mask: self.mask as u32,
            relation: self.relation,
            value: self.value as u32,
        }
    }

    /// Returns the restriction to these calls. A half on which the truth does not depend is masked
    /// out.
    fn restricted(&self, calls: &Calls, budget: &Budget) -> Result<Restricted, Mismatch> {
        const LOW: u64 = u32::MAX as u64;
        let high = |relation| Comparison {
            relation,
            ..self.high()
        };
        let (equal, unequal) = calls.outcomes(high(Relation::Eq), budget)?;
        let (mut yes, mut no) = (false, false);
        if unequal {
            let (less, _) = calls.outcomes(high(Relation::Lt), budget)?;
            let (greater, _) = calls.outcomes(high(Relation::Gt), budget)?;
            for &(possible, ordering) in &[(less, Ordering::Less), (greater, Ordering::Greater)] {
                yes |= possible && self.relation.has(ordering);
                no |= possible && !self.relation.has(ordering);
            }
        }
        let mut left = *self;
        if !equal {
            left = left.masked(!LOW);
        } else {
            let low = calls.outcomes(self.low(), budget)?;
            if !unequal {
                left = left.masked(LOW);
            } else if low != (true, true) {
                left = left.masked(!LOW);
                left.relation = self.relation.with_equal(low.0);
            }
            yes |= low.0;
            no |= low.1;
        }
        Ok(match (yes, no) {
            (true, true) => Restricted::Sometimes(left),
            (true, false) => Restricted::Always,
            (false, _) => Restricted::Never,
        })
    }

    /// Returns the condition on some bits of the argument only.
    const fn masked(self, mask: u64) -> Condition {
        Condition {
            mask: self.mask & mask,
            value: self.value & mask,
            ..self
        }
    }

    /// Returns a comparison by which calls can be split, if the condition holds for some of them but
    /// not for all. For each part, less of the condition is left.
    pub(super) fn comparison(&self) -> Comparison {
        let trivial = |half: Comparison| half.mask | half.value == 0;
        let (high, low) = (self.high(), self.low());
        if trivial(high) {
            low
        } else if trivial(low) {
            high
        } else {
            Comparison {
                relation: Relation::Eq,
                ..high
            }
        }
    }
}
