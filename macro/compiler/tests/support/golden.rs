//! Files that hold the expected output of a test.

use std::path::Path;

/// Returns whether the files are to be rewritten.
pub(crate) fn bless() -> bool {
    std::env::var_os("BLESS").is_some()
}

/// Compares a text with the file, or writes the file if `BLESS` is set.
#[track_caller]
pub(crate) fn golden(path: &Path, text: &str) {
    if bless() {
        std::fs::write(path, text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        text == expected,
        "{} differs; BLESS=1 writes it:\n{}",
        path.display(),
        difference(&expected, text)
    );
}

/// Returns the lines from the first to the last that differ.
fn difference(expected: &str, text: &str) -> String {
    let [old, new] = [expected, text].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    let (mut old, mut new) = (&old[..], &new[..]);
    while let ([a, old_rest @ ..], [b, new_rest @ ..]) = (old, new) {
        if a != b {
            break;
        }
        (old, new) = (old_rest, new_rest);
    }
    while let ([old_rest @ .., a], [new_rest @ .., b]) = (old, new) {
        if a != b {
            break;
        }
        (old, new) = (old_rest, new_rest);
    }
    let old = old.iter().map(|line| format!("- {line}"));
    old.chain(new.iter().map(|line| format!("+ {line}")))
        .collect()
}
