//! Places in the profile's text → its lines, with marks under the places.

use seccomp_profile_compiler::error::Span;

use crate::paint::Paint;
use crate::phrase::plain;

/// The most characters that are shown of a line and of a mark: minified JSON is one long line.
const WIDEST: usize = 120;

/// A profile's text and its path.
pub(crate) struct Text<'t> {
    path: String,
    text: &'t str,
    /// Where lines end.
    ends: Vec<usize>,
}

/// A part of the text and the words to write under it.
pub(crate) struct Mark {
    pub(crate) span: Span,
    pub(crate) label: String,
}

impl<'t> Text<'t> {
    /// Takes a text, and the path of the file it was read from.
    pub(crate) fn new(path: &str, text: &'t str) -> Text<'t> {
        let path = plain(path);
        let ends = text.match_indices('\n').map(|(at, _)| at).collect();
        Text { path, text, ends }
    }

    /// The line that a span begins on, counted from 1.
    pub(crate) fn line(&self, span: Span) -> usize {
        self.ends.partition_point(|end| *end < span.start) + 1
    }

    /// `path:line:column`, which editors turn into a link.
    pub(crate) fn place(&self, span: Span) -> String {
        let column = self.before(span).chars().count() + 1;
        format!("{}:{}:{column}", self.path, self.line(span))
    }

    /// The line that a span begins on, up to the span.
    fn before(&self, span: Span) -> &'t str {
        let above = self.ends.get(self.line(span).wrapping_sub(2));
        let start = above.map_or(0, |end| end + 1);
        self.text.get(start..span.start).unwrap_or_default()
    }

    /// The lines of some marks, in the order of the text. Several lines of one mark are shown as
    /// one.
    pub(crate) fn snippet(&self, marks: &mut [Mark], paint: Paint) -> String {
        marks.sort_by_key(|mark| mark.span);
        let last = marks.last().map_or(1, |mark| self.line(mark.span));
        let width = last.to_string().len();
        let mut out = format!("   {:width$} {}\n", "", paint.dim("|"));
        let mut shown = None;
        for mark in marks {
            let (line, column, marked) = self.excerpt(mark.span);
            let number = self.line(mark.span);
            if shown.replace((number, line.clone())) != Some((number, line.clone())) {
                let gutter = paint.dim(&format!("{number:>width$} |"));
                out.push_str(&format!("   {gutter} {line}\n"));
            }
            let carets = format!("{:column$}{}", "", "^".repeat(marked.max(1)));
            let under = format!("{carets} {}", mark.label);
            let gutter = paint.dim("|");
            out.push_str(&format!("   {:width$} {gutter} {}\n", "", under.trim_end()));
        }
        out
    }

    /// The line around a span, the column the span has in it, and its length, all in characters.
    fn excerpt(&self, span: Span) -> (String, usize, usize) {
        let before = self.before(span);
        let rest = self.text.get(span.start..).unwrap_or_default();
        let length = span.end.saturating_sub(span.start);
        let (marked, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let joined: Vec<&str> = marked.split_whitespace().collect();
        let shown = |text: &str| plain(&text.replace('\t', "    "));
        let marked = if marked.contains('\n') {
            shown(&joined.join(" "))
        } else {
            shown(marked)
        };
        let behind = behind.lines().next().unwrap_or_default();
        let before = shown(before);
        let column = before.chars().count();
        let length = marked.chars().count().min(WIDEST);
        let whole = before + &marked + &shown(behind);
        let count = whole.chars().count();
        if count <= WIDEST {
            return (whole.trim_end().to_string(), column, length);
        }
        let from = column.saturating_sub(WIDEST / 4);
        let to = (from + WIDEST).max(column + length);
        let mut line = String::from(if from > 0 { "..." } else { "" });
        let column = line.len() + column - from;
        line.extend(whole.chars().skip(from).take(to - from));
        if to < count {
            line.push_str("...");
        }
        (line.trim_end().to_string(), column, length)
    }
}
