//! Lints about other ways to a call: multiplexers, and ABIs beside the target's own.

use super::Lints;
use crate::error::{Error, Kind, Spanned};
use crate::linux::abi::{self, Abi, Multiplexer};
use crate::linux::{siblings, syscalls};
use crate::profile::Entry;
use crate::sorted::Set;

impl Lints<'_> {
    /// A multiplexer that is free, and makes a call that is not (`format`, *Multiplexed calls*).
    /// Here a call that only the default denies counts too.
    pub(super) fn mux_bypass(&mut self) {
        let mut abis = self.policy.abis.iter().map(|rules| rules.abi);
        let Some(abi) = abis.find(|abi| abi.multiplexed()) else {
            return;
        };
        for &multiplexer in &[Multiplexer::Socketcall, Multiplexer::Ipc] {
            let named = self.entries().find_map(|entry| {
                let mut names = entry.names.iter();
                let named = names.find(|name| name.value == multiplexer.name())?;
                entry.args.is_empty().then_some((entry, named))
            });
            let Some((entry, named)) = named else {
                continue;
            };
            if !self.is_free(abi, multiplexer.name()) {
                continue;
            }
            let behind = || {
                let names = syscalls::names();
                names.filter(|name| abi::subcall(name).is_some_and(|(of, _)| of == multiplexer))
            };
            let action = self.action(entry);
            if let Some((call, rule)) = behind().find_map(|call| self.limited(call, abi)) {
                let message = format!("on {abi}, `{}` bypasses the rule for `{call}`", named.value);
                let error = Error::new(Kind::MuxBypass, named.span, message)
                    .path(entry.path.0.as_str())
                    .label(format!("{action} for every call through it"))
                    .related(rule.span, "this rule is not tested there");
                self.report.push(error.note(format!(
                    "remove `{}`: the rule for `{call}` also applies to calls through it",
                    named.value
                )));
                continue;
            }
            if self.policy.default.runs() {
                continue;
            }
            let Some(call) = behind().find(|call| !self.is_let_through(call, abi)) else {
                continue;
            };
            let message = format!(
                "on {abi}, `{}` makes `{call}`, which gets {} otherwise",
                named.value, self.policy.default
            );
            self.report.push(
                Error::new(Kind::MuxBypass, named.span, message)
                    .path(entry.path.0.as_str())
                    .label(format!("{action} for every call through it"))
                    .note(format!(
                        "remove `{}`: rules for the calls themselves also apply to calls through it",
                        named.value
                    )),
            );
        }
    }

    /// A call behind a multiplexer with the place of a rule that denies or restricts it.
    fn limited<'n>(&self, call: &'n str, abi: Abi) -> Option<(&'n str, &Spanned<String>)> {
        if self.is_free(abi, call) {
            return None;
        }
        let default = self.policy.default;
        let limits = |entry: &&Entry| {
            !entry.args.is_empty() && (self.action(entry).runs() && !default.runs())
                || self.action(entry).rank() < default.rank()
        };
        let mut entries = self.profile.syscalls.iter().filter(limits);
        entries.find_map(|entry| {
            let named = entry.names.iter().find(|name| name.value == call)?;
            Some((call, named))
        })
    }

    /// Whether a call, or one that does the same deed, is let through by its own name.
    fn is_let_through(&self, call: &str, abi: Abi) -> bool {
        let by_name = |call: &str| {
            self.is_free(abi, call)
                || self.entries().any(|entry| {
                    let runs = self.action(entry).runs() && entry.args.is_empty();
                    runs && entry.names.iter().any(|name| name.value == call)
                })
        };
        by_name(call)
            || siblings::of(call)
                .any(|form| siblings::others(form).any(|other| by_name(other.call)))
    }

    /// A profile that denies some calls and allows the rest, on an ABI with other calls that do the
    /// same; and one that lets calls of every other ABI through.
    pub(super) fn foreign_abi(&mut self) {
        let target = self.policy.target;
        let denials: Vec<&Entry> = self.entries().filter(|entry| self.denies(entry)).collect();
        if self.policy.bad_arch.runs() && (!self.policy.default.runs() || !denials.is_empty()) {
            let message = format!(
                "calls of every ABI that is not in the filter get {}: none of the rules applies to them",
                self.policy.bad_arch
            );
            let mut family = target.family().iter();
            let set: Vec<Abi> = self.policy.abis.iter().map(|rules| rules.abi).collect();
            let other = family.find(|abi| !set.contains(abi));
            let error = Error::nowhere(Kind::DefaultAllowForeignAbi, message);
            let error = match other {
                Some(&other) => {
                    let error = error.note(format!(
                        "a program for {target} can make calls of {other}, whatever it was compiled for"
                    ));
                    let number = |name: &str| syscalls::number(other, name);
                    let mut denied = denials.iter().flat_map(|entry| &entry.names);
                    let shown = denied.find_map(|name| number(&name.value));
                    match shown.or_else(|| number("execve")) {
                        Some(nr) => error.note(self.shown(other, nr, [0; 6])),
                        None => error,
                    }
                }
                None => error,
            };
            self.report.push(
                error.note("remove the option `bad_arch_action`, or give it an action that denies"),
            );
        }
        if !self.policy.default.runs() {
            return;
        }
        let named =
            { denials.iter() }.flat_map(|entry| entry.names.iter().map(|name| name.value.as_str()));
        let named = Set::from(named.collect());
        let mut reported = Set::new();
        for entry in denials {
            for name in &entry.names {
                let Some((abi, variant)) = self.variant(&name.value, &named) else {
                    continue;
                };
                if !reported.insert((name.value.as_str(), variant)) {
                    continue;
                }
                let nr = syscalls::number(abi, variant).unwrap_or_default();
                let message = format!(
                    "{abi} also has `{variant}`, which does the same as `{}` but is not restricted",
                    name.value
                );
                self.report.push(
                    Error::new(Kind::DefaultAllowForeignAbi, name.span, message)
                        .path(entry.path.0.as_str())
                        .label("the rule restricts only this call")
                        .note(self.shown(abi, nr, [0; 6]))
                        .note(format!(
                            "add `{variant}` to `names`, or remove {} from `architectures`",
                            abi.oci_name()
                        )),
                );
            }
        }
    }

    /// Returns a call that the target lacks and another ABI of the set has, that does the same as
    /// `name` and is not among `named`.
    fn variant(&self, name: &str, named: &Set<&str>) -> Option<(Abi, &'static str)> {
        let target = self.policy.target;
        let mut abis = self.policy.abis.iter().map(|rules| rules.abi);
        abis.find_map(|abi| {
            let mut others = siblings::of(name).flat_map(siblings::stand_ins);
            let only_there = |other: &&siblings::Form| {
                syscalls::number(target, other.call).is_none()
                    && self.is_free(abi, other.call)
                    && !named.contains(&other.call)
            };
            let other = others.find(only_there)?;
            (abi != target).then_some((abi, other.call))
        })
    }
}
