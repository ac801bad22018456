//! Errors → text in the style of rustc: the place, the message, the lines with carets.

use std::fmt::Write as _;

use crate::error::{Error, Errors, Span};
use crate::source::Sources;

impl Error {
    /// Returns the error as text, in the style of rustc, with the affected lines of the profile.
    ///
    /// The first line is `path:line:column: error[kind]: message`, which editors show as a link;
    /// columns count characters from 1.
    pub fn render(&self, sources: &Sources<'_>) -> String {
        self.render_as("error", sources)
    }

    /// Returns a lint as text, like [`render`](Error::render), with `warning[kind]`.
    pub fn render_warning(&self, sources: &Sources<'_>) -> String {
        self.render_as("warning", sources)
    }

    fn render_as(&self, level: &str, sources: &Sources<'_>) -> String {
        let main = { self.span }.map_or(sources.first(), |span| sources.find(span).0);
        let mut out = main.name.clone();
        if let Some(span) = self.span {
            let place = Place::of(span, sources);
            let _ = write!(out, ":{}:{}", place.line, place.column);
        }
        let message = plain(&self.message, MOST_MESSAGE);
        let _ = write!(out, ": {level}[{}]: {message}", self.kind.name());
        let mut places: Vec<(Place<'_>, &str)> = Vec::new();
        if let Some(span) = self.span {
            places.push((Place::of(span, sources), &self.label));
        }
        if let Some(related) = &self.related {
            places.push((Place::of(related.0, sources), &related.1));
        }
        let width = places
            .iter()
            .map(|(place, _)| place.line.to_string().len())
            .max()
            .unwrap_or(1);
        let gutter = " ".repeat(width);
        for (place, label) in &places {
            if place.file != main.name {
                let _ = write!(
                    out,
                    "\n{gutter}::: {}:{}:{}",
                    place.file, place.line, place.column
                );
            }
            place.snippet(label, width, &mut out);
        }
        if !places.is_empty() && (!self.path.is_empty() || !self.notes.is_empty()) {
            let _ = write!(out, "\n{gutter} |");
        }
        let mut note = |text: &str| {
            let _ = write!(out, "\n{gutter} = {}", plain(text, usize::MAX));
        };
        // Without a snippet there are no carets for the label.
        if self.span.is_none() && !self.label.is_empty() {
            note(&self.label);
        }
        if !self.path.is_empty() {
            note(&format!("in `{}`", self.path));
        }
        for text in &self.notes {
            note(text);
        }
        out
    }
}

impl Errors {
    /// Returns one text for each of the first [`SHOWN`](Errors::SHOWN) errors; the last text reports
    /// how many errors follow.
    pub fn render(&self, sources: &Sources<'_>) -> Vec<String> {
        let mut texts: Vec<String> = self
            .list
            .iter()
            .take(Errors::SHOWN)
            .map(|error| error.render(sources))
            .collect();
        let hidden = self.list.len().saturating_sub(Errors::SHOWN);
        if let (Some(last), 1..) = (texts.last_mut(), hidden) {
            let more = if self.is_full() { "at least " } else { "" };
            let _ = write!(
                last,
                "\nand {more}{hidden} more errors in {}",
                sources.first().name
            );
        }
        texts
    }
}

/// A span as line and columns.
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    text: &'a str,
    /// The line before the span, and the part of the span on this line.
    before: &'a str,
    marked: &'a str,
}

impl<'a> Place<'a> {
    fn of(span: Span, sources: &'a Sources<'_>) -> Place<'a> {
        let (source, span) = sources.find(span);
        let text = source.text;
        let start = floor(text, span.start);
        let end = floor(text, span.end).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = text[line_start..line_end].trim_end_matches('\r');
        let line_end = (line_start + line.len()).max(start);
        Place {
            file: &source.name,
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            text: line,
            before: &text[line_start..start],
            marked: &text[start..end.min(line_end)],
        }
    }

    /// Appends the line, with carets under the marked part. Tabs are kept, so that a terminal aligns
    /// the carets with the text.
    fn snippet(&self, label: &str, width: usize, out: &mut String) {
        let (from, line) = self.window();
        let gutter = " ".repeat(width);
        let pad: String = self
            .before
            .chars()
            .skip(from)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let carets = "^".repeat(self.marked.chars().count().clamp(1, Place::WIDEST));
        let pad = if from == 0 { pad } else { format!("   {pad}") };
        let number = self.line;
        let _ = write!(
            out,
            "\n{gutter} |\n{number:>width$} | {line}\n{gutter} | {pad}{carets}"
        );
        if !label.is_empty() {
            let _ = write!(out, " {}", plain(label, MOST_MESSAGE));
        }
    }

    /// The limit on carets, and half the limit on characters of a shown line.
    const WIDEST: usize = 60;

    /// Returns the part of the line to show, and the index of its first character. Minified JSON has
    /// one line of thousands of columns.
    fn window(&self) -> (usize, String) {
        let length = self.text.chars().count();
        if length <= 2 * Place::WIDEST {
            return (0, printable(self.text.chars()));
        }
        let from = self
            .before
            .chars()
            .count()
            .saturating_sub(Place::WIDEST / 2);
        let mut line = String::from(if from == 0 { "" } else { "..." });
        line.push_str(&printable(
            self.text.chars().skip(from).take(2 * Place::WIDEST),
        ));
        if from + 2 * Place::WIDEST < length {
            line.push_str("...");
        }
        (from, line)
    }
}

/// How many characters of a message are shown: a name in a profile can be any text.
const MOST_MESSAGE: usize = 300;

/// Escapes a message, because it can contain text of the profile: no new lines and no terminal
/// control sequences.
fn plain(message: &str, most: usize) -> String {
    let mut out = String::with_capacity(message.len().min(most));
    for (count, c) in message.chars().enumerate() {
        if count == most {
            out.push_str("...");
            break;
        }
        if misleads(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Replaces unsafe characters of a line by one character each, so that columns do not move.
fn printable(chars: impl Iterator<Item = char>) -> String {
    let shown = |c: char| {
        if misleads(c) && c != '\t' {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    chars.map(shown).collect()
}

/// Returns whether a character moves the cursor or changes the direction of text.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn a_profile_cannot_write_to_the_terminal() {
        let text = "[\"a\u{202e}b\"]";
        let span = Span { start: 1, end: 8 };
        let message = format!(
            "unknown `x\n/etc/passwd:1:1: error\u{1b}[2J`{}",
            "y".repeat(1000)
        );
        let error = Error::new(Kind::UnknownSyscall, span, message).note("a\u{7}b");
        let rendered = error.render(&Sources::one("p.json", text));
        assert!(
            rendered.chars().all(|c| c == '\n' || !misleads(c)),
            "{rendered}"
        );
        let first = rendered.lines().next().unwrap();
        assert!(
            first.starts_with("p.json:1:2: error[unknown-syscall]: unknown `x\\n/etc"),
            "{first}"
        );
        assert!(first.ends_with("y..."), "{first}");
    }
}
