//! Random policies, the same in every run.

use seccomp_profile_compiler::linux::abi::{Abi, Width, X32_BIT};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::policy::{AbiRules, Condition, Newer, Policy, Rule, Test};
use seccomp_profile_compiler::sorted::Map;

/// The numbers of a fixed sequence (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Any number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A number that tends to show mistakes.
    pub(crate) fn edge(&mut self) -> u64 {
        const EDGES: [u64; 20] = [
            0,
            1,
            2,
            3,
            5,
            7,
            8,
            0x10,
            0xff,
            0xffff,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_fffe,
            0xffff_ffff,
            0x1_0000_0000,
            0x1_0000_0001,
            0x5_0000_0005,
            0x8000_0000_0000_0000,
            0xffff_ffff_0000_0000,
            u64::MAX,
        ];
        match self.below(8) {
            0 => self.next(),
            1 => self.next() & self.next() & self.next(),
            2 => u64::from(self.next() as u32),
            _ => self.pick(&EDGES),
        }
    }
}

const ACTIONS: [Action; 8] = [
    Action::Allow,
    Action::Errno(1),
    Action::Errno(38),
    Action::KillProcess,
    Action::KillThread,
    Action::Trap,
    Action::Trace(7),
    Action::Log,
];

/// What random policies are like.
pub(crate) struct Shape {
    /// Numbers an ABI.
    pub(crate) numbers: usize,
    /// Rules a number.
    pub(crate) rules: usize,
    /// Conditions a rule.
    pub(crate) conditions: usize,
}

/// A random policy.
pub(crate) fn policy(random: &mut Random, shape: &Shape) -> Policy {
    const TARGETS: [Abi; 9] = [
        Abi::X86_64,
        Abi::X86_64,
        Abi::X86_64,
        Abi::Aarch64,
        Abi::S390x,
        Abi::Ppc64le,
        Abi::Mips64,
        Abi::X32,
        Abi::Arm,
    ];
    let target = random.pick(&TARGETS);
    let mut abis = vec![target];
    for &abi in target.family() {
        if abi != target && random.one_in(2) {
            abis.push(abi);
        }
    }
    let actions = 2 + random.below(ACTIONS.len() - 1);
    let actions = &ACTIONS[..actions];
    let newer = random.one_in(3).then_some(Action::Errno(38));
    Policy {
        target,
        default: random.pick(actions),
        bad_arch: random.pick(actions),
        abis: abis
            .into_iter()
            .map(|abi| abi_rules(random, shape, abi, actions, newer))
            .collect(),
        flags: 0,
    }
}

fn abi_rules(
    random: &mut Random,
    shape: &Shape,
    abi: Abi,
    actions: &[Action],
    newer: Option<Action>,
) -> AbiRules {
    let base = match abi {
        Abi::X32 => X32_BIT,
        Abi::Mips64 => 5000,
        _ => 0,
    };
    let mut lists = Map::new();
    let mut nr = base;
    for _ in 0..1 + random.below(shape.numbers) {
        nr += random.pick(&[1, 1, 1, 2, 3, 17]);
        // Neighbours often have the same rules.
        let list = match lists.get(&(nr - 1)) {
            Some(list) if random.one_in(2) => Clone::clone(list),
            _ => rules(random, shape, abi.width(), actions),
        };
        lists.insert(nr, list);
    }
    AbiRules {
        abi,
        lists,
        newer: newer.map(|action| Newer {
            known: nr + random.below(3) as u32,
            action,
        }),
    }
}

/// A random rule list.
pub(crate) fn rules(
    random: &mut Random,
    shape: &Shape,
    width: Width,
    actions: &[Action],
) -> Vec<Rule> {
    if random.one_in(3) {
        return vec![Rule {
            conditions: Vec::new(),
            action: random.pick(actions),
            exact: true,
        }];
    }
    // The kernel can take less of an argument than the ABI has.
    let width = match random.below(8) {
        0 => Width::W16,
        1 => Width::W32.min(width),
        _ => width,
    };
    // Few values and few arguments, so that rules meet.
    let args = 1 + random.below(6);
    let values: Vec<u64> = (0..3).map(|_| random.edge()).collect();
    let few = random.one_in(2).then_some(&actions[..2]);
    (0..1 + random.below(shape.rules))
        .map(|_| {
            let mut conditions: Vec<Condition> = Vec::new();
            for _ in 0..random.below(shape.conditions + 1) {
                let arg = random.below(args) as u8;
                if conditions.iter().all(|condition| condition.arg != arg) {
                    let value = match random.one_in(2) {
                        true => random.pick(&values),
                        false => random.edge(),
                    };
                    let test = test(random, value & width.max(), width);
                    conditions.push(Condition { arg, test, width });
                }
            }
            Rule {
                conditions,
                action: random.pick(few.unwrap_or(actions)),
                exact: !random.one_in(12),
            }
        })
        .collect()
}

fn test(random: &mut Random, value: u64, width: Width) -> Test {
    match random.below(8) {
        0 => Test::Ne(value),
        1 => Test::Lt(value),
        2 => Test::Le(value),
        3 => Test::Ge(value),
        4 => Test::Gt(value),
        5 => {
            let mask = random.edge() & width.max();
            let value = value & mask;
            Test::Masked { mask, value }
        }
        _ => Test::Eq(value),
    }
}
