//! Two rules for one call that runtimes would answer differently.
//!
//! gVisor takes the first rule that matches. libseccomp, and so runc, takes an unconditional rule
//! before all others, drops rules with the default action, and tests conditions in an order of its
//! own. Every runtime gives the same answer if no two rules with different actions can match the
//! same call, or if the first of the two is unconditional and does not have the default action.
//! One order of conditions is certain too: see [`Order`].
//!
//! Texts of a composition do not conflict, because only one of them decides about a call.

use super::lists::Traced;
use super::order::{Order, overlap, witness};
use super::origin::Group;
use crate::error::{Error, Errors, Kind};
use crate::linux::abi::Abi;
use crate::linux::action::Action;
use crate::linux::call;
use crate::profile::Profile;

/// Reports every pair of rules in one list that conflicts, the first for each later rule.
pub(super) fn check(
    (abi, nr): (Abi, u32),
    list: &[Traced],
    profile: &Profile,
    default: Action,
    errors: &mut Errors,
) {
    let order = Order::new(list, default);
    for (j, second) in list.iter().enumerate() {
        if errors.is_full() {
            return;
        }
        let conflict = (0..j).find(|&i| {
            let first = &list[i];
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
                && !order.is_certain(i, j)
        });
        if let Some(i) = conflict {
            // What one ABI objects to, the next often does too.
            let span = second.origin.name(profile).span;
            let known =
                |error: &Error| error.kind == Kind::ConflictingRules && error.span == Some(span);
            if !errors.iter().any(known) {
                let conflict = Conflict {
                    first: &list[i],
                    second,
                    second_is_first: order.is_certain(j, i),
                    default,
                };
                errors.push(conflict.report((abi, nr), profile));
            }
        }
    }
}

struct Conflict<'a> {
    first: &'a Traced,
    second: &'a Traced,
    /// Whether libseccomp certainly tests the second rule first.
    second_is_first: bool,
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
        } else if self.second_is_first {
            format!("tests the larger number first, as libseccomp does: {b}")
        } else {
            String::from("tests conditions in the order of libseccomp, or fails to start")
        }
    }

    /// Whether all runtimes agree if the two rules change places.
    fn agreed_order(&self) -> bool {
        let second = &self.second.rule;
        let second_wins = second.conditions.is_empty() && second.action != self.default;
        second_wins || self.second_is_first
    }
}
