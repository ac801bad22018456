//! The texts that one profile is made of: the profile, other profiles it is composed with, and
//! groups.
//!
//! Every text has a range of offsets of its own, so a [`Span`] is a place in exactly one of them.

use crate::error::{Error, Span};
use crate::groups::{self, Group};
use crate::profile::json::Json;
#[cfg(feature = "serde_json")]
use crate::profile::json::SERDE_JSON;

/// The texts of one composition, in the order of their precedence; groups are the last.
#[derive(Clone, Debug)]
pub struct Sources<'a> {
    json: Json,
    list: Vec<Source<'a>>,
}

/// One text of a composition.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// The name in messages: a path, or the name of a group.
    pub name: String,
    /// The JSON.
    pub text: &'a str,
    /// What reads it.
    pub json: Json,
    /// The group, if it is one.
    pub group: Option<Requested>,
    /// The offset of the text's first byte in spans.
    start: usize,
}

/// A group that a composition contains.
#[derive(Clone, Copy, Debug)]
pub struct Requested {
    /// The group.
    pub group: &'static Group,
    /// Whether the invocation names it. Otherwise another group builds on it.
    pub by_name: bool,
}

impl<'a> Sources<'a> {
    /// Returns a composition of one profile, which serde_json reads.
    #[cfg(feature = "serde_json")]
    pub fn one(name: impl Into<String>, text: &'a str) -> Sources<'a> {
        Sources::read_by(SERDE_JSON, name, text)
    }

    /// Returns a composition of one profile, which this JSON library reads.
    pub fn read_by(json: Json, name: impl Into<String>, text: &'a str) -> Sources<'a> {
        let list = Vec::new();
        let mut sources = Sources { json, list };
        sources.push(name.into(), text, None);
        sources
    }

    /// Returns a composition of a profile with others and with groups, which serde_json reads; see
    /// [`with`](Sources::with).
    ///
    /// # Errors
    /// As [`with`](Sources::with).
    #[cfg(feature = "serde_json")]
    pub fn compose(
        profile: (impl Into<String>, &'a str),
        others: impl IntoIterator<Item = (String, &'a str)>,
        groups: &[&str],
    ) -> Result<Sources<'a>, Error> {
        Sources::one(profile.0, profile.1).with(others, groups)
    }

    /// Adds profiles and groups. Of several profiles that name a call, the first decides it; groups
    /// decide the calls that no profile names.
    ///
    /// # Errors
    /// `unknown-group`; `repeated` if a group is named twice. Whether two paths name the same file
    /// is for the caller to check.
    pub fn with(
        mut self,
        others: impl IntoIterator<Item = (String, &'a str)>,
        groups: &[&str],
    ) -> Result<Sources<'a>, Error> {
        for (name, text) in others {
            self.push(name, text, None);
        }
        for group in groups::named(groups)? {
            let by_name = groups.contains(&group.name);
            let name = format!("group `{}`", group.name);
            self.push(name, group.text, Some(Requested { group, by_name }));
        }
        Ok(self)
    }

    fn push(&mut self, name: String, text: &'a str, group: Option<Requested>) {
        // One more than the length: a place after the last byte is not the next text's first.
        let start = self.list.last().map_or(0, Source::end);
        self.list.push(Source {
            name,
            text,
            json: self.json,
            group,
            start,
        });
    }

    /// Returns the texts.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Source<'a>> {
        self.list.iter()
    }

    /// Returns the index of the text that contains a place.
    pub fn index(&self, span: Span) -> usize {
        let after = { &self.list }.partition_point(|source| source.start <= span.start);
        after.saturating_sub(1)
    }

    /// Returns the text that contains a place, and the place in this text.
    pub fn find(&self, span: Span) -> (&Source<'a>, Span) {
        let source = &self.list[self.index(span)];
        let local = |offset: usize| offset.saturating_sub(source.start);
        let span = Span {
            start: local(span.start),
            end: local(span.end),
        };
        (source, span)
    }

    /// Returns the first text, the profile that others extend.
    pub fn first(&self) -> &Source<'a> {
        &self.list[0]
    }
}

impl Source<'_> {
    /// The offset of the text's first byte in spans.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    fn end(&self) -> usize {
        self.start + self.text.len() + 1
    }
}

#[cfg(all(test, feature = "serde_json"))]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_in_one_text() {
        let others = [("b".into(), ""), ("c".into(), "12")];
        let sources = Sources::compose(("a", "123"), others, &[]).unwrap();
        let found = |start| {
            let (source, span) = sources.find(Span { start, end: start });
            (source.name.as_str(), span.start)
        };
        let all: Vec<_> = (0..8).map(found).collect();
        let wanted = [
            ("a", 0),
            ("a", 1),
            ("a", 2),
            ("a", 3),
            ("b", 0),
            ("c", 0),
            ("c", 1),
            ("c", 2),
        ];
        assert_eq!(all, wanted);
    }
}
