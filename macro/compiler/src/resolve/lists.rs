//! Profile × ABI → the rule list of every number, each rule with its origin.

use std::collections::BTreeMap;

use super::conditions::{groups, has_memory_arguments};
use super::origin::{Group, LeftOut, Origin, Origins, Reason};
use crate::error::{Error, Errors, Kind, Spanned};
use crate::linux::abi::{self, Abi};
use crate::linux::syscalls;
use crate::options::Options;
use crate::policy::{Condition, Rule, Test};
use crate::profile::Profile;

/// How many rules one call can have. All pairs of a list are compared; lists of real profiles are
/// much shorter.
const MAX_RULES: usize = 1024;

/// How many rules and conditions a policy can have, summed over its ABIs.
pub(super) const MAX_CONDITIONS: usize = 1 << 16;

/// A rule with its origin.
pub(super) struct Traced {
    pub(super) rule: Rule,
    pub(super) origin: Origin,
}

/// Returns the rules of every number of an ABI, in profile order: by entry, then by name, then by
/// group of conditions.
pub(super) fn collect(
    profile: &Profile,
    abi: Abi,
    options: &Options,
    budget: &mut usize,
    origins: &mut Origins,
    errors: &mut Errors,
) -> BTreeMap<u32, Vec<Traced>> {
    let mut lists: BTreeMap<u32, Vec<Traced>> = BTreeMap::new();
    let mut too_many: Option<&Spanned<String>> = None;
    for (at, entry) in profile.syscalls.iter().enumerate() {
        // Computed only for a name that exists on the ABI: otherwise its width does not matter.
        let mut of_entry: Option<Vec<(Group, Vec<Condition>)>> = None;
        for (i, name) in entry.names.iter().enumerate() {
            let mut add = |nr: u32, conditions: Vec<Condition>, group: Group, exact: bool| {
                match budget.checked_sub(1 + conditions.len()) {
                    Some(rest) => *budget = rest,
                    None => {
                        too_many.get_or_insert(name);
                        return;
                    }
                }
                let rule = Rule {
                    conditions,
                    action: entry.action.value,
                    exact,
                };
                let origin = Origin {
                    entry: at,
                    name: i,
                    group,
                };
                lists.entry(nr).or_default().push(Traced { rule, origin });
            };
            let mut has_number = false;
            if let Some((multiplexer, call)) =
                abi::subcall(&name.value).filter(|_| abi.multiplexed())
            {
                if let Some(nr) = syscalls::number(abi, multiplexer.name()) {
                    let test = Test::Masked {
                        mask: multiplexer.mask(),
                        value: u64::from(call),
                    };
                    // One rule is enough for all groups: none of their arguments is visible here.
                    let condition = Condition {
                        arg: 0,
                        test,
                        width: abi.width(),
                    };
                    add(nr, vec![condition], Group::Unseen, entry.args.is_empty());
                    has_number = true;
                }
            }
            if let Some(nr) = syscalls::number(abi, &name.value) {
                if !entry.args.is_empty() && has_memory_arguments(abi, &name.value) {
                    add(nr, Vec::new(), Group::Unseen, false);
                } else if options.typed_arguments && !entry.args.is_empty() {
                    for (group, conditions) in groups(entry, abi, Some(&name.value), errors) {
                        add(nr, conditions, group, true);
                    }
                } else {
                    let groups = of_entry.get_or_insert_with(|| groups(entry, abi, None, errors));
                    for (group, conditions) in groups {
                        add(nr, conditions.clone(), *group, true);
                    }
                }
                has_number = true;
            }
            if !has_number {
                origins.left_out.push(LeftOut {
                    abi,
                    entry: at,
                    name: i,
                    span: name.span,
                    reason: Reason::NoNumber,
                });
            }
        }
    }
    for (at, excluded) in profile.excluded.iter().enumerate() {
        for (i, name) in excluded.entry.names.iter().enumerate() {
            origins.left_out.push(LeftOut {
                abi,
                entry: at,
                name: i,
                span: name.span,
                reason: Reason::Excluded,
            });
        }
    }
    if let Some(name) = too_many {
        let message = format!(
            "the profile has more than {MAX_CONDITIONS} rules and conditions, summed over all ABIs"
        );
        let error = Error::new(Kind::TooLarge, name.span, message);
        errors.push(error.label("the limit is exceeded here"));
    }
    for (nr, list) in &mut lists {
        if let Some(last) = list.get(MAX_RULES) {
            let call = syscalls::name(abi, *nr).unwrap_or_default();
            let message = format!("`{call}` has {} rules on {abi}", list.len());
            let span = last.origin.name(profile).span;
            let error = Error::new(Kind::TooLarge, span, message);
            errors.push(error.label(format!("at most {MAX_RULES} for one call")));
            list.truncate(MAX_RULES);
        }
    }
    lists
}
