//! The calls of a trace that a profile does not let run → text: what gets one answer stands together.

use std::collections::BTreeMap;

use super::tally::{Count, Key};
use crate::inspect::phrase::plain;

/// The widest line of names.
const WIDEST: usize = 100;

/// The longest text of a call.
const LONGEST: usize = 120;

/// How many calls with other arguments are shown of one call.
const EXAMPLES: usize = 3;

/// Calls of one name with one answer, the most frequent first.
type Same<'r> = Vec<(&'r Key, &'r Count)>;

/// Writes the calls. They are sorted, the most frequent first.
pub(super) fn text(
    calls: &[(&Key, &Count)],
    name: impl Fn(&Key) -> String,
    answers: impl Fn(&Key) -> Vec<String>,
) -> String {
    let mut groups: Vec<(Vec<String>, Vec<Same<'_>>)> = Vec::new();
    let mut places: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for call in calls {
        let lines = answers(call.0);
        let at = *places.entry(lines.clone()).or_insert(groups.len());
        if at == groups.len() {
            groups.push((lines, Vec::new()));
        }
        let names = &mut groups[at].1;
        let same = |known: &&mut Same<'_>| {
            let key = known[0].0;
            (key.arch, key.nr) == (call.0.arch, call.0.nr)
        };
        match names.iter_mut().find(same) {
            Some(known) => known.push(*call),
            None => names.push(vec![*call]),
        }
    }
    let total = |same: &Same<'_>| same.iter().map(|(_, count)| count.count()).sum::<u64>();
    let mut out = String::new();
    for (lines, mut names) in groups {
        names.sort_by_key(|same| std::cmp::Reverse(total(same)));
        for line in lines {
            out.push_str(&format!("  {line}\n"));
        }
        // The answer does not depend on arguments: the number and the name say all.
        let (plain, tested): (Vec<_>, Vec<_>) = { names.into_iter() }
            .partition(|same| same.iter().all(|(key, _)| key.tested.is_empty()));
        let plain = plain
            .iter()
            .map(|same| format!("{} {}", total(same), name(same[0].0)));
        for line in wrapped(plain) {
            out.push_str(&format!("    {line}\n"));
        }
        for same in tested {
            let indent = match same.len() {
                1 => "",
                _ => {
                    out.push_str(&format!("    {} {}\n", total(&same), name(same[0].0)));
                    "  "
                }
            };
            for (_, count) in same.iter().take(EXAMPLES) {
                let text = count.text.as_deref().unwrap_or_default();
                let text = cut(&self::plain(text));
                out.push_str(&format!("    {indent}{} {text}\n", count.count()));
            }
            if same.len() > EXAMPLES {
                let rest = same.len() - EXAMPLES;
                out.push_str(&format!("      and {rest} with other arguments\n"));
            }
        }
    }
    out
}

/// Puts words into lines, with commas.
fn wrapped(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() + 8 <= WIDEST => {
                line.push_str(", ");
                line.push_str(&word);
            }
            Some(line) => {
                line.push(',');
                lines.push(word);
            }
            None => lines.push(word),
        }
    }
    lines
}

/// Shortens the text of a call.
pub(super) fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_string();
    }
    let start: String = text.chars().take(LONGEST).collect();
    start + "..."
}
