//! What a program costs: its length and the instructions it executes.
//!
//! Every call of the target's own table counts once. The mean is taken with all arguments 0, the
//! worst case over arguments at and around every number the policy compares with.

use crate::bpf;
use crate::linux::data::SeccompData;
use crate::linux::frequency::{Heat, heats};
use crate::policy::probe::Probes;
use crate::policy::{Decision, Policy};
use crate::verify::Program;

/// The costs of one program; `executed` counts every instruction, the last one too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stats {
    /// Instructions of the program.
    pub instructions: usize,
    /// Mean of the instructions executed over all calls.
    pub mean: f64,
    /// Mean over a short list of calls that servers make most.
    pub hot_mean: f64,
    /// The most instructions any call executes.
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
