//! The fields and words that the reader knows → a JSON Schema, with which editors complete and
//! check profiles.
//!
//! The schema refuses what is wrong in every profile on every target. What depends on the target,
//! on options, or on several rules is left to the compiler. The schema accepts what the reader
//! accepts without options, except unknown names of calls in rules that do not apply to the target.
//! `tests/schema.rs` of the workspace compares the two.
//!
//! Its version is draft-07: editors do not support later drafts as well (SchemaStore,
//! `CONTRIBUTING.md`, "Best practices"). It has no keyword that only some editors know, because
//! strict validators refuse a schema with such a keyword.

mod members;
mod values;

use serde_json::{Value, json};

use super::args::ARG;
use super::argument::{OPS, Op};
use super::docker::GO_NAMES;
use super::parse::{ENTRY, PROFILE};
use crate::linux::abi::Abi;
use crate::linux::action::{ACTIONS, Action, MAX_ERRNO};
use crate::linux::{capability, errno, syscalls};
use members::object;
use values::{numbers, one_of, reference, up_to};

/// Where the fields are explained.
const ID: &str = "https://docs.rs/seccomp-profile/latest/seccomp_profile/format/";

/// Returns the JSON Schema of profiles, in every form that [`Profile::parse`] accepts.
///
/// [`Profile::parse`]: super::Profile::parse
pub fn schema() -> String {
    let seccomp = json!({
        "type": "object", "properties": { "seccomp": reference("profile") }, "required": ["seccomp"],
    });
    let config = json!({ "properties": { "linux": seccomp }, "required": ["linux"] });
    let kind = json!({ "const": "SeccompProfile" });
    let kubernetes = json!({
        "properties": { "kind": kind, "spec": reference("profile") }, "required": ["spec"],
    });
    let has = |keys: &[&str]| json!({ "type": "object", "required": keys });
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": ID,
        "title": "seccomp profile",
        "description": "A seccomp profile of the OCI runtime specification, with the fields that Docker and Podman add; or a whole config.json that contains one; or a SeccompProfile of Kubernetes.",
        "if": has(&["ociVersion"]),
        "then": config,
        "else": {
            "if": has(&["apiVersion", "kind"]),
            "then": kubernetes,
            "else": reference("profile"),
        },
        "definitions": {
            "profile": profile(),
            "rule": rule(),
            "condition": condition(),
            "number": numbers(),
            "freeText": { "type": ["string", "null"], "description": "Free text. It has no effect." },
            "syscall": one_of(syscalls::names()),
            "architecture": one_of(Abi::ALL.map(Abi::oci_name)),
            "capability": one_of(capability::NAMES),
            "host": one_of(GO_NAMES.map(|(name, _)| name)),
            "errno": one_of(errno::names()),
        },
    });
    // Another crate of the build can enable the feature `preserve_order` of serde_json.
    schema.sort_all_objects();
    format!("{schema:#}\n")
}

fn profile() -> Value {
    let mut profile = object(PROFILE, &["defaultAction"]);
    let given = |name: &str, least: &str| {
        let some = json!({ "type": ["array", "string"], least: 1 });
        json!({ "properties": { name: some }, "required": [name] })
    };
    let mut rules = errnos("defaultAction", "defaultErrnoRet", "defaultErrno");
    rules.push(json!({
        "if": given("architectures", "minItems"),
        "then": { "properties": { "archMap": { "maxItems": 0 } } },
    }));
    rules.push(json!({
        "if": given("listenerMetadata", "minLength"),
        "then": given("listenerPath", "minLength"),
    }));
    profile["allOf"] = rules.into();
    profile
}

fn rule() -> Value {
    let mut rule = object(ENTRY, &["action"]);
    rule["allOf"] = errnos("action", "errnoRet", "errno").into();
    // As in Go, where an empty name and an empty list are absent ones.
    rule["if"] = json!({ "properties": { "name": { "minLength": 1, "type": "string" } }, "required": ["name"] });
    rule["then"] = json!({ "properties": { "names": { "maxItems": 0 } } });
    rule["else"] = json!({
        "properties": { "names": { "minItems": 1, "type": "array" } }, "required": ["names"],
    });
    rule
}

fn condition() -> Value {
    let mut condition = object(ARG, &["index", "value", "op"]);
    let masked = OPS.iter().find(|(_, op)| *op == Op::MaskedEq);
    let masked = json!({ "const": masked.map(|(name, _)| name) });
    condition["if"] = json!({ "properties": { "op": { "not": masked } }, "required": ["op"] });
    // The value of a name depends on the target, and can be 0.
    let zero = r"^-?0$|^0x0+$|^\s*[A-Za-z_]";
    condition["then"] = json!({ "properties": { "valueTwo": { "maximum": 0, "pattern": zero } } });
    condition
}

/// Returns which errnos the actions take.
fn errnos(action: &str, number: &str, named: &str) -> Vec<Value> {
    let takes = |(name, action): (&'static str, Action)| match action {
        Action::Errno(_) => Some((name, MAX_ERRNO)),
        Action::Trace(_) => Some((name, u64::from(u16::MAX))),
        _ => None,
    };
    let rule = |of: Value, then: Value| {
        json!({
            "if": { "properties": { action: of }, "required": [action] },
            "then": { "properties": then },
        })
    };
    let (mut rules, mut takers) = (Vec::new(), Vec::new());
    for (name, most) in ACTIONS.into_iter().filter_map(takes) {
        let word = format!("^E|^0*({})$|^$", up_to(most));
        let then = json!({ number: { "maximum": most }, named: { "pattern": word } });
        rules.push(rule(json!({ "const": name }), then));
        takers.push(name);
    }
    // Editors propose the words of an `if`, but not those of a `not`.
    let none = json!({ number: { "const": null }, named: { "enum": ["", null] } });
    rules.push(rule(json!({ "not": { "enum": takers } }), none));
    rules
}
