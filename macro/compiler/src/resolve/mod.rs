//! Profile × target → policy: names to numbers, conditions to an ABI's width, one rule list a call;
//! and the place that each rule comes from.

mod conflict;
pub mod origin;

use std::collections::BTreeMap;

use crate::error::{Error, Errors, Kind, Spanned};
use crate::linux::abi::{self, Abi, Width};
use crate::linux::action::Action;
use crate::linux::{errno, syscalls};
use crate::options::{NewerSyscalls, Options, Overlap, UnknownNames};
use crate::policy::{self, AbiRules, Condition, Newer, Policy, Rule, Test, admits, narrow};
use crate::profile::{Entry, Flag, NEW_LISTENER, Profile, TSYNC_ESRCH};
use origin::{Group, LeftOut, Origin, Origins, Reason};

/// How many rules one call may have: the pairs of a list are compared, and no real profile comes
/// near.
const MAX_RULES: usize = 1024;

/// How many rules and conditions a policy may have, on all its ABIs.
const MAX_CONDITIONS: usize = 1 << 16;

/// A policy and the place that each of its rules comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// What the profile means on the target.
    pub policy: Policy,
    /// Where its rules stand in the profile.
    pub origins: Origins,
}

/// A rule beside its origin.
struct Traced {
    rule: Rule,
    origin: Origin,
}

/// Gives a profile its meaning on a target.
///
/// # Errors
/// Everything in the profile that has no meaning there, or not the same one in every runtime.
pub fn resolve(profile: &Profile, target: Abi, options: &Options) -> Result<Resolved, Errors> {
    let mut errors = Errors::default();
    let default = options
        .default_action
        .unwrap_or(profile.default_action.value);
    for entry in &profile.syscalls {
        check_names(entry, default, options, &mut errors);
    }
    // What the profile says is judged as it stands; only then it becomes an audit of itself.
    let answer = |action: Action| match options.deny_action {
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
    let mut room = MAX_CONDITIONS;
    for abi in abi_set(profile, target, options) {
        let mut lists = BTreeMap::new();
        for (nr, traced) in collect(profile, abi, &mut room, &mut origins, &mut errors) {
            if options.overlap == Overlap::Error {
                conflict::check(&traced, profile, default, abi, &mut errors);
            }
            unreachable(&traced, profile, abi, &mut origins.left_out);
            let (mut rules, places): (Vec<Rule>, Vec<Origin>) = traced
                .into_iter()
                .map(|traced| (traced.rule, traced.origin))
                .unzip();
            origins.lists.insert((abi, nr), places);
            notifies |= notify(&rules);
            for rule in &mut rules {
                rule.action = answer(rule.action);
            }
            listener |= notify(&rules);
            lists.insert(nr, rules);
        }
        let newer = newer(answer(default), abi, target, options);
        let newer = newer.map(|newer| Newer {
            action: answer(newer.action),
            ..newer
        });
        abis.push(AbiRules { abi, lists, newer });
    }
    let flags = flags(profile, notifies, listener, &mut errors);
    let policy = Policy {
        target,
        default: answer(default),
        bad_arch: options
            .bad_arch_action
            .unwrap_or_else(|| answer(Action::KillThread)),
        abis,
        flags,
    };
    errors.or(Resolved { policy, origins })
}

/// Records the rules behind one that always answers.
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

/// Rule 11: the target's own ABI, and of the listed ones those its kernel can report.
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
    others.sort_unstable();
    let mut set = vec![target];
    set.append(&mut others);
    set
}

