//! A second opinion on what profiles mean: libseccomp's, driven as runc drives it.
//!
//! For every profile of a directory (`NAME.TARGET.json`, resolved for that target) and for many
//! random ones, libseccomp's program, with and without its optimisation, is run beside this
//! project's program and [`Policy::decide`], for calls at which readings tend to part. Program and
//! policy have to agree always. libseccomp has to say the same, or exactly what the differences of
//! [`known`] say; anything else is printed with the profile, the call and all answers, and fails.

mod calls;
mod known;
mod machine;
mod orders;
mod random;
mod witnesses;

use known::Difference;
use peers::libseccomp;
use peers::profile::Profile;
use random::{Case, Random};
use seccomp_profile_compiler::error::Kind;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::Policy;
use seccomp_profile_compiler::{Abi, Options, compile};
use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::{env, fs, path::Path};

/// What `CTL_OPTIMIZE` can be: a chain of comparisons, a binary tree.
const OPTIMIZE: [u32; 2] = [1, 2];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (directory, count, first) = match &arguments[..] {
        [directory] => (directory, Ok(4000), Ok(1)),
        [directory, count] => (directory, count.parse(), Ok(1)),
        [directory, count, first] => (directory, count.parse(), first.parse()),
        _ => {
            eprintln!("usage: second-opinion PROFILES_DIR [RANDOM_PROFILES [FIRST_SEED]]");
            return ExitCode::FAILURE;
        }
    };
    let result = match (count, first) {
        (Ok(count), Ok(first)) => opinion(Path::new(directory), count, first),
        _ => Err("how many profiles, and from which seed, are numbers".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("second opinion: {wrong}");
            ExitCode::FAILURE
        }
    }
}

fn opinion(directory: &Path, count: u64, first: u64) -> Result<(), String> {
    println!("libseccomp is {}.", libseccomp::version());
    tables()?;
    let mut figures = Figures::default();
    for (name, case) in resolved(directory)? {
        let used = figures.compare(&case, true, &mut Random(0));
        if !used.map_err(|wrong| format!("{name}: {wrong}"))? {
            return Err(format!("{name}: not compared"));
        }
    }
    let resolved = std::mem::take(&mut figures.profiles);
    for seed in first..first + count {
        let case = random::case(seed);
        let result = figures.compare(&case, false, &mut Random(seed));
        result.map_err(|wrong| format!("random profile {seed}: {wrong}"))?;
    }
    println!(
        "{resolved} profiles of {} and {} random ones of {count}: {} decisions compared.",
        directory.display(),
        figures.profiles,
        figures.decisions
    );
    figures.print();
    orders::check(count, first)?;
    witnesses::check()
}

fn resolved(directory: &Path) -> Result<BTreeMap<String, Case>, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", directory.display());
    let mut cases = BTreeMap::new();
    for entry in fs::read_dir(directory).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let Some((_, target)) = file
            .strip_suffix(".json")
            .and_then(|stem| stem.rsplit_once('.'))
        else {
            continue;
        };
        let target = Abi::from_name(target.trim_end_matches("-multi"));
        let target = target.ok_or(format!("{file}: its name ends with no target"))?;
        let text = fs::read_to_string(&path).map_err(wrong)?;
        cases.insert(file.into_owned(), Case { target, text });
    }
    match cases.is_empty() {
        true => Err(format!("{}: no profiles", directory.display())),
        false => Ok(cases),
    }
}

/// Both tables of system calls have to give a call the same number.
fn tables() -> Result<(), String> {
    let (mut same, mut newer) = (0, BTreeSet::new());
    for abi in Abi::ALL.into_iter().filter(|&abi| libseccomp::has(abi)) {
        for name in syscalls::names() {
            match (syscalls::number(abi, name), libseccomp::number(abi, name)) {
                (None, None) => {}
                _ if known::multiplexed_name(abi, name) => {}
                (None, Some(nr)) if (abi, name, nr) == known::FOREIGN => {}
                (Some(_), None) => drop(newer.insert(name)),
                (ours, theirs) if ours == theirs => same += 1,
                (ours, theirs) => {
                    return Err(format!(
                        "`{name}` on {abi}: the number is {ours:?} here and {theirs:?} there"
                    ));
                }
            }
        }
    }
    println!(
        "{same} numbers of system calls are the same; the library lacks some of {} calls.",
        newer.len()
    );
    Ok(())
}

/// What all comparisons came to.
#[derive(Default)]
struct Figures {
    profiles: usize,
    decisions: usize,
    refused_here: BTreeMap<Kind, usize>,
    refused_there: BTreeMap<&'static str, usize>,
    /// Programs with returns in the wrong byte order.
    turned: usize,
    /// How many decisions, of how many programs.
    differences: BTreeMap<Difference, (usize, usize)>,
}

