//! The cases of `intent.json` and `intent-more.json`: profiles that do not say what their author
//! meant, and healthy neighbours. The lints that must fire do, and those that must be silent are.

use std::collections::BTreeSet;

use seccomp_profile_compiler::error::{Kind, LINTS};
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::{Abi, Options, Sources, compose};
use serde_json::Value;

const FILES: [&str; 2] = ["tests/intent.json", "tests/intent-more.json"];

/// Lints whose finding is not about the answer to one call.
const WITHOUT_A_CALL: [Kind; 9] = [
    Kind::AlwaysTrue,
    Kind::NeverTrue,
    Kind::ErrnoZero,
    Kind::KillThread,
    Kind::UnreachableRule,
    Kind::NotPortable,
    Kind::IoUring,
    Kind::UnusedGroup,
    Kind::MuxBypass,
];

fn cases() -> Vec<Value> {
    let of = |path: &str| {
        let text = std::fs::read_to_string(path).unwrap();
        let mut file: Value = serde_json::from_str(&text).unwrap();
        match file["cases"].take() {
            Value::Array(cases) => cases,
            other => panic!("cases of {path} are {other}"),
        }
    };
    let cases: Vec<Value> = FILES.into_iter().flat_map(of).collect();
    let ids: BTreeSet<&str> = cases
        .iter()
        .map(|case| case["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), cases.len(), "an id occurs twice");
    cases
}

fn options(case: &Value) -> Options {
    let mut options = Options::default();
    let given = case.get("options").and_then(Value::as_object);
    for (key, value) in given.into_iter().flatten() {
        let setting = match value {
            Value::String(word) => Setting::Word(word.clone()),
            Value::Bool(flag) => Setting::Bool(*flag),
            other => panic!("{key} is {other}"),
        };
        options.set(key, &setting).unwrap();
    }
    options
}

/// The lints that a list names; a name that is no lint must at least be an error's.
fn named(case: &Value, key: &str) -> Vec<&'static str> {
    let names = case[key].as_array().unwrap().iter();
    let kind = |name: &Value| {
        let name = name.as_str().unwrap().replace('_', "-");
        let mut known = Kind::ALL.iter();
        let kind = known.find(|kind| kind.name() == name);
        kind.unwrap_or_else(|| panic!("{name} is unknown")).name()
    };
    names.map(kind).collect()
}

#[test]
fn lints_fire_where_they_should_and_nowhere_else() {
    let mut wrong = Vec::new();
    let (mut fired, mut silent) = (0, 0);
    for case in cases() {
        let id = case["id"].as_str().unwrap();
        let target = Abi::from_name(case["target"].as_str().unwrap()).unwrap();
        let text = case["profile"].to_string();
        let groups = case.get("with").and_then(Value::as_array);
        let groups = groups.into_iter().flatten();
        let groups: Vec<&str> = groups.map(|name| name.as_str().unwrap()).collect();
        let sources = Sources::compose(("", text.as_str()), [], &groups).unwrap();
        let compiled = match compose(&sources, target, &options(&case)) {
            Ok(compiled) => compiled,
            Err(errors) => {
                wrong.push(format!("{id}: {errors}"));
                continue;
            }
        };
        let warned: Vec<&str> = compiled.warnings.iter().map(|w| w.kind.name()).collect();
        for warning in &compiled.warnings {
            let texts = [&*warning.message]
                .into_iter()
                .chain(warning.notes.iter().map(|n| &**n));
            let shows = |text: &str| text.contains("` gets ") || text.contains("which gets ");
            if !WITHOUT_A_CALL.contains(&warning.kind) && !texts.clone().any(shows) {
                wrong.push(format!("{id}: {} shows no call", warning.kind.name()));
            }
        }
        for lint in named(&case, "warns") {
            fired += 1;
            if !warned.contains(&lint) {
                wrong.push(format!("{id}: {lint} does not fire, but {warned:?} do"));
            }
        }
        for lint in named(&case, "silent") {
            silent += 1;
            if warned.contains(&lint) {
                wrong.push(format!("{id}: {lint} fires"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(fired > 70 && silent > 100, "{fired} fired, {silent} silent");
    println!("{fired} lints fired and {silent} were silent, as they should");
}

/// Every lint fires in some case, and is silent in a healthy neighbour.
#[test]
fn every_lint_has_cases() {
    let cases = cases();
    for lint in LINTS {
        assert!(Kind::ALL.contains(&lint));
        for key in ["warns", "silent"] {
            let listed = cases
                .iter()
                .any(|case| named(case, key).contains(&lint.name()));
            assert!(listed, "no case {key}: {}", lint.name());
        }
    }
}
