//! The differences of two profiles → JSON for scripts.

use serde_json::{Value, json};

use super::Pair;
use super::change::{Change, Changes, What};
use crate::Failure;

/// Writes the differences, an object for each target.
pub(super) fn json(pair: &Pair<'_>, all: &[Changes]) -> Result<String, Failure> {
    let targets: Vec<Value> = all.iter().map(target).collect();
    let json = json!({
        "old": pair.old.path,
        "new": pair.new.path,
        "same": all.iter().all(Changes::is_empty),
        "looser": all.iter().any(Changes::is_looser),
        "targets": targets,
    });
    let text = serde_json::to_string_pretty(&json);
    text.map(|text| text + "\n")
        .map_err(|error| Failure::Wrong(error.to_string()))
}

fn target(changes: &Changes) -> Value {
    let list = |list: &[Change]| list.iter().map(change).collect::<Vec<Value>>();
    let others = changes.others.iter().map(|other| {
        let [old, new] = &other.values;
        json!({ "field": other.name, "old": old, "new": new, "looser": other.is_looser })
    });
    json!({
        "target": changes.target.name(),
        "looser": list(&changes.looser),
        "stricter": list(&changes.stricter),
        "different": list(&changes.different),
        "others": others.collect::<Vec<Value>>(),
    })
}

fn change(change: &Change) -> Value {
    let [old, new] = change.answers.map(|action| action.to_string());
    let [old_place, new_place] = &change.places;
    let (call, numbers) = match &change.what {
        What::Call(name) => (Some(name), None),
        What::Unknown(numbers) => (None, Some([numbers.start(), numbers.end()])),
        What::Every => (None, None),
    };
    // Numbers of 64 bits are strings: many readers of JSON round them.
    let args = change.data.args.map(|arg| format!("{arg:#x}"));
    json!({
        "abi": change.abi.map(|abi| abi.name()),
        "call": call,
        "numbers": numbers,
        "old": old,
        "new": new,
        "always": change.always,
        "example": {
            "text": change.example(),
            "arch": change.data.arch,
            "nr": change.data.nr,
            "args": args,
        },
        "oldPlace": old_place,
        "newPlace": new_place,
    })
}
