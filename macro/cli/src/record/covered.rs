//! Which groups of rules a recording uses, and which of its calls they cover.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use seccomp_profile_compiler::groups::{GROUPS, Group, closure};
use seccomp_profile_compiler::linux::{siblings, syscalls};
use seccomp_profile_compiler::policy::Policy;
use seccomp_profile_compiler::{Options, Sources, compose};
use serde_json::{Value, json};

use super::edit;
use super::file::Target;
use super::rule::defect;
use super::seen::Seen;
use super::task::Task;
use crate::Failure;

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

    /// Returns which groups the macro needs, what else they allow, and which of their rules are
    /// replaced by rules for calls that are new in the file.
    pub(crate) fn uses(&self, task: &Task<'_>, seen: &Seen, new: &[u32]) -> Uses {
        let given = &task.args.profile.with;
        let chosen =
            { self.chosen.iter().copied() }.filter(|name| !given.iter().any(|it| it == name));
        let of_option = GROUPS
            .iter()
            .filter(|group| given.iter().any(|it| it == group.name));
        let with = closure(of_option.chain(self.all.iter().copied()));
        let replaced = { new.iter().filter_map(|nr| syscalls::name(task.abi, *nr)) }
            .map(|name| {
                let groups = GROUPS.iter().zip(NAMES.iter());
                let groups = groups.filter(|(_, names)| names.contains(&name));
                let names = { groups.map(|(group, _)| group.name) }
                    .filter(|name| with.iter().any(|group| group.name == *name));
                (name, names.collect::<Vec<_>>())
            })
            .filter(|(_, groups)| !groups.is_empty());
        let unseen = { self.all.iter() }
            .map(|group| (group.name, unseen(task, seen, &[group])))
            .filter(|(_, unseen)| !unseen.is_empty());
        Uses {
            with: { given.iter().map(String::as_str) }
                .chain(chosen)
                .map(String::from)
                .collect(),
            replaced: replaced.collect(),
            unseen: unseen.collect(),
        }
    }
}

/// What a recording uses of groups.
pub(crate) struct Uses {
    /// The value of the macro's option `with`.
    with: Vec<String>,
    /// The calls for which a rule of the file replaces those of groups.
    replaced: Vec<(&'static str, Vec<&'static str>)>,
    /// The calls of each group that were not seen.
    unseen: Vec<(&'static str, BTreeSet<&'static str>)>,
}

impl Uses {
    pub(crate) fn lines(&self, file: &Target) -> Vec<String> {
        if self.with.is_empty() {
            return vec!["no group covers what was seen".into()];
        }
        let with: Vec<String> = self.with.iter().map(|name| format!("\"{name}\"")).collect();
        let mut lines = vec![format!(
            "the groups are for the macro: seccomp_profile!(\"{file}\", with = [{}])",
            with.join(", ")
        )];
        lines.extend(self.replaced.iter().map(|(name, groups)| {
            let groups = groups.join(", ");
            format!("  `{name}`: the rule of the file replaces those of {groups}")
        }));
        lines.extend(self.unseen.iter().map(|(group, names)| {
            let names: Vec<&str> = names.iter().copied().collect();
            format!("  {group}: not seen: {}", names.join(", "))
        }));
        lines
    }

    #[cfg_attr(not(target_os = "linux"), allow(dead_code))] // what only `record --json` shows
    pub(crate) fn json(&self) -> Value {
        let replaced = { self.replaced.iter() }
            .map(|(name, groups)| json!({ "syscall": name, "groups": groups }));
        let unseen = { self.unseen.iter() }
            .map(|(group, names)| json!({ "group": group, "syscalls": names }));
        json!({
            "with": self.with,
            "replaced": replaced.collect::<Vec<_>>(),
            "unseen": unseen.collect::<Vec<_>>(),
        })
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
