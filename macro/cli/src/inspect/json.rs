//! What tables and statistics say → JSON for scripts.

use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::AbiRules;
use seccomp_profile_compiler::{Compiled, stats};
use serde_json::{Value, json};

use super::phrase::Call;
use super::snippet::Text;
use super::source::sources;

/// The answers of a policy.
pub(super) fn table(compiled: &Compiled, text: &Text<'_>) -> Value {
    let policy = &compiled.policy;
    let abis = policy.abis.iter().map(|rules| {
        let calls = syscalls::calls(rules.abi).iter();
        let calls = calls.map(|&(nr, name)| call(compiled, text, rules, nr, name));
        json!({
            "abi": rules.abi.name(),
            "calls": calls.collect::<Vec<Value>>(),
            "newer": rules.newer.map(|newer| newer.action.to_string()),
        })
    });
    json!({
        "target": policy.target.name(),
        "default": policy.default.to_string(),
        "otherAbis": policy.bad_arch.to_string(),
        "abis": abis.collect::<Vec<Value>>(),
    })
}

/// A call, and the rules that can decide it.
fn call(compiled: &Compiled, text: &Text<'_>, of: &AbiRules, nr: u32, name: &str) -> Value {
    let newer = of.newer.filter(|newer| newer.covers(of.abi, nr));
    let mut always = newer.map(|newer| newer.action);
    let mut rules = Vec::new();
    for source in sources(compiled, of.abi, nr) {
        if always.is_some() {
            break;
        }
        let rule = source.rule;
        rules.push(json!({
            "action": rule.action.to_string(),
            "when": conditions(of.abi, nr, &source),
            "orStricter": !rule.exact,
            "place": text.place(source.name.span),
        }));
        always = (rule.exact && rule.conditions.is_empty()).then_some(rule.action);
    }
    let otherwise = always.unwrap_or(compiled.policy.default);
    json!({
        "call": name,
        "number": nr,
        "since": syscalls::since(name),
        "rules": rules,
        "otherwise": otherwise.to_string(),
    })
}

fn conditions(abi: Abi, nr: u32, source: &super::source::Source<'_>) -> Vec<String> {
    let conditions = source.rule.conditions.iter();
    conditions
        .map(|condition| Call { abi, nr }.condition(condition))
        .collect()
}

/// The cost of a program.
pub(super) fn costs(compiled: &Compiled) -> Value {
    let stats = stats::stats(&compiled.policy, &compiled.program);
    json!({
        "instructions": stats.instructions,
        "mean": stats.mean,
        "hotMean": stats.hot_mean,
        "worst": stats.worst,
        "simplified": compiled.simplified,
    })
}
