//! Every group compiles everywhere, says why, and allows no more than its name says.

#![allow(missing_docs)]

mod denied;
mod sockets;

use seccomp_profile_compiler::error::{Error, Kind};
use seccomp_profile_compiler::groups::{self, GROUPS, Group};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::constants;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::{Decision, Policy};
use seccomp_profile_compiler::profile::Profile;
use seccomp_profile_compiler::resolve::resolve;
use seccomp_profile_compiler::{Abi, Compiled, Options, compile};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const DEFAULTS: [(&str, Option<u32>); 3] = [
    ("SCMP_ACT_KILL_PROCESS", None),
    ("SCMP_ACT_ERRNO", None),
    ("SCMP_ACT_ERRNO", Some(38)),
];

fn entries(group: &Group) -> Vec<Value> {
    let text: Value = serde_json::from_str(group.text).unwrap();
    text["syscalls"].as_array().unwrap().clone()
}

/// A profile of groups, without what they build on.
fn profile(groups: &[&Group], default: (&str, Option<u32>)) -> String {
    let syscalls: Vec<Value> = groups.iter().flat_map(|group| entries(group)).collect();
    let mut profile = json!({ "defaultAction": default.0, "syscalls": syscalls });
    if let Some(errno) = default.1 {
        profile["defaultErrnoRet"] = errno.into();
    }
    serde_json::to_string_pretty(&profile).unwrap()
}

fn compiled(groups: &[&Group], default: (&str, Option<u32>), target: Abi) -> Compiled {
    let text = profile(groups, default);
    let names: Vec<_> = groups.iter().map(|group| group.name).collect();
    compile(&text, target, &Options::default())
        .unwrap_or_else(|errors| panic!("{names:?} on {target}: {errors}"))
}

fn group(name: &str) -> &'static Group {
    groups::of(name).unwrap_or_else(|| panic!("no group {name}"))
}

/// What a profile of groups means, without the program.
fn policy(groups: &[&Group], target: Abi) -> Policy {
    let options = Options::default();
    let profile = Profile::parse(&profile(groups, DEFAULTS[0]), target, &options).unwrap();
    resolve(&profile, target, &options).unwrap().policy
}

fn whole(name: &str) -> Vec<&'static Group> {
    groups::closure([group(name)])
}

/// Warnings of profiles that are made of groups, and why they are no mistakes.
fn explained(group: &str, warning: &Error, target: Abi) -> bool {
    let about = |name: &str| warning.message.contains(&format!("`{name}`"));
    match warning.kind {
        // Constants by name are the groups' language.
        Kind::NotPortable => true,
        // The group `abort` is the author's to choose.
        Kind::CrashDenied | Kind::ExitDenied => true,
        // `files-write` opens with every flag what `files-read` opens to read.
        Kind::DeadCondition => group == "files-write" && (about("openat") || about("open")),
        // Where glibc makes socket calls through `socketcall`, a filter cannot see their arguments.
        Kind::MuxBypass | Kind::SiblingBypass => target.multiplexed() && about("socketcall"),
        _ => false,
    }
}

/// The answer to a call with these arguments, if the ABI has it.
fn answer(policy: &Policy, name: &str, arguments: &[(usize, u64)]) -> Option<Action> {
    let target = policy.target;
    let mut data = SeccompData {
        arch: target.token(),
        nr: syscalls::number(target, name)?,
        ..SeccompData::default()
    };
    for (index, value) in arguments {
        data.args[*index] = *value;
    }
    Some(policy.decide(&data))
}

fn value(target: Abi, names: &str) -> u64 {
    constants::joined(target, names).unwrap_or_else(|| panic!("no {names} on {target}"))
}

/// Asserts that a call with this value of an argument gets an answer, on every ABI that has the call
/// and on which the group's rules see its arguments.
#[track_caller]
fn assert_answer(group: &str, call: &str, arguments: &[(usize, &str)], allowed: bool) {
    let known = Abi::ALL
        .iter()
        .any(|target| syscalls::number(*target, call).is_some());
    assert!(known, "no ABI has {call}");
    for target in Abi::ALL {
        let policy = policy(&whole(group), target);
        let arguments: Vec<_> = arguments
            .iter()
            .map(|(index, names)| (*index, value(target, names)))
            .collect();
        // Bits that the kernel passes over change nothing, or deny.
        for high in [0, 1 << 32, !0 << 32] {
            let arguments: Vec<_> = arguments
                .iter()
                .map(|(index, value)| (*index, value | high))
                .collect();
            let Some(found) = answer(&policy, call, &arguments) else {
                continue;
            };
            let wrong = format!("{call}{arguments:x?} gets {found} by {group} on {target}");
            if !allowed {
                assert_ne!(found, Action::Allow, "{wrong}");
            } else if high == 0 {
                assert_eq!(found, Action::Allow, "{wrong}");
            }
        }
    }
}

