//! Two policies: that the differences found are those of a search by hand.

use std::collections::BTreeSet;

use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::policy::probe::Probes;
use seccomp_profile_compiler::policy::{Decision, Policy, Rule};
use seccomp_profile_compiler::verify::{Differing, differences};

/// The limit on calls for one number.
const SAMPLES: usize = 300;

/// A token that no ABI has.
const FOREIGN: u32 = 0x1234_5678;

type Differ = fn(Action, Action) -> bool;

/// Compares two policies. Returns how many differences there are, and how many of them depend on
/// arguments.
pub(crate) fn compare(first: &Policy, second: &Policy) -> Result<[usize; 2], String> {
    let mut found = [0; 2];
    let sampled = samples(first, second);
    let classes: [Differ; 3] = [
        |old, new| new.rank() > old.rank(),
        |old, new| new.rank() < old.rank(),
        |old, new| new != old,
    ];
    for differ in classes {
        let list = differences(first, second, differ).map_err(|error| error.to_string())?;
        for one in &list {
            examples(first, second, one, differ)?;
        }
        found[0] += list.len();
        found[1] += list.iter().filter(|one| !one.always).count();
        for sampled in &sampled {
            agrees(sampled, &list, differ)?;
        }
    }
    Ok(found)
}

/// The example is what it says, for the first and the last number.
fn examples(
    first: &Policy,
    second: &Policy,
    one: &Differing,
    differ: Differ,
) -> Result<(), String> {
    let example = one.example;
    for nr in [*one.numbers.start(), *one.numbers.end()] {
        let data = SeccompData { nr, ..example.data };
        let answers = (first.decide(&data), second.decide(&data));
        if answers != (example.first, example.second) || !differ(answers.0, answers.1) {
            return Err(format!("{one:?} is no difference: {answers:?}"));
        }
    }
    match one.arch {
        Some(arch) if example.data.arch != arch => Err(format!("{one:?} has another token")),
        _ => Ok(()),
    }
}

/// The answers of both policies to calls with one token and number.
struct Sampled {
    arch: u32,
    nr: u32,
    answers: BTreeSet<(Action, Action)>,
}

/// Asks both policies for calls with every number at which something changes.
fn samples(first: &Policy, second: &Policy) -> Vec<Sampled> {
    let mut tokens = [first.tokens(), second.tokens(), vec![FOREIGN]].concat();
    tokens.sort_unstable();
    tokens.dedup();
    let mut sampled = Vec::new();
    for arch in tokens {
        let mut numbers = [first.boundaries(arch), second.boundaries(arch)].concat();
        numbers.sort_unstable();
        numbers.dedup();
        for nr in numbers {
            let rules = |policy: &Policy| match policy.lookup(arch, nr) {
                Decision::Always(_) => Vec::new(),
                Decision::ByRules(rules) => rules.to_vec(),
            };
            let rules: Vec<Rule> = [rules(first), rules(second)].concat();
            let abi = first.abi_of(arch, nr).or_else(|| second.abi_of(arch, nr));
            let abi = abi.map_or(first.target, |rules| rules.abi);
            let probes: Vec<[u64; 6]> = match rules.is_empty() {
                true => vec![[0; 6]],
                false => Probes::new(&rules, abi).some(SAMPLES).collect(),
            };
            let answers = probes.into_iter().map(|args| {
                let data = SeccompData {
                    nr,
                    arch,
                    args,
                    ..SeccompData::default()
                };
                (first.decide(&data), second.decide(&data))
            });
            sampled.push(Sampled {
                arch,
                nr,
                answers: answers.collect(),
            });
        }
    }
    sampled
}

/// No call that differs is missing, and none differs otherwise where all are said to be alike.
fn agrees(sampled: &Sampled, list: &[Differing], differ: Differ) -> Result<(), String> {
    let Sampled { arch, nr, answers } = sampled;
    let known = |one: &&Differing| {
        let token = match one.arch {
            Some(token) => token == *arch,
            None => *arch == FOREIGN,
        };
        token && one.numbers.contains(nr)
    };
    let mut known = list.iter().filter(known);
    let (said, twice) = (known.next(), known.next());
    if twice.is_some() {
        return Err(format!("{nr} of {arch:#x} is there twice"));
    }
    for &(old, new) in answers {
        match said {
            None if differ(old, new) => {
                return Err(format!("{nr} of {arch:#x}: {old} and {new} are missing"));
            }
            Some(one) if one.always && (one.example.first, one.example.second) != (old, new) => {
                return Err(format!("{one:?} is not always so: {old} and {new}"));
            }
            _ => {}
        }
    }
    Ok(())
}
