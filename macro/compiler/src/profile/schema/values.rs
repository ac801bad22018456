//! The words and numbers that a value can be → its schema.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::linux::action::{ACTIONS, Action};
use crate::linux::constants;
use crate::profile::Flag;
use crate::profile::argument::{OPS, Op};

/// Returns the schema of a number of a condition: a JSON number, or a string as `number.rs` reads.
pub(super) fn numbers() -> Value {
    let names: Vec<&str> = constants::names().collect();
    let joined = format!(r"^(\s*({})\s*(\||$))+$", names.join("|"));
    let decimal = format!("{}|-({})", up_to(u64::MAX), up_to(i64::MIN.unsigned_abs()));
    json!({ "anyOf": [
        integer(u64::MAX),
        { "enum": names },
        { "type": "string", "pattern": format!("^({decimal}|0x0*[0-9A-Fa-f]{{1,16}})$") },
        { "type": "string", "pattern": joined, "not": { "pattern": r"\|\s*$" } },
    ] })
}

pub(super) fn actions(can: impl Fn(Action) -> bool) -> Value {
    let actions = ACTIONS.into_iter().filter(|(_, action)| can(*action));
    words(actions.map(|(name, action)| (name, of_action(action))))
}

pub(super) fn operators() -> Value {
    words(OPS.map(|(name, op)| (name, of_operator(op))))
}

pub(super) fn flags() -> Value {
    words(Flag::ALL.map(|flag| (flag.name(), of_flag(flag))))
}

fn of_action(action: Action) -> &'static str {
    match action {
        Action::KillProcess => "Kill the process.",
        Action::KillThread => "Kill the calling thread. The other threads of the process go on.",
        Action::Trap => "Do not run the call; send SIGSYS to the thread.",
        Action::Errno(_) => "Do not run the call; it fails with an errno.",
        Action::Notify => "A supervisor decides.",
        Action::Trace(_) => "The tracer (ptrace) decides; without one the call fails with ENOSYS.",
        Action::Log => "Run the call and log it.",
        Action::Allow => "Run the call.",
    }
}

fn of_operator(op: Op) -> &'static str {
    match op {
        Op::Ne => "argument != value",
        Op::Lt => "argument < value",
        Op::Le => "argument <= value",
        Op::Eq => "argument == value",
        Op::Ge => "argument >= value",
        Op::Gt => "argument > value",
        Op::MaskedEq => "(argument & value) == valueTwo",
    }
}

fn of_flag(flag: Flag) -> &'static str {
    match flag {
        Flag::Tsync => "Install the filter on all threads of the process.",
        Flag::Log => "Log every action except SCMP_ACT_ALLOW.",
        Flag::SpecAllow => "Do not disable speculative store bypass.",
        Flag::WaitKillableRecv => {
            "Only a fatal signal interrupts a call that a supervisor has received. It needs a rule with SCMP_ACT_NOTIFY."
        }
    }
}

/// Returns the schema of one of some words, each with its meaning.
fn words<'a>(words: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    let each = words.into_iter();
    let each = each.map(|(word, meaning)| json!({ "const": word, "description": meaning }));
    json!({ "anyOf": each.collect::<Vec<_>>() })
}

pub(super) fn one_of<T: Into<Value> + Ord>(words: impl IntoIterator<Item = T>) -> Value {
    let sorted: BTreeSet<T> = words.into_iter().collect();
    json!({ "enum": sorted.into_iter().map(Into::into).collect::<Vec<Value>>() })
}

pub(super) fn any_of<const N: usize>(ways: [Value; N]) -> Value {
    json!({ "anyOf": ways.as_slice() })
}

pub(super) fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

/// Returns the schema of a decimal number in a string, which can be empty.
pub(super) fn digits() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]*$" })
}

pub(super) fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{definition}") })
}

pub(super) fn integer(most: u64) -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": most })
}

/// Returns the schema of a `minKernel`, which can be empty.
pub(super) fn kernels() -> Value {
    let part = format!("0*({})", up_to(u8::MAX.into()));
    let versions = format!(r"^({part}\.{part}(\.0+)?)?$");
    let zero = json!({ "type": "string", "pattern": r"^0+\.0+(\.|$)" });
    json!({ "type": "string", "pattern": versions, "not": zero })
}

/// Returns a pattern of the decimal numbers from 0 to a number of several digits, without leading
/// zeros.
pub(super) fn up_to(most: u64) -> String {
    let digits = most.to_string();
    let mut ways = vec![format!(
        "0|[1-9][0-9]{{0,{}}}",
        digits.len().saturating_sub(2)
    )];
    for (i, digit) in digits.char_indices() {
        let least = if i == 0 { '1' } else { '0' };
        if let Some(less) = (least..digit).next_back() {
            let rest = digits.len() - i - 1;
            ways.push(format!("{}[{least}-{less}][0-9]{{{rest}}}", &digits[..i]));
        }
    }
    ways.push(digits);
    ways.join("|")
}
