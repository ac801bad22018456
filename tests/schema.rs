//! `macro/compiler/schema.json`, the JSON Schema of profiles, is what the compiler's function returns.
//! The package `tests/schema` compares what it accepts with what the compiler accepts.
//!
//! `BLESS=1 cargo test --test schema` writes the file.

#[path = "../macro/compiler/tests/support/golden.rs"]
mod golden;

use std::path::Path;

use golden::golden;
use seccomp_profile_compiler::profile::schema::schema;
use serde_json::Value;

#[test]
fn the_file_is_what_the_function_returns() {
    golden(Path::new("macro/compiler/schema.json"), &schema());
}

#[test]
fn every_field_is_described() {
    fn undescribed(schema: &Value, path: &str, found: &mut Vec<String>) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let has = |key| property.get(key).is_some();
            if schema.get("additionalProperties").is_some() && !has("description") && !has("$ref") {
                found.push(format!("{path}.{name}"));
            }
            undescribed(property, &format!("{path}.{name}"), found);
        }
        if let Some(items) = schema.get("items") {
            undescribed(items, path, found);
        }
    }
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let mut found = Vec::new();
    for (name, definition) in schema["definitions"].as_object().unwrap() {
        undescribed(definition, name, &mut found);
    }
    assert!(found.is_empty(), "without description: {found:?}");
}
