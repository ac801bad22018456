//! Calls that tend to show mistakes.

use seccomp_profile_compiler::bpf::{self, Insn, JA, LD, RET};
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::policy::{Decision, Policy, Test};

use super::random::Random;

/// Calls at and around whatever the policy or a program compares with.
pub(crate) struct Calls<'p> {
    policy: &'p Policy,
    tokens: Vec<Numbers>,
    values: Vec<u64>,
}

/// The numbers of a token at which something can change, and those whose arguments count.
struct Numbers {
    token: u32,
    boundaries: Vec<u32>,
    by_rules: Vec<u32>,
}

impl Calls<'_> {
    /// The calls of a policy and a program.
    pub(crate) fn of<'p>(policy: &'p Policy, insns: &[Insn]) -> Calls<'p> {
        let mut values = vec![0, u64::MAX];
        let lists = policy.abis.iter().flat_map(|rules| rules.lists.values());
        for condition in lists.flatten().flat_map(|rule| &rule.conditions) {
            match condition.test {
                Test::Ne(value)
                | Test::Lt(value)
                | Test::Le(value)
                | Test::Eq(value)
                | Test::Ge(value)
                | Test::Gt(value) => values.push(value),
                Test::Masked { mask, value } => values.extend([value, value | !mask]),
            }
        }
        for insn in insns
            .iter()
            .filter(|insn| ![LD, JA, RET].contains(&insn.code))
        {
            values.push(u64::from(insn.k) << 32 | u64::from(insn.k));
        }
        values.sort_unstable();
        values.dedup();
        let numbers = |token| {
            let boundaries = policy.boundaries(token);
            let mut by_rules = boundaries.clone();
            by_rules.retain(|nr| matches!(policy.lookup(token, *nr), Decision::ByRules(..)));
            Numbers {
                token,
                boundaries,
                by_rules,
            }
        };
        Calls {
            policy,
            tokens: policy.tokens().into_iter().map(numbers).collect(),
            values,
        }
    }

    /// One of them.
    pub(crate) fn sample(&self, random: &mut Random) -> SeccompData {
        let numbers = &self.tokens[random.below(self.tokens.len())];
        let arch = match random.below(16) {
            0 => numbers.token ^ 1 << random.below(32),
            1 => random.pick(&self.values) as u32,
            _ => numbers.token,
        };
        let boundary = random.pick(&numbers.boundaries);
        let nr = match random.below(16) {
            0 => random.next() as u32,
            1 => boundary ^ 1 << random.below(32),
            2 => boundary.wrapping_sub(1),
            3 => random.pick(&self.values) as u32,
            4..8 => boundary,
            _ if numbers.by_rules.is_empty() => boundary,
            _ => random.pick(&numbers.by_rules),
        };
        let mut args = [0; 6];
        for arg in &mut args {
            let value = random.pick(&self.values);
            let other = random.pick(&self.values);
            *arg = match random.below(8) {
                0 => random.edge(),
                1 => value.wrapping_add(1),
                2 => value.wrapping_sub(1),
                3 => value ^ 1 << random.below(64),
                4 => value & 0xffff_ffff | random.next() << 32,
                5 => value & 0xffff_ffff | other >> 32 << 32,
                6 => value ^ random.next() & random.next() & random.next(),
                _ => value,
            };
        }
        SeccompData {
            nr,
            arch,
            instruction_pointer: random.edge(),
            args,
        }
    }

    /// Whether a program decides as the policy does at every boundary of numbers, and for that
    /// many calls more.
    pub(crate) fn agree(&self, insns: &[Insn], random: &mut Random, samples: usize) -> bool {
        let endian = self.policy.target.endian();
        let same = |data: &SeccompData| {
            let answer = bpf::run(insns, data, endian);
            answer.is_ok_and(|answer| answer.word == self.policy.decide(data).word())
        };
        let boundaries = self.tokens.iter().all(|numbers| {
            numbers.boundaries.iter().all(|&nr| {
                let data = SeccompData {
                    nr,
                    arch: numbers.token,
                    ..self.sample(random)
                };
                same(&data)
            })
        });
        boundaries && (0..samples).all(|_| same(&self.sample(random)))
    }
}
