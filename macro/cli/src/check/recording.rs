//! A profile that `record` has written → the calls that the recording has seen.

use std::collections::BTreeSet;

use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::profile::Entry;
use seccomp_profile_compiler::{Abi, Options, compose};
use serde_json::Value;

use crate::Failure;
use crate::inspect::phrase::plain;
use crate::texts::{self, Texts};

/// How the comments of rules for calls that were not seen begin: those of `record`, and those that
/// `scan` has added.
const UNSEEN: [&str; 3] = ["Not recorded: ", "Scanned: ", "Not in the code: "];

/// Returns the numbers of the calls that were seen.
///
/// # Errors
/// The file is no profile, or `record` has not written it.
pub(super) fn recorded(file: &str, abi: Abi) -> Result<BTreeSet<u32>, Failure> {
    let text = texts::read(file)?;
    let texts = Texts::of(file, text.clone(), &[])?;
    let sources = texts.sources()?;
    let compiled = compose(&sources, abi, &Options::default())
        .map_err(|errors| Failure::Wrong(errors.render(&sources).join("\n\n")))?;
    let json: Value = serde_json::from_str(&text).unwrap_or_default();
    let unseen = |entry: &Entry| {
        let comment = json.pointer(&pointer(&entry.path.0));
        let comment = comment.and_then(|rule| rule["comment"].as_str());
        comment.is_some_and(|comment| UNSEEN.iter().any(|begin| comment.starts_with(begin)))
    };
    let entries = compiled.profile.syscalls.iter();
    let seen = entries.filter(|entry| entry.action.value.runs() && !unseen(entry));
    let names = seen.flat_map(|entry| &entry.names);
    let numbers: BTreeSet<u32> = names
        .filter_map(|name| syscalls::number(abi, &name.value))
        .collect();
    match numbers.is_empty() {
        true => Err(Failure::Wrong(plain(&format!(
            "{file}: it allows no call on {abi} that was recorded"
        )))),
        false => Ok(numbers),
    }
}

/// Returns the path to a rule, such as `syscalls[3]`, as a JSON pointer.
fn pointer(path: &str) -> String {
    let path = path.replace(']', "").replace(['[', '.'], "/");
    format!("/{path}")
}
