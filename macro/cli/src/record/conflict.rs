//! Calls that a person's rules, or the groups of the invocation, answer otherwise than what was seen
//! needs: they are shown, and nothing is written for them.

use std::fmt;

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::{arguments, call, syscalls};
use serde_json::{Value, json};

use super::seen::{Refused, Seen};
use super::task::{Origin, Task};

/// A call that a rule answers otherwise.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // what only `record --json` shows
pub(super) struct Conflict {
    pub(super) nr: u32,
    name: String,
    args: [u64; 6],
    /// The call with its arguments.
    call: String,
    /// Where the rule is: `file:line:column`.
    place: String,
    /// Why it gives this answer.
    why: &'static str,
    /// What is known of the call.
    known: &'static str,
    answer: Action,
}

impl Conflict {
    /// Returns the conflicts of what was seen.
    pub(super) fn all(task: &Task<'_>, seen: &Seen) -> Vec<Conflict> {
        let refused = seen
            .calls
            .iter()
            .filter(|(nr, _)| !task.overrides.contains(nr));
        refused
            .filter_map(|(nr, call)| {
                let known = match (&task.args.origin, call.enosys) {
                    (Origin::Run(_), true) => "while recording: answered with ENOSYS",
                    (Origin::Run(_), false) => "while recording: allowed",
                    (Origin::Code(_), true) => "by the code: possible; to be answered with ENOSYS",
                    (Origin::Code(_), false) => "by the code: possible",
                };
                Conflict::of(task, *nr, &call.refused?, known)
            })
            .collect()
    }

    fn of(task: &Task<'_>, nr: u32, refused: &Refused, known: &'static str) -> Option<Conflict> {
        let name = syscalls::name(task.abi, nr)?.to_string();
        let rule = task.rule_for(nr, &refused.args);
        // With `--groups` what they do not cover is recorded, and `Covered` tells what is replaced.
        let of_group = || (!task.args.groups).then(|| task.group_rule_for(nr))?;
        let (span, why) = rule.or_else(of_group)?;
        Some(Conflict {
            nr,
            call: shown(task.abi, &name, &refused.args),
            args: refused.args,
            name,
            place: task.place(span),
            why,
            known,
            answer: refused.answer,
        })
    }
}

impl Conflict {
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))] // what only `record --json` shows
    pub(super) fn json(&self, abi: Abi) -> Value {
        // Registers that are no arguments have any value.
        let signature = arguments::of(abi, &self.name);
        let count = signature.map_or(arguments::REGISTERS, |signature| signature.count());
        let args = self.args[..count].iter();
        json!({
            "syscall": self.name,
            "number": self.nr,
            "args": args.map(|arg| format!("{arg:#x}")).collect::<Vec<_>>(),
            "call": self.call,
            "place": self.place,
            "why": self.why,
            "recorded": self.known.split_once(": ").map_or(self.known, |(_, how)| how),
            "answer": self.answer.to_string(),
        })
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, name) = (&self.place, &self.name);
        writeln!(
            f,
            "{place}: `{name}` {}: nothing was written for it",
            self.why
        )?;
        writeln!(f, "  the call: {}", self.call)?;
        writeln!(f, "  {}", self.known)?;
        writeln!(f, "  by the file: {}", self.answer)?;
        write!(f, "  if it is meant: --override {name}")
    }
}

/// Returns a call with its arguments by name.
fn shown(abi: Abi, name: &str, args: &[u64; 6]) -> String {
    let signature = arguments::of(abi, name);
    let count = signature.map_or(0, |signature| signature.count());
    let args = args[..count]
        .iter()
        .enumerate()
        .filter_map(|(index, value)| {
            let argument = signature?.get(index)?;
            // Higher bits are shown only if there are some.
            let all = *value <= argument.width(abi).max();
            let width = if all {
                argument.width(abi)
            } else {
                abi.width()
            };
            let value = call::value_of(abi, argument, *value, width);
            Some(format!("{} = {value}", argument.name))
        });
    format!("{name}({})", args.collect::<Vec<_>>().join(", "))
}
