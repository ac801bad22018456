//! Which groups of rules a recording uses, and which of its calls they cover.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use seccomp_profile_compiler::groups::{GROUPS, Group, closure};
use seccomp_profile_compiler::linux::{siblings, syscalls};
use seccomp_profile_compiler::policy::Policy;
use seccomp_profile_compiler::{Options, Sources, compose};
use serde_json::Value;

use super::edit;
use super::rule::defect;
use super::seen::Seen;
use super::task::Task;
use crate::Failure;
use crate::failure::complain;

/// A group is chosen if it covers one new call for this many calls that were not seen.
const UNSEEN_FOR_ONE: usize = 3;

/// Groups that are chosen only if one of these calls was seen, because the start of every program
/// makes many of their calls, or because no run shows that they are needed.
const SIGNS: [(&str, &[&str]); 6] = [
    ("event-loop", &["epoll_wait", "epoll_pwait", "epoll_pwait2"]),
    ("dns", &["sendmmsg", "sendto"]),
    ("spawn", &["wait4", "waitid"]),
    ("threads", &["clone"]),
    ("panic", &[]),
    ("backtrace", &[]),
];

/// The groups that a recording uses.
pub(crate) struct Covered {
    /// Their names, without groups that another one brings along.
    pub(crate) chosen: Vec<&'static str>,
    /// The numbers of calls that were seen, and that they let run each time.
    pub(crate) covered: BTreeSet<u32>,
    all: Vec<&'static Group>,
}

/// Returns what each group alone allows, in the order of [`GROUPS`].
pub(crate) fn policies(task: &Task<'_>) -> Result<Vec<Policy>, Failure> {
    let empty = edit::empty(task.abi);
    let policy = |group: &Group| {
        // As a file, so that it does not bring others along.
        let files = [(group.name.to_string(), group.text)];
        let sources = Sources::compose(("", empty.as_str()), files, &[]);
        let sources = sources.map_err(|error| Failure::Wrong(error.message.to_string()))?;
        let compiled = compose(&sources, task.abi, &Options::default());
        Ok(compiled.map_err(|errors| defect(&errors))?.policy)
    };
    GROUPS.iter().map(policy).collect()
}

impl Covered {
    pub(crate) fn new(task: &Task<'_>, seen: &Seen) -> Covered {
        let mut all: Vec<&'static Group> = match task.args.exact {
            true => Vec::new(),
            false => closure(GROUPS.iter().filter(|group| group.name == "abort")),
        };
        // What no file names is for groups to decide.
        let open: BTreeSet<u32> = { seen.calls.iter() }
            .filter(|(nr, call)| call.refused.is_some() && !task.names_number(**nr))
            .map(|(nr, _)| *nr)
            .collect();
        loop {
            let covered = covered(seen, &open, &all).len();
            let before = cost(task, seen, &all);
            let gains = GROUPS.iter().filter(|group| is_shown(task, seen, group));
            let gains = gains.filter_map(|group| {
                let more = closure(all.iter().copied().chain([group]));
                let gain = self::covered(seen, &open, &more).len() - covered;
                let cost = cost(task, seen, &more) - before;
                let worth = gain * UNSEEN_FOR_ONE;
                (gain > 0 && worth >= cost).then(|| (worth - cost, more))
            });
            // Of equals the first.
            let best = gains.reduce(|best, next| if next.0 > best.0 { next } else { best });
            match best {
                Some((_, more)) => all = more,
                None => break,
            }
        }
        let brought: BTreeSet<&str> = all
            .iter()
            .flat_map(|group| group.builds_on)
            .copied()
            .collect();
        let names = all.iter().map(|group| group.name);
        Covered {
            chosen: names.filter(|name| !brought.contains(name)).collect(),
            covered: covered(seen, &open, &all),
            all,
        }
    }

    /// Says which groups the macro needs, what else they allow, and which of their rules are replaced
    /// by rules for calls that are new in the file.
    pub(crate) fn report(&self, task: &Task<'_>, seen: &Seen, new: &[u32]) {
        let given = &task.args.profile.with;
        let chosen =
            { self.chosen.iter().copied() }.filter(|name| !given.iter().any(|it| it == name));
        let with: Vec<String> = { given.iter().map(String::as_str) }
            .chain(chosen)
            .map(|name| format!("\"{name}\""))
            .collect();
        if with.is_empty() {
            complain("no group covers what was seen");
            return;
        }
        complain(&format!(
            "the groups are for the macro: seccomp_profile!(\"{}\", with = [{}])",
            task.target,
            with.join(", ")
        ));
        let given = GROUPS
            .iter()
            .filter(|group| given.iter().any(|it| it == group.name));
        let with = closure(given.chain(self.all.iter().copied()));
        for name in new.iter().filter_map(|nr| syscalls::name(task.abi, *nr)) {
            let groups = GROUPS.iter().zip(NAMES.iter());
            let groups = groups.filter(|(_, names)| names.contains(&name));
            let names: Vec<&str> = { groups.map(|(group, _)| group.name) }
                .filter(|name| with.iter().any(|group| group.name == *name))
                .collect();
            if !names.is_empty() {
                let names = names.join(", ");
                complain(&format!(
                    "  `{name}`: the rule of the file replaces those of {names}"
                ));
            }
        }
        for group in &self.all {
            let unseen = unseen(task, seen, &[group]);
            if !unseen.is_empty() {
                let unseen: Vec<&str> = unseen.into_iter().collect();
                complain(&format!(
                    "  {}: not seen: {}",
                    group.name,
                    unseen.join(", ")
                ));
            }
        }
    }
}

