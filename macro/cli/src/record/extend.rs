//! What was seen → the profile with the rules for it.

use std::collections::{BTreeMap, BTreeSet};

use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::{Abi, Compiled};

use super::added;
use super::conflict::Conflict;
use super::covered::Covered;
use super::edit::Document;
use super::rule::Rule;
use super::seen::Seen;
use super::task::{Task, compiled};
use crate::Failure;

/// A profile with what was seen.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // what only `record --json` shows
pub(super) struct Extended {
    pub(super) text: String,
    /// The seen calls that the file lacked.
    pub(super) new: Vec<u32>,
    /// The rules for them, and what goes with these.
    pub(super) rules: Vec<Rule>,
    pub(super) conflicts: Vec<Conflict>,
    /// The calls of each other ABI that the profile does not let run.
    pub(crate) others: BTreeMap<Abi, BTreeSet<&'static str>>,
    pub(super) groups: Option<Covered>,
}

impl Task<'_> {
    /// Returns the profile with what was seen.
    pub(super) fn extend(&self, seen: &Seen) -> Result<Extended, Failure> {
        let groups = (self.args.groups).then(|| Covered::new(self, seen));
        let chosen = groups.as_ref().map_or(&[][..], |groups| &groups.chosen);
        let mut base = self.base.clone();
        base.add_groups(chosen);
        let conflicts = Conflict::all(self, seen);
        let mut document = Document::new(&self.text);
        for nr in &self.overrides {
            if seen.calls.contains_key(nr) {
                // What an earlier recording with --arguments has allowed stays allowed.
                document.remove(self.abi, *nr, self.args.arguments)?;
            }
        }
        let new: Vec<u32> = { seen.calls.iter() }
            .filter(|(nr, call)| {
                let overridden = self.overrides.contains(nr);
                let refused = conflicts.iter().any(|conflict| conflict.nr == **nr);
                let by_groups = groups.as_ref().is_some_and(|it| it.covered.contains(nr));
                overridden || call.refused.is_some() && !refused && !by_groups
            })
            .map(|(nr, _)| *nr)
            .collect();
        let rules = added::rules(self, seen, &new, groups.is_none());
        let text = document.extended(&rules)?;
        base.replace(text.clone());
        let compiled = compiled(&base, self.abi, &self.options)?;
        self.check(&compiled, &new)?;
        let mut others: BTreeMap<Abi, BTreeSet<&str>> = BTreeMap::new();
        for ((abi, nr), data) in &seen.others {
            if !compiled.policy.decide(data).runs() {
                let names = others.entry(*abi).or_default();
                names.extend(syscalls::name(*abi, *nr));
            }
        }
        Ok(Extended {
            text,
            new,
            rules,
            conflicts,
            others,
            groups,
        })
    }

    /// Checks that calls which the file answered before are answered as before.
    fn check(&self, extended: &Compiled, new: &[u32]) -> Result<(), Failure> {
        let (before, after) = (&self.compiled.policy, &extended.policy);
        // Groups can be more than before.
        let decides = |abi: Abi, nr: u32| {
            let name = syscalls::name(abi, nr);
            let is_new = |name: &str| {
                let here = syscalls::number(self.abi, name);
                here.is_some_and(|nr| new.contains(&nr))
            };
            name.is_some_and(|name| self.names(name) && !is_new(name))
        };
        let same = before.default == after.default && { before.abis.iter().zip(&after.abis) }.all(
            |(before, after)| {
                let mut lists = { before.lists.iter() }.filter(|(nr, _)| decides(before.abi, **nr));
                before.abi == after.abi && lists.all(|(nr, list)| after.lists.get(nr) == Some(list))
            },
        );
        if same {
            return Ok(());
        }
        let message = format!(
            "{}: the answers of the file would change: a defect",
            self.target
        );
        Err(Failure::Wrong(message))
    }
}
