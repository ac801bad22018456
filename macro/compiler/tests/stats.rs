//! What the programs of real profiles cost: `stats.txt` is the record, `BLESS=1` rewrites it.
#![allow(missing_docs)]

#[path = "random/machine.rs"]
#[allow(dead_code)] // what the random tests need is more
mod machine;

use std::path::{Path, PathBuf};

use machine::Machine;
use seccomp_profile_compiler::bpf::{Insn, JA, LD, RET};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::policy::{Decision, Policy};
use seccomp_profile_compiler::stats::{Stats, stats};
use seccomp_profile_compiler::{Abi, Compiled, Options, compile};

const PROFILES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/profiles/resolved"
);
const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stats.txt");

/// The best programs known: instructions, mean, hot mean, worst.
///
/// Their hot mean was measured with weights that are not known, the worst with all ABIs of the
/// filter; ours are those of [`stats`].
const BEST: &[(&str, usize, f64, f64, u32)] = &[
    ("containers-common.aarch64", 53, 9.0, 8.4, 15),
    ("containers-common.x86_64", 57, 8.6, 6.5, 16),
    ("firecracker-api.x86_64", 69, 8.9, 9.6, 16),
    ("firecracker-vcpu.x86_64", 84, 8.8, 14.7, 16),
    ("firecracker-vmm.x86_64", 121, 9.2, 10.0, 18),
    ("moby-default.aarch64", 67, 9.4, 8.1, 15),
    ("moby-default.x86_64", 63, 9.3, 7.8, 16),
    ("moby-default.x86_64-multi", 221, 9.3, 7.8, 22),
    ("spo-operator.x86_64", 69, 10.2, 9.5, 13),
    ("youki-config.x86_64", 58, 9.0, 7.2, 17),
];

/// How far above the best a program may be.
const NEAR: f64 = 1.03;

/// The real profiles with their names; none where they are not at hand, which is an error in CI.
fn profiles() -> Vec<(String, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(Path::new(PROFILES)) else {
        let needed = ["CI", "BLESS"].map(std::env::var_os);
        assert_eq!(needed, [None, None], "{PROFILES} is missing");
        println!("skipped: {PROFILES} is not here");
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut profiles: Vec<(String, PathBuf)> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            (
                path.file_stem()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned(),
                path,
            )
        })
        .collect();
    profiles.sort();
    assert!(!profiles.is_empty(), "{PROFILES} is empty");
    profiles
}

/// Compiles a profile for the target in its name.
fn compiled(name: &str, path: &Path) -> Compiled {
    let text = std::fs::read_to_string(path).expect("a readable profile");
    let target = name
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .trim_end_matches("-multi");
    let target = Abi::from_name(target).expect("an ABI in the name");
    compile(&text, target, &Options::default())
        .unwrap_or_else(|errors| panic!("{}", errors.render(name, &text).join("\n")))
}

/// How many instructions are reached behind the load of an argument, returns not counted.
fn of_arguments(program: &[Insn]) -> usize {
    let mut behind = vec![false; program.len()];
    for (at, insn) in program.iter().enumerate() {
        behind[at] |= insn.code == LD && insn.k >= 16;
        let (near, k) = (at + 1, insn.k as usize);
        let next = match insn.code {
            RET => continue,
            JA => vec![near + k],
            _ => vec![near + usize::from(insn.jt), near + usize::from(insn.jf)],
        };
        let reached = behind[at];
        next.into_iter().for_each(|next| behind[next] |= reached);
    }
    program
        .iter()
        .zip(behind)
        .filter(|(insn, behind)| *behind && insn.code != RET)
        .count()
}

#[test]
fn programs_cost_what_is_recorded() {
    let mut table = format!(
        "{:45} {:>12} {:>9} {:>6} {:>6} {:>6}\n",
        "profile", "instructions", "arguments", "mean", "hot", "worst"
    );
    let mut over = Vec::new();
    let profiles = profiles();
    for (name, path) in &profiles {
        let compiled = compiled(name, path);
        let Stats {
            instructions,
            mean,
            hot_mean,
            worst,
        } = stats(&compiled.policy, &compiled.program);
        let arguments = of_arguments(compiled.program.insns());
        table.push_str(&format!(
            "{name:45} {instructions:12} {arguments:9} {mean:6.2} {hot_mean:6.2} {worst:6}\n"
        ));
        if let Some(best) = BEST.iter().find(|best| best.0 == name.as_str()) {
            let columns = [
                ("instructions", instructions as f64, best.1 as f64),
                ("mean", mean, best.2),
                ("hot mean", hot_mean, best.3),
                ("worst", f64::from(worst), f64::from(best.4)),
            ];
            for (column, value, best) in columns {
                let limit = best * NEAR;
                if value > limit {
                    over.push(format!("{name}: {column} {value:.2}, at most {limit:.2}"));
                }
            }
        }
    }
    if profiles.is_empty() {
        return;
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(RECORD, &table).expect("a writable record");
    }
    assert!(
        over.is_empty(),
        "worse than what is known to be possible:\n{}",
        over.join("\n")
    );
    let record = std::fs::read_to_string(RECORD).unwrap_or_default();
    let changed: Vec<String> = table
        .lines()
        .filter(|line| !record.lines().any(|recorded| recorded == *line))
        .map(|line| {
            let name = line.split(' ').next().unwrap_or_default();
            let before = record
                .lines()
                .find(|line| line.split(' ').next() == Some(name));
            format!("- {}\n+ {line}", before.unwrap_or_default())
        })
        .collect();
    assert!(
        changed.is_empty(),
        "run with BLESS=1 if this is meant:\n{}",
        changed.join("\n")
    );
    assert_eq!(table, record, "run with BLESS=1 if this is meant");
}

/// The kernel caches what it sees allowed by number and architecture alone
/// (`kernel/seccomp.c: seccomp_is_const_allow`).
#[test]
fn what_is_always_allowed_can_be_cached() {
    for (name, path) in profiles() {
        let Compiled {
            program, policy, ..
        } = compiled(&name, &path);
        let mut machine = Machine::new(program.insns(), program.endian());
        let mut allowed = 0;
        for arch in policy.tokens() {
            for nr in numbers(&policy, arch) {
                if policy.lookup(arch, nr) != Decision::Always(Action::Allow) {
                    continue;
                }
                let data = SeccompData {
                    nr,
                    arch,
                    ..SeccompData::default()
                };
                let outcome = machine.run(&data);
                assert!(!outcome.looked, "{name}: {arch:#x} {nr} looks at arguments");
                assert_eq!(outcome.word, 0x7fff_0000, "{name}: {arch:#x} {nr}");
                allowed += 1;
            }
        }
        assert!(allowed > 0, "{name} allows nothing always");
    }
}

/// Every number up to where calls end, and where a policy changes its mind.
fn numbers(policy: &Policy, arch: u32) -> impl Iterator<Item = u32> {
    let x32 = 0x4000_0000;
    (0..8192)
        .chain(x32..x32 + 1024)
        .chain(policy.boundaries(arch))
}
