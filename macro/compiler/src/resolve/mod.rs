//! Profile × target → policy: resolves names to numbers, narrows conditions to the width of an ABI,
//! and makes one rule list for each call; records where each rule comes from.
//!
//! A *rule* is one rule of a policy. An *entry* of the profile's `syscalls` becomes one rule, or
//! several, for each of its names.

mod conflict;
pub mod origin;

use std::collections::BTreeMap;

use crate::error::{Error, Errors, Kind, Spanned};
use crate::linux::abi::{self, Abi, Width};
use crate::linux::action::Action;
use crate::linux::{arguments, errno, syscalls};
use crate::options::{NewerSyscalls, Options, Overlap, UnknownNames};
use crate::policy::{self, AbiRules, Condition, Newer, Policy, Rule, Test, admits, narrow};
use crate::profile::{Arg, Entry, Flag, NEW_LISTENER, Profile, TSYNC_ESRCH};
use origin::{Group, LeftOut, Origin, Origins, Reason};

/// How many rules one call can have. All pairs of a list are compared; lists of real profiles are
/// much shorter.
const MAX_RULES: usize = 1024;

/// How many rules and conditions a policy can have, summed over its ABIs.
const MAX_CONDITIONS: usize = 1 << 16;

/// A policy, and where each of its rules comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The meaning of the profile on the target.
    pub policy: Policy,
    /// The places of its rules in the profile.
    pub origins: Origins,
}

/// A rule with its origin.
struct Traced {
    rule: Rule,
    origin: Origin,
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
        let mut lists = BTreeMap::new();
        for (nr, traced) in collect(
            profile,
            abi,
            options,
            &mut budget,
            &mut origins,
            &mut errors,
        ) {
            if options.overlap == Overlap::Error {
                conflict::check((abi, nr), &traced, profile, default, &mut errors);
            }
            unreachable(&traced, profile, abi, &mut origins.left_out);
            let (mut rules, places): (Vec<Rule>, Vec<Origin>) = traced
                .into_iter()
                .map(|traced| (traced.rule, traced.origin))
                .unzip();
            origins.lists.insert((abi, nr), places);
            notifies |= notify(&rules);
            for rule in &mut rules {
                rule.action = replaced(rule.action);
            }
            listener |= notify(&rules);
            lists.insert(nr, rules);
        }
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
    others.sort_unstable();
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
                    syscalls::names(),
                    "no architecture has this system call",
                );
            if errors
                .iter()
                .all(|error| error.kind != Kind::UnknownSyscall)
            {
                error = error
                    .note("use names of kernel system calls, not of library functions")
                    .note("`unknown_names = \"ignore\"` in the invocation ignores an unknown name, unless its rule is stricter than the default");
            }
            errors.push(match options.unknown_names {
                UnknownNames::Ignore => error.note(format!(
                    "`unknown_names = \"ignore\"` does not apply here: the rule's action {} is stricter than the default {}",
                    entry.action.value, default
                )),
                UnknownNames::Error => error,
            });
        }
    }
}

