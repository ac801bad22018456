//! The conditions of a profile, each with the rules of the policy that it became.

use std::collections::BTreeMap;

use super::Lints;
use crate::error::{Span, Spanned};
use crate::linux::abi::Abi;
use crate::policy::{Condition, Rule};
use crate::profile::Arg;
use crate::resolve::origin::Group;

/// A condition of the profile.
pub(super) struct Written<'a> {
    pub(super) arg: &'a Spanned<Arg>,
    /// The path to it: `syscalls[3].args[0]`.
    pub(super) path: String,
    /// What it became; nothing where no filter sees the argument.
    pub(super) uses: Vec<Use<'a>>,
}

impl Written<'_> {
    pub(super) fn span(&self) -> Span {
        self.arg.span
    }
}

/// A condition in a rule of the policy.
#[derive(Clone, Copy)]
pub(super) struct Use<'a> {
    pub(super) abi: Abi,
    pub(super) nr: u32,
    /// The name of the call, as the profile has it.
    pub(super) call: &'a str,
    pub(super) rule: &'a Rule,
    pub(super) condition: Condition,
}

impl<'a> Lints<'a> {
    /// Returns every condition of the profile, in its order.
    pub(super) fn conditions(&self) -> Vec<Written<'a>> {
        let mut uses: BTreeMap<(usize, usize), Vec<Use<'a>>> = BTreeMap::new();
        for rules in &self.policy.abis {
            for (&nr, list) in &rules.lists {
                if list.iter().all(|rule| rule.conditions.is_empty()) {
                    continue;
                }
                for (rule, origin) in list.iter().zip(self.origins.of(rules.abi, nr)) {
                    let first = match origin.group {
                        Group::All => 0,
                        Group::One(at) => at,
                        Group::Unseen => continue,
                    };
                    let call = origin.name(self.profile).value.as_str();
                    for (at, &condition) in rule.conditions.iter().enumerate() {
                        let uses = uses.entry((origin.entry, first + at)).or_default();
                        uses.push(Use {
                            abi: rules.abi,
                            nr,
                            call,
                            rule,
                            condition,
                        });
                    }
                }
            }
        }
        let mut conditions = Vec::new();
        for (at, entry) in self.profile.syscalls.iter().enumerate() {
            for (i, arg) in entry.args.iter().enumerate() {
                conditions.push(Written {
                    arg,
                    path: format!("{}.args[{i}]", entry.path.0),
                    uses: uses.remove(&(at, i)).unwrap_or_default(),
                });
            }
        }
        conditions
    }
}
