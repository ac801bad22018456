//! The profile of an invocation and all that it is composed with → their texts; errors and warnings
//! about these texts → errors and warnings at the tokens that name them.

use std::path::PathBuf;

use proc_macro2::{Span, TokenStream};
use seccomp_profile_compiler::error::{Error, Kind};
use seccomp_profile_compiler::profile::json;
use seccomp_profile_compiler::{Errors, Sources, groups};

use crate::inline::Inline;
use crate::invocation::{Invocation, Profile};
use crate::json::SERDE_JSON;
use crate::path::PathExpr;
use crate::report::{self, error_at};
use crate::source::{self, Source};

/// The texts of an invocation.
pub(crate) struct Input<'i> {
    /// The profile, if it is written in the invocation.
    inline: Option<&'i Inline>,
    /// The files, each with the span of its path. The first is the profile, unless it is inline.
    files: Vec<File>,
    /// The groups, each with the span of its name.
    groups: Vec<(String, Span)>,
    /// Makes rustc track the files.
    pub(crate) track: TokenStream,
}

struct File {
    name: String,
    text: String,
    span: Span,
    /// The path without links, to find a file that is named twice.
    path: PathBuf,
}

impl<'i> Input<'i> {
    /// Reads all files of an invocation.
    ///
    /// # Errors
    /// `not-found`, `unknown-group`, `repeated`, at the path or name; `too-large` and `syntax` for a
    /// file that is no text.
    pub(crate) fn read(invocation: &'i Invocation) -> syn::Result<Input<'i>> {
        let mut input = Input {
            inline: None,
            files: Vec::new(),
            groups: Vec::new(),
            track: TokenStream::new(),
        };
        match &invocation.profile {
            Profile::File(path) => input.file(path)?,
            Profile::Inline(inline) => input.inline = Some(inline),
        }
        for part in &invocation.with {
            match part.literal().filter(|word| groups::is_name(word)) {
                Some(name) => input.group(name, part.span())?,
                None => input.file(part)?,
            }
        }
        Ok(input)
    }

    fn file(&mut self, path: &PathExpr) -> syn::Result<()> {
        let source = source::read(path)?;
        let text = text(path, &source)?.to_string();
        if self.files.iter().any(|file| file.path == source.path) {
            let message = format!("`{}` is in this composition twice", source.display_path);
            let error = Error::nowhere(Kind::Repeated, message).label("remove one of the two");
            return Err(error_at(path.span(), &error));
        }
        self.track.extend(source.track);
        self.files.push(File {
            name: source.display_path,
            text,
            span: path.span(),
            path: source.path,
        });
        Ok(())
    }

    fn group(&mut self, name: String, span: Span) -> syn::Result<()> {
        let mut names: Vec<&str> = self.groups.iter().map(|(name, _)| name.as_str()).collect();
        names.push(&name);
        groups::named(&names).map_err(|error| error_at(span, &error))?;
        self.groups.push((name, span));
        Ok(())
    }

    /// Returns the texts.
    ///
    /// # Errors
    /// None after [`Input::read`], which has looked at the groups.
    pub(crate) fn sources(&self) -> syn::Result<Sources<'_>> {
        let mut files = self.files.iter();
        let mut text = || {
            files
                .next()
                .map(|file| (file.name.clone(), file.text.as_str()))
        };
        let first = match self.inline {
            Some(inline) => Some((String::from("the profile"), inline.text.as_str())),
            None => text(),
        };
        let names: Vec<&str> = self.groups.iter().map(|(name, _)| name.as_str()).collect();
        let others = std::iter::from_fn(text);
        let (name, text) = first.unwrap_or_default();
        Sources::read_by(SERDE_JSON, name, text)
            .with(others, &names)
            .map_err(|error| error_at(Span::call_site(), &error))
    }

    /// Returns all errors, each at the tokens that it is about.
    pub(crate) fn errors(&self, sources: &Sources<'_>, errors: &Errors) -> syn::Error {
        let texts = errors.render(sources).into_iter();
        let mut all: Vec<syn::Error> = errors
            .iter()
            .zip(texts)
            .flat_map(|(error, text)| self.error(sources, error, text))
            .collect();
        if let Some(inline) = self.inline {
            all.extend(inline.more_errors(errors));
        }
        report::all(all)
    }

    /// Returns an error at its tokens, and its second place if rustc can show it.
    fn error(&self, sources: &Sources<'_>, error: &Error, text: String) -> Vec<syn::Error> {
        let (span, token) = self.span(sources, error.span);
        let related = { error.related.as_deref() }
            .filter(|(place, _)| token || self.inline.is_some() && sources.index(*place) == 0);
        let Some((place, label)) = related else {
            let text = if token {
                report::text("error", error)
            } else {
                text
            };
            return vec![syn::Error::new(span, text)];
        };
        let mut alone = error.clone();
        alone.related = None;
        let text = if token {
            report::text("error", &alone)
        } else {
            alone.render(sources)
        };
        let (second, _) = self.span(sources, Some(*place));
        vec![syn::Error::new(span, text), syn::Error::new(second, label)]
    }

    /// Returns the span for a warning, and its text.
    pub(crate) fn warning(&self, sources: &Sources<'_>, warning: &Error) -> (Span, String) {
        match self.span(sources, warning.span) {
            (span, true) => (span, report::text("warning", warning)),
            (span, false) => (span, warning.render_warning(sources)),
        }
    }

    /// Returns the span for a place in the texts, and whether it is that of a token of the profile.
    fn span(
        &self,
        sources: &Sources<'_>,
        place: Option<seccomp_profile_compiler::error::Span>,
    ) -> (Span, bool) {
        let index = place.map_or(0, |place| sources.index(place));
        if let (Some(inline), 0) = (self.inline, index) {
            return (inline.span_at(place.unwrap_or_default()), true);
        }
        let file = self.files.get(index - usize::from(self.inline.is_some()));
        let group = || {
            let group = sources.iter().nth(index)?.group?;
            let mut named = self
                .groups
                .iter()
                .filter(|(name, _)| name == group.group.name);
            named.next().or(self.groups.first())
        };
        let span = file.map(|file| file.span).or_else(|| Some(group()?.1));
        (span.unwrap_or_else(Span::call_site), false)
    }
}

/// Returns the text of a file.
pub(crate) fn text<'a>(path: &PathExpr, source: &'a Source) -> syn::Result<&'a str> {
    json::text(&source.bytes).map_err(|error| {
        let sources = Sources::read_by(SERDE_JSON, &source.display_path, "");
        syn::Error::new(path.span(), error.render(&sources))
    })
}