/// Returns the rules of every number of an ABI, in profile order: by entry, then by name, then by
/// group of conditions.
fn collect(
    profile: &Profile,
    abi: Abi,
    options: &Options,
    budget: &mut usize,
    origins: &mut Origins,
    errors: &mut Errors,
) -> BTreeMap<u32, Vec<Traced>> {
    let mut lists: BTreeMap<u32, Vec<Traced>> = BTreeMap::new();
    let mut too_many: Option<&Spanned<String>> = None;
    for (at, entry) in profile.syscalls.iter().enumerate() {
        // Computed only for a name that exists on the ABI: otherwise its width does not matter.
        let mut of_entry: Option<Vec<(Group, Vec<Condition>)>> = None;
        for (i, name) in entry.names.iter().enumerate() {
            let mut add = |nr: u32, conditions: Vec<Condition>, group: Group, exact: bool| {
                match budget.checked_sub(1 + conditions.len()) {
                    Some(rest) => *budget = rest,
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
                    // One rule is enough for all groups: none of their arguments is visible here.
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
                if !entry.args.is_empty() && has_memory_arguments(abi, &name.value) {
                    add(nr, Vec::new(), Group::Unseen, false);
                } else if options.typed_arguments && !entry.args.is_empty() {
                    for (group, conditions) in groups(entry, abi, Some(&name.value), errors) {
                        add(nr, conditions, group, true);
                    }
                } else {
                    let groups = of_entry.get_or_insert_with(|| groups(entry, abi, None, errors));
                    for (group, conditions) in groups {
                        add(nr, conditions.clone(), *group, true);
                    }
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
        let message = format!(
            "the profile has more than {MAX_CONDITIONS} rules and conditions, summed over all ABIs"
        );
        let error = Error::new(Kind::TooLarge, name.span, message);
        errors.push(error.label("the limit is exceeded here"));
    }
    for (nr, list) in &mut lists {
        if let Some(last) = list.get(MAX_RULES) {
            let call = syscalls::name(abi, *nr).unwrap_or_default();
            let message = format!("`{call}` has {} rules on {abi}", list.len());
            let span = last.origin.name(profile).span;
            let error = Error::new(Kind::TooLarge, span, message);
            errors.push(error.label(format!("at most {MAX_RULES} for one call")));
            list.truncate(MAX_RULES);
        }
    }
    lists
}

/// Returns whether an ABI passes the arguments of a call in memory, so that its registers say
/// nothing (`format`, *Arguments in memory*).
fn has_memory_arguments(abi: Abi, call: &str) -> bool {
    arguments::of(abi, call).is_some_and(|signature| signature.in_memory())
}

/// Returns how much of an argument is compared: what the kernel takes of it if the call is given,
/// else what the ABI has (`format`, *Typed arguments*).
fn width(abi: Abi, call: Option<&str>, index: u8) -> Width {
    let signature = call.and_then(|call| arguments::of(abi, call));
    let argument = signature.and_then(|signature| signature.get(index.into()));
    match argument.map(|argument| argument.bits(abi)) {
        Some(..=16) => Width::W16,
        Some(..=32) => Width::W32,
        _ => abi.width(),
    }
    .min(abi.width())
}

/// Returns one group of all conditions; if an index occurs twice, one group for each condition
/// (`format`, *Repeated index*). A condition compares as much of its argument as the ABI has, or as
/// the kernel takes of it in the call.
fn groups(
    entry: &Entry,
    abi: Abi,
    call: Option<&str>,
    errors: &mut Errors,
) -> Vec<(Group, Vec<Condition>)> {
    let mut conditions: Vec<Condition> = Vec::new();
    for (i, arg) in entry.args.iter().enumerate() {
        let path = format!("{}.args[{i}]", entry.path.0);
        let test = match Arg::on(arg, abi) {
            Ok(test) => test,
            Err(error) => {
                errors.push(error.path(path));
                continue;
            }
        };
        let index = arg.value.index;
        let width = width(abi, call, index);
        match narrow(test, width) {
            Ok(test) => conditions.push(Condition {
                arg: index,
                test,
                width,
            }),
            Err(datum) => errors.push(too_wide(datum, abi, call, width).span(arg.span).path(path)),
        }
    }
    if conditions.len() < entry.args.len() {
        // A rule that lacks a condition matches more calls, and would cause false conflicts.
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
        check_or(entry, &conditions, index, errors);
    }
    (0..)
        .zip(conditions)
        .map(|(at, condition)| (Group::One(at), vec![condition]))
        .collect()
}

fn too_wide(datum: u64, abi: Abi, call: Option<&str>, width: Width) -> Error {
    let bits = u64::BITS - width.max().leading_zeros();
    let label = format!("has more than {bits} bits");
    match call.filter(|_| width < abi.width()) {
        Some(call) => {
            let message = format!(
                "the kernel takes {bits} bits of this argument of `{call}`, but {datum:#x} has more"
            );
            Error::nowhere(Kind::DatumTooWide, message)
                .label(label)
                .note(format!(
                    "with `typed_arguments = true` a condition compares {bits} bits of the argument"
                ))
        }
        None => {
            let message =
                format!("{datum:#x} does not fit in an argument of {abi}, which has {bits} bits");
            Error::nowhere(Kind::DatumTooWide, message)
                .label(label)
                .note(format!(
                    "use values of at most {bits} bits, or remove {} from `architectures`",
                    abi.oci_name()
                ))
        }
    }
}

/// Reports alternatives that together match every value of an argument (`format`, *Repeated
/// index*).
fn check_or(entry: &Entry, conditions: &[Condition], index: u8, errors: &mut Errors) {
    let tests: Vec<Test> = conditions
        .iter()
        .filter(|c| c.arg == index)
        .map(|c| c.test)
        .collect();
    let width = conditions.iter().find(|c| c.arg == index).map(|c| c.width);
    if !width.is_some_and(|width| admits::cover(&tests, width)) {
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
        format!("conditions on argument {index} are combined with OR and match every value");
    errors.push(
        Error::new(Kind::AlwaysTrueOr, last, message)
            .path(format!("{}.args", entry.path.0))
            .label("or this condition")
            .related(first, "this condition")
            .note("if two conditions have the same `index`, every condition of `args` becomes a separate rule")
            .note("conditions cannot express a range: list its values with SCMP_CMP_EQ, or use SCMP_CMP_MASKED_EQ for an aligned block"),
    );
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
