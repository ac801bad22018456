//! What was seen → the rules that are added to a profile.

use std::collections::BTreeSet;

use seccomp_profile_compiler::linux::syscalls;

use super::arguments::Allowed;
use super::portable;
use super::rule::Rule;
use super::seen::Seen;
use super::task::Task;

/// Returns the rules for calls that a profile lacks, and what goes with them.
pub(super) fn rules(task: &Task<'_>, seen: &Seen, new: &[u32], abort: bool) -> Vec<Rule> {
    let mut free = BTreeSet::new();
    let mut conditional: Vec<Rule> = Vec::new();
    let mut enosys = false;
    let crash = match task.args.exact || !abort {
        true => Vec::new(),
        false => portable::abort(task, &[]),
    };
    let crash = |name: &str| {
        let mut plain = crash.iter().filter(|rule| rule.args.is_empty());
        plain.any(|rule| rule.names.iter().any(|known| known == name))
    };
    for nr in new {
        let Some(name) = syscalls::name(task.abi, *nr) else {
            continue;
        };
        let call = &seen.calls[nr];
        if call.enosys {
            enosys = true;
            continue;
        }
        let allowed = match &call.choices {
            Some(choices) if task.args.arguments => {
                choices.allowed(task.args.names, task.args.exact)
            }
            _ => Allowed::Always(None),
        };
        match allowed {
            // What a crash needs without conditions makes conditions useless.
            _ if crash(name) => {
                free.insert(name.to_string());
            }
            Allowed::Always(None) => {
                free.insert(name.to_string());
            }
            Allowed::Always(Some(why)) => {
                conditional.push(Rule::allow(why, vec![name.to_string()]));
            }
            Allowed::If(ways) => conditional.extend(ways.into_iter().map(|(comment, args)| Rule {
                args,
                ..Rule::allow(comment, vec![name.to_string()])
            })),
        }
    }
    let mut rules = Vec::new();
    if !free.is_empty() {
        rules.push(Rule::allow(
            task.args.origin.comment(),
            free.into_iter().collect(),
        ));
    }
    let counterparts = match task.args.exact {
        true => Vec::new(),
        false => portable::counterparts(task, seen, new, &conditional),
    };
    rules.extend(conditional);
    if enosys || !task.args.exact && portable::starts_threads(task, new) {
        rules.extend(portable::clone3(task));
    }
    rules.extend(counterparts);
    if !task.args.exact && abort {
        rules.extend(portable::abort(task, &rules));
    }
    rules
}
