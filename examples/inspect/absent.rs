//! Profile's text → the rules that name a call and do not hold here.
//!
//! What `includes` and `excludes` rule out is gone when a profile has been read, so this looks at
//! the JSON once more. The text has been judged already; nothing here decides anything.

use seccomp_profile_compiler::profile::Profile;
use serde_json::Value;

use crate::phrase::plain;

/// Writes the place of each such rule, and what it asks for.
pub(crate) fn absent(text: &str, profile: &Profile, names: &[&str]) -> Vec<String> {
    let Ok(root) = serde_json::from_str::<Value>(text) else {
        return Vec::new();
    };
    let (seccomp, prefix) = match root.pointer("/linux/seccomp") {
        Some(seccomp) if root.get("ociVersion").is_some() => (seccomp, "linux.seccomp."),
        _ => (&root, ""),
    };
    let list = seccomp.get("syscalls").and_then(Value::as_array);
    let entries = list.into_iter().flatten().enumerate();
    let absent = entries.filter_map(|(i, entry)| {
        let place = format!("{prefix}syscalls[{i}]");
        let holds = profile.syscalls.iter().any(|held| held.place.0 == place);
        let several = entry.get("names").and_then(Value::as_array);
        let mut named = several.into_iter().flatten().chain(entry.get("name"));
        let named = named.any(|name| name.as_str().is_some_and(|name| names.contains(&name)));
        if holds || !named {
            return None;
        }
        let asked: Vec<String> = ["includes", "excludes"]
            .into_iter()
            .filter_map(|key| Some(format!("{key} {}", plain(&entry.get(key)?.to_string()))))
            .collect();
        let action = entry.get("action").and_then(Value::as_str);
        let action = plain(action.unwrap_or_default());
        Some(format!("{place}: {action}, {}", asked.join(", ")))
    });
    absent.collect()
}
