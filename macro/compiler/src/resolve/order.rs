//! The order in which libseccomp tests the rules of a list, as far as it is certain.
//!
//! It sorts conditions on one argument by EQ and NE with the larger datum first
//! (`src/db.c: _db_tree_add`). That is certain for two rules if both have one such condition, with
//! data of at most 32 bits, and every other rule that can match together with both is like them.

use std::cell::OnceCell;

use super::lists::Traced;
use crate::linux::action::Action;
use crate::policy::{Condition, Rule, Test, admits};

/// The order of one rule list.
pub(super) struct Order<'a> {
    list: &'a [Traced],
    default: Action,
    /// For each rule: one bit for each rule of the list that can match together with it and is not
    /// like it. They are computed once for each rule, since all pairs of a list are asked for.
    unlike: Vec<OnceCell<Vec<u64>>>,
}

impl<'a> Order<'a> {
    pub(super) fn new(list: &'a [Traced], default: Action) -> Order<'a> {
        Order {
            list,
            default,
            unlike: vec![OnceCell::new(); list.len()],
        }
    }

    /// Returns whether libseccomp certainly tests the rule at one place before that at another. A rule
    /// with the default action is dropped, so it must not be the first.
    pub(super) fn is_certain(&self, first: usize, second: usize) -> bool {
        let (Some(a), Some(b)) = (self.equality(first), self.equality(second)) else {
            return false;
        };
        let is_sorted = a.0 == b.0 && a.1 > b.1;
        if !is_sorted || self.list[first].rule.action == self.default {
            return false;
        }
        let (of_first, of_second) = (self.unlike(first, a.0), self.unlike(second, a.0));
        (0..of_first.len()).all(|at| of_first[at] & of_second[at] == 0)
    }

    /// Returns the argument and the datum of a rule that has one condition, by EQ or NE, of at most
    /// 32 bits.
    fn equality(&self, at: usize) -> Option<(u8, u64)> {
        let rule = &self.list[at].rule;
        match rule.conditions[..] {
            [
                Condition {
                    arg,
                    test: Test::Eq(datum) | Test::Ne(datum),
                    ..
                },
            ] if rule.exact && datum <= u64::from(u32::MAX) => Some((arg, datum)),
            _ => None,
        }
    }

    /// Returns the bits of a rule whose one condition is on `arg`.
    fn unlike(&self, at: usize, arg: u8) -> &[u64] {
        self.unlike[at].get_or_init(|| {
            let mut bits = vec![0; self.list.len().div_ceil(64)];
            for (place, other) in self.list.iter().enumerate() {
                let is_like = self.equality(place).is_some_and(|(of, _)| of == arg);
                if !is_like && overlap(&other.rule, &self.list[at].rule) {
                    bits[place / 64] |= 1 << (place % 64);
                }
            }
            bits
        })
    }
}

/// Returns whether some call matches both rules. The result is exact, because a rule has at most
/// one condition on each argument.
pub(super) fn overlap(a: &Rule, b: &Rule) -> bool {
    witness(a, b).is_some()
}

/// Returns the arguments of a call that matches both rules.
pub(super) fn witness(a: &Rule, b: &Rule) -> Option<[u64; 6]> {
    let mut args = [0; 6];
    for condition in a.conditions.iter().chain(&b.conditions) {
        let of_argument = |rule: &Rule| {
            let mut conditions = rule.conditions.iter();
            conditions.find(|c| c.arg == condition.arg).map(|c| c.test)
        };
        let any = Test::Ge(0);
        let (x, y) = (of_argument(a).unwrap_or(any), of_argument(b).unwrap_or(any));
        args[usize::from(condition.arg)] = admits::common(x, y, condition.width)?;
    }
    Some(args)
}
