//! What must be true of every policy and its program.

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

/// The limit on calls for one number.
const SAMPLES: usize = 1500;
/// If the number before has the same rules, only every 30th of these calls is tried.
const REPEATED: usize = 30;

/// Figures about one policy and its program.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) time: Duration,
    pub(crate) instructions: usize,
    pub(crate) simplified: bool,
    pub(crate) calls: usize,
    /// Instructions that no call executes.
    pub(crate) dead: usize,
    /// Instructions for which the search for a call took too long.
    pub(crate) unknown: usize,
}

/// Returns the CPU time of this thread, which does not depend on the load of the machine.
pub(crate) fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a Linux kernel");
    let nanos = text.split(' ').next().and_then(|field| field.parse().ok());
    Duration::from_nanos(nanos.expect("nanoseconds of CPU time"))
}

/// Compiles a policy and checks its program. Returns `None` if the program would be too long.
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
    decides(policy, &insns, &mut figures, None)?;
    Ok(Some(figures))
}

/// Returns whether some list tests one argument with a mask and with another test. The compiler
/// forgets what a mask test implies about the size of the number, and can test it again.
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

/// Returns an error unless the program gives the answers of the policy, and of `meaning` if there is
/// one, to all calls at which an answer can change, and reads only the number of a call that is always
/// allowed.
pub(crate) fn decides(
    policy: &Policy,
    insns: &[Insn],
    figures: &mut Figures,
    meaning: Option<&dyn Fn(&SeccompData) -> Action>,
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
        let cached = !outcome.read_more && outcome.word == 0x7fff_0000
            || policy.lookup(data.arch, data.nr) != Decision::Always(Action::Allow);
        if outcome.word != wanted.word() || answer != Ok(outcome.word) || !cached {
            let listing = bpf::listing(insns, endian);
            let word = outcome.word;
            return Err(format!(
                "{data:x?}: {word:#x}, wanted {wanted}, cached {cached}\n{listing}"
            ));
        }
        match meaning.map(|meaning| meaning(&data)) {
            Some(meant) if meant != wanted => Err(format!(
                "{data:x?}: {wanted}, but the profile means {meant}"
            )),
            _ => Ok(()),
        }
    };
    let mut machine = Machine::new(insns, endian);
    for arch in tokens(policy) {
        let (mut before, mut samples): (&[Rule], _) = (&[], Vec::new());
        for nr in numbers(policy, arch) {
            let mut step = 1;
            match policy.lookup(arch, nr) {
                Decision::Always(_) => (before, samples) = (&[], vec![[0; 6], [u64::MAX; 6]]),
                Decision::ByRules(rules) if rules == before => step = REPEATED,
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
    // For each instruction that was not executed, search for a call that executes it.
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

/// Returns the tokens of the policy, those of all other ABIs, and some that no ABI has.
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

/// Returns numbers at and next to which an answer of the policy can change.
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

/// Returns arguments at which a rule starts or stops to match. The probes come from a few rules at a
/// time, neighbours and others. If there are too many, they are thinned out evenly.
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
