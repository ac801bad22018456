//! What the tests of the verifier share: a naive compiler, random policies, interesting calls.
//!
//! The compiler is the obvious one, a chain of comparisons in the order of the policy, so that it
//! can be seen to be right. It has nothing of the one that is tested.

mod calls;
pub(crate) mod random;

pub(crate) use calls::Calls;

use seccomp_profile_compiler::bpf::{AND, Insn, JA, JEQ, JGE, JGT, LD, RET};
use seccomp_profile_compiler::linux::abi::{Abi, Endian, Width, X32_BIT};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::Word;
use seccomp_profile_compiler::policy::{AbiRules, Condition, Policy, Rule, SKIPPED, Test};

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
        let body = of_rules(list, policy.default, None, endian);
        code.extend(unless(JEQ, nr, body.len()));
        code.extend(body);
    }
    code.push(ret(policy.default));
    code
}

/// The rules, then the default; `strictest` is what inexact rules that matched leave at most.
fn of_rules(
    rules: &[Rule],
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
        false => of_rules(rest, default, Some(answer(rule.action)), endian),
    };
    for condition in rule.conditions.iter().rev() {
        let mut longer = of_condition(*condition, code.len(), endian);
        longer.extend(code);
        code = longer;
    }
    if rule.conditions.is_empty() {
        return code;
    }
    code.extend(of_rules(rest, default, strictest, endian));
    code
}

/// Goes on if the condition holds, else skips as many instructions.
fn of_condition(condition: Condition, skip: usize, endian: Endian) -> Vec<Insn> {
    let high = load(Word::ArgHigh(condition.arg), endian);
    let low = load(Word::ArgLow(condition.arg), endian);
    let wide = condition.width == Width::W64;
    let low = match condition.width {
        Width::W16 => vec![low, Insn::stmt(AND, u32::from(u16::MAX))],
        Width::W32 | Width::W64 => vec![low],
    };
    let mut code = Vec::new();
    // From the end: where the parts behind are known, the distances are.
    match condition.test {
        Test::Eq(value) => {
            code.splice(0..0, unless(JEQ, value as u32, skip));
            code.splice(0..0, low);
            if wide {
                code.splice(0..0, unless(JEQ, (value >> 32) as u32, code.len() + skip));
                code.insert(0, high);
            }
        }
        Test::Ne(value) => {
            code.splice(0..0, when(JEQ, value as u32, skip));
            code.splice(0..0, low);
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
            code.splice(0..0, low);
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
            code.splice(0..0, low);
            if wide {
                code.splice(0..0, unless(JEQ, (value >> 32) as u32, code.len()));
                code.splice(0..0, when(JGT, (value >> 32) as u32, code.len() + skip));
                code.insert(0, high);
            }
        }
        Test::Masked { mask, value } => {
            code.splice(0..0, unless(JEQ, value as u32, skip));
            code.insert(0, Insn::stmt(AND, mask as u32));
            code.splice(0..0, low);
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
