//! What a rule list comes to when something is known of the calls.

use std::cmp::Ordering;
use std::rc::Rc;

use super::answer::stricter;
use super::budget::Budget;
use super::calls::{Calls, Words};
use super::mismatch::Mismatch;
use super::values::{Question, Relation};
use crate::linux::abi::Width;
use crate::linux::action::Action;
use crate::linux::data::Word;
use crate::policy::{self, Decision, Test};

/// The first rule that matches, else `otherwise`; as [`Policy::decide`](policy::Policy::decide)
/// has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub list: Rc<[Rule]>,
    pub otherwise: Action,
}

/// If all conditions hold: the action, if it is exact; else the stricter of the action and what
/// the rest of the list gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub conditions: Vec<Condition>,
    pub action: Action,
    pub exact: bool,
}

/// `arg & mask` stands in the relation to the value; the width of the argument is in the mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    arg: u8,
    mask: u64,
    relation: Relation,
    value: u64,
}

impl Rules {
    /// The rules of a decision.
    pub(super) fn new(decision: Decision<'_>, default: Action) -> Rules {
        let (list, otherwise) = match decision {
            Decision::Always(action) => (Vec::new(), action),
            Decision::ByRules(rules) => (rules.iter().map(Rule::new).collect(), default),
        };
        Rules {
            list: list.into(),
            otherwise,
        }
    }

    /// What the rules come to for these calls: without the rules that match none and the
    /// conditions that hold for all, cut at a rule that matches all, and without rules at the end
    /// that say the same as the end.
    pub(super) fn given(&self, calls: &Calls, budget: &Budget) -> Result<Rules, Mismatch> {
        let mut list = Vec::new();
        let mut otherwise = self.otherwise;
        for rule in &*self.list {
            let Some(rule) = rule.given(calls, budget)? else {
                continue;
            };
            if rule.exact && rule.conditions.is_empty() {
                otherwise = rule.action;
                break;
            }
            list.push(rule);
        }
        while list.last().is_some_and(|rule| rule.action == otherwise) {
            list.pop();
        }
        Ok(Rules {
            list: list.into(),
            otherwise,
        })
    }

    /// The answer of rules without conditions.
    pub(super) fn settled(&self) -> Action {
        let rules = self.list.iter().rev().map(|rule| rule.action);
        rules.fold(self.otherwise, |rest, action| stricter(action, rest))
    }

    /// How much memory the rules take, in values.
    pub(super) fn size(&self) -> usize {
        self.list.iter().map(Rule::size).sum()
    }

    /// The words on which the answer depends.
    pub(super) fn words(&self) -> Words {
        let mut words = Words::default();
        for condition in self.list.iter().flat_map(|rule| &rule.conditions) {
            for question in [condition.high(), condition.low()] {
                if question.mask != 0 {
                    words = words.with(question.word);
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

    /// How much memory the rule takes, in values.
    pub(super) fn size(&self) -> usize {
        2 + 2 * self.conditions.len()
    }

    /// All words of the arguments on which it depends whether the rule matches.
    pub(super) fn arguments(&self) -> Words {
        let mut words = Words::default();
        for condition in &self.conditions {
            words = words.with(condition.high().word).with(condition.low().word);
        }
        words
    }

    /// What the rule comes to, unless it matches none of the calls.
    pub(super) fn given(&self, calls: &Calls, budget: &Budget) -> Result<Option<Rule>, Mismatch> {
        let mut conditions = Vec::new();
        for condition in &self.conditions {
            match condition.given(calls, budget)? {
                Given::Never => return Ok(None),
                Given::Always => {}
                Given::Sometimes(condition) => conditions.push(condition),
            }
        }
        Ok(Some(Rule {
            conditions,
            ..*self
        }))
    }
}

/// For which calls a condition holds.
enum Given {
    Never,
    Always,
    /// If this one does.
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

    /// The condition on the high half; if that is equal, the one on the low half decides.
    pub(super) const fn high(&self) -> Question {
        Question {
            word: Word::ArgHigh(self.arg),
            mask: (self.mask >> 32) as u32,
            relation: self.relation,
            value: (self.value >> 32) as u32,
        }
    }

    /// The condition on the low half.
    pub(super) const fn low(&self) -> Question {
        Question {
            word: Word::ArgLow(self.arg),
            mask: self.mask as u32,
            relation: self.relation,
            value: self.value as u32,
        }
    }

    /// What the condition comes to. A half that no longer matters is masked out.
    fn given(&self, calls: &Calls, budget: &Budget) -> Result<Given, Mismatch> {
        const LOW: u64 = u32::MAX as u64;
        let high = |relation| Question {
            relation,
            ..self.high()
        };
        let (equal, unequal) = calls.answers(high(Relation::Eq), budget)?;
        let (mut yes, mut no) = (false, false);
        if unequal {
            let (less, _) = calls.answers(high(Relation::Lt), budget)?;
            let (greater, _) = calls.answers(high(Relation::Gt), budget)?;
            for (possible, ordering) in [(less, Ordering::Less), (greater, Ordering::Greater)] {
                yes |= possible && self.relation.has(ordering);
                no |= possible && !self.relation.has(ordering);
            }
        }
        let mut left = *self;
        if !equal {
            left = left.masked(!LOW);
        } else {
            let low = calls.answers(self.low(), budget)?;
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
            (true, true) => Given::Sometimes(left),
            (true, false) => Given::Always,
            (false, _) => Given::Never,
        })
    }

    const fn masked(self, mask: u64) -> Condition {
        Condition {
            mask: self.mask & mask,
            value: self.value & mask,
            ..self
        }
    }

    /// A question that splits calls for which the condition holds sometimes, and that comes
    /// nearer to what it comes to for them.
    pub(super) fn question(&self) -> Question {
        let trivial = |half: Question| half.mask | half.value == 0;
        let (high, low) = (self.high(), self.low());
        if trivial(high) {
            low
        } else if trivial(low) {
            high
        } else {
            Question {
                relation: Relation::Eq,
                ..high
            }
        }
    }
}
