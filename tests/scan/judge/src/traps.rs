//! `traps.txt` × the answers of scans → traps that a scan fell into.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use crate::{compare, scan, trace};

/// What a line of `traps.txt` expects.
enum Expected<'a> {
    /// The answer is complete, and these calls are among those of the whole.
    Resolved(Vec<&'a str>),
    /// These calls are among those of the whole, or it says that it is not complete.
    Sound(Vec<&'a str>),
    /// These words are in a warning or in a reason. What was seen may then be missing.
    Flagged(&'a str),
    /// These words are in an assumption.
    Assumed(&'a str),
    /// Either every site that was seen is right, or the words are in a warning, a reason or an
    /// assumption.
    Either(&'a str),
}

/// Gives how many traps were tried, and how many scans fell into theirs.
pub(crate) fn judge(command: &str, cache: &Path) -> Result<(usize, usize), Box<dyn Error>> {
    let text = fs::read_to_string("traps.txt")?;
    let mut traps = BTreeMap::new();
    for line in text.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let trap =
            parse(line).ok_or_else(|| format!("traps.txt: `{line}` is no line of a trap"))?;
        traps.insert(trap.0, trap.1);
    }
    let rows = fs::read_to_string(cache.join("traps.rows"))?;
    let mut fallen = 0;
    for row in rows.lines() {
        let (name, file) = row.split_once('\t').ok_or("a row of a trap has no file")?;
        let expected = traps.get(name).ok_or("a trap has no line in traps.txt")?;
        let problems = one(command, file, expected)?;
        fallen += usize::from(!problems.is_empty());
        // The folder says how it was built.
        let built = file
            .strip_suffix(name)
            .and_then(|folder| folder.rsplit('/').nth(1));
        let built = built.unwrap_or_default();
        crate::show(&format!("{built}/{name}: "), &problems);
    }
    Ok((rows.lines().count(), fallen))
}

fn parse(line: &str) -> Option<(&str, Expected<'_>)> {
    let (name, rest) = line.split_once(char::is_whitespace)?;
    let (kind, words) = rest.trim().split_once(':')?;
    let words = words.trim();
    let expected = match kind {
        "resolved" => Expected::Resolved(words.split_whitespace().collect()),
        "sound" => Expected::Sound(words.split_whitespace().collect()),
        "flagged" if !words.is_empty() => Expected::Flagged(words),
        "assumed" if !words.is_empty() => Expected::Assumed(words),
        "either" if !words.is_empty() => Expected::Either(words),
        _ => return None,
    };
    Some((name, expected))
}

fn one(command: &str, file: &str, expected: &Expected<'_>) -> Result<Vec<String>, Box<dyn Error>> {
    let seen = trace::read(Path::new(&format!("{file}.trace")))?;
    let run = match scan::run(command, file) {
        Ok(run) => run,
        Err(problem) => return Ok(vec![problem]),
    };
    let says = |words: &str| words.split('|').any(|words| run.answer.says(words.trim()));
    let assumes = |words: &str| {
        words
            .split('|')
            .any(|words| run.answer.assumes(words.trim()))
    };
    let missing = |name: &&str| {
        let known = run.answer.calls.values().any(|call| call == name);
        (!known).then(|| format!("missed: {name}"))
    };
    let mut problems = Vec::new();
    let told = match expected {
        Expected::Resolved(calls) => {
            if !run.answer.complete {
                problems.push("it is not complete, but could be".to_owned());
            }
            problems.extend(calls.iter().filter_map(missing));
            false
        }
        Expected::Sound(calls) => {
            if run.answer.complete {
                problems.extend(calls.iter().filter_map(missing));
            }
            false
        }
        Expected::Flagged(words) => {
            if !says(words) {
                problems.push(format!("not flagged: nothing says `{words}`"));
            }
            true
        }
        Expected::Assumed(words) => {
            if !assumes(words) {
                problems.push(format!("not told: no assumption says `{words}`"));
            }
            false
        }
        Expected::Either(words) => says(words) || assumes(words),
    };
    problems.extend(compare::compare(&run.answer, &seen, |_| told).problems);
    Ok(problems)
}
