//! Profile × target → policy: resolves names to numbers, narrows conditions to the width of an ABI,
//! and makes one rule list for each call; records where each rule comes from.
//!
//! A *rule* is one rule of a policy. An *entry* of the profile's `syscalls` becomes one rule, or
//! several, for each of its names.

mod conditions;
mod conflict;
mod lists;
mod order;
pub mod origin;
mod precedence;

use crate::error::{Error, Errors, Kind};
use crate::linux::abi::Abi;
use crate::linux::action::Action;
use crate::linux::{errno, syscalls};
use crate::options::{NewerSyscalls, Options, Overlap, UnknownNames};
use crate::policy::{self, AbiRules, Newer, Policy, Rule};
use crate::profile::{Entry, Flag, NEW_LISTENER, Profile, TSYNC_ESRCH};
use crate::sorted::{self, Map};
use lists::{MAX_CONDITIONS, Traced, collect};
use origin::{LeftOut, Origin, Origins, Reason};

/// A policy, and where each of its rules comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The meaning of the profile on the target.
    pub policy: Policy,
    /// The places of its rules in the profile.
    pub origins: Origins,
}

/// Resolves a profile to its meaning on a target.
///
/// # Errors
/// Everything in the profile that has no meaning on the target, or a different one in some runtime.
pub fn resolve(profile: &Profile, target: Abi, options: &Options) -> Result<Resolved, Errors> {
    let mut errors = Errors::default();
    let default = options
        .default_action
        .unwrap_or(profile.default_action.value);
    for entry in &profile.syscalls {
        check_names(entry, default, options, &mut errors);
    }
    // A name decides between files even if its rule is disabled.
    if profile.is_composed {
        for excluded in &profile.excluded {
            check_names(&excluded.entry, default, options, &mut errors);
        }
    }
    // All checks use the actions of the profile; `deny_action` replaces them afterwards.
    let replaced = |action: Action| match options.deny_action {
        Some(deny) if action != Action::Allow => deny,
        _ => action,
    };
    let notify = |rules: &[Rule]| {
        let mut rules = policy::reachable(rules).iter();
        rules.any(|rule| rule.action == Action::Notify)
    };
    let (mut notifies, mut listener) = (false, false);
    let mut abis = Vec::new();
    let mut origins = Origins::default();
    let mut budget = MAX_CONDITIONS;
    for abi in abi_set(profile, target, options) {
        let (mut lists, mut places_of) = (Map::new(), Map::new());
        for (nr, traced) in collect(
            profile,
            (abi, default),
            options,
            &mut budget,
            &mut origins,
            &mut errors,
        ) {
            if options.overlap == Overlap::Error {
                conflict::check((abi, nr), &traced, profile, default, &mut errors);
            }
            unreachable(&traced, profile, abi, &mut origins.left_out);
            let mut rules: Vec<Rule> = Vec::with_capacity(traced.len());
            let mut places: Vec<Origin> = Vec::with_capacity(traced.len());
            for traced in traced {
                rules.push(traced.rule);
                places.push(traced.origin);
            }
            places_of.insert(nr, places);
            notifies |= notify(&rules);
            for rule in &mut rules {
                rule.action = replaced(rule.action);
            }
            listener |= notify(&rules);
            lists.insert(nr, rules);
        }
        origins.lists.push((abi, places_of));
        let newer = newer(replaced(default), abi, target, options);
        let newer = newer.map(|newer| Newer {
            action: replaced(newer.action),
            ..newer
        });
        abis.push(AbiRules { abi, lists, newer });
    }
    let flags = flags(profile, notifies, listener, &mut errors);
    let policy = Policy {
        target,
        default: replaced(default),
        bad_arch: options
            .bad_arch_action
            .unwrap_or_else(|| replaced(Action::KillThread)),
        abis,
        flags,
    };
    errors.or(Resolved { policy, origins })
}

/// Records the rules after a rule that matches every call.
fn unreachable(list: &[Traced], profile: &Profile, abi: Abi, left_out: &mut Vec<LeftOut>) {
    let Some(at) = list.iter().position(|traced| traced.rule.always_answers()) else {
        return;
    };
    let decided = list[at].origin.name(profile).span;
    for Traced { origin, .. } in &list[at + 1..] {
        left_out.push(LeftOut {
            abi,
            entry: origin.entry,
            name: origin.name,
            span: origin.name(profile).span,
            reason: Reason::Unreachable { decided },
        });
    }
}

