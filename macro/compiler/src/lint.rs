//! What is allowed but rarely meant: warnings with a name, a reason and a way out.
//!
//! A lint speaks of what the profile says and what the policy makes of it; it changes nothing. An
//! invocation silences one by `allow(name)` and makes it an error by `deny(name)`.

use std::collections::BTreeMap;

use crate::abi::{self, Abi, Multiplexer, Width};
use crate::error::{Error, Errors, Kind, Span};
use crate::options::Options;
use crate::policy::{Action, Decision, Policy, Test};
use crate::profile::{Arg, Entry, Profile};
use crate::resolve::narrow;
use crate::{errno, ints, set, syscalls};

/// The kinds that are lints.
pub const LINTS: [Kind; 11] = [
    Kind::AlwaysTrue,
    Kind::Clone3Errno,
    Kind::DefaultAllowForeignAbi,
    Kind::ErrnoZero,
    Kind::ExitDenied,
    Kind::IntArgument,
    Kind::IoUring,
    Kind::KillThread,
    Kind::MuxBypass,
    Kind::NeverTrue,
    Kind::UnreachableRule,
];

/// Returns the warnings about a profile, in the order of the text.
///
/// # Errors
/// Those that the invocation denies, as errors.
pub(crate) fn lint(
    profile: &Profile,
    policy: &Policy,
    options: &Options,
) -> Result<Vec<Error>, Errors> {
    let default = options
        .default_action
        .unwrap_or(profile.default_action.value);
    let mut lints = Lints {
        profile,
        policy,
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
            warnings.push(found.note(format!("if it is meant, say `allow({name})`")));
        }
    }
    errors.or(warnings)
}

struct Lints<'a> {
    profile: &'a Profile,
    policy: &'a Policy,
    /// The default before `deny_action` changes it.
    default: Action,
    found: Errors,
}

/// Whether the kernel runs the call.
const fn runs(action: Action) -> bool {
    matches!(action, Action::Allow | Action::Log)
}

/// Calls on files and sockets that a ring makes too (`io_uring/opdef.c`).
const ON_RINGS: [&str; 15] = [
    "openat",
    "openat2",
    "unlinkat",
    "renameat2",
    "mkdirat",
    "linkat",
    "symlinkat",
    "socket",
    "bind",
    "listen",
    "connect",
    "accept4",
    "sendmsg",
    "recvmsg",
    "setxattr",
];

impl<'a> Lints<'a> {
    fn entries(&self) -> impl Iterator<Item = &'a Entry> + use<'a> {
        self.profile.syscalls.iter()
    }

