//! Lints: warnings about things in a profile that are valid but rarely intended.
//!
//! A lint compares the profile with its policy; it changes neither. In an invocation, `allow(name)`
//! disables a lint and `deny(name)` makes it an error.
//!
//! A *place* is a span and its path. The *answer* to a call is the action that the policy returns.

mod calls;
mod reporter;
mod rules;

use crate::error::{Error, Errors, Span};
use crate::linux::action::Action;
use crate::linux::syscalls;
use crate::options::Options;
use crate::policy::{self, Decision, Policy, Rule};
use crate::profile::{Entry, Profile};
use crate::resolve::origin::Origins;

/// Returns the warnings about a profile, in the order of the text.
///
/// # Errors
/// The lints that the invocation denies, as errors.
pub(crate) fn lint(
    profile: &Profile,
    policy: &Policy,
    origins: &Origins,
    options: &Options,
) -> Result<Vec<Error>, Errors> {
    if options.reporter {
        reporter::check(profile, policy, origins)?;
    }
    let default = options
        .default_action
        .unwrap_or(profile.default_action.value);
    let mut lints = Lints {
        profile,
        policy,
        origins,
        default,
        found: Errors::default(),
    };
    lints.errno_zero();
    lints.kill_thread();
    lints.unreachable_rule();
    lints.conditions();
    lints.clone3_errno();
    lints.io_uring();
    lints.exit_denied();
    lints.mux_bypass();
    lints.foreign_abi();
    let (mut warnings, mut errors) = (Vec::new(), Errors::default());
    for found in lints.found.sorted() {
        if options.deny.contains(&found.kind) {
            errors.push(found);
        } else if !options.allow.contains(&found.kind) {
            let name = found.kind.name().replace('-', "_");
            warnings.push(found.note(format!(
                "if this is intended, add `allow({name})` to the invocation"
            )));
        }
    }
    errors.or(warnings)
}

struct Lints<'a> {
    profile: &'a Profile,
    policy: &'a Policy,
    origins: &'a Origins,
    /// The default action before `deny_action` replaces it.
    default: Action,
    found: Errors,
}

impl<'a> Lints<'a> {
    fn entries(&self) -> impl Iterator<Item = &'a Entry> + use<'a> {
        self.profile.syscalls.iter()
    }

    /// Returns the place that decides about a call of the target's own ABI: its last rule, or the
    /// default action.
    fn place(&self, name: &str) -> (Span, String) {
        let target = self.policy.target;
        let rules = syscalls::number(target, name).map(|nr| self.origins.of(target, nr));
        match rules.and_then(<[_]>::last) {
            Some(origin) => (
                origin.name(self.profile).span,
                origin.entry(self.profile).path.0.clone(),
            ),
            None => (
                self.profile.default_action.span,
                String::from("defaultAction"),
            ),
        }
    }

    /// Returns the policy's decision about a call of the target's own ABI, if the call exists there.
    fn decision(&self, name: &str) -> Option<Decision<'_>> {
        let target = self.policy.target;
        Some(
            self.policy
                .lookup(target.token(), syscalls::number(target, name)?),
        )
    }

    /// Returns all possible answers to a call of the target's own ABI; none if the call does not
    /// exist there.
    fn answers(&self, name: &str) -> Vec<Action> {
        match self.decision(name) {
            None => Vec::new(),
            Some(Decision::Always(action)) => vec![action],
            Some(Decision::ByRules(rules)) => {
                let reached = policy::reachable(rules);
                let ended = reached.last().is_some_and(Rule::always_answers);
                let default = (!ended).then_some(self.policy.default);
                reached
                    .iter()
                    .map(|rule| rule.action)
                    .chain(default)
                    .collect()
            }
        }
    }

    /// Returns whether a call runs for some arguments.
    fn can_run(&self, name: &str) -> bool {
        self.answers(name).into_iter().any(Action::runs)
    }

    /// Returns the answer to a call if it is denied for all arguments.
    fn denied(&self, name: &str) -> Option<Action> {
        match self.decision(name)? {
            Decision::Always(action) if action.rank() <= Action::Errno(0).rank() => Some(action),
            _ => None,
        }
    }

    fn can_have_threads(&self) -> bool {
        self.can_run("clone") || self.can_run("clone3")
    }

    /// Returns all actions of the profile with their places.
    fn actions(&self) -> impl Iterator<Item = (Action, Span, String)> + use<'a> {
        let default = self.profile.default_action;
        let rules = self.profile.syscalls.iter();
        let rules =
            rules.map(|entry| (entry.action.value, entry.action.span, entry.path.0.clone()));
        std::iter::once((default.value, default.span, String::from("defaultAction"))).chain(rules)
    }
}