/// Rules 9 and 17, which no ABI changes.
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
            let message = "NOTIFY for `write`: whoever hands the listener over has to write";
            let error = Error::new(Kind::NotifyWrite, name.span, message).path(place());
            errors.push(error.label("would wait for a listener nobody has yet"));
        }
        if syscalls::is_known(&name.value) {
            continue;
        }
        let stricter = entry.action.value.rank() < default.rank();
        if options.unknown_names == UnknownNames::Error || stricter {
            let message = format!("unknown system call `{}`", name.value);
            // As headers and tracers spell them.
            let bare = ["__NR_", "SYS_", "sys_"]
                .iter()
                .find_map(|c| name.value.strip_prefix(c));
            let mut error = Error::new(Kind::UnknownSyscall, name.span, message)
                .path(place())
                .did_you_mean(
                    bare.unwrap_or(&name.value),
                    syscalls::names(),
                    "no architecture has it",
                );
            if errors
                .iter()
                .all(|error| error.kind != Kind::UnknownSyscall)
            {
                error = error
                    .note("names are those of the kernel, not of functions of a library")
                    .note("`unknown_names = \"ignore\"` in the invocation passes over what would be let through anyway");
            }
            errors.push(match options.unknown_names {
                UnknownNames::Ignore => error.note(format!(
                    "the rule's action {} is stricter than the default {}: passed over, the call would be let through",
                    entry.action.value, default
                )),
                UnknownNames::Error => error,
            });
        }
    }
}

/// The rules of every number of an ABI, in profile order: entry by entry, name by name, group of
/// conditions by group.
fn collect(
    profile: &Profile,
    abi: Abi,
    room: &mut usize,
    origins: &mut Origins,
    errors: &mut Errors,
) -> BTreeMap<u32, Vec<Traced>> {
    let mut lists: BTreeMap<u32, Vec<Traced>> = BTreeMap::new();
    let mut too_many: Option<&Spanned<String>> = None;
    for (at, entry) in profile.syscalls.iter().enumerate() {
        // Made for the first name that needs them: an ABI without the calls must not object.
        let mut of_entry: Option<Vec<(Group, Vec<Condition>)>> = None;
        for (i, name) in entry.names.iter().enumerate() {
            let mut add = |nr: u32, conditions: Vec<Condition>, group: Group, exact: bool| {
                match room.checked_sub(1 + conditions.len()) {
                    Some(rest) => *room = rest,
                    None => {
                        too_many.get_or_insert(name);
                        return;
                    }
                }
                let rule = Rule {
                    conditions,
                    action: entry.action.value,
                    exact,
                };
                let origin = Origin {
                    entry: at,
                    name: i,
                    group,
                };
                lists.entry(nr).or_default().push(Traced { rule, origin });
            };
            let mut has_number = false;
            if let Some((multiplexer, call)) =
                abi::subcall(&name.value).filter(|_| abi.multiplexed())
            {
                if let Some(nr) = syscalls::number(abi, multiplexer.name()) {
                    let test = Test::Masked {
                        mask: multiplexer.mask(),
                        value: u64::from(call),
                    };
                    // Several groups would be the same there: the arguments cannot be seen.
                    let condition = Condition {
                        arg: 0,
                        test,
                        width: abi.width(),
                    };
                    add(nr, vec![condition], Group::Unseen, entry.args.is_empty());
                    has_number = true;
                }
            }
            if let Some(nr) = syscalls::number(abi, &name.value) {
                let groups = of_entry.get_or_insert_with(|| groups(entry, abi, errors));
                for (group, conditions) in groups {
                    add(nr, conditions.clone(), *group, true);
                }
                has_number = true;
            }
            if !has_number {
                origins.left_out.push(LeftOut {
                    abi,
                    entry: at,
                    name: i,
                    span: name.span,
                    reason: Reason::NoNumber,
                });
            }
        }
    }
    for (at, excluded) in profile.excluded.iter().enumerate() {
        for (i, name) in excluded.entry.names.iter().enumerate() {
            origins.left_out.push(LeftOut {
                abi,
                entry: at,
                name: i,
                span: name.span,
                reason: Reason::Excluded,
            });
        }
    }
    if let Some(name) = too_many {
        let message = format!("rules and conditions above {MAX_CONDITIONS}, counted on every ABI");
        let error = Error::new(Kind::TooLarge, name.span, message);
        errors.push(error.label("no real profile has so many"));
    }
    for (nr, list) in &mut lists {
        if let Some(last) = list.get(MAX_RULES) {
            let call = syscalls::name(abi, *nr).unwrap_or_default();
            let message = format!("{} rules for `{call}` on {abi}", list.len());
            let span = last.origin.name(profile).span;
            let error = Error::new(Kind::TooLarge, span, message);
            errors.push(error.label(format!("at most {MAX_RULES} for one call")));
            list.truncate(MAX_RULES);
        }
    }
    lists
}

