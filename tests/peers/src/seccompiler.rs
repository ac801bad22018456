//! A profile → the programs of the `seccompiler` crate, through its library API.
//!
//! One of its filters knows a single ABI and, besides the default, a single action. Further
//! actions become further filters on top, which answer their own calls and let all others pass.
//! The kernel takes the strictest answer and among equals the newest filter's, so this works for
//! actions at least as strict as the default.

use ::seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};
use peers::profile::Profile;
use seccomp_profile_compiler::bpf::Insn;
use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::{Condition, Test};
use std::collections::{BTreeMap, BTreeSet};

/// The low half of an argument.
const LOW: u64 = 0xffff_ffff;

/// Compiles a profile to filters in the order of installation.
pub fn build(profile: &Profile) -> Result<Vec<Vec<Insn>>, String> {
    let [abi] = profile.abis[..] else {
        return Err("knows one ABI only".to_owned());
    };
    let mut actions: Vec<Action> = profile.rules.iter().map(|rule| rule.action).collect();
    actions.sort_by_key(|action| (std::cmp::Reverse(action.rank()), action.word()));
    actions.dedup();
    let Some((&first, others)) = actions.split_first() else {
        return Err("takes no profile without rules".to_owned());
    };
    let mut filters = vec![filter(profile, abi, first, profile.default)?];
    for &action in others {
        if action.rank() > profile.default.rank() {
            return Err(format!(
                "cannot say {action} beside {first}, looser than the default"
            ));
        }
        filters.push(filter(profile, abi, action, Action::Allow)?);
    }
    Ok(filters)
}

/// One filter: `action` for the rules that have it, `other` for all else. What follows an
/// unconditional rule for the same call is left out, in all filters.
fn filter(profile: &Profile, abi: Abi, action: Action, other: Action) -> Result<Vec<Insn>, String> {
    let mut decided = BTreeSet::new();
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for rule in &profile.rules {
        let Some(number) = syscalls::number(abi, &rule.name).map(i64::from) else {
            continue;
        };
        let always = rule.conditions.is_empty();
        if decided.contains(&number) {
            continue;
        }
        if always {
            decided.insert(number);
        }
        if rule.action == action {
            let list = rules.entry(number).or_default();
            // The crate's word for "always" is an empty list.
            if always {
                list.clear()
            } else {
                list.push(conditions(&rule.conditions)?)
            }
        }
    }
    let arch = TargetArch::try_from(abi.name()).map_err(|error| error.to_string())?;
    let filter = SeccompFilter::new(rules, word(other)?, word(action)?, arch);
    let program = filter
        .and_then(BpfProgram::try_from)
        .map_err(|error| error.to_string())?;
    Ok(program
        .iter()
        .map(|insn| Insn::jump(insn.code, insn.k, insn.jt, insn.jf))
        .collect())
}

fn conditions(conditions: &[Condition]) -> Result<SeccompRule, String> {
    let condition = |condition: &Condition| {
        use SeccompCmpOp::*;
        let (op, value) = match condition.test {
            Test::Ne(value) => (Ne, value),
            Test::Lt(value) => (Lt, value),
            Test::Le(value) => (Le, value),
            Test::Eq(value) => (Eq, value),
            Test::Ge(value) => (Ge, value),
            Test::Gt(value) => (Gt, value),
            Test::Masked { mask, value } if mask == LOW => (Eq, value),
            Test::Masked { mask, value } => (MaskedEq(mask), value),
        };
        // How a user of the crate says that the high half does not count.
        let width = match condition.test {
            Test::Masked { mask, .. } if mask <= LOW => SeccompCmpArgLen::Dword,
            _ => SeccompCmpArgLen::Qword,
        };
        SeccompCondition::new(condition.arg, width, op, value)
    };
    let conditions = conditions.iter().map(condition).collect::<Result<_, _>>();
    conditions
        .and_then(SeccompRule::new)
        .map_err(|error| error.to_string())
}

fn word(action: Action) -> Result<SeccompAction, String> {
    Ok(match action {
        Action::KillProcess => SeccompAction::KillProcess,
        Action::KillThread => SeccompAction::KillThread,
        Action::Trap => SeccompAction::Trap,
        Action::Errno(errno) => SeccompAction::Errno(errno.into()),
        Action::Notify => return Err("has no NOTIFY".to_owned()),
        Action::Trace(message) => SeccompAction::Trace(message.into()),
        Action::Log => SeccompAction::Log,
        Action::Allow => SeccompAction::Allow,
    })
}
