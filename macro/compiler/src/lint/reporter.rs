//! Checks that a policy allows the calls of the violation reporter, the runtime's SIGSYS handler
//! for a policy that denies calls with TRAP.
//!
//! The filter applies to the handler too. If it denies a call of the handler, the process ends
//! before the report is written, or the call fails silently. So the policy must run each of these
//! calls, for all values of the arguments that are unknown when the crate is compiled.

use crate::error::{Error, Errors, Kind, Span};
use crate::linux::action::Action;
use crate::linux::syscalls;
use crate::policy::{self, Condition, Decision, Policy};
use crate::profile::Profile;
use crate::resolve::origin::Origins;

/// A call of the reporter, and its first argument if it is known.
struct Need {
    call: &'static str,
    first: Option<u64>,
    purpose: &'static str,
}

/// A handler with SA_SIGINFO returns through `rt_sigreturn` on every ABI
/// (`arch/*/kernel/signal*.c: setup_rt_frame`); only other handlers return through `sigreturn`.
const NEEDS: [Need; 4] = [
    Need {
        call: "write",
        first: Some(2),
        purpose: "to write the report",
    },
    Need {
        call: "gettid",
        first: None,
        purpose: "to name the thread",
    },
    Need {
        call: "rt_sigreturn",
        first: None,
        purpose: "to return",
    },
    Need {
        call: "exit_group",
        first: None,
        purpose: "to end the process if a signal cannot",
    },
];

/// What can deny a call.
enum Denied {
    /// The rule at this index of the call's list denies it.
    ByRule(usize, Action),
    /// The rules do not allow it for all arguments, and this is the default action.
    ByDefault(Action),
}

/// Checks that the policy traps some call, and allows the reporter's own calls.
///
/// # Errors
/// `nothing-trapped`; `reporter-denied` for every place that denies a call of the reporter.
pub(crate) fn check(profile: &Profile, policy: &Policy, origins: &Origins) -> Result<(), Errors> {
    let mut errors = Errors::default();
    if !traps(policy) {
        let span = profile.default_action.span;
        errors.push(
            Error::new(
                Kind::NothingTrapped,
                span,
                "the option `reporter` needs SCMP_ACT_TRAP, but the policy never returns it",
            )
            .path("defaultAction")
            .label("this is not SCMP_ACT_TRAP, and no rule has it")
            .note(
                "add `deny_action = \"SCMP_ACT_TRAP\"` to trap every denied call, or \
                       `default_action = \"SCMP_ACT_TRAP\"` to trap calls without a rule",
            ),
        );
    }
    let target = policy.target;
    let mut without_rule: Vec<&Need> = Vec::new();
    for need in &NEEDS {
        // On an ABI without the call, the reporter does not use it.
        let Some(nr) = syscalls::number(target, need.call) else {
            continue;
        };
        let Some(denied) = denied(policy, nr, need) else {
            continue;
        };
        let rules = origins.of(target, nr);
        let (origin, label) = match denied {
            Denied::ByRule(at, action) => {
                (rules.get(at), format!("`{}` gets {action} here", need.call))
            }
            Denied::ByDefault(action) => (
                rules.last(),
                format!("`{}` gets {action} for other arguments", need.call),
            ),
        };
        let Some(origin) = origin else {
            without_rule.push(need);
            continue;
        };
        errors.push(
            error(origin.name(profile).span, &[need])
                .path(origin.entry(profile).path.0.as_str())
                .label(label),
        );
    }
    if !without_rule.is_empty() {
        let (default, span) = (policy.default, profile.default_action.span);
        errors.push(
            error(span, &without_rule)
                .path("defaultAction")
                .label(format!("calls without a rule get {default}")),
        );
    }
    errors.or(())
}

fn error(span: Span, needs: &[&Need]) -> Error {
    let list = |each: &dyn Fn(&Need) -> String| {
        let each: Vec<String> = needs.iter().map(|need| each(need)).collect();
        each.join(", ")
    };
    let names = list(&|need| format!("`{}`", need.call));
    let message = format!("the policy denies calls of the violation reporter: {names}");
    let reasons = list(&|need| format!("`{}` {}", need.call, need.purpose));
    let allow = list(&|need| match need.first {
        Some(first) => format!("`{}` at least if its first argument is {first}", need.call),
        None => format!("`{}`", need.call),
    });
    Error::new(Kind::ReporterDenied, span, message)
        .note(format!("its SIGSYS handler needs {reasons}"))
        .note(format!("allow {allow}, or remove the option `reporter`"))
}

fn traps(policy: &Policy) -> bool {
    let is_trap = |action: Action| action == Action::Trap;
    if is_trap(policy.default) || is_trap(policy.bad_arch) {
        return true;
    }
    policy.abis.iter().any(|rules| {
        let traps = |list: &Vec<policy::Rule>| {
            policy::reachable(list)
                .iter()
                .any(|rule| is_trap(rule.action))
        };
        rules.newer.is_some_and(|newer| is_trap(newer.action)) || rules.lists.values().any(traps)
    })
}

