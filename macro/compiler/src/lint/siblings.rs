//! Lints about calls that do the same deed as one that the profile names.

use super::Lints;
use crate::error::{Error, Kind};
use crate::linux::abi::Abi;
use crate::linux::action::Action;
use crate::linux::siblings::{self, Form};
use crate::linux::{errno, syscalls};
use crate::policy::{Decision, Rule, reachable};
use crate::profile::Entry;
use crate::sorted::{self, Set};

impl Lints<'_> {
    /// A call that is denied or restricted, beside one that does the same deed and is free.
    pub(super) fn sibling_bypass(&mut self) {
        if self.report.is_off(Kind::SiblingBypass) {
            return;
        }
        let mut reported = Set::new();
        for rules in &self.policy.abis {
            let abi = rules.abi;
            for (&nr, list) in &rules.lists {
                // Most calls have one rule, which lets them through.
                let default = self.policy.default.rank();
                let is_free = |only: &Rule| only.always_answers() && only.action.rank() >= default;
                if matches!(&list[..], [only] if is_free(only) && only.action.runs()) {
                    continue;
                }
                let origins = self.origins.of(abi, nr);
                let Some(restricted) = self.restricted(abi.token(), nr) else {
                    continue;
                };
                let Some(origin) = origins.get(restricted) else {
                    continue;
                };
                let name = origin.name(self.profile);
                if syscalls::number(abi, &name.value) != Some(nr) {
                    // A multiplexer; `mux_bypass` is about these.
                    continue;
                }
                let free = |other: &&Form| {
                    let target = self.policy.target;
                    let foreign = abi != target && syscalls::number(target, other.call).is_none();
                    self.is_free(abi, other.call) && !foreign
                };
                let mut others: Vec<(&Form, &Form)> = Vec::new();
                for form in siblings::of(&name.value) {
                    let free = siblings::stand_ins(form).filter(free);
                    others.extend(free.map(|other| (form, other)));
                }
                // A call with which exactly the same can be shown comes first.
                sorted::sort_by_key(&mut others, |(form, other)| {
                    (other.is_unseen(abi), !form.is_about_the_same(other))
                });
                let example = |(form, other): &(&Form, &Form)| self.same_deed(abi, nr, form, other);
                let shown = others.iter().position(|pair| example(pair).is_some());
                let Some(&(form, other)) = others.get(shown.unwrap_or(0)) else {
                    continue;
                };
                let calls = Set::from(others.iter().map(|(_, other)| other.call).collect());
                if !reported.insert((name.value.as_str(), calls)) {
                    continue;
                }
                let word = match list[restricted].action {
                    Action::Log if self.policy.default.runs() => "logged",
                    _ if self.policy.default.runs() => "denied",
                    _ => "restricted",
                };
                let message = format!(
                    "`{}` is {word}, but `{}` also lets a program {} and is allowed without conditions",
                    name.value, other.call, form.deed
                );
                let error = Error::new(Kind::SiblingBypass, name.span, message)
                    .path(origin.path(self.profile))
                    .label(format!("`{}` is free to do the same", other.call));
                let error = match example(&(form, other)) {
                    Some(example) => error.note(example),
                    None => error,
                };
                self.report
                    .push(error.note(self.fix(abi, origin.entry(self.profile), &others)));
            }
        }
    }

    /// Returns the index of the rule that denies or restricts a call, if one does.
    fn restricted(&self, token: u32, nr: u32) -> Option<usize> {
        let default = self.policy.default;
        match self.policy.lookup(token, nr) {
            Decision::Always(action) => (action.rank() < default.rank()).then_some(0),
            Decision::ByRules(rules) => {
                let rules = reachable(rules);
                let denial = rules
                    .iter()
                    .position(|rule| rule.action.rank() < default.rank());
                let runs = |action: Action| action.runs() && !default.runs();
                let limited = rules.iter().position(|rule| {
                    rule.exact && runs(rule.action) && !rule.conditions.is_empty()
                });
                let free = rules.last().is_some_and(|rule| {
                    rule.always_answers() && rules.iter().all(|rule| rule.action.runs())
                });
                denial.or(limited.filter(|_| !free))
            }
        }
    }

    /// A call that is denied, and how the other call does the same.
    fn same_deed(&self, abi: Abi, nr: u32, form: &Form, other: &Form) -> Option<String> {
        let default = self.policy.default;
        let denies = |action: Action| match default.runs() {
            true => action.rank() < default.rank(),
            false => !action.runs(),
        };
        let denied = self.find(abi, nr, denies)?;
        let (ours, theirs) = siblings::alike(abi, form, other, denied)?;
        let other_nr = syscalls::number(abi, other.call)?;
        let refused = denies(self.decide(abi, nr, ours));
        refused.then(|| {
            format!(
                "{}, but {}",
                self.shown(abi, nr, ours),
                self.shown(abi, other_nr, theirs)
            )
        })
    }

    /// What to do about other calls that do the deed of an entry's call.
    fn fix(&self, abi: Abi, entry: &Entry, others: &[(&Form, &Form)]) -> String {
        let list = |unseen: Option<bool>| {
            let fits = |other: &&Form| unseen.is_none_or(|unseen| other.is_unseen(abi) == unseen);
            let others = others.iter().map(|(_, other)| *other).filter(fits);
            let mut names: Vec<&str> = others.map(|other| other.call).collect();
            sorted::sort_unique(&mut names);
            let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            names.join(", ")
        };
        if entry.args.is_empty() {
            return format!("add {} to `names` of this rule", list(None));
        }
        let (seen, unseen) = (list(Some(false)), list(Some(true)));
        let enosys = errno::number(self.policy.target, "ENOSYS").unwrap_or(38);
        let permitted = if self.policy.default.runs() {
            "add"
        } else {
            "replace their permission by"
        };
        let restrict = format!("restrict {seen} in the same way");
        let deny = format!(
            "a filter does not see all that {unseen} can do: {permitted} a rule that answers as an older kernel, after which programs make the other calls: {{ \"names\": [{unseen}], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": {enosys} }}"
        );
        match (seen.is_empty(), unseen.is_empty()) {
            (_, true) => restrict,
            (true, false) => deny,
            (false, false) => format!("{restrict}; {deny}"),
        }
    }

    /// A denial of a call that the target lacks, without one of the call that does the deed there.
    pub(super) fn absent_call(&mut self) {
        let target = self.policy.target;
        let denials = self.entries().filter(|entry| self.denies(entry));
        let denied = denials.flat_map(|entry| entry.names.iter().map(|name| name.value.as_str()));
        let denied = Set::from(denied.collect());
        for entry in self.entries() {
            if !self.denies(entry) {
                continue;
            }
            for (i, name) in entry.names.iter().enumerate() {
                let on_some_abi = |abi| syscalls::number(abi, &name.value).is_some();
                let mut abis = self.policy.abis.iter().map(|rules| rules.abi);
                if abis.any(on_some_abi) {
                    continue;
                }
                let mut here: Vec<&Form> = Vec::new();
                for form in siblings::of(&name.value) {
                    let mut others: Vec<&Form> = siblings::stand_ins(form)
                        .filter(|other| syscalls::number(target, other.call).is_some())
                        .collect();
                    sorted::sort_by_key(&mut others, |other| !form.is_about_the_same(other));
                    here.extend(others);
                }
                let Some(other) = here.first() else { continue };
                if here.iter().any(|other| denied.contains(&other.call)) {
                    continue;
                }
                let nr = syscalls::number(target, other.call).unwrap_or_default();
                let message = format!(
                    "{target} has no `{}`: this rule denies nothing there, and `{}` also lets a program {}",
                    name.value, other.call, other.deed
                );
                self.report.push(
                    Error::new(Kind::AbsentCall, name.span, message)
                        .path(format!("{}.names[{i}]", entry.path.0))
                        .label(format!("does not exist on {target}"))
                        .note(self.shown(target, nr, [0; 6]))
                        .note(format!("add \"{}\" to `names` of this rule", other.call)),
                );
            }
        }
    }

    /// A permission for a call that no C library of the target makes, without one for the call that
    /// they do make.
    pub(super) fn missing_counterpart(&mut self) {
        if self.policy.default.runs() {
            return;
        }
        let target = self.policy.target;
        let mut reported = Set::new();
        for entry in self.entries() {
            if !self.action(entry).runs() {
                continue;
            }
            for (i, name) in entry.names.iter().enumerate() {
                let call = name.value.as_str();
                // Most calls have no siblings.
                if siblings::of(call).next().is_none() {
                    continue;
                }
                let mut made = siblings::counterparts(target, call);
                let is_beside = made.is_empty();
                if is_beside {
                    made.extend(siblings::beside(target, call));
                }
                // What libraries fall back to after ENOSYS must run.
                let fallback = call == "clone3";
                // A supervisor that is notified lets the call through, or makes it.
                let notified = |call: &str| self.answers(target, call).contains(&Action::Notify);
                let usable = |call: &&str| {
                    self.can_run(call) || notified(call) || !fallback && self.is_enosys(call)
                };
                let Some(first) = made.first() else { continue };
                if made.iter().any(usable) || !reported.insert(*first) {
                    continue;
                }
                let exists = syscalls::number(target, call).is_some();
                let why = match (is_beside, exists) {
                    (true, _) if fallback => {
                        format!("where `{call}` gets ENOSYS, as in containers, C libraries call")
                    }
                    (true, _) => {
                        format!("C libraries do not only make `{call}` on {target}: they also call")
                    }
                    (false, true) => {
                        format!("no C library makes `{call}` on {target}: they call")
                    }
                    (false, false) => {
                        format!("{target} has no `{call}`: its C libraries call")
                    }
                };
                let nr = syscalls::number(target, first).unwrap_or_default();
                let action = self.decide(target, nr, [0; 6]);
                let message = format!("{why} `{first}`, which gets {action}");
                self.report.push(
                    Error::new(Kind::MissingCounterpart, name.span, message)
                        .path(format!("{}.names[{i}]", entry.path.0))
                        .label(format!("allowed, but `{first}` is not"))
                        .note(self.shown(target, nr, [0; 6]))
                        .note(format!("add \"{first}\" to `names` of this rule")),
                );
            }
        }
    }
}
