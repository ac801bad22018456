//! The rules of a profile that name a call and that `includes` or `excludes` leave out.

use seccomp_profile_compiler::profile::Profile;

use super::phrase::plain;
use super::snippet::Text;

/// Writes the place of each such rule, its action, and its conditions on the host.
pub(crate) fn absent(profile: &Profile, text: &Text<'_>, names: &[&str]) -> Vec<String> {
    let named = profile.excluded.iter().filter(|excluded| {
        let mut of_entry = excluded.entry.names.iter();
        of_entry.any(|name| names.contains(&name.value.as_str()))
    });
    let absent = named.map(|excluded| {
        let conditions: Vec<String> = [
            ("includes", &excluded.includes),
            ("excludes", &excluded.excludes),
        ]
        .into_iter()
        .filter_map(|(key, json)| Some(format!("{key} {}", one_line(json.as_ref()?))))
        .collect();
        let entry = &excluded.entry;
        let action = entry.action.value.oci_name();
        let place = text.place(entry.action.span);
        format!(
            "{place}, {}: {action}, {}",
            entry.path.0,
            conditions.join(", ")
        )
    });
    absent.collect()
}

/// JSON without line breaks and indentation.
fn one_line(json: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(json) {
        Ok(value) => plain(&value.to_string()),
        Err(_) => plain(json),
    }
}
