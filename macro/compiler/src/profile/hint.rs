//! The place where a text is not JSON → a hint for a common mistake.

/// Returns a hint for a common mistake at the place where the grammar fails.
pub(super) fn hint(text: &str, at: usize) -> Option<&'static str> {
    let before = text.get(..at)?.trim_end();
    Some(match text.as_bytes().get(at) {
        _ if text.trim().is_empty() => "the file is empty",
        _ if is_yaml(text) => {
            "this is YAML, but a profile is JSON: convert it, as by `kubectl get -o json` or `yq -o json`"
        }
        Some(b'x' | b'X') if before.ends_with('0') => {
            "JSON has no hexadecimal numbers: write it as a string, such as \"0x5413\""
        }
        Some(first) if starts_word(before) && first.is_ascii_uppercase() => {
            "a name needs double quotes, such as \"AF_UNIX\""
        }
        None => "the text ends in the middle of the profile",
        Some(b']' | b'}') if before.ends_with(',') => "remove the comma before this",
        Some(b'#' | b'/') => "JSON has no comments; use the field `comment` of a rule",
        Some(b'\'') => "a string needs double quotes",
        Some(b'"') if before.ends_with(['"', ']', '}']) => "add a comma before this",
        Some(_) if before.is_empty() => "a profile begins with `{`",
        Some(_) if before.ends_with('}') => "remove everything after the profile",
        Some(_) => return None,
    })
}

/// Whether a text begins as a document of YAML does: with a key, or with `---`.
fn is_yaml(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_end);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_some_and(|line| {
        let key = line.split_once(':').map(|(key, _)| key);
        let word =
            |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        line == "---" || key.is_some_and(word)
    })
}

/// Whether a value can begin here.
fn starts_word(before: &str) -> bool {
    before.ends_with([':', '[', ','])
}
