//! What has to hold of every policy and its program.

use std::collections::BTreeSet;
use std::time::Duration;

use super::machine::Machine;
use super::reach::{Found, STEPS, reach};
use seccomp_profile_compiler::assemble::assemble;
use seccomp_profile_compiler::bpf::{self, Insn, MAX_LEN};
use seccomp_profile_compiler::linux::abi::{Abi, X32_BIT};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::lower::lower;
use seccomp_profile_compiler::options::Effort;
use seccomp_profile_compiler::options::weights::Weights;
use seccomp_profile_compiler::policy::probe::Probes;
use seccomp_profile_compiler::policy::{Decision, Policy, Rule, Test};
use seccomp_profile_compiler::verify::verify;

/// Calls of one number that are tried.
const SAMPLES: usize = 1500;
/// Of these, every so manieth where the number before has the same rules.
const AGAIN: usize = 30;

/// What one policy came to.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) time: Duration,
    pub(crate) instructions: usize,
    pub(crate) simplified: bool,
    pub(crate) calls: usize,
    /// Instructions that no call executes, and those for which it could not be found out.
    pub(crate) dead: usize,
    pub(crate) unknown: usize,
}

/// The time that this thread has run so far, which other work on the machine does not change.
pub(crate) fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a Linux kernel");
    let nanos = text.split(' ').next().and_then(|field| field.parse().ok());
    Duration::from_nanos(nanos.expect("nanoseconds on a processor"))
}

/// Compiles a policy and checks all; `None` if its program would be too long.
pub(crate) fn check(policy: &Policy) -> Result<Option<Figures>, String> {
    let start = cpu_time();
    let lowered = lower(policy, &Weights::default(), Effort::default());
    let endian = policy.target.endian();
    let Ok(insns) = assemble(&lowered.graph, lowered.root, endian) else {
        return Ok(None);
    };
    let proof = verify(policy, insns.clone());
    let mut figures = Figures {
        time: cpu_time() - start,
        instructions: insns.len(),
        simplified: lowered.simplified,
        ..Figures::default()
    };
    match proof {
        Ok(program) if program.insns() == insns => {}
        Ok(_) => return Err("verify changed the program".to_string()),
        Err(mismatch) => {
            return Err(format!(
                "refused: {mismatch}\n{}",
                bpf::listing(&insns, endian)
            ));
        }
    }
    decides(policy, &insns, &mut figures, |data| policy.decide(data))?;
    Ok(Some(figures))
}

/// Whether some list tests an argument with a mask and with something else: what a mask says of
/// a number's size is forgotten behind it, and asked again.
fn masks_meet(policy: &Policy) -> bool {
    let lists = policy.abis.iter().flat_map(|rules| rules.lists.values());
    lists.into_iter().any(|list| {
        let tests = || list.iter().flat_map(|rule| &rule.conditions);
        tests().any(|masked| {
            matches!(masked.test, Test::Masked { .. })
                && tests().any(|other| other.arg == masked.arg && other.test != masked.test)
        })
    })
}

