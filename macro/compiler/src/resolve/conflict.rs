//! Rule 20: two rules for one call that different runtimes would answer differently.
//!
//! runsc takes the first rule that matches. libseccomp, and so runc, takes an unconditional rule
//! before all others, drops rules equal to the default, and tests conditions in an order of its
//! own. Where no pair of rules with different actions can match the same call, or the first of
//! the two is unconditional and not the default, all of them say the same.

use super::Traced;
use crate::error::{Error, Errors, Kind};
use crate::linux::abi::Abi;
use crate::linux::action::Action;
use crate::policy::Rule;
use crate::policy::admits;
use crate::profile::Profile;

/// Reports every pair of rules in one list that conflicts, the first for each later rule.
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
            let decided = first.rule.conditions.is_empty() && first.rule.action != default;
            first.rule.exact
                && second.rule.exact
                && first.rule.action != second.rule.action
                && !decided
                && together(&first.rule, &second.rule)
        });
        if let Some(first) = conflict {
            errors.push(report(first, second, profile, default, abi));
        }
    }
}

/// Whether some call matches both rules; exact, as a rule has one condition an argument at most.
fn together(a: &Rule, b: &Rule) -> bool {
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
        "two rules for `{}` can match the same call on {abi}: {a}, then {b}",
        name.value
    );
    let runc = if a == default {
        format!("runc drops the first, as it says the default, and answers {b}")
    } else if b == default {
        format!("runc drops the second, as it says the default, and answers {a}")
    } else if second.rule.conditions.is_empty() {
        format!("runc lets the unconditional rule win and answers {b}")
    } else {
        String::from("runc answers by libseccomp's own order of conditions, or does not start")
    };
    Error::new(Kind::ConflictingRules, name.span, message)
        .path(second.origin.entry(profile).path.0.as_str())
        .label(format!("{b} here"))
        .related(first.origin.name(profile).span, format!("{a} here"))
        .note(format!(
            "gVisor takes the first rule that matches and answers {a}"
        ))
        .note(runc)
        .note("make the conditions exclude each other, or say `overlap = \"first-match\"`")
}
