//! The name of a field → the schema of its value, and its description.

use serde_json::{Map, Value, json};

use super::values::{
    actions, any_of, digits, flags, integer, kernels, list, operators, reference, text,
};
use crate::linux::action::Action;
use crate::profile::docker::{HOSTS, MAP_ENTRY};
use crate::profile::fields::FREE_TEXT;
use crate::profile::parse::MAX_ARGS;

/// Returns the schema of an object with these members and free text.
pub(super) fn object(names: &[&str], required: &[&str]) -> Value {
    let mut properties = Map::new();
    for name in names {
        let mut member = member(name);
        if !required.contains(name) {
            or_null(&mut member);
        }
        properties.insert(name.to_string(), member);
    }
    for name in FREE_TEXT {
        properties.insert(name.to_string(), reference("freeText"));
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Adds `null`, with which the reader takes a field for absent.
fn or_null(member: &mut Value) {
    if let Some(one) = member.get_mut("type") {
        *one = json!([one.take(), "null"]);
    } else if let Some(Value::Array(many)) = member.get_mut("anyOf") {
        many.push(json!({ "type": "null" }));
    }
}

fn conditions() -> Value {
    let mut conditions = list(reference("condition"));
    conditions["maxItems"] = MAX_ARGS.into();
    conditions
}

/// Returns the schema of a field; `true`, which accepts everything, if its name is not known here.
fn member(name: &str) -> Value {
    let (mut schema, description) = match name {
        "defaultAction" => (
            actions(|action| action != Action::Notify),
            "The action for calls that no rule matches. It cannot be SCMP_ACT_NOTIFY, because the supervisor's own calls would wait for it.",
        ),
        "defaultErrnoRet" => (
            integer(u16::MAX.into()),
            "For the default action SCMP_ACT_ERRNO the errno, 0 to 4095; for SCMP_ACT_TRACE the message to the tracer, 0 to 65535. 1 (EPERM) if it is absent.",
        ),
        "defaultErrno" => (
            any_of([reference("errno"), digits()]),
            "The errno of the default action by its name, such as ENOSYS, or as a number in a string. Only Podman and CRI-O read this field.",
        ),
        "architectures" => (
            list(reference("architecture")),
            "The architectures that get the rules beside the target. Those that the target's kernel does not run are left out.",
        ),
        "archMap" => (
            list(object(MAP_ENTRY, &["architecture"])),
            "The architectures for each target; the first entry of the target counts. It cannot be used together with `architectures`. Only Docker, Podman and CRI-O read this field.",
        ),
        "architecture" => (any_of([reference("architecture")]), "The target."),
        "subArchitectures" => (
            list(reference("architecture")),
            "The architectures that get the rules beside this target.",
        ),
        "flags" => (list(flags()), "The flags of the filter."),
        "listenerPath" => (
            text(),
            "The socket to which a container runtime sends the listener of SCMP_ACT_NOTIFY. The compiler does not use it.",
        ),
        "listenerMetadata" => (
            text(),
            "What a container runtime sends with the listener. It needs `listenerPath`.",
        ),
        "syscalls" => (
            list(reference("rule")),
            "The rules. The first rule that matches a call decides; rules with different actions must not overlap.",
        ),
        "$schema" => (text(), "The JSON Schema of this file, for editors."),
        "names" => (
            list(reference("syscall")),
            "The system calls, at least one. A call that the target does not have is left out there.",
        ),
        "name" => (
            any_of([reference("syscall"), json!({ "const": "" })]),
            "One system call, as in old profiles of Docker. Use `names` instead: other container engines ignore this field.",
        ),
        "action" => (actions(|_| true), "The action for these calls."),
        "errnoRet" => (
            integer(u16::MAX.into()),
            "For SCMP_ACT_ERRNO the errno, 0 to 4095; for SCMP_ACT_TRACE the message to the tracer, 0 to 65535. 1 (EPERM) if it is absent.",
        ),
        "errno" => (
            any_of([reference("errno"), digits()]),
            "The errno by its name, such as ENOSYS, or as a number in a string. Only Podman and CRI-O read this field.",
        ),
        "args" => (
            conditions(),
            "The conditions. All must match; but if two of them have the same `index`, one that matches is enough. Without conditions the rule always matches.",
        ),
        "includes" => (
            object(HOSTS, &[]),
            "The rule applies only on these hosts. Only Docker, Podman and CRI-O read this field: for others the rule always applies.",
        ),
        "excludes" => (
            object(HOSTS, &[]),
            "The rule does not apply on these hosts. Only Docker, Podman and CRI-O read this field: for others the rule always applies.",
        ),
        "caps" => (
            list(reference("capability")),
            "Capabilities of the process: all of them for `includes`, any of them for `excludes`. The option `capabilities` of the invocation says what the process has.",
        ),
        "arches" => (
            list(reference("host")),
            "Targets, by Go's names of architectures.",
        ),
        "minKernel" => (
            kernels(),
            "This version of Linux, such as 4.8, or a newer one. The option `kernel` of the invocation says which version runs the program.",
        ),
        "index" => (integer(5), "Which argument of the call, 0 for the first."),
        "value" => (
            any_of([reference("number")]),
            "The number to compare the argument with; for SCMP_CMP_MASKED_EQ the mask. A string can contain a constant of the kernel, such as AF_UNIX, several joined by `|`, or a decimal, hexadecimal or negative number; container engines read only JSON numbers.",
        ),
        "valueTwo" => (
            any_of([reference("number")]),
            "Only for SCMP_CMP_MASKED_EQ: what the masked argument must be, written like `value`. 0 if it is absent.",
        ),
        "op" => (operators(), "How to compare. Numbers are unsigned."),
        _ => return Value::Bool(true),
    };
    schema["description"] = description.into();
    schema
}
