//! `traps.txt` × the answers of scans → traps that a scan fell into.

use std::error::Error;
use std::fs;
use std::path::Path;

use crate::{compare, scan, trace};

/// What a line of `traps.txt` expects.
enum Expected<'a> {
    /// Every site is bounded, and these calls are among those of the whole.
    Resolved(Vec<&'a str>),
    /// These calls are among those of the whole, or it says that it is not complete.
    Sound(Vec<&'a str>),
    /// These words are in a warning or in a reason. What was seen may then be missing.
    Flagged(&'a str),
    /// Either every site that was seen is right, or the words are there.
    Either(&'a str),
}

/// Gives how many traps there are, and how many scans fell into theirs.
pub(crate) fn judge(command: &str, cache: &Path) -> Result<(usize, usize), Box<dyn Error>> {
    let text = fs::read_to_string("traps.txt")?;
    let (mut count, mut fallen) = (0, 0);
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let Some((name, expected)) = parse(line) else {
            return Err(format!("traps.txt: `{line}` is no line of a trap").into());
        };
        count += 1;
        let problems = one(command, cache, name, &expected)?;
        fallen += usize::from(!problems.is_empty());
        for problem in problems {
            println!("trap {name}: {problem}");
        }
    }
    Ok((count, fallen))
}

fn parse(line: &str) -> Option<(&str, Expected<'_>)> {
    let (name, rest) = line.split_once(char::is_whitespace)?;
    let (kind, words) = rest.trim().split_once(':')?;
    let words = words.trim();
    let expected = match kind {
        "resolved" => Expected::Resolved(words.split_whitespace().collect()),
        "sound" => Expected::Sound(words.split_whitespace().collect()),
        "flagged" if !words.is_empty() => Expected::Flagged(words),
        "either" if !words.is_empty() => Expected::Either(words),
        _ => return None,
    };
    Some((name, expected))
}

fn one(
    command: &str,
    cache: &Path,
    name: &str,
    expected: &Expected<'_>,
) -> Result<Vec<String>, Box<dyn Error>> {
    let file = cache.join("traps").join(name);
    let seen = trace::read(&cache.join("traps").join(format!("{name}.trace")))?;
    let file = file.to_str().ok_or("the path of the cache is no text")?;
    let run = match scan::run(command, file) {
        Ok(run) => run,
        Err(problem) => return Ok(vec![problem]),
    };
    let says = |words: &str| words.split('|').any(|words| run.answer.says(words.trim()));
    let missing = |name: &&str| {
        let known = run.answer.calls.values().any(|call| call == name);
        (!known).then(|| format!("missed: {name}"))
    };
    let mut problems = Vec::new();
    let told = match expected {
        Expected::Resolved(calls) => {
            if run.answer.unresolved() > 0 {
                problems.push("a site is not bounded, but could be".to_owned());
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
        Expected::Either(words) => says(words),
    };
    problems.extend(compare::compare(&run.answer, &seen, |_| told).problems);
    Ok(problems)
}
