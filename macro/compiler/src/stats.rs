//! Policy × program → the length of the program and how many instructions it executes.
//!
//! Every call in the syscall table of the target counts once. The means are measured with all
//! arguments 0. The worst cases are also measured with arguments at and next to every number that the
//! policy compares with. A *hot* call is one that servers make in inner loops (`linux/frequency.rs`).

use crate::bpf;
use crate::linux::abi::Abi;
use crate::linux::data::SeccompData;
use crate::linux::frequency::{Heat, heats};
use crate::policy::probe::Probes;
use crate::policy::{Decision, Policy};
use crate::verify::Program;

/// The costs of one program. The `RET` counts as an executed instruction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stats {
    /// The number of instructions in the program.
    pub instructions: usize,
    /// The mean number of executed instructions, over all calls.
    pub mean: f64,
    /// The mean number of executed instructions, over the hot calls.
    pub hot_mean: f64,
    /// The largest number of executed instructions of any call.
    pub worst: u32,
    /// The same for x32, if it is another ABI of the policy than the target. It shares the audit
    /// token of x86_64.
    pub x32_worst: Option<u32>,
    /// The same for the ABIs of the policy that have another audit token than the target.
    pub foreign_worst: Option<u32>,
}

/// Measures a program by running it.
pub fn stats(policy: &Policy, program: &Program) -> Stats {
    let target = policy.target;
    let (mut all, mut hot) = (Mean::default(), Mean::default());
    for &(nr, heat) in heats(target) {
        let steps = executed(program, target, nr, [0; 6]);
        all.add(steps);
        if heat == Heat::Hot {
            hot.add(steps);
        }
    }
    let others = policy.abis.iter().map(|rules| rules.abi);
    let others = others.filter(|&abi| abi != target);
    let (same_token, foreign): (Vec<Abi>, Vec<Abi>) =
        others.partition(|abi| abi.token() == target.token());
    let worst_of = |abis: Vec<Abi>| {
        abis.into_iter()
            .map(|abi| worst(policy, program, abi))
            .max()
    };
    Stats {
        instructions: program.insns().len(),
        mean: all.value(),
        hot_mean: hot.value(),
        worst: worst(policy, program, target),
        x32_worst: worst_of(same_token),
        foreign_worst: worst_of(foreign),
    }
}

/// Returns the number of instructions that a call executes.
fn executed(program: &Program, abi: Abi, nr: u32, args: [u64; 6]) -> u32 {
    let data = SeccompData {
        nr,
        arch: abi.token(),
        args,
        ..SeccompData::default()
    };
    bpf::run(program.insns(), &data, abi.endian()).map_or(0, |answer| answer.executed)
}

/// Returns the largest number of executed instructions of any call of an ABI.
fn worst(policy: &Policy, program: &Program, abi: Abi) -> u32 {
    let mut worst = 0;
    for &(nr, _) in heats(abi) {
        worst = worst.max(executed(program, abi, nr, [0; 6]));
        if let Decision::ByRules(rules) = policy.lookup(abi.token(), nr) {
            for args in Probes::new(rules, abi).all() {
                worst = worst.max(executed(program, abi, nr, args));
            }
        }
    }
    worst
}

/// The mean of the values that were added.
#[derive(Default)]
struct Mean {
    sum: u64,
    count: u64,
}

impl Mean {
    fn add(&mut self, value: u32) {
        self.sum += u64::from(value);
        self.count += 1;
    }

    fn value(&self) -> f64 {
        if self.count == 0 {
            0.0
        } else {
            self.sum as f64 / self.count as f64
        }
    }
}
