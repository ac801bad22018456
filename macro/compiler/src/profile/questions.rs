//! Rules that depend on capabilities or the kernel version, which the invocation does not specify →
//! one error.

use std::fmt::Write as _;

use crate::error::{Error, Kind, Span};
use crate::linux::capability::Capability;
use crate::sorted;

/// What rules depend on and the options of the invocation do not specify.
#[derive(Default)]
pub(crate) struct Questions {
    /// The places where rules depend on capabilities.
    capabilities: Vec<Span>,
    /// The capabilities at these places.
    named: Vec<Capability>,
    /// The places where rules depend on the kernel version.
    kernel: Vec<Span>,
}

impl Questions {
    /// Records a rule that depends on capabilities.
    pub(crate) fn capabilities(&mut self, span: Span, named: impl Iterator<Item = Capability>) {
        self.capabilities.push(span);
        self.named.extend(named);
    }

    /// Records a rule that depends on the kernel version.
    pub(crate) fn kernel(&mut self, span: Span) {
        self.kernel.push(span);
    }

    /// Returns one error for all recorded rules of a text, whose first byte has the offset `base`.
    pub(crate) fn unanswered(&self, text: &str, base: usize) -> Option<Error> {
        let first = |spans: &[Span], label| spans.first().map(|span| (*span, label));
        let caps = first(&self.capabilities, "depends on capabilities");
        let version = first(&self.kernel, "depends on the kernel version");
        let mut places: Vec<(Span, &str)> = Vec::new();
        places.extend(caps);
        places.extend(version);
        sorted::sort(&mut places);
        let ((span, label), others) = places.split_first()?;
        let message = match (caps, version) {
            (Some(_), None) => {
                "some rules depend on capabilities: add `capabilities = […]` to the invocation"
            }
            (None, Some(_)) => {
                "some rules depend on the kernel version: add `kernel = \"…\"` to the invocation"
            }
            _ => {
                "some rules depend on capabilities and the kernel version: add `capabilities = […]` and `kernel = \"…\"` to the invocation"
            }
        };
        let mut error = Error::new(Kind::NeedsContext, *span, message).label(*label);
        if let Some((span, label)) = others.first() {
            error = error.related(*span, *label);
        }
        if caps.is_some() {
            let mut named = self.named.clone();
            sorted::sort_unique(&mut named);
            let names = named.iter().map(|capability| capability.name());
            let (names, lines) = (few(names), lines(text, base, &self.capabilities));
            error = error.note(format!(
                "`capabilities` lists every capability that the process can ever have, `[]` if none: {lines} on {names}"
            ));
        }
        if version.is_some() {
            let lines = lines(text, base, &self.kernel);
            error = error.note(format!(
                "`kernel` is the oldest Linux that the program supports, such as `kernel = \"5.10\"`: {lines} on it"
            ));
        }
        Some(error)
    }
}

/// Returns the lines of some places as text: `lines 3, 7 depend`.
fn lines(text: &str, base: usize, spans: &[Span]) -> String {
    let mut lines: Vec<usize> = spans
        .iter()
        .map(|span| text[..span.start - base].matches('\n').count() + 1)
        .collect();
    lines.dedup();
    let noun = if lines.len() == 1 { "line" } else { "lines" };
    let verb = if lines.len() == 1 {
        "depends"
    } else {
        "depend"
    };
    format!("{noun} {} {verb}", few(lines.iter().map(usize::to_string)))
}

/// Returns the first few words as text, and the number of the others.
fn few<T: AsRef<str>>(words: impl ExactSizeIterator<Item = T>) -> String {
    const SHOWN: usize = 8;
    let more = words.len().saturating_sub(SHOWN);
    let shown: Vec<T> = words.take(SHOWN).collect();
    let shown: Vec<&str> = shown.iter().map(T::as_ref).collect();
    let mut text = shown.join(", ");
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    text
}
