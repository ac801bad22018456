//! Profile × target → policy: names to numbers, conditions to an ABI's width, one rule list a call.

use std::collections::BTreeMap;

use crate::abi::{self, Abi, Width};
use crate::conflict;
use crate::error::{Error, Errors, Kind, Spanned};
use crate::options::{NewerSyscalls, Options, Overlap, UnknownNames};
use crate::policy::{self, AbiRules, Action, Condition, Newer, Policy, Rule, Test};
use crate::profile::{Arg, Entry, Flag, NEW_LISTENER, Profile, TSYNC_ESRCH};
use crate::{errno, set, syscalls};

/// How many rules one call may have: the pairs of a list are compared, and no real profile comes
/// near.
const MAX_RULES: usize = 1024;

/// How many rules and conditions a policy may have, on all its ABIs.
const MAX_CONDITIONS: usize = 1 << 16;

/// A rule and the place it comes from.
pub(crate) struct Origin<'a> {
    pub(crate) rule: Rule,
    pub(crate) entry: &'a Entry,
    pub(crate) name: &'a Spanned<String>,
}

/// Gives a profile its meaning on a target.
///
/// # Errors
/// Everything in the profile that has no meaning there, or not the same one in every runtime.
pub fn resolve(profile: &Profile, target: Abi, options: &Options) -> Result<Policy, Errors> {
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
    let mut room = MAX_CONDITIONS;
    for abi in abi_set(profile, target, options) {
        let mut lists = BTreeMap::new();
        for (nr, origins) in collect(profile, abi, &mut room, &mut errors) {
            if options.overlap == Overlap::Error {
                conflict::check(&origins, default, abi, &mut errors);
            }
            let mut rules: Vec<Rule> = origins.into_iter().map(|origin| origin.rule).collect();
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
    errors.or(Policy {
        target,
        default: answer(default),
        bad_arch: options
            .bad_arch_action
            .unwrap_or_else(|| answer(Action::KillThread)),
        abis,
        flags,
    })
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
        let place = || format!("{}.names[{i}]", entry.place.0);
        if entry.action.value == Action::Notify
            && name.value == "write"
            && !options.allow_notify_write
        {
            let message = "NOTIFY for `write`: whoever hands the listener over has to write";
            let error = Error::new(Kind::NotifyWrite, name.span, message).at(place());
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
                .at(place())
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

/// Rule 16: the rules of every number of an ABI, in profile order.
fn collect<'a>(
    profile: &'a Profile,
    abi: Abi,
    room: &mut usize,
    errors: &mut Errors,
) -> BTreeMap<u32, Vec<Origin<'a>>> {
    let mut lists: BTreeMap<u32, Vec<Origin<'a>>> = BTreeMap::new();
    let mut left_out: Option<&Spanned<String>> = None;
    for entry in &profile.syscalls {
        // Made for the first name that needs them, as an ABI without the calls cannot object.
        let mut of_entry: Option<Vec<Vec<Condition>>> = None;
        for name in &entry.names {
            let mut add = |nr: u32, conditions: Vec<Condition>, exact: bool| {
                match room.checked_sub(1 + conditions.len()) {
                    Some(rest) => *room = rest,
                    None => {
                        left_out.get_or_insert(name);
                        return;
                    }
                }
                let list = lists.entry(nr).or_default();
                let rule = Rule {
                    conditions,
                    action: entry.action.value,
                    exact,
                };
                list.push(Origin { rule, entry, name });
            };
            if let Some((multiplexer, call)) =
                abi::subcall(&name.value).filter(|_| abi.multiplexed())
            {
                if let Some(nr) = syscalls::number(abi, multiplexer.name()) {
                    let test = Test::Masked {
                        mask: multiplexer.mask(),
                        value: u64::from(call),
                    };
                    // Several groups would say the same there: the real arguments cannot be seen.
                    add(nr, vec![Condition { arg: 0, test }], entry.args.is_empty());
                }
            }
            if let Some(nr) = syscalls::number(abi, &name.value) {
                let groups = of_entry.get_or_insert_with(|| groups(entry, abi, errors));
                for conditions in groups {
                    add(nr, conditions.clone(), true);
                }
            }
        }
    }
    if let Some(name) = left_out {
        let message = format!("rules and conditions above {MAX_CONDITIONS}, counted on every ABI");
        let error = Error::new(Kind::TooLarge, name.span, message);
        errors.push(error.label("no real profile has so many"));
    }
    for (nr, origins) in &mut lists {
        if let Some(last) = origins.get(MAX_RULES) {
            let call = syscalls::name(abi, *nr).unwrap_or_default();
            let message = format!("{} rules for `{call}` on {abi}", origins.len());
            let error = Error::new(Kind::TooLarge, last.name.span, message);
            errors.push(error.label(format!("at most {MAX_RULES} for one call")));
            origins.truncate(MAX_RULES);
        }
    }
    lists
}

/// Rule 21: one group of all conditions, or, if an index occurs twice, a group each.
fn groups(entry: &Entry, abi: Abi, errors: &mut Errors) -> Vec<Vec<Condition>> {
    let mut conditions: Vec<Condition> = Vec::new();
    for (i, arg) in entry.args.iter().enumerate() {
        match narrow(arg.value, abi) {
            Ok(test) => conditions.push(Condition {
                arg: arg.value.index,
                test,
            }),
            Err(datum) => {
                let message =
                    format!("{datum:#x} does not fit the arguments of {abi}, which have 32 bits");
                errors.push(
                    Error::new(Kind::DatumTooWide, arg.span, message)
                        .at(format!("{}.args[{i}]", entry.place.0))
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
        return vec![conditions];
    }
    indices.dedup();
    for index in indices {
        check_or(entry, &conditions, index, abi.width(), errors);
    }
    conditions
        .into_iter()
        .map(|condition| vec![condition])
        .collect()
}

/// Rule 22: alternatives that leave no value of an argument out.
fn check_or(entry: &Entry, conditions: &[Condition], index: u8, width: Width, errors: &mut Errors) {
    let tests: Vec<Test> = conditions
        .iter()
        .filter(|c| c.arg == index)
        .map(|c| c.test)
        .collect();
    if !set::cover(&tests, width) {
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
            .at(format!("{}.args", entry.place.0))
            .label("or this one")
            .related(first, "this one")
            .note("an index that stands twice makes every condition of the list a rule of its own")
            .note("no condition is a range: list its values with SCMP_CMP_EQ, or SCMP_CMP_MASKED_EQ for a block of them"),
    );
}

/// Rules 25 and 26: a test as the ABI's width sees it, or the number that does not fit.
pub(crate) fn narrow(arg: Arg, abi: Abi) -> Result<Test, u64> {
    if abi.width() == Width::W64 {
        return Ok(arg.test);
    }
    let low = |value: u64| value & Width::W32.max();
    let fit = |value: u64| {
        let sign_extended = value >= 0xffff_ffff_8000_0000;
        if value == low(value) || sign_extended {
            Ok(low(value))
        } else {
            Err(value)
        }
    };
    Ok(match arg.test {
        Test::Ne(value) => Test::Ne(fit(value)?),
        Test::Lt(value) => Test::Lt(fit(value)?),
        Test::Le(value) => Test::Le(fit(value)?),
        Test::Eq(value) => Test::Eq(fit(value)?),
        Test::Ge(value) => Test::Ge(fit(value)?),
        Test::Gt(value) => Test::Gt(fit(value)?),
        // Within the mask, so a high half that is all ones lies under a mask that is.
        Test::Masked { mask, value } => Test::Masked {
            mask: low(mask),
            value: fit(value)?,
        },
    })
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
                    .at(format!("flags[{i}]"))
                    .label("the kernel would refuse the filter"),
            );
        }
    }
    bits
}