impl Figures {
    /// Compares all answers to a profile; whether there is anything to compare.
    fn compare(&mut self, case: &Case, every: bool, random: &mut Random) -> Result<bool, String> {
        let with_text = |wrong: String| format!("{wrong}\n{} for {}", case.text, case.target);
        let compiled = match compile(&case.text, case.target, &Options::default()) {
            Ok(compiled) => compiled,
            Err(errors) => {
                for error in errors.iter() {
                    match error.kind {
                        Kind::ConflictingRules | Kind::AlwaysTrueOr => {}
                        _ => return Err(with_text(errors.to_string())),
                    }
                    *self.refused_here.entry(error.kind).or_default() += 1;
                }
                return Ok(false);
            }
        };
        let profile = Profile::parse(&case.text, case.target).map_err(with_text)?;
        let mut calls = calls::of(&compiled.policy, every, random);
        // A listed architecture that no kernel of the target reports is dead code in the library's
        // program, and left out here.
        let ours = compiled.policy.tokens();
        let listed = |token| profile.abis.iter().any(|abi| abi.token() == token);
        calls.retain(|call| ours.contains(&call.arch) || !listed(call.arch));
        for optimize in OPTIMIZE {
            let built = match (
                libseccomp::build(&profile, optimize),
                known::refusal(&profile),
            ) {
                (Ok(mut built), None) => {
                    let turned = known::turn_returns(&mut built.program, case.target);
                    self.turned += usize::from(turned);
                    built
                }
                (Err(_), Some(reason)) => {
                    *self.refused_there.entry(reason).or_default() += 1;
                    return Ok(false);
                }
                (Ok(_), Some(reason)) => {
                    return Err(with_text(format!("libseccomp takes what it {reason}")));
                }
                (Err(wrong), None) => return Err(with_text(wrong)),
            };
            let mut readings = vec![compiled.policy.clone()];
            for difference in Difference::ALL {
                let mut policy = readings[readings.len() - 1].clone();
                difference.make(&mut policy, &profile, &built, optimize);
                readings.push(policy);
            }
            let programs = [compiled.program.insns(), &built.program];
            let mut seen = BTreeSet::new();
            for call in &calls {
                let difference = decide(&readings, programs, call).map_err(|wrong| {
                    with_text(format!("{wrong}\nat its optimisation {optimize}, of"))
                })?;
                self.decisions += 1;
                if let Some(difference) = difference {
                    let count = self.differences.entry(difference).or_default();
                    count.0 += 1;
                    count.1 += usize::from(seen.insert(difference));
                }
            }
        }
        self.profiles += 1;
        Ok(true)
    }

    fn print(&self) {
        for (kind, count) in &self.refused_here {
            println!("  refused here, {}: {count}", kind.name());
        }
        for (reason, count) in &self.refused_there {
            println!("  refused there, as libseccomp {reason}: {count}");
        }
        for difference in Difference::ALL {
            let (decisions, programs) = self
                .differences
                .get(&difference)
                .copied()
                .unwrap_or_default();
            let (name, reason) = difference.describe();
            println!("  {name}: {decisions} decisions of {programs} programs differ; {reason}");
        }
        println!(
            "  swapped-return: {} programs; where the library duplicates a return for an \
             architecture of the other byte order, it swaps its answer twice",
            self.turned
        );
    }
}

/// Compares the answers to one call: the difference that explains them, if they are not the same.
fn decide(
    readings: &[Policy],
    [ours, theirs]: [&[seccomp_profile_compiler::bpf::Insn]; 2],
    call: &SeccompData,
) -> Result<Option<Difference>, String> {
    let endian = readings[0].target.endian();
    let bytes = machine::bytes(call, endian);
    let (ours, theirs) = (
        machine::run(ours, &bytes, endian),
        machine::run(theirs, &bytes, endian),
    );
    let answers: Vec<Action> = readings.iter().map(|policy| policy.decide(call)).collect();
    let (policy, expected) = (answers[0], answers[answers.len() - 1]);
    if ours != Ok(policy.word()) || theirs != Ok(expected.word()) {
        let SeccompData { nr, arch, args, .. } = call;
        let say = |answer: Result<u32, String>| match answer {
            Ok(word) => Action::from_word(word).map_or(format!("{word:#x}"), |a| a.to_string()),
            Err(wrong) => wrong,
        };
        return Err(format!(
            "number {nr} ({nr:#x}) of {arch:#x} with {args:x?}: the policy says {policy}, its \
             program {}, libseccomp {} where {expected} is expected",
            say(ours),
            say(theirs)
        ));
    }
    // The first that makes the answer what it is.
    let at = answers.iter().position(|answer| *answer == expected);
    Ok(at.filter(|&at| at > 0).map(|at| Difference::ALL[at - 1]))
}