/// Returns the target's own ABI, and the listed ABIs that its kernel can report (`format`,
/// *Architectures*).
fn abi_set(profile: &Profile, target: Abi, options: &Options) -> Vec<Abi> {
    let listed = |abi: &Abi| {
        profile
            .architectures
            .iter()
            .any(|listed| listed.value == *abi)
    };
    let mut others: Vec<Abi> = if options.native_only {
        Vec::new()
    } else {
        target
            .family()
            .iter()
            .copied()
            .filter(|abi| *abi != target && listed(abi))
            .collect()
    };
    sorted::sort(&mut others);
    let mut set = vec![target];
    set.append(&mut others);
    set
}

/// Checks the names of an entry, which do not depend on the ABI: `write` cannot be supervised
/// (`format`, *Supervised calls*), and a name must be a known call (`format`, *System call names*).
fn check_names(entry: &Entry, default: Action, options: &Options, errors: &mut Errors) {
    for (i, name) in entry.names.iter().enumerate() {
        if errors.is_full() {
            return;
        }
        let place = || format!("{}.names[{i}]", entry.path.0);
        if entry.action.value == Action::Notify
            && name.value == "write"
            && !options.allow_notify_write
        {
            let message =
                "`write` cannot have SCMP_ACT_NOTIFY: the process needs it to send the listener";
            let error = Error::new(Kind::NotifyWrite, name.span, message).path(place());
            errors.push(error.label("would wait for a supervisor that has no listener yet").note("if the process does not send the listener with `write`, add `allow_notify_write = true` to the invocation"));
        }
        if syscalls::is_known(&name.value) {
            continue;
        }
        let stricter = entry.action.value.rank() < default.rank();
        if options.unknown_names == UnknownNames::Error || stricter {
            let message = format!("unknown system call `{}`", name.value);
            // The spellings of headers and tracers.
            let bare = ["__NR_", "SYS_", "sys_"]
                .iter()
                .find_map(|c| name.value.strip_prefix(c));
            let mut error = Error::new(Kind::UnknownSyscall, name.span, message)
                .path(place())
                .did_you_mean(
                    bare.unwrap_or(&name.value),
                    &syscalls::names().collect::<Vec<_>>(),
                    "no architecture has this system call",
                );
            const IGNORE: &str = "`unknown_names = \"ignore\"` in the invocation ignores an unknown name, unless its rule is stricter than the default";
            let first = errors
                .iter()
                .all(|error| error.kind != Kind::UnknownSyscall);
            if first {
                error = error.note("use names of kernel system calls, not of library functions");
            }
            if stricter && options.unknown_names == UnknownNames::Ignore {
                error = error.note(format!(
                    "`unknown_names = \"ignore\"` does not apply here: the rule's action {} is stricter than the default {}",
                    entry.action.value, default
                ));
            }
            // Proposed once, and only where it would help.
            let proposed = errors
                .iter()
                .any(|error| error.notes.iter().any(|note| note == IGNORE));
            if !stricter && !proposed {
                error = error.note(IGNORE);
            }
            errors.push(error);
        }
    }
}

/// Returns the action for calls that are newer than the syscall table: ENOSYS, unless calls run by
/// default (`format`, *Newer calls*).
fn newer(default: Action, abi: Abi, target: Abi, options: &Options) -> Option<Newer> {
    let runs = default.runs() || matches!(default, Action::Trace(_));
    let wanted = options.newer_syscalls == NewerSyscalls::Enosys && !runs;
    let enosys = errno::number(target, "ENOSYS").unwrap_or(38);
    let action = Action::Errno(enosys);
    wanted.then(|| Newer {
        known: syscalls::highest(abi),
        action,
    })
}

/// Returns the flags of the filter (`format`, *Flags*). `notifies`: the profile has a reachable NOTIFY
/// rule. `listener`: the filter has one too, because `deny_action` did not replace it.
fn flags(profile: &Profile, notifies: bool, listener: bool, errors: &mut Errors) -> u32 {
    let mut bits = profile
        .flags
        .iter()
        .fold(0, |bits, flag| bits | flag.value.bit());
    if !listener {
        bits &= !Flag::WaitKillableRecv.bit();
    }
    if listener {
        bits |= NEW_LISTENER;
        if bits & Flag::Tsync.bit() != 0 {
            bits |= TSYNC_ESRCH;
        }
    }
    for (i, flag) in profile.flags.iter().enumerate() {
        if flag.value == Flag::WaitKillableRecv && !notifies {
            let message = format!("`{}` needs a rule with SCMP_ACT_NOTIFY", flag.value.name());
            let error = Error::new(Kind::FlagNeedsNotify, flag.span, message);
            errors.push(
                error
                    .path(format!("flags[{i}]"))
                    .label("without such a rule the kernel rejects the flag"),
            );
        }
    }
    bits
}
