//! What a program needs beside the calls that were seen: those of other C libraries, kernels and
//! architectures for the same, and those with which it crashes and ends.

use std::collections::BTreeSet;

use seccomp_profile_compiler::linux::siblings::{self, alike};
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::Test;
use seccomp_profile_compiler::profile::{Arg, Datum as Written};

use super::rule::{Condition, Datum, Rule};
use super::seen::Seen;
use super::task::{Task, compiled};
use crate::texts::Texts;

/// The comment of the rules for counterparts, after [`Origin::unseen`].
///
/// [`Origin::unseen`]: super::task::Origin::unseen
const ELSEWHERE: &str =
    "other C libraries, kernels and architectures make these calls for the same";

/// What some C library, or `std` for its hash maps, calls in a new thread or process, and while it
/// starts one. A thread that began before the recording made these calls before it too.
const BEGIN: [&str; 7] = [
    "getrandom",
    "gettid",
    "rseq",
    "rt_sigprocmask",
    "sched_getaffinity",
    "set_robust_list",
    "set_tid_address",
];

/// The comment of the rule for `clone3`, by which a later recording knows it.
pub(super) const CLONE3: &str =
    "A filter cannot see its flags. After ENOSYS C libraries call clone";

/// The comment of the rules of the group `abort`, likewise.
const CRASH: &str = "a program crashes, ends and goes on after a stop with these calls";

/// Returns whether threads or processes are started, and not by `clone3`.
pub(super) fn starts_threads(task: &Task<'_>, new: &[u32]) -> bool {
    let is_new = |name: &str| syscalls::number(task.abi, name).is_some_and(|nr| new.contains(&nr));
    is_new("clone") && !is_new("clone3")
}

/// Returns the rule for `clone3`, unless the profile names it.
pub(super) fn clone3(task: &Task<'_>) -> Option<Rule> {
    (!task.names("clone3")).then(|| Rule {
        enosys: true,
        ..Rule::allow(CLONE3, vec!["clone3".into()])
    })
}

/// Returns the rules for the counterparts of new calls, on the same conditions where the counterpart
/// has the argument. Where it lacks the argument, it is left out if it would evade the condition.
pub(super) fn counterparts(
    task: &Task<'_>,
    seen: &Seen,
    new: &[u32],
    conditional: &[Rule],
) -> Vec<Rule> {
    let named = |name: &str| { new.iter() }.any(|nr| syscalls::name(task.abi, *nr) == Some(name));
    let elsewhere = format!("{}: {ELSEWHERE}", task.args.origin.unseen());
    let there = |name: &str| named(name) || task.names(name) || task.lets_run(name);
    let mut free: BTreeSet<&str> = BTreeSet::new();
    let mut rules: Vec<Rule> = Vec::new();
    for nr in new {
        let Some(name) = syscalls::name(task.abi, *nr) else {
            continue;
        };
        if matches!(name, "clone" | "fork" | "vfork") {
            free.extend(BEGIN.iter().filter(|other| !there(other)));
        }
        let choices = seen.calls[nr].choices.as_ref();
        let only_threads = choices.is_some_and(|choices| choices.always_had("CLONE_VM"));
        for other in siblings::elsewhere(name) {
            // The calls that start threads start no process.
            let needless = name == "clone" && other == "fork" && only_threads;
            if other == "clone3" || needless || there(other) {
                continue;
            }
            let ways = conditional.iter().filter(|rule| rule.names == [name]);
            let mut ways = ways.filter(|rule| !rule.args.is_empty()).peekable();
            if ways.peek().is_none() {
                free.insert(other);
            }
            for way in ways {
                match moved(task, name, other, &way.args) {
                    None => {}
                    // It would do without conditions what has some.
                    Some(args) if args.is_empty() && stands_in(name, other) => {}
                    Some(args) if args.is_empty() => drop(free.insert(other)),
                    Some(args) => rules.push(Rule {
                        args,
                        ..Rule::allow(format!("{elsewhere}: as {name}"), vec![other.into()])
                    }),
                }
            }
        }
    }
    let mut unique: Vec<Rule> = Vec::new();
    for rule in rules {
        let known = |other: &Rule| other.names == rule.names && other.args == rule.args;
        let is_free = rule.names.iter().any(|name| free.contains(name.as_str()));
        if !is_free && !unique.iter().any(known) {
            unique.push(rule);
        }
    }
    if !free.is_empty() {
        let names = free.into_iter().map(String::from).collect();
        unique.insert(0, Rule::allow(elsewhere, names));
    }
    unique
}

