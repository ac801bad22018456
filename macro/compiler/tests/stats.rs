//! The cost of the programs of real profiles. `stats.txt` records it; `BLESS=1` rewrites the file.
#![allow(missing_docs)]

#[path = "support/golden.rs"]
mod golden;
#[path = "support/machine.rs"]
mod machine;
#[path = "support/profiles.rs"]
mod profiles;
#[path = "support/skip.rs"]
mod skip;

use std::path::Path;

use machine::Machine;
use seccomp_profile_compiler::Compiled;
use seccomp_profile_compiler::bpf::{Insn, JA, LD, RET};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::policy::{Decision, Policy};
use seccomp_profile_compiler::stats::{Stats, stats};

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stats.txt");

/// The best known programs: instructions, mean, hot mean, worst.
///
/// The weights of their hot mean are unknown, and their worst counts all ABIs of the filter. Ours
/// are those of [`stats`].
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

/// The largest allowed ratio to the best known program.
const NEAR: f64 = 1.03;

/// Returns the number of instructions, without returns, that run after the load of an argument.
fn for_arguments(program: &[Insn]) -> usize {
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

/// Returns the longest path of other ABIs than the target, if the profile has some.
fn shown(worst: Option<u32>) -> String {
    worst.map_or_else(|| String::from("-"), |worst| worst.to_string())
}

#[test]
fn programs_cost_what_is_recorded() {
    let mut table = format!(
        "{:45} {:>12} {:>9} {:>6} {:>6} {:>6} {:>6} {:>8}\n",
        "profile", "instructions", "arguments", "mean", "hot", "worst", "x32", "foreign"
    );
    let mut over = Vec::new();
    let profiles = profiles::resolved();
    if profiles.is_empty() {
        assert!(
            !golden::bless(),
            "without profiles there is nothing to record"
        );
        return;
    }
    for profile in &profiles {
        let (name, compiled) = (&profile.name, profile.compiled());
        let Stats {
            instructions,
            mean,
            hot_mean,
            worst,
            x32_worst,
            foreign_worst,
        } = stats(&compiled.policy, &compiled.program);
        let arguments = for_arguments(compiled.program.insns());
        table.push_str(&format!(
            "{name:45} {instructions:12} {arguments:9} {mean:6.2} {hot_mean:6.2} {worst:6} {:>6} {:>8}\n",
            shown(x32_worst),
            shown(foreign_worst)
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
    let over = over.join("\n");
    assert!(
        over.is_empty(),
        "the best known programs are better:\n{over}"
    );
    golden::golden(Path::new(RECORD), &table);
}

/// The kernel caches a call if its number and architecture alone decide that it is allowed
/// (`kernel/seccomp.c: seccomp_is_const_allow`).
#[test]
fn calls_that_are_always_allowed_can_be_cached() {
    for profile in profiles::resolved() {
        let name = &profile.name;
        let Compiled {
            program, policy, ..
        } = profile.compiled();
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
                assert!(!outcome.read_more, "{name}: {arch:#x} {nr} reads arguments");
                assert_eq!(outcome.word, 0x7fff_0000, "{name}: {arch:#x} {nr}");
                allowed += 1;
            }
        }
        assert!(allowed > 0, "{name} always allows no call");
    }
}

/// Returns all numbers in use, and the boundaries of the policy.
fn numbers(policy: &Policy, arch: u32) -> impl Iterator<Item = u32> {
    let x32 = 0x4000_0000;
    (0..8192)
        .chain(x32..x32 + 1024)
        .chain(policy.boundaries(arch))
}