/// Returns what can deny a call on the target's own ABI; `None` if it runs for all values of its
/// unknown arguments.
fn denied(policy: &Policy, nr: u32, need: &Need) -> Option<Denied> {
    let target = policy.target;
    let rules = match policy.lookup(target.token(), nr) {
        Decision::Always(action) if action.runs() => return None,
        Decision::Always(action) => {
            let mut abis = policy.abis.iter();
            let ruled = abis.any(|rules| rules.abi == target && rules.lists.contains_key(&nr));
            return Some(if ruled {
                Denied::ByRule(0, action)
            } else {
                Denied::ByDefault(action)
            });
        }
        Decision::ByRules(rules) => rules,
    };
    for (at, rule) in rules.iter().enumerate() {
        let mut conditions = rule.conditions.iter();
        if conditions.any(|condition| matches(condition, need) == Some(false)) {
            continue;
        }
        if !rule.action.runs() {
            return Some(Denied::ByRule(at, rule.action));
        }
        let certain = |condition| matches(condition, need) == Some(true);
        if rule.exact && rule.conditions.iter().all(certain) {
            return None;
        }
    }
    (!policy.default.runs()).then_some(Denied::ByDefault(policy.default))
}

/// Returns whether a condition matches, if its argument is known. Known arguments are small, so no
/// width truncates them.
fn matches(condition: &Condition, need: &Need) -> Option<bool> {
    match need.first {
        Some(first) if condition.arg == 0 => Some(condition.test.holds(first)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Abi, Options, compile};

    /// Returns the messages for a profile of these rules that traps every other call.
    fn wrong(target: Abi, rules: &[&str]) -> Vec<String> {
        let profile = format!(
            r#"{{ "defaultAction": "SCMP_ACT_TRAP", "syscalls": [{}] }}"#,
            rules.join(",")
        );
        let options = Options {
            reporter: true,
            ..Options::default()
        };
        match compile(&profile, target, &options) {
            Ok(_) => Vec::new(),
            Err(errors) => errors
                .iter()
                .map(|error| error.message.to_string())
                .collect(),
        }
    }

    fn rule(names: &[&str], action: &str, args: &str) -> String {
        let names = names.join(r#"",""#);
        format!(r#"{{ "names": ["{names}"], "action": "SCMP_ACT_{action}", "args": [{args}] }}"#)
    }

    #[test]
    fn each_call_is_needed_on_every_abi() {
        for target in Abi::ALL {
            let calls = NEEDS.map(|need| need.call);
            assert_eq!(
                wrong(target, &[&rule(&calls, "ALLOW", "")]),
                [""; 0],
                "{target}"
            );
            for missing in calls {
                let others: Vec<&str> = calls.into_iter().filter(|call| *call != missing).collect();
                let wrong = wrong(target, &[&rule(&others, "ALLOW", "")]);
                let [message] = &wrong[..] else {
                    panic!("{target}: {wrong:?}");
                };
                assert!(
                    message.ends_with(&format!(" `{missing}`")),
                    "{target}: {message}"
                );
            }
        }
    }

    #[test]
    fn only_what_certainly_runs_is_enough() {
        let arg = |index: u32, op: &str, value: u64| {
            format!(r#"{{ "index": {index}, "op": "SCMP_CMP_{op}", "value": {value} }}"#)
        };
        let both = |one: String, other: String| format!("{one},{other}");
        let others = rule(&["gettid", "rt_sigreturn", "exit_group"], "LOG", "");
        for (rules, enough) in [
            (vec![("ALLOW", arg(0, "EQ", 2))], true),
            (vec![("LOG", arg(0, "LE", 2))], true),
            (vec![("ALLOW", arg(0, "EQ", 1))], false),
            (
                vec![("ALLOW", both(arg(0, "EQ", 1), arg(0, "EQ", 2)))],
                true,
            ),
            // The length and the buffer are unknown.
            (vec![("ALLOW", arg(2, "LE", 4096))], false),
            (
                vec![("ALLOW", both(arg(0, "EQ", 2), arg(2, "LE", 4096)))],
                false,
            ),
            (
                vec![("ERRNO", arg(0, "EQ", 3)), ("ALLOW", arg(0, "NE", 3))],
                true,
            ),
            (
                vec![("ERRNO", arg(0, "EQ", 2)), ("ALLOW", arg(0, "NE", 2))],
                false,
            ),
            (
                vec![("ERRNO", arg(2, "GT", 9)), ("ALLOW", arg(2, "LE", 9))],
                false,
            ),
            (
                vec![("ALLOW", arg(2, "GT", 9)), ("ALLOW", arg(0, "EQ", 2))],
                true,
            ),
            (vec![("TRACE", String::new())], false),
        ] {
            let mut profile = vec![others.clone()];
            profile.extend(
                rules
                    .iter()
                    .map(|(action, args)| rule(&["write"], action, args)),
            );
            let profile: Vec<&str> = profile.iter().map(String::as_str).collect();
            for target in [Abi::X86_64, Abi::X86, Abi::S390x] {
                let wrong = wrong(target, &profile);
                assert_eq!(wrong.is_empty(), enough, "{target} {rules:?}: {wrong:?}");
            }
        }
    }
}