/// The program decides as the policy does and as `meaning` says, everywhere they can begin to
/// differ, and with nothing but its number if a call is always allowed.
pub(crate) fn decides(
    policy: &Policy,
    insns: &[Insn],
    figures: &mut Figures,
    meaning: impl Fn(&SeccompData) -> Action,
) -> Result<(), String> {
    let endian = policy.target.endian();
    if insns.len() > MAX_LEN {
        return Err(format!("{} instructions", insns.len()));
    }
    let mut agree = |data: SeccompData, machine: &mut Machine<'_>| {
        figures.calls += 1;
        let outcome = machine.run(&data);
        let wanted = policy.decide(&data);
        let answer = bpf::run(insns, &data, endian).map(|answer| answer.word);
        let cached = policy.lookup(data.arch, data.nr) != Decision::Always(Action::Allow)
            || !outcome.looked && outcome.word == 0x7fff_0000;
        if outcome.word == wanted.word() && answer == Ok(outcome.word) && cached {
            let meant = meaning(&data);
            if meant == wanted {
                Ok(())
            } else {
                Err(format!("{data:x?}: {wanted}, meant was {meant}"))
            }
        } else {
            let listing = bpf::listing(insns, endian);
            let word = outcome.word;
            Err(format!(
                "{data:x?}: {word:#x}, wanted {wanted}, cached {cached}\n{listing}"
            ))
        }
    };
    let mut machine = Machine::new(insns, endian);
    for arch in tokens(policy) {
        let (mut before, mut samples): (&[Rule], _) = (&[], Vec::new());
        for nr in numbers(policy, arch) {
            let mut step = 1;
            match policy.lookup(arch, nr) {
                Decision::Always(_) => (before, samples) = (&[], vec![[0; 6], [u64::MAX; 6]]),
                Decision::ByRules(rules) if rules == before => step = AGAIN,
                Decision::ByRules(rules) => {
                    (before, samples) = (rules, arguments(rules, policy.target));
                }
            }
            for &args in samples.iter().step_by(step) {
                let data = SeccompData {
                    nr,
                    arch,
                    args,
                    instruction_pointer: !args[0],
                };
                agree(data, &mut machine)?;
            }
        }
    }
    // What was not executed yet is executed by a call made for it, if there is one.
    let (mut dead, mut unknown) = (0, 0);
    let mut left = STEPS;
    let mut from = 0;
    while let Some(at) = machine.uncovered(from) {
        from = at + 1;
        match reach(insns, endian, at, &mut left) {
            Found::Call(data) => {
                agree(data, &mut machine)?;
                if machine.uncovered(at) == Some(at) {
                    return Err(format!("{data:x?} does not execute {at}"));
                }
            }
            Found::Dead => dead += 1,
            Found::Unknown => unknown += 1,
        }
    }
    (figures.dead, figures.unknown) = (dead, unknown);
    if dead > 0 && !figures.simplified && !masks_meet(policy) {
        return Err(format!(
            "no call executes {dead} of\n{}",
            bpf::listing(insns, endian)
        ));
    }
    Ok(())
}

/// The policy's tokens, all others there are, and some there are not.
fn tokens(policy: &Policy) -> BTreeSet<u32> {
    let ours = policy.tokens();
    let near = ours
        .iter()
        .flat_map(|token| [token - 1, token + 1, !token, token.swap_bytes()]);
    near.chain(Abi::ALL.map(Abi::token))
        .chain([0, u32::MAX])
        .chain(ours.clone())
        .collect()
}

/// The numbers at and around which the policy can change its mind.
fn numbers(policy: &Policy, arch: u32) -> BTreeSet<u32> {
    let edges = [
        1 << 31,
        u32::MAX - 1,
        u32::MAX,
        X32_BIT | 1,
        X32_BIT | 512,
        1000,
    ];
    let mut numbers = BTreeSet::from(edges);
    for start in policy.boundaries(arch) {
        numbers.extend([start.wrapping_sub(1), start, start ^ X32_BIT]);
    }
    numbers
}

/// Arguments at which rules begin or cease to match. Of long lists a few rules are looked at a
/// time, neighbours and others, and of too many calls every so manieth is taken.
fn arguments(rules: &[Rule], abi: Abi) -> Vec<[u64; 6]> {
    const TOGETHER: usize = 3;
    let mut all = Vec::new();
    for few in rules.chunks(TOGETHER) {
        all.extend(Probes::new(few, abi).all());
    }
    let stride = rules.len().div_ceil(TOGETHER);
    for first in (0..stride).filter(|_| stride > 1) {
        let few: Vec<Rule> = rules.iter().skip(first).step_by(stride).cloned().collect();
        all.extend(Probes::new(&few, abi).all());
    }
    let step = all.len().div_ceil(SAMPLES).max(1);
    all.into_iter().step_by(step).collect()
}