/// Asserts that no rule of a policy allows a call, whatever its arguments are.
#[track_caller]
fn assert_never(policy: &Policy, call: &str) {
    let target = policy.target;
    let Some(nr) = syscalls::number(target, call) else {
        let elsewhere = |target: &Abi| syscalls::number(*target, call).is_some();
        return assert!(Abi::ALL.iter().any(elsewhere), "no ABI has {call}");
    };
    let allowed = match policy.lookup(target.token(), nr) {
        Decision::Always(action) => action == Action::Allow,
        Decision::ByRules(rules) => rules.iter().any(|rule| rule.action == Action::Allow),
    };
    assert!(!allowed, "{call} on {target}");
}

#[test]
fn each_compiles_everywhere_without_unexplained_warnings() {
    let mut wrong = Vec::new();
    for group in GROUPS {
        for target in Abi::ALL {
            policy(&[group], target);
            for default in DEFAULTS {
                for warning in compiled(&whole(group.name), default, target).warnings {
                    if !explained(group.name, &warning, target) {
                        let kind = warning.kind.name();
                        wrong.push(format!(
                            "{} {target} {kind}: {}",
                            group.name, warning.message
                        ));
                    }
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_together_compile_everywhere() {
    let all: Vec<&Group> = GROUPS.iter().collect();
    for target in Abi::ALL {
        compiled(&all, DEFAULTS[0], target);
    }
}

#[test]
fn each_rule_says_why_and_only_allows() {
    for group in GROUPS {
        assert!(group.version >= 1);
        assert!(
            !group.summary.is_empty() && !group.summary.ends_with('.'),
            "{}",
            group.name
        );
        let text: Value = serde_json::from_str(group.text).unwrap();
        let fields: Vec<_> = text.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["comment", "syscalls"], "{}", group.name);
        for entry in entries(group) {
            let comment = entry["comment"].as_str().unwrap_or_default();
            assert!(
                comment.len() > 10 && comment.ends_with('.'),
                "{}: {entry}",
                group.name
            );
            match entry["action"].as_str() {
                Some("SCMP_ACT_ALLOW") => {}
                _ => {
                    assert_eq!(entry["errno"], "ENOSYS", "{}: {entry}", group.name);
                    assert_eq!(entry["names"], json!(["clone3"]), "{}: {entry}", group.name);
                    assert!(entry["args"].is_null(), "{}: {entry}", group.name);
                }
            }
            let mut names: Vec<_> = entry["names"].as_array().unwrap().iter().collect();
            let count = names.len();
            names.sort_by_key(|name| name.as_str());
            names.dedup();
            assert_eq!(names.len(), count, "{}: {entry}", group.name);
            for name in names {
                assert!(
                    syscalls::is_known(name.as_str().unwrap()),
                    "{}: {name}",
                    group.name
                );
            }
        }
    }
}

#[test]
fn bases_come_first_and_once() {
    for (at, group) in GROUPS.iter().enumerate() {
        for base in group.builds_on {
            let earlier = GROUPS[..at].iter().any(|earlier| earlier.name == *base);
            assert!(earlier, "{} builds on {base}", group.name);
        }
        assert_eq!(groups::of(group.name), Some(group));
    }
    assert_eq!(groups::of("no such group"), None);
    assert!(groups::closure([]).is_empty());
    let all = groups::closure(GROUPS.iter().rev());
    assert_eq!(all, GROUPS.iter().collect::<Vec<_>>());
}

/// Every call that a program makes must end it somehow.
#[test]
fn every_group_lets_its_program_end() {
    for group in GROUPS {
        assert_eq!(whole(group.name)[0].name, "exit", "{}", group.name);
    }
}

#[test]
fn no_two_give_a_call_different_actions() {
    let mut actions: BTreeMap<String, (String, &str)> = BTreeMap::new();
    for group in GROUPS {
        for entry in entries(group) {
            for name in entry["names"].as_array().unwrap() {
                let (name, action) = (name.to_string(), entry["action"].to_string());
                let (first, earlier) = actions
                    .entry(name.clone())
                    .or_insert((action.clone(), group.name));
                assert_eq!(*first, action, "{name} in {} and {earlier}", group.name);
            }
        }
    }
}
