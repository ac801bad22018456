//! `limits.txt` → how much a scan may find and take.

use crate::scan::Run;

/// A line: the program, the library and the profile that it is for, then the limits. `*` is any.
pub(crate) struct Limit {
    names: [String; 3],
    calls: Option<usize>,
    unresolved: Option<usize>,
    seconds: Option<f64>,
    megabytes: Option<i64>,
}

pub(crate) fn read(text: &str) -> Result<Vec<Limit>, String> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| parse(line).ok_or_else(|| format!("`{line}` is no line of limits")))
        .collect()
}

fn parse(line: &str) -> Option<Limit> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [
        program,
        library,
        profile,
        calls,
        unresolved,
        seconds,
        megabytes,
    ] = words[..]
    else {
        return None;
    };
    Some(Limit {
        names: [program, library, profile].map(str::to_owned),
        calls: number(calls)?,
        unresolved: number(unresolved)?,
        seconds: number(seconds)?,
        megabytes: number(megabytes)?,
    })
}

/// `Some(None)` is no limit, `None` is no number.
fn number<T: std::str::FromStr>(word: &str) -> Option<Option<T>> {
    if word == "*" {
        return Some(None);
    }
    word.parse().ok().map(Some)
}

impl Limit {
    pub(crate) fn is_for(&self, row: &[&str]) -> bool {
        self.names
            .iter()
            .zip(row)
            .all(|(name, word)| name == "*" || name == word)
    }

    pub(crate) fn exceeded(&self, run: &Run) -> Vec<String> {
        let mut past = Vec::new();
        let (calls, unresolved) = (run.answer.calls.len(), run.answer.unresolved());
        if let Some(limit) = self.calls.filter(|&limit| calls > limit) {
            past.push(format!("too wide: {calls} calls, at most {limit}"));
        }
        if let Some(limit) = self.unresolved.filter(|&limit| unresolved > limit) {
            past.push(format!("unresolved: {unresolved} sites, at most {limit}"));
        } else if self.unresolved == Some(0) && !run.answer.complete {
            past.push("a warning says that calls can be missing".to_owned());
        }
        if let Some(limit) = self.seconds.filter(|&limit| run.seconds > limit) {
            past.push(format!("too slow: {:.2} s, at most {limit} s", run.seconds));
        }
        if let Some(limit) = self.megabytes.filter(|&limit| run.megabytes > limit) {
            past.push(format!(
                "too large: {} MB, at most {limit} MB",
                run.megabytes
            ));
        }
        past
    }
}