/// Returns whether a group can be chosen by what was seen.
fn is_shown(task: &Task<'_>, seen: &Seen, group: &Group) -> bool {
    let Some((_, signs)) = SIGNS.iter().find(|(name, _)| *name == group.name) else {
        return true;
    };
    signs.iter().any(|sign| {
        let nr = syscalls::number(task.abi, sign);
        nr.is_some_and(|nr| seen.calls.contains_key(&nr))
    })
}

/// Returns the calls that are allowed by one of the groups each time.
fn covered(seen: &Seen, open: &BTreeSet<u32>, groups: &[&Group]) -> BTreeSet<u32> {
    let bits = { GROUPS.iter().enumerate() }
        .filter(|(_, group)| groups.iter().any(|chosen| chosen.name == group.name))
        .fold(0, |bits, (at, _)| bits | 1 << at);
    let all = |nr: &&u32| seen.calls[*nr].groups.iter().all(|by| by & bits != 0);
    open.iter().filter(all).copied().collect()
}

/// Returns the calls of groups that were not seen.
fn unseen(task: &Task<'_>, seen: &Seen, groups: &[&Group]) -> BTreeSet<&'static str> {
    let chosen = { GROUPS.iter().zip(NAMES.iter()) }
        .filter(|(group, _)| groups.iter().any(|chosen| chosen.name == group.name));
    let names = chosen.flat_map(|(_, names)| names);
    let unseen = names.filter(|name| {
        let nr = syscalls::number(task.abi, name);
        nr.is_some_and(|nr| !seen.calls.contains_key(&nr))
    });
    unseen.copied().collect()
}

/// Returns how many calls of groups were not seen, nor another that does the same.
fn cost(task: &Task<'_>, seen: &Seen, groups: &[&Group]) -> usize {
    let made = |name: &str| {
        let nr = syscalls::number(task.abi, name);
        nr.is_some_and(|nr| seen.calls.contains_key(&nr))
    };
    let unseen = unseen(task, seen, groups).into_iter();
    unseen
        .filter(|name| {
            let mut same = siblings::of(name).flat_map(siblings::others);
            !same.any(|form| made(form.call))
        })
        .count()
}

/// The names in the rules of each group, but those of rules for other architectures only.
static NAMES: LazyLock<Vec<Vec<&'static str>>> = LazyLock::new(|| {
    let names = |group: &Group| {
        let text: Value = serde_json::from_str(group.text).unwrap_or_default();
        let rules = text["syscalls"].as_array().into_iter().flatten();
        let here = rules.filter(|rule| {
            let comment = rule["comment"].as_str().unwrap_or("");
            !comment.starts_with("Elsewhere:")
        });
        let names = here.flat_map(|rule| rule["names"].as_array().into_iter().flatten());
        let names: BTreeSet<&str> = names.filter_map(Value::as_str).collect();
        syscalls::names()
            .filter(|name| names.contains(name))
            .collect()
    };
    GROUPS.iter().map(names).collect()
});