/// Rule 21: one group of all conditions, or, if an index occurs twice, a group each.
fn groups(entry: &Entry, abi: Abi, errors: &mut Errors) -> Vec<(Group, Vec<Condition>)> {
    let mut conditions: Vec<Condition> = Vec::new();
    for (i, arg) in entry.args.iter().enumerate() {
        match narrow(arg.value.test, abi) {
            Ok(test) => conditions.push(Condition {
                arg: arg.value.index,
                test,
                width: abi.width(),
            }),
            Err(datum) => {
                let message =
                    format!("{datum:#x} does not fit the arguments of {abi}, which have 32 bits");
                errors.push(
                    Error::new(Kind::DatumTooWide, arg.span, message)
                        .path(format!("{}.args[{i}]", entry.path.0))
                        .label("could not be compared there")
                        .note(format!(
                            "list {} no longer, or give the calls a rule that fits both",
                            abi.oci_name()
                        )),
                );
            }
        }
    }
    if conditions.len() < entry.args.len() {
        // A rule with a condition less would match more, and conflict with what it does not.
        return Vec::new();
    }
    let mut indices: Vec<u8> = entry.args.iter().map(|arg| arg.value.index).collect();
    indices.sort_unstable();
    let repeated = indices.windows(2).any(|pair| pair[0] == pair[1]);
    if !repeated {
        return vec![(Group::All, conditions)];
    }
    indices.dedup();
    for index in indices {
        check_or(entry, &conditions, index, abi.width(), errors);
    }
    (0..)
        .zip(conditions)
        .map(|(at, condition)| (Group::One(at), vec![condition]))
        .collect()
}

/// Rule 22: alternatives that leave no value of an argument out.
fn check_or(entry: &Entry, conditions: &[Condition], index: u8, width: Width, errors: &mut Errors) {
    let tests: Vec<Test> = conditions
        .iter()
        .filter(|c| c.arg == index)
        .map(|c| c.test)
        .collect();
    if !admits::cover(&tests, width) {
        return;
    }
    let mut spans = entry
        .args
        .iter()
        .filter(|arg| arg.value.index == index)
        .map(|arg| arg.span);
    let first = spans.next().unwrap_or_default();
    let last = spans.next_back().unwrap_or(first);
    let message =
        format!("these conditions on argument {index} are alternatives, and one always holds");
    errors.push(
        Error::new(Kind::AlwaysTrueOr, last, message)
            .path(format!("{}.args", entry.path.0))
            .label("or this one")
            .related(first, "this one")
            .note("an index that stands twice makes every condition of the list a rule of its own")
            .note("no condition is a range: list its values with SCMP_CMP_EQ, or SCMP_CMP_MASKED_EQ for a block of them"),
    );
}

/// Rule 35: where calls do not run by default, those the table does not know say so.
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

/// Rule 10: the profile may notify, and the filter then has a listener unless `deny_action` says
/// something else.
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
            let message = format!("`{}` without a rule that notifies", flag.value.name());
            let error = Error::new(Kind::FlagNeedsNotify, flag.span, message);
            errors.push(
                error
                    .path(format!("flags[{i}]"))
                    .label("the kernel would refuse the filter"),
            );
        }
    }
    bits
}
