//! Groups → a filter in a file.

use seccomp_profile_compiler::groups::{self, Group};
use seccomp_profile_compiler::linux::abi::subcall;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::{Abi, Options, compile};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The default actions: a letter, a name, the action, the errno.
pub const ACTIONS: [(char, &str, &str, Option<u32>); 3] = [
    ('K', "KILL_PROCESS", "SCMP_ACT_KILL_PROCESS", None),
    ('N', "ERRNO(ENOSYS)", "SCMP_ACT_ERRNO", Some(38)),
    ('P', "ERRNO(EPERM)", "SCMP_ACT_ERRNO", Some(1)),
];

/// One name of a rule of a group, to leave out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left {
    pub group: &'static str,
    pub entry: usize,
    pub name: String,
    /// The ABIs that have the name, and that the rule is for.
    pub abis: Vec<Abi>,
    /// Whether the rule's comment begins with `Elsewhere:`.
    pub elsewhere: bool,
}

fn entries(group: &Group) -> Vec<Value> {
    let text: Value = serde_json::from_str(group.text).expect("a group is JSON");
    text["syscalls"]
        .as_array()
        .expect("a group has rules")
        .clone()
}

/// The name of an ABI in `arches`.
fn arch(abi: Abi) -> &'static str {
    match abi {
        Abi::X86_64 => "amd64",
        Abi::X86 => "x86",
        Abi::Aarch64 => "arm64",
        Abi::S390x => "s390x",
        Abi::Ppc64le => "ppc64le",
        _ => panic!("no deeds are built for {abi}"),
    }
}

/// Returns the names of a group's rules that apply on one of the ABIs.
pub fn names(group: &'static Group, abis: &[Abi]) -> Vec<Left> {
    let mut names = Vec::new();
    for (at, entry) in entries(group).iter().enumerate() {
        let lists = |field: &str| -> Vec<String> {
            serde_json::from_value(entry[field]["arches"].clone()).unwrap_or_default()
        };
        let (only, not) = (lists("includes"), lists("excludes"));
        let applies = |abi: &Abi| {
            let lists = |list: &[String]| list.iter().any(|name| name == arch(*abi));
            !lists(&not) && (only.is_empty() || lists(&only))
        };
        let abis: Vec<Abi> = abis.iter().copied().filter(applies).collect();
        let elsewhere = entry["comment"]
            .as_str()
            .is_some_and(|text| text.starts_with("Elsewhere:"));
        for name in entry["names"].as_array().expect("a rule has names") {
            let name = name.as_str().expect("a name is a string").to_owned();
            let has = |abi: &Abi| {
                let multiplexed = abi.multiplexed() && subcall(&name).is_some();
                multiplexed || syscalls::number(*abi, &name).is_some()
            };
            let abis: Vec<Abi> = abis.iter().copied().filter(has).collect();
            if !abis.is_empty() {
                names.push(Left {
                    group: group.name,
                    entry: at,
                    name,
                    abis,
                    elsewhere,
                });
            }
        }
    }
    names
}

/// Groups, an ABI, a default action, what is left out.
type Key = (Vec<&'static str>, Abi, usize, Option<Left>);

/// Filters that were compiled, by what they are made of.
pub struct Filters<'a> {
    directory: &'a Path,
    made: Mutex<BTreeMap<Key, PathBuf>>,
}

impl<'a> Filters<'a> {
    pub fn new(directory: &'a Path) -> Filters<'a> {
        Filters {
            directory,
            made: Mutex::new(BTreeMap::new()),
        }
    }

    /// Returns the file of the filter for groups and all that they build on, with a default action,
    /// without one name.
    pub fn get(
        &self,
        names: &[&'static str],
        abi: Abi,
        action: usize,
        left: Option<&Left>,
    ) -> PathBuf {
        let key = (names.to_vec(), abi, action, left.cloned());
        let mut made = self.made.lock().unwrap();
        if let Some(path) = made.get(&key) {
            return path.clone();
        }
        let path = self.directory.join(format!("{}.filter", made.len()));
        let chosen = names
            .iter()
            .map(|name| groups::of(name).unwrap_or_else(|| panic!("no group {name}")));
        let mut rules = Vec::new();
        for group in groups::closure(chosen) {
            for (at, mut entry) in entries(group).into_iter().enumerate() {
                if let Some(left) = left.filter(|left| left.group == group.name && left.entry == at)
                {
                    let names = entry["names"].as_array_mut().expect("a rule has names");
                    names.retain(|name| name.as_str() != Some(&left.name));
                    if names.is_empty() {
                        continue;
                    }
                }
                rules.push(entry);
            }
        }
        let (_, _, default, errno) = ACTIONS[action];
        let mut profile = json!({ "defaultAction": default, "syscalls": rules });
        if let Some(errno) = errno {
            profile["defaultErrnoRet"] = errno.into();
        }
        let compiled = compile(&profile.to_string(), abi, &Options::default());
        let compiled = compiled.unwrap_or_else(|errors| panic!("{names:?}: {errors}"));
        let insns = compiled.program.insns().iter();
        let bytes: Vec<u8> = insns.flat_map(|insn| insn.to_bytes(abi.endian())).collect();
        std::fs::write(&path, bytes).expect("a file for the filter");
        made.insert(key, path.clone());
        path
    }
}
