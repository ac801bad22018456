//! Every group compiles everywhere, says why, and allows no more than its name says.

#![allow(missing_docs)]

use seccomp_profile_compiler::groups::{self, GROUPS, Group};
use seccomp_profile_compiler::{Abi, Compiled, Options, compile};
use serde_json::{Value, json};

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

fn whole(name: &str) -> Vec<&'static Group> {
    groups::closure([group(name)])
}

#[test]
fn each_compiles_alone_and_with_what_it_builds_on() {
    for group in GROUPS {
        for target in Abi::ALL {
            for default in DEFAULTS {
                compiled(&[group], default, target);
                let compiled = compiled(&whole(group.name), default, target);
                for warning in &compiled.warnings {
                    println!(
                        "{} {target} {}: {}",
                        group.name,
                        warning.kind.name(),
                        warning.message
                    );
                }
            }
        }
    }
}
