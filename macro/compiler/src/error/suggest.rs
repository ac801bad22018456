//! An unknown word → the known words that are most similar.

use crate::error::Error;
use crate::sorted;

/// The limit on the length of the word: known words are shorter, and the distance to each takes time
/// proportional to the length.
const LONGEST: usize = 64;

/// Returns the names of a table of values.
pub(crate) fn names<'a, T>(table: &[(&'a str, T)]) -> Vec<&'a str> {
    let mut names = Vec::with_capacity(table.len());
    for (name, _) in table {
        names.push(*name);
    }
    names
}

/// Returns at most three known words that are similar to `word`, the most similar first.
///
/// A prefix of all known words, such as `SCMP_ACT_`, is not compared, and `word` can lack it.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Vec<&'a str> {
    if word.len() > LONGEST {
        return Vec::new();
    }
    let shared = shared(known);
    let word = word.to_lowercase();
    let word = word.strip_prefix(&shared).unwrap_or(&word);
    // A longer word can have more typing errors. Case, the most common one, costs nothing.
    let limit = 1 + word.chars().count() / 4;
    let mut near: Vec<(usize, &str)> = Vec::new();
    for known in known {
        let tail = known.to_lowercase();
        let tail = tail.strip_prefix(&shared).unwrap_or(&tail);
        let longer = !shared.is_empty() && !tail.is_empty() && word.starts_with(tail);
        let distance = if longer && word != tail {
            1
        } else {
            distance(word, tail)
        };
        if distance <= limit {
            near.push((distance, known));
        }
    }
    sorted::sort(&mut near);
    let best = near.first().map_or(0, |&(distance, _)| distance);
    let far = if best == 0 { 0 } else { best + 1 };
    near.retain(|&(distance, _)| distance <= far);
    near.truncate(3);
    near.iter().map(|(_, known)| *known).collect()
}

/// Returns how many typing errors lie between two words: a letter that is missing, too much or wrong,
/// or two neighbours that are swapped (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut next = vec![i + 1];
        for j in 0..b.len() {
            let wrong = row[j] + usize::from(a[i] != b[j]);
            let mut least = wrong.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(above[j - 1] + 1);
            }
            next.push(least);
        }
        above = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

/// Returns the common prefix of several words, in lower case, up to an underscore.
fn shared(words: &[&str]) -> String {
    let [first, rest @ ..] = words else {
        return String::new();
    };
    let mut prefix = if rest.is_empty() { "" } else { *first };
    while let Some(at) = prefix.rfind('_') {
        let end = at + 1;
        if rest.iter().all(|word| word.starts_with(&prefix[..end])) {
            return prefix[..end].to_lowercase();
        }
        prefix = &prefix[..at];
    }
    String::new()
}

impl Error {
    /// Sets the label to a question with the words nearest to `word`, or to `otherwise`.
    pub(crate) fn did_you_mean(self, word: &str, known: &[&str], otherwise: &str) -> Error {
        self.near(&nearest(word, known), otherwise)
    }

    fn near(self, near: &[&str], otherwise: &str) -> Error {
        let near: Vec<String> = near.iter().map(|known| format!("`{known}`")).collect();
        match near.split_last() {
            None => self.label(otherwise),
            Some((last, [])) => self.label(format!("did you mean {last}?")),
            Some((last, rest)) => {
                self.label(format!("did you mean {} or {last}?", rest.join(", ")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_counted() {
        for (a, b, errors) in [
            ("", "", 0),
            ("", "abc", 3),
            ("read", "read", 0),
            ("raed", "read", 1),
            ("opn", "open", 1),
            ("wirte", "write", 1),
            ("kitten", "sitting", 3),
            ("ca", "abc", 3),
        ] {
            assert_eq!(distance(a, b), errors, "{a} {b}");
            assert_eq!(distance(b, a), errors, "{b} {a}");
        }
    }
}
