//! The conditions of a profile, each with the rules of the policy that it became, and calls that
//! show what it does.

use super::Lints;
use crate::error::{Span, Spanned};
use crate::linux::abi::{Abi, Width};
use crate::policy::{Condition, Rule, Test, admits};
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

impl Use<'_> {
    /// Returns arguments with a value in the register that is compared. All other conditions of the
    /// rule match.
    pub(super) fn args(&self, value: u64) -> [u64; 6] {
        let mut args = [0; 6];
        for condition in &self.rule.conditions {
            args[usize::from(condition.arg)] = matching(condition.test, condition.width);
        }
        args[usize::from(self.condition.arg)] = value;
        args
    }

    /// Returns a value that the condition matches, and one that it does not.
    pub(super) fn values(&self) -> (u64, u64) {
        let Condition { test, width, .. } = self.condition;
        (matching(test, width), failing(test))
    }
}

/// Returns a value that a test matches; 0 if there is none.
pub(super) fn matching(test: Test, width: Width) -> u64 {
    admits::common(test, Test::Ge(0), width).unwrap_or(0)
}

/// Returns a value that a test does not match, unless it matches all.
pub(super) fn failing(test: Test) -> u64 {
    match test {
        Test::Ne(value) | Test::Gt(value) | Test::Lt(value) => value,
        Test::Eq(value) | Test::Le(value) => value.wrapping_add(1),
        Test::Ge(value) => value.wrapping_sub(1),
        Test::Masked { mask, value } => value ^ mask & mask.wrapping_neg(),
    }
}

impl<'a> Lints<'a> {
    /// Returns every condition that the author wrote, in the order of the text.
    pub(super) fn conditions(&self) -> Vec<Written<'a>> {
        // For each entry, the uses of each of its conditions.
        let entries = self.profile.syscalls.iter();
        let mut uses: Vec<Vec<Vec<Use<'a>>>> = entries
            .map(|entry| entry.args.iter().map(|_| Vec::new()).collect())
            .collect();
        for rules in &self.policy.abis {
            for (&nr, list) in &rules.lists {
                if list.iter().all(|rule| rule.conditions.is_empty()) {
                    continue;
                }
                for (rule, origin) in list.iter().zip(self.origins.of(rules.abi, nr)) {
                    let first = match origin.group {
                        Group::All => 0,
                        Group::One(at) => at,
                        Group::Unseen | Group::Rest => continue,
                    };
                    let call = origin.name(self.profile).value.as_str();
                    for (at, &condition) in rule.conditions.iter().enumerate() {
                        let of_entry = uses.get_mut(origin.entry);
                        let Some(uses) = of_entry.and_then(|uses| uses.get_mut(first + at)) else {
                            continue;
                        };
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
        for (entry, uses) in self.profile.syscalls.iter().zip(uses) {
            if self.profile.is_of_group(entry) {
                continue;
            }
            for (i, (arg, uses)) in entry.args.iter().zip(uses).enumerate() {
                conditions.push(Written {
                    arg,
                    path: format!("{}.args[{i}]", entry.path.0),
                    uses,
                });
            }
        }
        conditions
    }
}
