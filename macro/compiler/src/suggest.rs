//! A word nobody knows → the words it may have been meant to be.

use crate::error::Error;

/// Returns the words nearest to `word`, best first, at most three, none that is far away.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    // A longer word may have more slips; case is the commonest of all.
    let limit = 1 + word.chars().count() / 4;
    let lower = word.to_lowercase();
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
        .map(|known| {
            let distance = match known.to_lowercase() {
                same if same == lower => 0,
                other => strsim::osa_distance(&lower, &other),
            };
            (distance, known)
        })
        .filter(|&(distance, _)| distance <= limit)
        .collect();
    near.sort_unstable();
    let best = near.first().map_or(0, |&(distance, _)| distance);
    near.into_iter().filter(|&(d, _)| d <= best + 1).take(3).map(|(_, known)| known).collect()
}

impl Error {
    /// Sets the label to a question with the words nearest to `word`, or to `otherwise`.
    pub(crate) fn did_you_mean<'a>(
        self,
        word: &str,
        known: impl IntoIterator<Item = &'a str>,
        otherwise: &str,
    ) -> Error {
        let near: Vec<String> =
            nearest(word, known).iter().map(|known| format!("`{known}`")).collect();
        match near.split_last() {
            None => self.label(otherwise),
            Some((last, [])) => self.label(format!("did you mean {last}?")),
            Some((last, rest)) => {
                self.label(format!("did you mean {} or {last}?", rest.join(", ")))
            }
        }
    }
}
