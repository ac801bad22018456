//! Places in the texts of a profile → its lines, with marks under the places.

use seccomp_profile_compiler::Sources;
use seccomp_profile_compiler::error::Span;

use super::phrase::plain;
use crate::paint::Paint;

/// The most characters that are shown of a line and of a mark: minified JSON is one long line.
const WIDEST: usize = 120;

/// The texts of a composition, with their paths.
pub(crate) struct Text<'t> {
    sources: &'t Sources<'t>,
    /// Where the lines of each text end.
    ends: Vec<Vec<usize>>,
}

/// A part of a text and the words to write under it.
pub(crate) struct Mark {
    pub(crate) span: Span,
    pub(crate) label: String,
}

impl<'t> Text<'t> {
    pub(crate) fn new(sources: &'t Sources<'t>) -> Text<'t> {
        let ends = |text: &str| text.match_indices('\n').map(|(at, _)| at).collect();
        let ends = sources.iter().map(|source| ends(source.text)).collect();
        Text { sources, ends }
    }

    /// The line that a span begins on, counted from 1.
    fn line(&self, span: Span) -> usize {
        let ends = &self.ends[self.sources.index(span)];
        let span = self.sources.find(span).1;
        ends.partition_point(|end| *end < span.start) + 1
    }

    /// The line that a span begins on; of another text than the first, with its name.
    pub(crate) fn short(&self, span: Span) -> String {
        let source = self.sources.find(span).0;
        let line = self.line(span);
        match &source.group {
            _ if self.sources.index(span) == 0 => line.to_string(),
            Some(of) => format!("{}:{line}", of.group.name),
            None => format!("{}:{line}", plain(&source.name)),
        }
    }

    /// `path:line:column`, which editors turn into a link.
    pub(crate) fn place(&self, span: Span) -> String {
        let column = self.before(span).chars().count() + 1;
        let path = plain(&self.sources.find(span).0.name);
        format!("{path}:{}:{column}", self.line(span))
    }

    /// The line that a span begins on, up to the span.
    fn before(&self, span: Span) -> &'t str {
        let above = self.ends[self.sources.index(span)].get(self.line(span).wrapping_sub(2));
        let start = above.map_or(0, |end| end + 1);
        let (source, span) = self.sources.find(span);
        source.text.get(start..span.start).unwrap_or_default()
    }

    /// The lines of some marks of one text, in its order. Several lines of one mark are shown as
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
        let (source, span) = self.sources.find(span);
        let rest = source.text.get(span.start..).unwrap_or_default();
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
