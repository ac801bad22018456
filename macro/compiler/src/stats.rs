//! Policy × program → the length of the program and how many instructions it executes.
//!
//! Every call in the syscall table of the target counts once. The means are measured with all
//! arguments 0. The worst case is also measured with arguments at and next to every number that the
//! policy compares with. A *hot* call is one that servers make in inner loops (`linux/frequency.rs`).

use crate::bpf;
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
}

/// Measures a program by running it.
pub fn stats(policy: &Policy, program: &Program) -> Stats {
    let target = policy.target;
    let cost = |nr: u32, args: [u64; 6]| {
        let data = SeccompData {
            nr,
            arch: target.token(),
            args,
            ..SeccompData::default()
        };
        bpf::run(program.insns(), &data, target.endian()).map_or(0, |answer| answer.executed)
    };
    let mut worst = 0;
    let (mut all, mut hot) = (Mean::default(), Mean::default());
    for &(nr, heat) in heats(target) {
        let plain = cost(nr, [0; 6]);
        all.add(plain);
        if heat == Heat::Hot {
            hot.add(plain);
        }
        worst = worst.max(plain);
        if let Decision::ByRules(rules) = policy.lookup(target.token(), nr) {
            for args in Probes::new(rules, target).all() {
                worst = worst.max(cost(nr, args));
            }
        }
    }
    Stats {
        instructions: program.insns().len(),
        mean: all.value(),
        hot_mean: hot.value(),
        worst,
    }
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
