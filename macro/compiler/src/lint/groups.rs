//! A lint about groups of a composition.

use super::Lints;
use crate::error::{Error, Kind};
use crate::groups;
use crate::linux::action::Action;
use crate::sorted::Set;

impl Lints<'_> {
    /// A group that is named in the invocation and has no effect.
    pub(super) fn unused_group(&mut self) {
        if self.profile.groups.is_empty() {
            return;
        }
        // Where every call runs by default, a rule that allows one changes nothing.
        let all_run = self.policy.default == Action::Allow;
        let mut used = Set::new();
        for rules in &self.policy.abis {
            for (&nr, list) in &rules.lists {
                for (rule, origin) in list.iter().zip(self.origins.of(rules.abi, nr)) {
                    if !all_run || rule.action != Action::Allow {
                        used.insert(origin.entry(self.profile).source);
                    }
                }
            }
        }
        for group in &self.profile.groups {
            // A group can consist of nothing but those that it builds on.
            let parts = groups::closure(groups::of(group.name));
            let is_used = { self.profile.groups.iter() }
                .filter(|part| parts.iter().any(|known| known.name == part.name))
                .any(|part| used.contains(&part.source));
            if !group.by_name || is_used {
                continue;
            }
            let why = if all_run {
                "the default action lets every call run"
            } else {
                "the profile names every call that the group permits, and so decides about it"
            };
            let name = group.name;
            let message = format!("the group `{name}` has no effect: {why}");
            let error = Error::nowhere(Kind::UnusedGroup, message);
            self.report
                .push(error.note(format!("remove \"{name}\" from `with`")));
        }
    }
}
