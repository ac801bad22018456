//! `args` of an entry → conditions on an ABI's width.

use super::origin::Group;
use crate::error::{Error, Errors, Kind};
use crate::linux::abi::{Abi, Width};
use crate::linux::arguments;
use crate::policy::{Condition, Test, admits, narrow};
use crate::profile::{Arg, Entry};
use crate::sorted;

/// Returns whether an ABI passes the arguments of a call in memory, so that its registers say
/// nothing (`format`, *Arguments in memory*).
pub(super) fn has_memory_arguments(abi: Abi, call: &str) -> bool {
    arguments::of(abi, call).is_some_and(|signature| signature.in_memory())
}

/// Returns how much of an argument is compared: what the kernel takes of it if the call is given,
/// else what the ABI has (`format`, *Typed arguments*).
fn width(abi: Abi, call: Option<&str>, index: u8) -> Width {
    let argument = call.and_then(|call| arguments::argument(abi, call, index.into()));
    let taken = argument.map_or(abi.width(), |argument| argument.width(abi));
    taken.min(abi.width())
}

/// Returns one group of all conditions; if an index occurs twice, one group for each condition
/// (`format`, *Repeated index*). A condition compares as much of its argument as the ABI has, or as
/// the kernel takes of it in the call.
pub(super) fn groups(
    entry: &Entry,
    abi: Abi,
    call: Option<&str>,
    errors: &mut Errors,
) -> Vec<(Group, Vec<Condition>)> {
    let mut conditions: Vec<Condition> = Vec::new();
    for (i, arg) in entry.args.iter().enumerate() {
        let path = format!("{}.args[{i}]", entry.path.0);
        let test = match Arg::on(arg, abi) {
            Ok(test) => test,
            Err(error) => {
                errors.push(error.path(path));
                continue;
            }
        };
        let index = arg.value.index;
        let width = width(abi, call, index);
        match narrow(test, width) {
            Ok(test) => conditions.push(Condition {
                arg: index,
                test,
                width,
            }),
            Err(datum) => errors.push(too_wide(datum, abi, call, width).span(arg.span).path(path)),
        }
    }
    if conditions.len() < entry.args.len() {
        // A rule that lacks a condition matches more calls, and would cause false conflicts.
        return Vec::new();
    }
    let mut indices: Vec<u8> = entry.args.iter().map(|arg| arg.value.index).collect();
    sorted::sort(&mut indices);
    let repeated = indices.windows(2).any(|pair| pair[0] == pair[1]);
    if !repeated {
        return vec![(Group::All, conditions)];
    }
    indices.dedup();
    for index in indices {
        check_or(entry, &conditions, index, errors);
    }
    let mut alternatives = Vec::with_capacity(conditions.len());
    for (at, condition) in conditions.iter().enumerate() {
        alternatives.push((Group::One(at), vec![*condition]));
    }
    alternatives
}

fn too_wide(datum: u64, abi: Abi, call: Option<&str>, width: Width) -> Error {
    let bits = width.bits();
    let label = format!("has more than {bits} bits");
    match call.filter(|_| width < abi.width()) {
        Some(call) => {
            let message = format!(
                "the kernel takes {bits} bits of this argument of `{call}`, but {datum:#x} has more"
            );
            Error::nowhere(Kind::DatumTooWide, message)
                .label(label)
                .note(format!(
                    "with `typed_arguments = true` a condition compares {bits} bits of the argument"
                ))
        }
        None => {
            let message =
                format!("{datum:#x} does not fit in an argument of {abi}, which has {bits} bits");
            Error::nowhere(Kind::DatumTooWide, message)
                .label(label)
                .note(format!(
                    "use values of at most {bits} bits, or remove {} from `architectures`",
                    abi.oci_name()
                ))
        }
    }
}

/// Reports alternatives that together match every value of an argument (`format`, *Repeated
/// index*).
fn check_or(entry: &Entry, conditions: &[Condition], index: u8, errors: &mut Errors) {
    let tests: Vec<Test> = conditions
        .iter()
        .filter(|c| c.arg == index)
        .map(|c| c.test)
        .collect();
    let width = conditions.iter().find(|c| c.arg == index).map(|c| c.width);
    if !width.is_some_and(|width| admits::cover(&tests, width)) {
        return;
    }
    let mut spans = entry
        .args
        .iter()
        .filter(|arg| arg.value.index == index)
        .map(|arg| arg.span);
    let first = spans.next().unwrap_or_default();
    let last = spans.next_back().unwrap_or(first);
    let message =
        format!("conditions on argument {index} are combined with OR and match every value");
    errors.push(
        Error::new(Kind::AlwaysTrueOr, last, message)
            .path(format!("{}.args", entry.path.0))
            .label("or this condition")
            .related(first, "this condition")
            .note("if two conditions have the same `index`, every condition of `args` becomes a separate rule")
            .note("conditions cannot express a range: list its values with SCMP_CMP_EQ, or use SCMP_CMP_MASKED_EQ for an aligned block"),
    );
}
