//! Profile × ABI → the rule list of every number, each rule with its origin.

use super::conditions::{groups, has_memory_arguments};
use super::origin::{Group, LeftOut, Origin, Origins, Reason};
use super::precedence::{Call, Named, Precedence, behind};
use crate::error::{Error, Errors, Kind, Spanned};
use crate::linux::abi::{Abi, Multiplexer};
use crate::linux::action::Action;
use crate::linux::syscalls;
use crate::options::Options;
use crate::policy::{Condition, Rule, Test};
use crate::profile::Profile;
use crate::sorted::{Map, Set};

/// How many rules one call can have. All pairs of a list are compared; lists of real profiles are
/// much shorter.
const MAX_RULES: usize = 1024;

/// How many rules and conditions a policy can have, summed over its ABIs.
pub(super) const MAX_CONDITIONS: usize = 1 << 16;

/// A rule with its origin.
pub(super) struct Traced {
    pub(super) rule: Rule,
    pub(super) origin: Origin,
    /// The rank of the text that decides by it.
    pub(super) rank: usize,
}

/// Returns the rules of every number of an ABI, in profile order: by entry, then by name, then by
/// group of conditions. `default` is the action of the policy where no rule matches.
pub(super) fn collect(
    profile: &Profile,
    (abi, default): (Abi, Action),
    options: &Options,
    budget: &mut usize,
    origins: &mut Origins,
    errors: &mut Errors,
) -> Vec<(u32, Vec<Traced>)> {
    let precedence = Precedence::of(profile, abi);
    let mut lists = Lists {
        lists: Map::new(),
        budget,
        too_many: None,
        closed: Set::new(),
    };
    for (at, entry) in profile.syscalls.iter().enumerate() {
        let rank = profile.rank(entry.source);
        // Computed only for a name that exists on the ABI: otherwise its width does not matter.
        let mut of_entry: Option<Vec<(Group, Vec<Condition>)>> = None;
        for (i, name) in entry.names.iter().enumerate() {
            let mut adding = Adding {
                origin: Origin {
                    entry: at,
                    name: i,
                    group: Group::Unseen,
                },
                rank,
                of_group: profile.is_of_group(entry),
                action: entry.action.value,
                name,
            };
            let mut decides = false;
            let mut overridden: Option<Named> = None;
            if let Some((nr, multiplexer, call)) = behind(abi, &name.value) {
                match precedence.earlier(rank, Call::Behind(nr, call)) {
                    Some(named) => overridden = Some(named),
                    None => {
                        // One rule is enough for all groups: none of their arguments is visible here.
                        let condition = is_call(abi, multiplexer, call);
                        lists.add(nr, vec![condition], entry.args.is_empty(), adding);
                        decides = true;
                    }
                }
            }
            let number = syscalls::number(abi, &name.value);
            let earlier = number.and_then(|nr| precedence.earlier(rank, Call::Number(nr)));
            overridden = overridden.or(earlier);
            if let Some(nr) = number.filter(|_| earlier.is_none()) {
                if let Some(multiplexer) = Multiplexer::of(abi, &name.value) {
                    lists.close(nr, multiplexer, abi, default, &precedence, adding);
                }
                if !entry.args.is_empty() && has_memory_arguments(abi, &name.value) {
                    lists.add(nr, Vec::new(), false, adding);
                } else if options.typed_arguments && !entry.args.is_empty() {
                    for (group, conditions) in groups(entry, abi, Some(&name.value), errors) {
                        adding.origin.group = group;
                        lists.add(nr, conditions, true, adding);
                    }
                } else {
                    let groups = of_entry.get_or_insert_with(|| groups(entry, abi, None, errors));
                    for (group, conditions) in groups {
                        adding.origin.group = *group;
                        lists.add(nr, conditions.clone(), true, adding);
                    }
                }
                decides = true;
            }
            if !decides {
                let overridden = overridden.map(|named| Reason::Overridden {
                    decided: named.span,
                });
                origins.left_out.push(LeftOut {
                    abi,
                    entry: at,
                    name: i,
                    span: name.span,
                    reason: overridden.unwrap_or(Reason::NoNumber),
                });
            }
        }
    }
    let Lists {
        lists, too_many, ..
    } = lists;
    let mut lists = lists.into_entries();
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

/// The rule lists so far.
struct Lists<'a, 'b> {
    lists: Map<u32, Vec<Traced>>,
    budget: &'b mut usize,
    /// The first rule beyond the budget.
    too_many: Option<&'a Spanned<String>>,
    /// The multiplexers about some calls of which earlier texts have decided.
    closed: Set<u32>,
}

/// The rule that is added.
#[derive(Clone, Copy)]
struct Adding<'a> {
    origin: Origin,
    rank: usize,
    of_group: bool,
    action: Action,
    name: &'a Spanned<String>,
}

impl<'a> Lists<'a, '_> {
    fn add(&mut self, nr: u32, conditions: Vec<Condition>, exact: bool, adding: Adding<'a>) {
        match self.budget.checked_sub(1 + conditions.len()) {
            Some(rest) => *self.budget = rest,
            None => {
                self.too_many.get_or_insert(adding.name);
                return;
            }
        }
        let rule = Rule {
            conditions,
            action: adding.action,
            exact,
        };
        let list = self.lists.get_or_insert(nr, Vec::new());
        // Several groups often permit the same.
        if adding.of_group && list.iter().any(|known| known.rule == rule) {
            return;
        }
        list.push(Traced {
            rule,
            origin: adding.origin,
            rank: adding.rank,
        });
    }

    /// Adds a rule with the default action for each call of a multiplexer about which an earlier
    /// text has decided: what that text does not match has the default action, and is not for a
    /// later rule about the multiplexer.
    fn close(
        &mut self,
        nr: u32,
        multiplexer: Multiplexer,
        abi: Abi,
        default: Action,
        precedence: &Precedence,
        adding: Adding<'a>,
    ) {
        if !self.closed.insert(nr) {
            return;
        }
        for (call, named) in precedence.behind(adding.rank, nr) {
            let closing = Adding {
                origin: named.rest(adding.origin),
                rank: named.rank,
                action: default,
                ..adding
            };
            self.add(nr, vec![is_call(abi, multiplexer, call)], true, closing);
        }
    }
}

/// The condition that a call through a multiplexer is a certain one.
fn is_call(abi: Abi, multiplexer: Multiplexer, call: u32) -> Condition {
    Condition {
        arg: 0,
        test: Test::Masked {
            mask: multiplexer.mask(),
            value: u64::from(call),
        },
        width: abi.width(),
    }
}
