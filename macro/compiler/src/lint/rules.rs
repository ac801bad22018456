//! Lints about actions and about rules that have no effect.

use super::Lints;
use crate::error::{Error, Kind, Span};
use crate::linux::action::Action;
use crate::linux::syscalls;
use crate::policy::Rule;
use crate::resolve::origin::Group;
use crate::sorted::Set;

impl Lints<'_> {
    /// Returns the actions of the profile and of the options that take effect, with their places.
    fn actions(&self) -> Vec<(Action, Option<Span>, String)> {
        let options = self.options;
        let mut actions = Vec::new();
        // An answer that `deny_action` replaces is reported once, as the option's.
        let mut add = |action: Action, span: Option<Span>, path: String| {
            if self.replaced(action) == action {
                actions.push((action, span, path));
            }
        };
        let default = self.profile.default_action;
        let written = options.default_action.is_none();
        let span = written.then_some(default.span);
        add(default.value, span, String::from("defaultAction"));
        for entry in self.entries() {
            let action = entry.action;
            add(action.value, Some(action.span), entry.path.0.clone());
        }
        let given = [
            ("default_action", options.default_action),
            ("deny_action", options.deny_action),
            ("bad_arch_action", options.bad_arch_action),
        ];
        for &(option, action) in &given {
            if let Some(action) = action {
                actions.push((action, None, format!("option {option}")));
            }
        }
        actions
    }

    pub(super) fn errno_zero(&mut self) {
        for (action, span, path) in self.actions() {
            if action != Action::Errno(0) {
                continue;
            }
            let message =
                "errno 0 means success: the kernel skips the call, but the caller sees no error";
            let error = Error {
                span,
                ..Error::nowhere(Kind::ErrnoZero, message)
            };
            self.report.push(
                error
                    .path(path)
                    .label("returns errno 0")
                    .note("return an error, such as 1 (EPERM)"),
            );
        }
    }

    pub(super) fn kill_thread(&mut self) {
        if !self.can_have_threads() {
            return;
        }
        let mut actions = self.actions().into_iter();
        let found = actions.find(|(action, ..)| *action == Action::KillThread);
        let Some((_, span, path)) = found else {
            return;
        };
        let error = Error {
            span,
            ..Error::nowhere(
                Kind::KillThread,
                "this action kills only the calling thread",
            )
        };
        self.report.push(
            error
                .path(path)
                .label("other threads continue, and can wait forever for its locks")
                .note("use SCMP_ACT_KILL_PROCESS to kill the whole process"),
        );
    }

    /// A rule after one without conditions whose action is not the default (`format`, *Overlapping
    /// rules*).
    pub(super) fn unreachable_rule(&mut self) {
        let default = self
            .options
            .default_action
            .unwrap_or(self.profile.default_action.value);
        // By the place of the name in the table: the action of the rule that decides.
        let mut decided: Vec<Option<(Action, Span)>> = vec![None; syscalls::names().len()];
        let mut source = 0;
        for entry in self.entries() {
            // Of two texts that name a call, the first alone decides it.
            if entry.source != source {
                source = entry.source;
                decided.fill(None);
            }
            let action = entry.action.value;
            for name in &entry.names {
                let Some(decided) = syscalls::place(&name.value).map(|at| &mut decided[at]) else {
                    continue;
                };
                match *decided {
                    Some((first, span)) if first != action => {
                        let message = format!("this rule for `{}` is never reached", name.value);
                        self.report.push(
                            Error::new(Kind::UnreachableRule, name.span, message)
                                .path(entry.path.0.as_str())
                                .label(format!("{action} is never used"))
                                .related(span, format!("{first} for every call"))
                                .note("remove the call from one of the two rules"),
                        );
                    }
                    None if entry.args.is_empty() && action != default => {
                        *decided = Some((action, name.span));
                    }
                    _ => {}
                }
            }
        }
    }

    /// A rule with conditions next to one without and with the same action: the conditions change
    /// nothing.
    pub(super) fn dead_condition(&mut self) {
        let mut reported = Set::new();
        for rules in &self.policy.abis {
            for (&nr, list) in &rules.lists {
                if list.len() < 2 {
                    continue;
                }
                let always = |rule: &Rule| rule.always_answers();
                let Some(all) = list.iter().position(always) else {
                    continue;
                };
                let origins = self.origins.of(rules.abi, nr);
                for at in 0..list.len() {
                    let (first, last) = (at.min(all), at.max(all));
                    let same = |rule: &Rule| rule.exact && rule.action == list[all].action;
                    if list[at].always_answers() || !list[first..=last].iter().all(same) {
                        continue;
                    }
                    let (Some(dead), Some(free)) = (origins.get(at), origins.get(all)) else {
                        continue;
                    };
                    // A condition that stands for a call behind a multiplexer is not the author's,
                    // and one of a group is not theirs to correct.
                    let of_group = self.profile.is_of_group(dead.entry(self.profile));
                    let is_seen = !matches!(dead.group, Group::Unseen | Group::Rest);
                    let written = is_seen && !of_group;
                    if !written || !reported.insert((dead.entry, dead.name)) {
                        continue;
                    }
                    let (dead_name, free_name) = (dead.name(self.profile), free.name(self.profile));
                    let call = &dead_name.value;
                    let action = list[all].action;
                    let message = format!(
                        "the conditions on `{call}` have no effect: another rule gives {action} for every call"
                    );
                    let shown = self.shown(rules.abi, nr, unmatched(&list[at]));
                    self.report.push(
                        Error::new(Kind::DeadCondition, dead_name.span, message)
                            .path(dead.path(self.profile))
                            .label("this rule changes nothing")
                            .related(free_name.span, format!("{action} for every call"))
                            .note(format!(
                                "{shown}, although it does not match the conditions"
                            ))
                            .note(format!("remove `{call}` from one of the two rules")),
                    );
                }
            }
        }
    }

    /// Numbers that are written as names or as strings, which container engines do not read.
    pub(super) fn not_portable(&mut self) {
        for &span in &self.profile.strings {
            self.report.push(
                Error::new(
                    Kind::NotPortable,
                    span,
                    "this profile writes numbers as strings, which container engines cannot read",
                )
                .label("the first such number")
                .note("runc, Docker, Podman and Kubernetes need the number itself"),
            );
        }
    }
}

/// Arguments that do not match a rule, as far as they are easy to find.
fn unmatched(rule: &Rule) -> [u64; 6] {
    for &value in &[0, 1, 2, u64::from(u32::MAX), u64::MAX] {
        if !rule.matches(&[value; 6]) {
            return [value; 6];
        }
    }
    [0; 6]
}
