//! An inline profile: its tokens → the text of the profile, and a map from each place in the text
//! to the span of a token, for errors.
//!
//! *Place* is a position in the text of the profile, *span* a position in Rust code.

use std::fmt::Write as _;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use seccomp_profile_compiler::Errors;
use seccomp_profile_compiler::error;

/// A profile that is written in the invocation.
pub(crate) struct Inline {
    pub(crate) text: String,
    /// Where each token starts in the text, and its span; sorted.
    starts: Vec<(usize, Span)>,
}

impl Inline {
    /// Writes the tokens as text. All tokens of JSON are also tokens of Rust. A string with an
    /// escape of only one of the two languages is an error, of rustc or of the compiler.
    pub(crate) fn new(object: Group) -> Inline {
        let mut inline = Inline {
            text: String::new(),
            starts: Vec::new(),
        };
        inline.write(TokenStream::from(TokenTree::Group(object)));
        inline
    }

    fn write(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::Parenthesis => ("(", ")"),
                        // A fragment that another macro passed on.
                        Delimiter::None => ("", ""),
                    };
                    self.word(open, group.span_open());
                    self.write(group.stream());
                    self.word(close, group.span_close());
                }
                // JSON allows no space between a sign and its number.
                TokenTree::Punct(sign) if sign.as_char() == '-' => {
                    self.starts.push((self.text.len(), sign.span()));
                    self.text.push('-');
                }
                token => self.word(&token.to_string(), token.span()),
            }
        }
    }

    fn word(&mut self, word: &str, span: Span) {
        self.starts.push((self.text.len(), span));
        let _ = write!(self.text, "{word} ");
    }

    /// Returns the span of the token at a place.
    pub(crate) fn span_at(&self, place: error::Span) -> Span {
        let after = self
            .starts
            .partition_point(|(start, _)| *start <= place.start);
        let at = self.starts.get(after.saturating_sub(1));
        at.map_or_else(Span::call_site, |(_, span)| *span)
    }

    /// Returns an error that counts the errors that are not shown, if there are some.
    pub(crate) fn more_errors(&self, errors: &Errors) -> Option<syn::Error> {
        let hidden = errors.iter().len().saturating_sub(Errors::SHOWN);
        (hidden > 0).then(|| {
            let message = format!("and at least {hidden} more errors in this profile");
            syn::Error::new(self.span_at(error::Span::default()), message)
        })
    }
}
