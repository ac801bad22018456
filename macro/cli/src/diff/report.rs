//! The differences of two profiles → text for readers.

use std::collections::BTreeMap;

use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::linux::action::Action;

use super::Pair;
use super::change::{Change, Changes, What};
use crate::inspect::phrase::plain;
use crate::paint::Paint;

/// The most characters of a line with names.
const WIDEST: usize = 100;

/// The most calls without a rule that are named.
const MOST_UNRULED: usize = 20;

/// Writes the differences. Targets for which they are the same share a section.
pub(super) fn report(pair: &Pair<'_>, all: &[Changes], paint: Paint) -> String {
    let mut sections: Vec<(String, Vec<Abi>)> = Vec::new();
    for changes in all {
        let text = section(changes, paint);
        match sections.iter_mut().find(|(other, _)| *other == text) {
            Some((_, targets)) => targets.push(changes.target),
            None => sections.push((text, vec![changes.target])),
        }
    }
    let (old, new) = (&pair.old.path, &pair.new.path);
    let texts = sections.iter().map(|(text, targets)| {
        let targets: Vec<&str> = targets.iter().map(|target| target.name()).collect();
        let targets = targets.join(", ");
        match text.as_str() {
            "" => format!("{old} and {new} mean the same on {targets}\n"),
            text => {
                let title = format!("From {old} to {new} on {targets}:");
                format!("{}\n{text}", paint.bold(&title))
            }
        }
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// The differences on one target, without its name.
fn section(changes: &Changes, paint: Paint) -> String {
    let mut out = String::new();
    if changes.is_empty() {
        return out;
    }
    if let Some([old, new]) = &changes.abis {
        let names = |abis: &[Abi]| {
            let names: Vec<&str> = abis.iter().map(|abi| abi.name()).collect();
            names.join(", ")
        };
        out.push_str(&format!("\nABIs: {} -> {}\n", names(old), names(new)));
    }
    for other in &changes.others {
        let [old, new] = other.values.each_ref().map(|value| match value.as_str() {
            "" => String::from("none"),
            value => plain(value),
        });
        let looser = if other.is_looser {
            ", which is looser"
        } else {
            ""
        };
        out.push_str(&format!("\n{}: {old} -> {new}{looser}\n", other.name));
    }
    for (title, list) in [
        ("Looser", &changes.looser),
        ("Stricter", &changes.stricter),
        (
            "Different, but neither looser nor stricter",
            &changes.different,
        ),
    ] {
        if !list.is_empty() {
            out.push_str(&format!("\n{}\n", paint.bold(&format!("{title}:"))));
            out.push_str(&answers(list, changes.target, paint));
        }
    }
    out
}

/// Calls with the same two answers share a paragraph.
fn answers(list: &[Change], target: Abi, paint: Paint) -> String {
    let mut pairs: BTreeMap<[Action; 2], (Vec<&Change>, Vec<&Change>)> = BTreeMap::new();
    for change in list {
        let (always, sometimes) = pairs.entry(change.answers).or_default();
        match change.always {
            true => always.push(change),
            false => sometimes.push(change),
        }
    }
    let mut out = String::new();
    for ([old, new], (always, sometimes)) in pairs {
        let [old, new] = [old, new].map(|action| paint.action(action, &action.to_string()));
        let arrow = format!("  {old} -> {new}");
        if !always.is_empty() {
            out.push_str(&format!("{arrow}, whatever the arguments:\n"));
        }
        for calls in always.chunk_by(|one, other| one.abi == other.abi) {
            out.push_str(&wrapped(&prefix(calls[0], target), &names(calls)));
        }
        if !sometimes.is_empty() {
            out.push_str(&format!("{arrow}, for some arguments, such as:\n"));
        }
        for change in sometimes {
            let example = change.example().unwrap_or_default();
            let places = change.places.iter().flatten();
            let places: Vec<&str> = places.map(String::as_str).collect();
            let places = paint.dim(&places.join(", "));
            let line = format!("    {}{example}   {places}", prefix(change, target));
            out.push_str(&format!("{}\n", line.trim_end()));
        }
    }
    out
}

/// The ABI of a call, if it is not the target.
fn prefix(change: &Change, target: Abi) -> String {
    match change.abi {
        Some(abi) if abi != target => format!("{abi}: "),
        _ => String::new(),
    }
}

/// The names of calls. Where the default action changes, the calls without a rule are counted: they
/// are most of the table.
fn names(calls: &[&Change]) -> Vec<String> {
    let unruled = |change: &&&Change| change.places == [None, None] && change.what.is_call();
    let count = calls.iter().filter(unruled).count();
    let counted = count > MOST_UNRULED;
    let mut names: Vec<String> = Vec::new();
    for change in calls {
        // Numbers without a call are several intervals.
        let name = name(change);
        if !(counted && unruled(&change)) && (change.what.is_call() || !names.contains(&name)) {
            names.push(name);
        }
    }
    if counted {
        names.push(format!("({count} calls that no rule names)"));
    }
    names
}

fn name(change: &Change) -> String {
    let name = match (&change.what, change.abi) {
        (What::Call(name), _) => name,
        (What::Unknown(_), _) => "(numbers without a call)",
        (What::Every, Some(_)) => "(every call)",
        (What::Every, None) => "(every call of other ABIs)",
    };
    name.into()
}

/// Names in lines of a readable length.
fn wrapped(prefix: &str, names: &[String]) -> String {
    let mut out = String::new();
    let mut line = format!("    {prefix}");
    for (i, name) in names.iter().enumerate() {
        if i > 0 {
            line.push(',');
            if line.len() + name.len() + 2 > WIDEST {
                out.push_str(&format!("{line}\n"));
                line = "   ".into();
            }
            line.push(' ');
        }
        line.push_str(name);
    }
    out + &format!("{line}\n")
}
