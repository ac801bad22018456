//! What the conditions of a profile's rules depend on and the invocation does not say, in one error.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::error::{Error, Kind, Span};
use crate::linux::capability::Capability;

/// The conditions of rules that the options of the invocation do not decide.
#[derive(Default)]
pub(crate) struct Questions {
    /// Where rules depend on capabilities.
    capabilities: Vec<Span>,
    /// The capabilities that they name.
    named: BTreeSet<Capability>,
    /// Where rules depend on the kernel's version.
    kernel: Vec<Span>,
}

impl Questions {
    /// Records a rule that depends on capabilities.
    pub(crate) fn capabilities(&mut self, span: Span, named: impl Iterator<Item = Capability>) {
        self.capabilities.push(span);
        self.named.extend(named);
    }

    /// Records a rule that depends on the kernel's version.
    pub(crate) fn kernel(&mut self, span: Span) {
        self.kernel.push(span);
    }

    /// Returns one error for all recorded conditions.
    pub(crate) fn unanswered(&self, text: &str) -> Option<Error> {
        let first = |spans: &[Span], label| spans.first().map(|span| (*span, label));
        let caps = first(&self.capabilities, "asks for capabilities");
        let version = first(&self.kernel, "asks for the kernel's version");
        let mut places: Vec<(Span, &str)> = caps.into_iter().chain(version).collect();
        places.sort_unstable();
        let ((span, label), others) = places.split_first()?;
        let message = match (caps, version) {
            (Some(_), None) => "which rules hold depends on capabilities: say `capabilities = […]`",
            (None, Some(_)) => "which rules hold depends on the kernel: say `kernel = \"…\"`",
            _ => {
                "which rules hold depends on capabilities and the kernel: say `capabilities = […]` and `kernel = \"…\"`"
            }
        };
        let mut error = Error::new(Kind::NeedsContext, *span, message).label(*label);
        if let Some((span, label)) = others.first() {
            error = error.related(*span, *label);
        }
        if caps.is_some() {
            let names = self.named.iter().map(|capability| capability.name());
            let (names, lines) = (few(names), lines(text, &self.capabilities));
            error = error.note(format!(
                "`capabilities` are those the process may come to hold, `[]` if none: {lines} for {names}"
            ));
        }
        if version.is_some() {
            let lines = lines(text, &self.kernel);
            error = error.note(format!(
                "`kernel` is the oldest Linux to run on, `kernel = \"5.10\"`: {lines}"
            ));
        }
        Some(error)
    }
}

/// The lines of some places, as words.
fn lines(text: &str, spans: &[Span]) -> String {
    let mut lines: Vec<usize> = spans
        .iter()
        .map(|span| text[..span.start].matches('\n').count() + 1)
        .collect();
    lines.dedup();
    let noun = if lines.len() == 1 { "line" } else { "lines" };
    let verb = if lines.len() == 1 { "asks" } else { "ask" };
    format!("{noun} {} {verb}", few(lines.iter().map(usize::to_string)))
}

/// The first of some words, and how many there are besides.
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
