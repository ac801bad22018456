//! What the tests of the verifier share: a naive compiler, random policies, interesting calls.
//!
//! The compiler is the obvious one, a chain of comparisons in the order of the policy, so that it
//! can be seen to be right. It has nothing of the one that is tested.
#![allow(dead_code)] // each test uses its part

use std::collections::BTreeMap;

use seccomp_profile_compiler::abi::{Abi, Endian, Width, X32_BIT};
use seccomp_profile_compiler::bpf::{
    self, AND, Insn, JA, JEQ, JGE, JGT, JSET, LD, RET, SeccompData, Word,
};
use seccomp_profile_compiler::policy::{
    AbiRules, Action, Condition, Decision, Newer, Policy, Rule, SKIPPED, Test,
};

/// The instructions of a policy.
pub(crate) fn compile(policy: &Policy) -> Vec<Insn> {
    let endian = policy.target.endian();
    let mut code = vec![load(Word::Arch, endian)];
    for token in policy.tokens() {
        let body = of_token(policy, token, endian);
        code.extend(unless(JEQ, token, body.len()));
        code.extend(body);
    }
    code.push(ret(policy.bad_arch));
    code
}

fn of_token(policy: &Policy, token: u32, endian: Endian) -> Vec<Insn> {
    let mut code = vec![load(Word::Nr, endian)];
    code.extend(unless(JEQ, SKIPPED, 1));
    code.push(ret(policy.default));
    let side = |abi| match policy.abis.iter().find(|rules| rules.abi == abi) {
        Some(rules) => of_abi(policy, rules, endian),
        None => vec![ret(policy.bad_arch)],
    };
    if token == Abi::X86_64.token() {
        let x32 = side(Abi::X32);
        code.extend(unless(JGE, X32_BIT, x32.len()));
        code.extend(x32);
        code.extend(side(Abi::X86_64));
    } else {
        let rules = policy.abis.iter().find(|rules| rules.abi.token() == token);
        code.extend(of_abi(
            policy,
            rules.expect("a token of the policy"),
            endian,
        ));
    }
    code
}

fn of_abi(policy: &Policy, rules: &AbiRules, endian: Endian) -> Vec<Insn> {
    let mut code = Vec::new();
    if let Some(newer) = rules.newer {
        let private = match rules.abi {
            Abi::Arm => vec![
                Insn::jump(JGE, 0xf_0000, 0, 1),
                Insn::jump(JGT, 0xf_07ff, 0, 1),
            ],
            _ => Vec::new(),
        };
        code.extend(unless(JGT, newer.known, private.len() + 1));
        code.extend(private);
        code.push(ret(newer.action));
        if matches!(rules.abi, Abi::S390 | Abi::S390x) {
            code.extend(unless(JEQ, 0, 1));
            code.push(ret(newer.action));
        }
    }
    for (&nr, list) in &rules.lists {
        let body = of_rules(list, rules.abi.width(), policy.default, None, endian);
        code.extend(unless(JEQ, nr, body.len()));
        code.extend(body);
    }
    code.push(ret(policy.default));
    code
}

/// The rules, then the default; `strictest` is what inexact rules that matched leave at most.
fn of_rules(
    rules: &[Rule],
    width: Width,
    default: Action,
    strictest: Option<Action>,
    endian: Endian,
) -> Vec<Insn> {
    let answer = |action| strictest.map_or(action, |strictest| strictest.stricter(action));
    let Some((rule, rest)) = rules.split_first() else {
        return vec![ret(answer(default))];
    };
    let mut code = match rule.exact {
        true => vec![ret(answer(rule.action))],
        false => of_rules(rest, width, default, Some(answer(rule.action)), endian),
    };
    for condition in rule.conditions.iter().rev() {
        let mut longer = of_condition(*condition, width, code.len(), endian);
        longer.extend(code);
        code = longer;
    }
    if rule.conditions.is_empty() {
        return code;
    }
    code.extend(of_rules(rest, width, default, strictest, endian));
    code
}