    /// Where a call gets its answer: at its name in the last rule that has it, or at the default.
    fn place(&self, name: &str) -> (Span, String) {
        let of_entry = |entry: &'a Entry| {
            let named = entry.names.iter().find(|known| known.value == name)?;
            Some((named.span, entry.place.0.clone()))
        };
        let nowhere = (
            self.profile.default_action.span,
            String::from("defaultAction"),
        );
        self.profile
            .syscalls
            .iter()
            .rev()
            .find_map(of_entry)
            .unwrap_or(nowhere)
    }

    /// What the target's own ABI answers to a call, if it has it.
    fn decision(&self, name: &str) -> Option<Decision<'_>> {
        let target = self.policy.target;
        Some(
            self.policy
                .lookup(target.token(), syscalls::number(target, name)?),
        )
    }

    /// Whether a call runs for some arguments.
    fn can_run(&self, name: &str) -> bool {
        match self.decision(name) {
            None => false,
            Some(Decision::Always(action)) => runs(action),
            Some(Decision::ByRules(rules, _)) => {
                runs(self.policy.default) || rules.iter().any(|rule| runs(rule.action))
            }
        }
    }

    /// The answer to a call if it is not to run, whatever the arguments.
    fn denied(&self, name: &str) -> Option<Action> {
        match self.decision(name)? {
            Decision::Always(action) if action.rank() <= Action::Errno(0).rank() => Some(action),
            _ => None,
        }
    }

    fn can_have_threads(&self) -> bool {
        self.can_run("clone") || self.can_run("clone3")
    }

    /// Actions with their places.
    fn actions(&self) -> impl Iterator<Item = (Action, Span, String)> + use<'a> {
        let default = self.profile.default_action;
        let rules = self.profile.syscalls.iter();
        let rules =
            rules.map(|entry| (entry.action.value, entry.action.span, entry.place.0.clone()));
        std::iter::once((default.value, default.span, String::from("defaultAction"))).chain(rules)
    }

    fn errno_zero(&mut self) {
        for (_, span, place) in self
            .actions()
            .filter(|(action, ..)| *action == Action::Errno(0))
        {
            self.found.push(
                Error::new(
                    Kind::ErrnoZero,
                    span,
                    "errno 0 is success: the call is skipped and seems to have worked",
                )
                .at(place)
                .label("with errno 0")
                .note("let callers see a failure, such as 1 (EPERM) or 38 (ENOSYS)"),
            );
        }
    }

    fn kill_thread(&mut self) {
        let mut places = self
            .actions()
            .filter(|(action, ..)| *action == Action::KillThread);
        let Some((_, span, place)) = places.next().filter(|_| self.can_have_threads()) else {
            return;
        };
        self.found.push(
            Error::new(
                Kind::KillThread,
                span,
                "only the thread that makes the call is killed",
            )
            .at(place)
            .label("the others go on, and wait for its locks for ever")
            .note("SCMP_ACT_KILL_PROCESS ends the whole process"),
        );
    }

    /// Rule 20: behind a rule that always answers, and not with the default, none is reached.
    fn unreachable_rule(&mut self) {
        let mut decided: BTreeMap<&str, (Action, Span)> = BTreeMap::new();
        for entry in self.entries() {
            let action = entry.action.value;
            for name in &entry.names {
                match decided.get(name.value.as_str()) {
                    Some(&(first, span)) if first != action => {
                        let message = format!("this rule for `{}` is never reached", name.value);
                        self.found.push(
                            Error::new(Kind::UnreachableRule, name.span, message)
                                .at(entry.place.0.as_str())
                                .label(format!("{action} never"))
                                .related(span, format!("{first} always"))
                                .note("remove one of them"),
                        );
                    }
                    Some(_) => {}
                    None if entry.args.is_empty() && action != self.default => {
                        decided.insert(&name.value, (action, name.span));
                    }
                    None => {}
                }
            }
        }
    }

    /// Rule 27: conditions that say nothing, and those that high bits evade.
    fn conditions(&mut self) {
        for entry in self.entries() {
            for (i, arg) in entry.args.iter().enumerate() {
                let place = format!("{}.args[{i}]", entry.place.0);
                let on_all = |holds: fn(Test, Width) -> bool| {
                    self.policy.abis.iter().all(|rules| {
                        let test = narrow(arg.value, rules.abi);
                        test.is_ok_and(|test| holds(test, rules.abi.width()))
                    })
                };
                if on_all(set::is_full) {
                    self.found.push(
                        Error::new(Kind::AlwaysTrue, arg.span, "a condition that always holds")
                            .at(place)
                            .label("every argument is like this")
                            .note("remove it"),
                    );
                } else if on_all(set::is_empty) {
                    self.found.push(
                        Error::new(Kind::NeverTrue, arg.span, "a condition that never holds")
                            .at(place)
                            .label("no argument is like this")
                            .note("the rule does nothing: remove it, or mend the condition"),
                    );
                } else {
                    self.int_argument(entry, arg.value, arg.span, place);
                }
            }
        }
    }

    fn int_argument(&mut self, entry: &Entry, arg: Arg, span: Span, place: String) {
        let wide = self
            .policy
            .abis
            .iter()
            .any(|rules| rules.abi.width() == Width::W64);
        let call = entry
            .names
            .iter()
            .find(|name| ints::is_int(&name.value, arg.index));
        let Some(call) = call.filter(|_| wide) else {
            return;
        };
        let (action, default) = (entry.action.value.rank(), self.default.rank());
        let evaded =
            (action < default && escapes(arg.test)) || (action > default && admits(arg.test));
        if !evaded {
            return;
        }
        let fix = match arg.test {
            Test::Eq(value) => format!(
                "compare the low half: \"op\": \"SCMP_CMP_MASKED_EQ\", \"value\": 4294967295, \"valueTwo\": {value}"
            ),
            _ => String::from(
                "name the values that are meant: SCMP_CMP_MASKED_EQ with \"value\": 4294967295 compares the low half",
            ),
        };
        let message = format!(
            "the kernel takes argument {} of `{}` as 32 bits, but the condition compares 64",
            arg.index, call.value
        );
        self.found.push(
            Error::new(Kind::IntArgument, span, message)
                .at(place)
                .label("evaded with any of the high bits set")
                .note(fix),
        );
    }

    fn clone3_errno(&mut self) {
        let enosys = errno::number(self.policy.target, "ENOSYS").map(Action::Errno);
        let Some(action) = self
            .denied("clone3")
            .filter(|action| Some(*action) != enosys)
        else {
            return;
        };
        if !self.can_run("clone") {
            return;
        }
        let (span, place) = self.place("clone3");
        self.found.push(
            Error::new(
                Kind::Clone3Errno,
                span,
                format!(
                    "`clone3` gets {action}, and only ENOSYS makes a libc fall back to `clone`"
                ),
            )
            .at(place)
            .label("no thread can be started where the libc has clone3")
            .note("answer it with SCMP_ACT_ERRNO and \"errnoRet\": 38 (ENOSYS), or allow it"),
        );
    }

    fn io_uring(&mut self) {
        if !self.can_run("io_uring_setup") {
            return;
        }
        let always = |name: &&str| {
            matches!(
                self.decision(name),
                None | Some(Decision::Always(Action::Allow | Action::Log))
            )
        };
        let filtered: Vec<&str> = ON_RINGS.into_iter().filter(|name| !always(name)).collect();
        let [first, ..] = filtered[..] else { return };
        let (span, place) = self.place("io_uring_setup");
        let more = if filtered.len() > 1 {
            " and others"
        } else {
            ""
        };
        self.found.push(
            Error::new(
                Kind::IoUring,
                span,
                format!("a ring does what `{first}`{more} may not: its work is not filtered"),
            )
            .at(place)
            .label("allows rings")
            .note("answer io_uring_setup with ENOSYS, which programs take for an old kernel"),
        );
    }

    /// An errno for rt_sigreturn is worse than a signal: the program goes on behind it, anywhere.
    fn exit_denied(&mut self) {
        let ends = self
            .denied("exit_group")
            .map(|action| ("exit_group", action, "no program can end"));
        let returns = self
            .denied("rt_sigreturn")
            .filter(|action| matches!(action, Action::Errno(_)));
        let returns =
            returns.map(|action| ("rt_sigreturn", action, "no signal handler can return"));
        for (call, action, what) in ends.into_iter().chain(returns) {
            let (span, place) = self.place(call);
            self.found.push(
                Error::new(Kind::ExitDenied, span, format!("{what}: `{call}` gets {action}"))
                    .at(place)
                    .label("what it gets")
                    .note("allow exit_group and rt_sigreturn: they give a program nothing that it does not have"),
            );
        }
    }

    /// Rule 30.
    fn mux_bypass(&mut self) {
        if !self.policy.abis.iter().any(|rules| rules.abi.multiplexed()) {
            return;
        }
        for multiplexer in [Multiplexer::Socketcall, Multiplexer::Ipc] {
            let open = self
                .entries()
                .filter(|entry| entry.args.is_empty())
                .find_map(|entry| {
                    let named = entry
                        .names
                        .iter()
                        .find(|name| name.value == multiplexer.name())?;
                    Some((entry, named))
                });
            let Some((open, named)) = open else { continue };
            let bypassed = self
                .entries()
                .filter(|entry| !entry.args.is_empty())
                .find_map(|entry| {
                    let strictest = entry.action.value.stricter(self.default);
                    let sub =
                        |name: &str| abi::subcall(name).is_some_and(|(of, _)| of == multiplexer);
                    let call = entry.names.iter().find(|name| sub(&name.value))?;
                    (strictest.rank() < open.action.value.rank()).then_some(call)
                });
            let Some(call) = bypassed else { continue };
            let message = format!(
                "on 32-bit ABIs `{}` reaches `{}` whatever its arguments",
                named.value, call.value
            );
            self.found.push(
                Error::new(Kind::MuxBypass, named.span, message)
                    .at(open.place.0.as_str())
                    .label(format!("{} for all of its calls", open.action.value))
                    .related(call.span, "this condition is not looked at there")
                    .note(format!(
                        "leave `{}` out: rules for the calls themselves hold there too",
                        named.value
                    )),
            );
        }
    }

    /// A list of what is forbidden, on an ABI that has more names for the same.
    fn foreign_abi(&mut self) {
        if !runs(self.default) {
            return;
        }
        let strict = |entry: &&Entry| entry.action.value.rank() < self.default.rank();
        let mut named: Vec<&str> = Vec::new();
        for entry in self.entries().filter(strict) {
            named.extend(entry.names.iter().map(|name| name.value.as_str()));
        }
        for entry in self
            .entries()
            .filter(|entry| entry.action.value.rank() < self.default.rank())
        {
            for name in &entry.names {
                let variant = self.variant(&name.value, &named);
                let Some((abi, variant)) = variant else {
                    continue;
                };
                let message = format!(
                    "{abi} has `{variant}` too, which does the same as `{}`",
                    name.value
                );
                self.found.push(
                    Error::new(Kind::DefaultAllowForeignAbi, name.span, message)
                        .at(entry.place.0.as_str())
                        .label("forbidden only by this name")
                        .note(format!(
                            "add `{variant}`, or take {} from the architectures",
                            abi.oci_name()
                        )),
                );
            }
        }
    }

    /// A call of an ABI other than the target's that does what `name` does and has no rule.
    fn variant(&self, name: &str, named: &[&str]) -> Option<(Abi, String)> {
        let target = self.policy.target;
        let foreign = self
            .policy
            .abis
            .iter()
            .map(|rules| rules.abi)
            .filter(|abi| *abi != target);
        let others = match name {
            "mmap" => vec![String::from("mmap2")],
            "umount2" => vec![String::from("umount")],
            _ => ["64", "32", "_time64"]
                .map(|suffix| format!("{name}{suffix}"))
                .to_vec(),
        };
        foreign.into_iter().find_map(|abi| {
            let here = others.iter().find(|other| {
                let only_there = syscalls::number(target, other).is_none();
                only_there
                    && syscalls::number(abi, other).is_some()
                    && !named.contains(&other.as_str())
            })?;
            Some((abi, here.clone()))
        })
    }
}

/// Whether a test that holds for some 32-bit value fails for one with the same low half.
fn escapes(test: Test) -> bool {
    match test {
        Test::Eq(value) => value <= Width::W32.max(),
        Test::Lt(_) | Test::Le(_) => true,
        Test::Masked { mask, value } => mask > Width::W32.max() && value <= Width::W32.max(),
        Test::Ne(_) | Test::Ge(_) | Test::Gt(_) => false,
    }
}

/// Whether a test that fails for some 32-bit value holds for one with the same low half.
fn admits(test: Test) -> bool {
    match test {
        Test::Ne(value) => value <= Width::W32.max(),
        Test::Ge(_) | Test::Gt(_) => true,
        Test::Eq(_) | Test::Lt(_) | Test::Le(_) | Test::Masked { .. } => false,
    }
}
