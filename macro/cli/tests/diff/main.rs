//! `seccomp-profile diff` as a user runs it.

#[path = "../../../compiler/tests/support/golden.rs"]
mod golden;
#[path = "../../../compiler/tests/support/skip.rs"]
mod skip;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::policy::probe::Probes;
use seccomp_profile_compiler::policy::{Policy, Rule};
use seccomp_profile_compiler::{Abi, Options, compile};

fn diff(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
    command.arg("diff").args(words);
    command.current_dir(Path::new("tests/diff"));
    command.output().unwrap()
}

/// What a user sees of some runs.
fn session(runs: &[&str]) -> String {
    let texts = runs.iter().map(|run| {
        let words: Vec<&str> = run.split(' ').collect();
        let output = diff(&words);
        let [out, errors] = [output.stdout, output.stderr].map(String::from_utf8);
        let (out, errors) = (out.unwrap(), errors.unwrap());
        let status = output.status.code().unwrap();
        format!("$ seccomp-profile diff {run}\n{out}{errors}exit status {status}\n")
    });
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn differences_are_these() {
    let text = session(&[
        "old.json new.json --target x86_64",
        "old.json new.json --all-targets --allow-looser",
        "new.json old.json --target aarch64",
        "old.json same.json --all-targets",
        "old.json abis.json --target x86_64",
        "old.json new.json --target x86_64 --with panic --deny-action SCMP_ACT_LOG",
        "old.json old.json --target x86_64 --new-with time",
        "old.json old.json --target x86_64 --old-with time",
        "old.json old.json --target x86_64 --old-with time --with time",
    ]);
    golden::golden(Path::new("tests/diff/differences.txt"), &text);
}

#[test]
fn scripts_get_these() {
    let text = session(&["old.json new.json --target x86_64 --json"]);
    golden::golden(Path::new("tests/diff/json.txt"), &text);
}

#[test]
fn wrong_ones_are_these() {
    let text = session(&[
        "old.json none.json",
        "old.json differences.txt --target x86_64",
        "abis.json abis.json --target x86_64 --with old.json",
        "old.json new.json --target x86_64 --new-with ./new.json",
        "old.json new.json --target x86_64 --old-with tme",
    ]);
    golden::golden(Path::new("tests/diff/wrong.txt"), &text);
    for words in [
        &["old.json"][..],
        &["-", "-"],
        &["old.json", "new.json", "--target", "x86", "--all-targets"],
    ] {
        let output = diff(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(output.stdout.is_empty(), "{words:?}");
    }
}

fn rules(policy: &Policy, abi: Abi, nr: u32) -> Vec<Rule> {
    let mut abis = policy.abis.iter();
    let rules = abis.find(|rules| rules.abi == abi);
    let list = rules.and_then(|rules| rules.lists.get(&nr));
    list.cloned().unwrap_or_default()
}

/// Docker's profile and Podman's, for every target that one of them lists: the differences are
/// those of a search call by call, and they are there at once.
#[test]
fn dockers_and_podmans_differ_so() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/profiles/whole");
    let [old, new] = ["moby-default.json", "containers-common.json"].map(|name| folder.join(name));
    if !old.exists() {
        return skip::skip("no ../shared/profiles");
    }
    let [old, new] = [old.to_str().unwrap(), new.to_str().unwrap()];
    let options = ["--capabilities", "", "--kernel", "5.10", "--json"];
    let start = Instant::now();
    let output = diff(&[&[old, new, "--target", "x86_64"], &options[..]].concat());
    // Two profiles, compiled without optimisation on a busy machine.
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(output.status.code(), Some(1));

    let output = diff(&[&[old, new, "--all-targets"], &options[..]].concat());
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let targets = json["targets"].as_array().unwrap();
    assert!(targets.len() > 5);
    let mut set = Options::default();
    set.set("capabilities", &Setting::List(Vec::new())).unwrap();
    set.set("kernel", &Setting::Word("5.10".into())).unwrap();
    let texts = [old, new].map(|path| std::fs::read_to_string(path).unwrap());
    for found in targets {
        let target = Abi::from_name(found["target"].as_str().unwrap()).unwrap();
        let [old, new] = [0, 1].map(|i| compile(&texts[i], target, &set).unwrap().policy);
        let mut wanted: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for rules_of in &old.abis {
            let abi = rules_of.abi;
            for &(nr, name) in syscalls::calls(abi) {
                let lists = [rules(&old, abi, nr), rules(&new, abi, nr)].concat();
                let mut classes = Vec::new();
                for args in Probes::new(&lists, abi).all() {
                    let arch = abi.token();
                    let data = SeccompData {
                        nr,
                        arch,
                        args,
                        ..SeccompData::default()
                    };
                    let (old, new) = (old.decide(&data), new.decide(&data));
                    if old != new {
                        classes.push(match new.rank().cmp(&old.rank()) {
                            std::cmp::Ordering::Greater => "looser",
                            std::cmp::Ordering::Less => "stricter",
                            std::cmp::Ordering::Equal => "different",
                        });
                    }
                }
                classes.sort_unstable();
                classes.dedup();
                for class in classes {
                    wanted
                        .entry(class)
                        .or_default()
                        .push(format!("{abi}:{name}"));
                }
            }
        }
        for class in ["looser", "stricter", "different"] {
            let list = found[class].as_array().unwrap().iter();
            let named = list.filter_map(|change| {
                let call = change["call"].as_str()?;
                Some(format!("{}:{call}", change["abi"].as_str().unwrap()))
            });
            let mut named: Vec<String> = named.collect();
            named.sort();
            let mut wanted = wanted.remove(class).unwrap_or_default();
            wanted.sort();
            assert_eq!(named, wanted, "{target}: {class}");
        }
    }
}
