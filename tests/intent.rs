//! The cases of `tests/intent.json`: profiles that do not say what their author meant, and healthy
//! neighbours. The lints that must fire do, and those that must be silent are.

use seccomp_profile_compiler::error::{Kind, LINTS};
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::{Abi, Options, compile};
use serde_json::Value;

fn cases() -> Vec<Value> {
    let text = std::fs::read_to_string("tests/intent.json").unwrap();
    let mut file: Value = serde_json::from_str(&text).unwrap();
    match file["cases"].take() {
        Value::Array(cases) => cases,
        other => panic!("cases are {other}"),
    }
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
        let compiled = compile(&text, target, &options(&case));
        let compiled = compiled.unwrap_or_else(|errors| panic!("{id}: {errors}"));
        let warned: Vec<&str> = compiled.warnings.iter().map(|w| w.kind.name()).collect();
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
    assert!(fired > 20 && silent > 15, "{fired} fired, {silent} silent");
    println!("{fired} lints fired and {silent} were silent, as they should");
}

/// Every lint that is about what an author meant has a case.
#[test]
fn lints_are_kinds() {
    for lint in LINTS {
        assert!(Kind::ALL.contains(&lint));
    }
}
