//! Two rules for one call that runtimes would answer differently.
//!
//! gVisor takes the first rule that matches. libseccomp, and so runc, takes an unconditional rule
//! before all others, drops rules with the default action, and tests conditions in an order of its
//! own. Every runtime gives the same answer if no two rules with different actions can match the
//! same call, or if the first of the two is unconditional and does not have the default action.
//! One order of conditions is certain too: see [`in_order_of_libseccomp`].
//!
//! Texts of a composition do not conflict, because only one of them decides about a call.

use super::lists::Traced;
use super::origin::Group;
use crate::error::{Error, Errors, Kind};
use crate::linux::abi::Abi;
use crate::linux::action::Action;
use crate::linux::call;
use crate::policy::{Condition, Rule, Test, admits};
use crate::profile::Profile;

/// Reports every pair of rules in one list that conflicts, the first for each later rule.
pub(super) fn check(
    (abi, nr): (Abi, u32),
    list: &[Traced],
    profile: &Profile,
    default: Action,
    errors: &mut Errors,
) {
    for (j, second) in list.iter().enumerate() {
        if errors.is_full() {
            return;
        }
        let conflict = list[..j].iter().find(|first| {
            let first_wins = first.rule.conditions.is_empty() && first.rule.action != default;
            let is_rest = |traced: &Traced| traced.origin.group == Group::Rest;
            first.rank == second.rank
                && !is_rest(first)
                && !is_rest(second)
                && first.rule.exact
                && second.rule.exact
                && first.rule.action != second.rule.action
                && !first_wins
                && overlap(&first.rule, &second.rule)
                && !in_order_of_libseccomp(&first.rule, &second.rule, list, default)
        });
        if let Some(first) = conflict {
            // What one ABI objects to, the next often does too.
            let span = second.origin.name(profile).span;
            let known =
                |error: &Error| error.kind == Kind::ConflictingRules && error.span == Some(span);
            if !errors.iter().any(known) {
                let conflict = Conflict {
                    first,
                    second,
                    list,
                    default,
                };
                errors.push(conflict.report((abi, nr), profile));
            }
        }
    }
}

/// Returns whether libseccomp certainly tests the first rule before the second.
///
/// It sorts conditions on one argument by EQ and NE with the larger datum first
/// (`src/db.c: _db_tree_add`). That is certain if both rules have one such condition, with data of
/// at most 32 bits, and every other rule that can match together with both is like them. A rule
/// with the default action is dropped, so it must not be the first.
fn in_order_of_libseccomp(first: &Rule, second: &Rule, list: &[Traced], default: Action) -> bool {
    let (Some(a), Some(b)) = (equality(first), equality(second)) else {
        return false;
    };
    let others = || list.iter().map(|traced| &traced.rule);
    first.action != default
        && a.0 == b.0
        && a.1 > b.1
        && others()
            .filter(|other| overlap(other, first) && overlap(other, second))
            .all(|other| equality(other).is_some_and(|(arg, _)| arg == a.0))
}

/// The argument and the datum of a rule that has one condition, by EQ or NE, of at most 32 bits.
fn equality(rule: &Rule) -> Option<(u8, u64)> {
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

/// Returns whether some call matches both rules. The result is exact, because a rule has at most
/// one condition on each argument.
fn overlap(a: &Rule, b: &Rule) -> bool {
    witness(a, b).is_some()
}

/// Returns the arguments of a call that matches both rules.
fn witness(a: &Rule, b: &Rule) -> Option<[u64; 6]> {
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

struct Conflict<'a> {
    first: &'a Traced,
    second: &'a Traced,
    list: &'a [Traced],
    default: Action,
}

impl Conflict<'_> {
    fn report(&self, (abi, nr): (Abi, u32), profile: &Profile) -> Error {
        let name = self.second.origin.name(profile);
        let (a, b) = (self.first.rule.action, self.second.rule.action);
        let args = witness(&self.first.rule, &self.second.rule).unwrap_or_default();
        let shown = call::text(abi, nr, &args);
        let message = format!(
            "two rules for `{}` with different actions match the same call on {abi}: {a}, then {b}",
            name.value
        );
        let error = Error::new(Kind::ConflictingRules, name.span, message)
            .path(self.second.origin.entry(profile).path.0.as_str())
            .label(format!("{b} here"))
            .related(self.first.origin.name(profile).span, format!("{a} here"))
            .note(format!(
                "for `{shown}` gVisor takes the first rule that matches: {a}"
            ))
            .note(format!("runc {}", self.runc()));
        match self.agreed_order() {
            true => error.note(
                "put the second rule before the first: then all runtimes answer alike; or add `overlap = \"first-match\"` to the invocation",
            ),
            false => error.note(
                "change the conditions so that no call matches both rules, or add `overlap = \"first-match\"` to the invocation",
            ),
        }
    }

    /// What runc does with a call that matches both rules.
    fn runc(&self) -> String {
        let (first, second) = (&self.first.rule, &self.second.rule);
        let (a, b) = (first.action, second.action);
        if a == self.default {
            format!("ignores the first rule, because {a} is the default action: {b}")
        } else if b == self.default {
            format!("ignores the second rule, because {b} is the default action: {a}")
        } else if second.conditions.is_empty() {
            format!("prefers the unconditional rule: {b}")
        } else if in_order_of_libseccomp(second, first, self.list, self.default) {
            format!("tests the larger number first, as libseccomp does: {b}")
        } else {
            String::from("tests conditions in the order of libseccomp, or fails to start")
        }
    }

    /// Whether all runtimes agree if the two rules change places.
    fn agreed_order(&self) -> bool {
        let (first, second) = (&self.first.rule, &self.second.rule);
        let second_wins = second.conditions.is_empty() && second.action != self.default;
        second_wins || in_order_of_libseccomp(second, first, self.list, self.default)
    }
}