/// Goes on if the condition holds, else skips as many instructions.
fn of_condition(condition: Condition, width: Width, skip: usize, endian: Endian) -> Vec<Insn> {
    let high = load(Word::ArgHigh(condition.arg), endian);
    let low = load(Word::ArgLow(condition.arg), endian);
    let wide = width == Width::W64;
    let mut code = Vec::new();
    // From the end: where the parts behind are known, the distances are.
    match condition.test {
        Test::Eq(value) => {
            code.splice(0..0, unless(JEQ, value as u32, skip));
            code.insert(0, low);
            if wide {
                code.splice(0..0, unless(JEQ, (value >> 32) as u32, code.len() + skip));
                code.insert(0, high);
            }
        }
        Test::Ne(value) => {
            code.splice(0..0, when(JEQ, value as u32, skip));
            code.insert(0, low);
            if wide {
                code.splice(0..0, unless(JEQ, (value >> 32) as u32, code.len()));
                code.insert(0, high);
            }
        }
        Test::Ge(value) | Test::Gt(value) => {
            let code_low = match condition.test {
                Test::Ge(_) => JGE,
                _ => JGT,
            };
            code.splice(0..0, unless(code_low, value as u32, skip));
            code.insert(0, low);
            if wide {
                code.splice(0..0, unless(JEQ, (value >> 32) as u32, code.len() + skip));
                code.splice(0..0, when(JGT, (value >> 32) as u32, code.len()));
                code.insert(0, high);
            }
        }
        Test::Lt(value) | Test::Le(value) => {
            let code_low = match condition.test {
                Test::Lt(_) => JGE,
                _ => JGT,
            };
            code.splice(0..0, when(code_low, value as u32, skip));
            code.insert(0, low);
            if wide {
                code.splice(0..0, unless(JEQ, (value >> 32) as u32, code.len()));
                code.splice(0..0, when(JGT, (value >> 32) as u32, code.len() + skip));
                code.insert(0, high);
            }
        }
        Test::Masked { mask, value } => {
            code.splice(0..0, unless(JEQ, value as u32, skip));
            code.splice(0..0, [low, Insn::stmt(AND, mask as u32)]);
            if wide {
                code.splice(0..0, unless(JEQ, (value >> 32) as u32, code.len() + skip));
                code.splice(0..0, [high, Insn::stmt(AND, (mask >> 32) as u32)]);
            }
        }
    }
    code
}

/// Skips as many instructions unless the test holds.
fn unless(code: u16, k: u32, skip: usize) -> Vec<Insn> {
    match u8::try_from(skip) {
        Ok(skip) => vec![Insn::jump(code, k, 0, skip)],
        Err(_) => vec![Insn::jump(code, k, 1, 0), Insn::stmt(JA, skip as u32)],
    }
}

/// Skips as many instructions when the test holds.
fn when(code: u16, k: u32, skip: usize) -> Vec<Insn> {
    match u8::try_from(skip) {
        Ok(skip) => vec![Insn::jump(code, k, skip, 0)],
        Err(_) => vec![Insn::jump(code, k, 0, 1), Insn::stmt(JA, skip as u32)],
    }
}

fn load(word: Word, endian: Endian) -> Insn {
    Insn::stmt(LD, word.offset(endian))
}

fn ret(action: Action) -> Insn {
    Insn::stmt(RET, action.word())
}

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
    let mut lists = BTreeMap::new();
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
                    conditions.push(Condition { arg, test });
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

/// One instruction changed, taken out or doubled.
pub(crate) fn mutate(insns: &[Insn], random: &mut Random) -> Vec<Insn> {
    let mut insns = insns.to_vec();
    let at = random.below(insns.len());
    let insn = &mut insns[at];
    match random.below(11) {
        0 => insn.code = random.pick(&[LD, AND, JA, JEQ, JGT, JGE, JSET, RET]),
        1 => insn.k = insn.k.wrapping_add(1),
        2 => insn.k = insn.k.wrapping_sub(1),
        3 | 4 => insn.k ^= 1 << random.below(32),
        5 => insn.jt = insn.jt.wrapping_add(random.pick(&[1, 255])),
        6 => insn.jf = insn.jf.wrapping_add(random.pick(&[1, 255])),
        7 => std::mem::swap(&mut insn.jt, &mut insn.jf),
        8 => drop(insns.remove(at)),
        9 => insns.insert(at, insns[at]),
        _ => {
            let other = random.below(insns.len());
            insns.swap(at, other);
        }
    }
    insns
}
