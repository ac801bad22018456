//! Where a profile and a program differ → JSON for scripts.

use seccomp_profile_compiler::Abi;
use seccomp_profile_scan::Link;
use serde_json::{Value, json};

use super::findings::{Denied, Findings};
use crate::scan::binary::Scanned;
use crate::scan::json::warnings;
use crate::scan::names::{explained, module, name};

/// Returns the lists as a value.
pub(super) fn json(profile: &str, scanned: &Scanned, found: &Findings<'_>) -> Value {
    let denied = |list: &[Denied<'_>]| {
        let list = list.iter().map(|denied| one(scanned, denied));
        list.collect::<Vec<Value>>()
    };
    let unused = found.unused.iter().map(|unused| {
        json!({
            "name": unused.name,
            "nr": unused.nr,
            "places": unused.places,
            "group": unused.of_group,
            "accepted": unused.accepted,
        })
    });
    let open = scanned.open().map(|(site, why)| {
        json!({
            "module": module(&scanned.scan, site.module),
            "address": site.address,
            "function": name(&scanned.scan, site.function),
            "why": explained(why),
            "chain": chain(scanned, site.function),
        })
    });
    let missing = scanned
        .missing
        .iter()
        .map(|(name, by)| json!({ "name": name, "by": by }));
    json!({
        "profile": profile,
        "binary": scanned.path,
        "arch": scanned.abi.name(),
        "complete": scanned.is_complete(),
        "denied": denied(&found.denied),
        "onConditions": denied(&found.conditional),
        "fallback": denied(&found.fallback),
        "unused": unused.collect::<Vec<Value>>(),
        "unusedAbis": found.abis.iter().copied().map(Abi::name).collect::<Vec<&str>>(),
        "openDefault": found.open_default,
        "recordedOnly": found.missed,
        "notBounded": open.collect::<Vec<Value>>(),
        "notFound": missing.collect::<Vec<Value>>(),
        "warnings": warnings(scanned),
    })
}

fn one(scanned: &Scanned, denied: &Denied<'_>) -> Value {
    let scan = &scanned.scan;
    let functions = denied
        .functions
        .iter()
        .map(|function| name(scan, *function));
    json!({
        "name": denied.call.name,
        "nr": denied.call.nr,
        "answer": denied.answer.action.to_string(),
        "from": denied.answer.from(),
        "place": denied.answer.place,
        // Numbers of 64 bits are strings: many readers of JSON round them.
        "example": denied.example.args.map(|arg| format!("{arg:#x}")),
        "functions": functions.collect::<Vec<String>>(),
        "chain": denied.functions.first().map(|function| chain(scanned, *function)),
        "elsewhere": denied.call.elsewhere,
        "accepted": denied.accepted,
    })
}

/// The functions on a shortest way from the start to one.
fn chain(scanned: &Scanned, function: usize) -> Vec<Value> {
    let scan = &scanned.scan;
    let steps = scan.chain(function).into_iter().map(|function| {
        let place = &scan.functions[function];
        let by = match place.from {
            None => "start",
            Some((_, Link::Call)) => "call",
            Some((_, Link::Pointer)) => "pointer",
        };
        json!({
            "function": name(scan, function),
            "module": module(scan, place.module),
            "by": by,
        })
    });
    steps.collect()
}
