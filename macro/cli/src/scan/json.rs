//! What a program can do → JSON for scripts.

use seccomp_profile_scan::{Numbers, Site};
use serde_json::{Map, Value, json};

use super::binary::Scanned;
use super::names::{explained, name};
use crate::fate::Bounds;

/// Returns the answer as a value.
pub(super) fn json(scanned: &Scanned) -> Value {
    let scan = &scanned.scan;
    let modules = scan.modules.iter().enumerate().map(|(at, module)| {
        let sites = scan.sites.iter().filter(|site| site.module == at);
        json!({
            "path": module.path,
            "sites": sites.map(|it| site(scanned, it)).collect::<Vec<Value>>(),
        })
    });
    let calls = scanned.calls.iter().map(|call| {
        let functions = call.functions.iter().map(|function| name(scan, *function));
        let mut object = json!({
            "name": call.name,
            "nr": call.nr,
            "functions": functions.collect::<Vec<String>>(),
        });
        if !call.elsewhere.is_empty() {
            object["elsewhere"] = json!(call.elsewhere);
        }
        let arguments = arguments(&call.bounds);
        if !arguments.is_empty() {
            object["arguments"] = Value::Object(arguments);
        }
        object
    });
    json!({
        "binary": scanned.path,
        "arch": scanned.abi.name(),
        "complete": scanned.is_complete(),
        "modules": modules.collect::<Vec<Value>>(),
        "calls": calls.collect::<Vec<Value>>(),
        "warnings": warnings(scanned),
        "assumptions": scan.assumptions,
    })
}

/// Returns what can do more than the answer says.
pub(crate) fn warnings(scanned: &Scanned) -> Vec<Value> {
    let scan = &scanned.scan;
    let mut warnings: Vec<Value> = { scan.warnings.iter() }
        .map(|warning| {
            json!({
                "kind": warning.kind,
                "incomplete": warning.incomplete,
                "message": explained(&warning.message),
                "function": warning.function.map(|function| name(scan, function)),
            })
        })
        .collect();
    warnings.extend(scanned.instead.iter().map(|path| {
        let message = format!("some processors load {path} in place of the file that was read");
        json!({ "kind": "hwcaps", "incomplete": false, "message": message, "function": null })
    }));
    warnings
}

fn site(scanned: &Scanned, site: &Site) -> Value {
    let function = name(&scanned.scan, site.function);
    match &site.numbers {
        Numbers::Bounded(numbers) => json!({
            "address": site.address,
            "calls": numbers.iter().map(|number| number.number).collect::<Vec<u32>>(),
            "function": function,
        }),
        Numbers::Unbounded(why) => json!({
            "address": site.address,
            "calls": null,
            "why": explained(why),
            "function": function,
        }),
    }
}

/// The values of bounded arguments, by the index of the argument. They are strings, as many readers
/// of JSON round numbers of 64 bits.
fn arguments(bounds: &Bounds) -> Map<String, Value> {
    let bounded = bounds.iter().enumerate().filter_map(|(index, values)| {
        let values = values.as_ref()?.iter();
        let values: Vec<String> = values.map(|value| format!("{value:#x}")).collect();
        Some((index.to_string(), json!(values)))
    });
    bounded.collect()
}
