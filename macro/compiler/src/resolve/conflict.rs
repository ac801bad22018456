//! Finds two rules for one call for which different runtimes return different actions (`format`,
//! *Overlapping rules*).
//!
//! runsc uses the first rule that matches. libseccomp, and therefore runc, prefers an unconditional
//! rule to all others, ignores rules whose action is the default, and tests conditions in its own
//! order. All runtimes agree on a pair of rules if their actions are equal, if no call matches
//! both, or if the first is unconditional and its action is not the default.

use super::Traced;
use crate::error::{Error, Errors, Kind};
use crate::linux::abi::Abi;
use crate::linux::action::Action;
use crate::policy::Rule;
use crate::policy::admits;
use crate::profile::Profile;

/// Reports, for each rule of a list, the first earlier rule that conflicts with it.
pub(super) fn check(
    list: &[Traced],
    profile: &Profile,
    default: Action,
    abi: Abi,
    errors: &mut Errors,
) {
    for (j, second) in list.iter().enumerate() {
        if errors.is_full() {
            return;
        }
        let conflict = list[..j].iter().find(|first| {
            let first_wins = first.rule.conditions.is_empty() && first.rule.action != default;
            first.rule.exact
                && second.rule.exact
                && first.rule.action != second.rule.action
                && !first_wins
                && overlap(&first.rule, &second.rule)
        });
        if let Some(first) = conflict {
            errors.push(report(first, second, profile, default, abi));
        }
    }
}

/// Returns whether some call matches both rules. The result is exact, because a rule has at most
/// one condition on each argument.
fn overlap(a: &Rule, b: &Rule) -> bool {
    let possible = |rule: &Rule| {
        rule.conditions
            .iter()
            .all(|c| !admits::is_empty(c.test, c.width))
    };
    possible(a)
        && possible(b)
        && a.conditions.iter().all(|x| {
            let same = b.conditions.iter().filter(|y| y.arg == x.arg);
            same.into_iter()
                .all(|y| admits::overlap(x.test, y.test, x.width))
        })
}

fn report(first: &Traced, second: &Traced, profile: &Profile, default: Action, abi: Abi) -> Error {
    let name = second.origin.name(profile);
    let (a, b) = (first.rule.action, second.rule.action);
    let message = format!(
        "two rules for `{}` can match the same call on {abi}, with different actions: {a}, then {b}",
        name.value
    );
    let runc = if a == default {
        format!("runc ignores the first rule, because {a} is the default action, and uses {b}")
    } else if b == default {
        format!("runc ignores the second rule, because {b} is the default action, and uses {a}")
    } else if second.rule.conditions.is_empty() {
        format!("runc prefers the unconditional rule and uses {b}")
    } else {
        String::from("runc tests conditions in the order of libseccomp, or fails to start")
    };
    Error::new(Kind::ConflictingRules, name.span, message)
        .path(second.origin.entry(profile).path.0.as_str())
        .label(format!("{b} here"))
        .related(first.origin.name(profile).span, format!("{a} here"))
        .note(format!(
            "gVisor uses the first rule that matches: {a}"
        ))
        .note(runc)
        .note("change the conditions so that no call matches both, or add `overlap = \"first-match\"` to the invocation")
}