/// Returns whether a call does all that another one does, so that a caller can evade conditions on it.
fn stands_in(name: &str, other: &str) -> bool {
    let mut others = siblings::of(name).flat_map(siblings::stand_ins);
    others.any(|form| form.call == other)
}

/// Returns the conditions of a call on the arguments of another that does the same; nothing if it
/// cannot do that.
fn moved(task: &Task<'_>, from: &str, to: &str, args: &[Condition]) -> Option<Vec<Condition>> {
    // Values by which an argument is found in the other call.
    const MARKS: [u64; 6] = [1 << 40, 2 << 40, 3 << 40, 4 << 40, 5 << 40, 6 << 40];
    let pairs = siblings::of(from).flat_map(|first| {
        siblings::others(first)
            .filter(|other| other.call == to)
            .map(move |other| (first, other))
    });
    let mut ways = pairs.filter_map(|(first, second)| {
        let (_, theirs) = alike(task.abi, first, second, MARKS)?;
        let moved = args.iter().filter_map(|condition| {
            let mark = MARKS[usize::from(condition.index)];
            let index = theirs.iter().position(|value| *value == mark)?;
            Some(Condition {
                index: index as u8,
                ..condition.clone()
            })
        });
        Some(moved.collect())
    });
    ways.next()
}

/// Returns the rules of the group `abort` for calls that neither the profile names nor these rules
/// allow.
pub(super) fn abort(task: &Task<'_>, rules: &[Rule]) -> Vec<Rule> {
    let allowed = |name: &str| {
        let mut plain = rules.iter().filter(|rule| rule.args.is_empty());
        plain.any(|rule| rule.names.iter().any(|known| known == name)) || task.lets_run(name)
    };
    let crash = format!("{}: {CRASH}", task.args.origin.unseen());
    let group = Texts::of("", super::edit::empty(task.abi), &["abort".into()]);
    let group = group.and_then(|texts| compiled(&texts, task.abi, &task.options));
    // Tests exclude an error.
    let Ok(group) = group else { return Vec::new() };
    let mut free: BTreeSet<String> = BTreeSet::from(["restart_syscall".to_string()]);
    free.retain(|name| !allowed(name) && !task.names(name));
    let mut conditional = Vec::new();
    for entry in &group.profile.syscalls {
        let names = entry.names.iter().map(|name| name.value.clone());
        let names = names.filter(|name| !allowed(name) && !task.names(name));
        let args: Vec<Condition> = { entry.args.iter() }
            .filter_map(|arg| condition(task, &arg.value))
            .collect();
        if args.is_empty() {
            free.extend(names);
            continue;
        }
        // Of a call that the ABI lacks, the numbers are those of another ABI.
        let names: Vec<String> = names
            .filter(|name| task.args.names || syscalls::number(task.abi, name).is_some())
            .collect();
        if !names.is_empty() {
            conditional.push(Rule {
                args,
                ..Rule::allow(&crash, names)
            });
        }
    }
    let free = free.into_iter().collect::<Vec<String>>();
    let free = (!free.is_empty()).then(|| Rule::allow(&crash, free));
    free.into_iter().chain(conditional).collect()
}

fn condition(task: &Task<'_>, arg: &Arg) -> Option<Condition> {
    let datum = |written: Option<&Written>, number: u64| match written {
        Some(Written::Named(names)) if task.args.names => Datum::Names(names.to_string()),
        _ => Datum::Number(number),
    };
    let names = arg.names.as_deref();
    let (value, masked) = match arg.test {
        Test::Eq(value) => (datum(names.map(|names| &names.value), value), None),
        Test::Masked { mask, value } => (
            datum(names.map(|names| &names.value), mask),
            Some(datum(names.map(|names| &names.value_two), value)),
        ),
        _ => return None,
    };
    Some(Condition {
        index: arg.index,
        value,
        masked,
    })
}
