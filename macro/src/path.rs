//! The path of a file: an expression → its value, and the same expression as tokens.

use std::env::VarError;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use seccomp_profile_compiler::error::{Error, Kind};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Result};
use syn::punctuated::Punctuated;
use syn::token::Paren;
use syn::{Ident, LitStr, Token};

use crate::report::error_at;

/// An expression for a path.
pub(crate) enum PathExpr {
    Literal(LitStr),
    /// `env!("VAR")`
    Env(LitStr),
    /// `concat!(…)` and its span.
    Concat(Vec<PathExpr>, Span),
}

impl Parse for PathExpr {
    fn parse(input: ParseStream<'_>) -> Result<PathExpr> {
        let begin = input.fork();
        let expected = || {
            begin.error(
                "expected a path (a string, `env!(\"VAR\")`, or `concat!(…)` of these) or a profile \
                 in braces",
            )
        };
        if input.peek(LitStr) {
            return Ok(PathExpr::Literal(input.parse()?));
        }
        // Macros that generate the invocation write `::core::env!`.
        input.parse::<Option<Token![::]>>()?;
        let mut name = input.call(Ident::parse_any).map_err(|_| expected())?;
        while input.parse::<Option<Token![::]>>()?.is_some() {
            name = input.call(Ident::parse_any)?;
        }
        if input.parse::<Option<Token![!]>>()?.is_none() || !input.peek(Paren) {
            return Err(expected());
        }
        let content;
        syn::parenthesized!(content in input);
        let path = if name == "env" {
            let path = PathExpr::Env(content.parse()?);
            content.parse::<Option<Token![,]>>()?;
            path
        } else if name == "concat" {
            let parts = Punctuated::<PathExpr, Token![,]>::parse_terminated(&content)?;
            PathExpr::Concat(parts.into_iter().collect(), name.span())
        } else {
            return Err(expected());
        };
        if !content.is_empty() {
            return Err(content.error("expected only the name of the variable in `env!(…)`"));
        }
        Ok(path)
    }
}

impl PathExpr {
    /// Returns the value of the expression. It is the same as in rustc, which tracks the file.
    pub(crate) fn evaluate(&self) -> Result<String> {
        match self {
            PathExpr::Literal(path) => Ok(path.value()),
            PathExpr::Env(name) => std::env::var(name.value()).map_err(|error| {
                let wrong = match error {
                    VarError::NotPresent => "is not set",
                    VarError::NotUnicode(_) => "is not UTF-8",
                };
                let message = format!(
                    "the environment variable `{}` {wrong} while this crate is compiled",
                    name.value()
                );
                error_at(name.span(), &Error::nowhere(Kind::NotFound, message))
            }),
            PathExpr::Concat(parts, _) => parts.iter().map(PathExpr::evaluate).collect(),
        }
    }

    /// Returns the string, if the expression is one.
    pub(crate) fn literal(&self) -> Option<String> {
        match self {
            PathExpr::Literal(text) => Some(text.value()),
            PathExpr::Env(_) | PathExpr::Concat(..) => None,
        }
    }

    /// Returns the span for errors of the file.
    pub(crate) fn span(&self) -> Span {
        match self {
            PathExpr::Literal(path) => path.span(),
            PathExpr::Env(name) => name.span(),
            PathExpr::Concat(parts, span) => parts.last().map_or(*span, PathExpr::span),
        }
    }
}

impl ToTokens for PathExpr {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            PathExpr::Literal(path) => quote!(#path),
            PathExpr::Env(name) => quote!(::core::env!(#name)),
            PathExpr::Concat(parts, _) => quote!(::core::concat!(#(#parts),*)),
        });
    }
}
