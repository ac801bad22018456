//! Lints: warnings about things in a profile that are valid but rarely intended.
//!
//! A lint compares the profile with its policy, after all options; it changes neither. In an
//! invocation, `allow(name)` disables a lint and `deny(name)` makes it an error.
//!
//! A *place* is a span and its path. The *answer* to a call is the action that the policy returns.
//! A *denial* is a rule with an action stricter than the default, a *restriction* a permission with
//! conditions. A call is *free* if it runs whatever its arguments are.

mod arguments;
mod calls;
mod conditions;
mod foreign;
mod groups;
mod report;
mod reporter;
mod rules;
mod siblings;
mod uses;

pub(crate) use report::Warnings;

use crate::error::{Errors, Span};
use crate::linux::abi::Abi;
use crate::linux::action::Action;
use crate::linux::data::SeccompData;
use crate::linux::{self, call, errno, syscalls};
use crate::options::Options;
use crate::policy::probe::Probes;
use crate::policy::{self, Decision, Policy, Rule};
use crate::profile::{Entry, Profile};
use crate::resolve::origin::Origins;
use report::Report;

/// Returns the warnings about a profile, in the order of the text.
///
/// # Errors
/// The lints that the invocation denies, as errors.
pub(crate) fn lint(
    profile: &Profile,
    policy: &Policy,
    origins: &Origins,
    options: &Options,
) -> Result<Warnings, Errors> {
    if options.reporter {
        reporter::check(profile, policy, origins)?;
    }
    let mut lints = Lints {
        profile,
        policy,
        origins,
        options,
        report: Report::new(options),
    };
    lints.errno_zero();
    lints.kill_thread();
    lints.unreachable_rule();
    lints.dead_condition();
    lints.or_of_all();
    lints.not_portable();
    lints.conditional_rules();
    lints.moved_argument();
    lints.clone3_errno();
    lints.io_uring();
    lints.exit_denied();
    lints.crash_denied();
    lints.mux_bypass();
    lints.foreign_abi();
    lints.sibling_bypass();
    lints.absent_call();
    lints.missing_counterpart();
    lints.unused_group();
    lints.report.finish()
}

struct Lints<'a> {
    profile: &'a Profile,
    policy: &'a Policy,
    origins: &'a Origins,
    options: &'a Options,
    report: Report<'a>,
}

impl<'a> Lints<'a> {
    /// Returns the entries that the author wrote. What a group says is not theirs to correct.
    fn entries(&self) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let profile = self.profile;
        let entries = profile.syscalls.iter();
        entries.filter(|entry| !profile.is_of_group(entry))
    }

    /// Returns the action of a rule after the option `deny_action`.
    fn action(&self, entry: &Entry) -> Action {
        self.replaced(entry.action.value)
    }

    fn replaced(&self, action: Action) -> Action {
        match self.options.deny_action {
            Some(deny) if action != Action::Allow => deny,
            _ => action,
        }
    }

    /// Returns whether the rules of an entry are denials.
    fn denies(&self, entry: &Entry) -> bool {
        self.action(entry).rank() < self.policy.default.rank()
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

    /// Returns the policy's decision about a call, if the ABI has it.
    fn decision(&self, abi: Abi, name: &str) -> Option<Decision<'a>> {
        Some(
            self.policy
                .lookup(abi.token(), syscalls::number(abi, name)?),
        )
    }

    /// Returns all possible answers to a call of an ABI; none if the ABI lacks the call.
    fn answers(&self, abi: Abi, name: &str) -> Vec<Action> {
        match self.decision(abi, name) {
            None => Vec::new(),
            Some(Decision::Always(action)) => vec![action],
            Some(Decision::ByRules(rules)) => {
                let reached = policy::reachable(rules);
                let mut answers: Vec<Action> = reached.iter().map(|rule| rule.action).collect();
                if !reached.last().is_some_and(Rule::always_answers) {
                    answers.push(self.policy.default);
                }
                answers
            }
        }
    }

    /// Returns whether a call of the target's own ABI runs for some arguments.
    fn can_run(&self, name: &str) -> bool {
        let answers = self.answers(self.policy.target, name);
        answers.iter().any(|action| action.runs())
    }

    /// Returns whether an ABI has a call and it runs for all arguments.
    fn is_free(&self, abi: Abi, name: &str) -> bool {
        let answers = self.answers(abi, name);
        !answers.is_empty() && answers.iter().all(|action| action.runs())
    }

    /// Returns whether all answers to a call of the target's own ABI are ENOSYS.
    fn is_enosys(&self, name: &str) -> bool {
        let target = self.policy.target;
        let enosys = Action::Errno(errno::number(target, "ENOSYS").unwrap_or(38));
        let answers = self.answers(target, name);
        !answers.is_empty() && answers.iter().all(|action| *action == enosys)
    }

    /// Returns the answer to a call of the target's own ABI if it is denied for all arguments.
    fn denied(&self, name: &str) -> Option<Action> {
        match self.decision(self.policy.target, name)? {
            Decision::Always(action) if action.rank() <= Action::Errno(0).rank() => Some(action),
            _ => None,
        }
    }

    fn can_have_threads(&self) -> bool {
        self.can_run("clone") || self.can_run("clone3")
    }

    /// Returns the answer to one call.
    fn decide(&self, abi: Abi, nr: u32, args: [u64; 6]) -> Action {
        self.policy.decide(&SeccompData {
            arch: abi.token(),
            nr,
            args,
            ..SeccompData::default()
        })
    }

    /// Returns a call and its answer as text: `` `kill(1, 9)` gets ALLOW``.
    fn shown(&self, abi: Abi, nr: u32, args: [u64; 6]) -> String {
        let action = self.decide(abi, nr, args);
        let foreign = if abi == self.policy.target {
            String::new()
        } else {
            format!(" on {abi}")
        };
        format!("`{}` gets {action}{foreign}", call::text(abi, nr, &args))
    }

    /// Finds arguments for which a call of an ABI gets an answer that fits; if possible such as a
    /// program passes, without bits that the kernel does not take.
    fn find(&self, abi: Abi, nr: u32, fits: impl Fn(Action) -> bool) -> Option<[u64; 6]> {
        /// Rules of real profiles need a few dozen.
        const MOST: usize = 1 << 12;
        match self.policy.lookup(abi.token(), nr) {
            Decision::Always(action) => fits(action).then_some([0; 6]),
            Decision::ByRules(rules) => {
                let probes = Probes::new(rules, abi);
                let fits = |args: &[u64; 6]| fits(self.decide(abi, nr, *args));
                let mut plain = probes.some(MOST).map(|args| taken(abi, nr, args));
                plain.find(fits).or_else(|| probes.some(MOST).find(fits))
            }
        }
    }
}

/// Returns what the kernel takes of the arguments of a call.
fn taken(abi: Abi, nr: u32, mut args: [u64; 6]) -> [u64; 6] {
    let signature = syscalls::name(abi, nr).and_then(|name| linux::arguments::of(abi, name));
    for (at, arg) in args.iter_mut().enumerate() {
        let argument = signature.and_then(|signature| signature.get(at));
        *arg &= argument.map_or(u64::MAX, |argument| argument.width(abi).max());
    }
    args
}
