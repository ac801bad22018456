//! Whether a policy lets the reporter of violations do its work: for a profile whose denials are
//! TRAP, answered by the runtime's handler of SIGSYS.
//!
//! The handler runs under the filter. A call that it makes and that is denied ends the process
//! before the line is written, or goes wrong in silence; so each must run, whatever is unknown of
//! its arguments while the crate compiles.

use crate::error::{Error, Errors, Kind, Span};
use crate::linux::action::Action;
use crate::linux::syscalls;
use crate::policy::{self, Condition, Decision, Policy};
use crate::profile::Profile;
use crate::resolve::origin::Origins;

/// A call of the reporter's, and its first argument if that is known.
struct Need {
    call: &'static str,
    first: Option<u64>,
    what_for: &'static str,
}

/// The kernel returns from a handler that was set with SA_SIGINFO by rt_sigreturn on every ABI
/// (`arch/*/kernel/signal*.c: setup_rt_frame`), by sigreturn only from others.
const NEEDS: [Need; 4] = [
    Need {
        call: "write",
        first: Some(2),
        what_for: "to write its line",
    },
    Need {
        call: "gettid",
        first: None,
        what_for: "to name the thread",
    },
    Need {
        call: "rt_sigreturn",
        first: None,
        what_for: "to return",
    },
    Need {
        call: "exit_group",
        first: None,
        what_for: "to end the process if no signal can",
    },
];

/// Why a call can be denied.
enum Denied {
    /// The rule at this index of the call's list denies it.
    ByRule(usize, Action),
    /// No rule lets it run for all arguments, and this is the default.
    ByDefault(Action),
}

/// Checks that the policy traps something, and lets the reporter's own calls run.
///
/// # Errors
/// `nothing-trapped`; `reporter-denied` for every place that denies a call of the reporter's.
pub(crate) fn check(profile: &Profile, policy: &Policy, origins: &Origins) -> Result<(), Errors> {
    let mut errors = Errors::default();
    if !traps(policy) {
        let span = profile.default_action.span;
        errors.push(
            Error::new(
                Kind::NothingTrapped,
                span,
                "no answer is SCMP_ACT_TRAP, and the reporter reports nothing else",
            )
            .path("defaultAction")
            .label("not this, nor that of a rule")
            .note(
                "say `deny_action = \"SCMP_ACT_TRAP\"` to trap all that is denied, or \
                       `default_action = \"SCMP_ACT_TRAP\"` for calls without a rule",
            ),
        );
    }
    let target = policy.target;
    let mut without_rule: Vec<&Need> = Vec::new();
    for need in &NEEDS {
        // An ABI without the call has no use for it.
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
                format!("for other arguments `{}` gets {action}", need.call),
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
                .label(format!("no rule says otherwise than {default}")),
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
    let message = format!("the reporter of violations may not make {names}");
    let reasons = list(&|need| format!("{} {}", need.call, need.what_for));
    let allow = list(&|need| match need.first {
        Some(first) => format!("{} at least where its first argument is {first}", need.call),
        None => need.call.into(),
    });
    Error::new(Kind::ReporterDenied, span, message)
        .note(format!("its handler of SIGSYS needs {reasons}"))
        .note(format!("allow {allow}, or leave the option `reporter` out"))
}

fn traps(policy: &Policy) -> bool {
    let of_abis = policy.abis.iter().flat_map(|rules| {
        let newer = rules.newer.map(|newer| newer.action);
        let lists = rules
            .lists
            .values()
            .flat_map(|list| policy::reachable(list));
        let lists = lists.map(|rule| rule.action);
        lists.chain(newer)
    });
    [policy.default, policy.bad_arch]
        .into_iter()
        .chain(of_abis)
        .any(|action| action == Action::Trap)
}

/// Returns why a call can be denied on the target's own ABI; `None` if it runs whatever its unknown
/// arguments are.
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
        if conditions.any(|condition| holds(condition, need) == Some(false)) {
            continue;
        }
        if !rule.action.runs() {
            return Some(Denied::ByRule(at, rule.action));
        }
        let certain = |condition| holds(condition, need) == Some(true);
        if rule.exact && rule.conditions.iter().all(certain) {
            return None;
        }
    }
    (!policy.default.runs()).then_some(Denied::ByDefault(policy.default))
}

/// Whether a condition holds, if its argument is known. What is known is small, so that no width
/// cuts it.
fn holds(condition: &Condition, need: &Need) -> Option<bool> {
    match need.first {
        Some(first) if condition.arg == 0 => Some(condition.test.holds(first)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Abi, Options, compile};

    /// What is wrong with a profile of the rules, everything else trapped.
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
            // The length and the buffer are anything.
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
