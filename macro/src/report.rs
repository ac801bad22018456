//! Errors of the compiler → errors of rustc.
//!
//! An *error* of the compiler has a place in the profile, a `syn::Error` a span in Rust code.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use seccomp_profile_compiler::Error;

/// Shown if the compiler refuses a profile without any error, which must not happen.
const NO_ERROR: &str =
    "the profile was refused without an error: this is a defect of seccomp-profile";

/// Returns an error about tokens, at their span.
pub(crate) fn error_at(span: Span, error: &Error) -> syn::Error {
    syn::Error::new(span, text("error", error))
}

/// Returns the message and its notes, without a snippet of the profile.
pub(crate) fn text(head: &str, error: &Error) -> String {
    let mut message = format!("{head}[{}]: {}", error.kind.name(), error.message);
    let within = Some(format!("in `{}`", error.path)).filter(|_| !error.path.is_empty());
    let lines = [&error.label]
        .into_iter()
        .chain(&within)
        .chain(&error.notes);
    for line in lines.filter(|line| !line.is_empty()) {
        message.push_str("\n  = ");
        message.push_str(line);
    }
    message
}

/// Returns all errors as one.
pub(crate) fn all(errors: impl IntoIterator<Item = syn::Error>) -> syn::Error {
    let all = errors.into_iter().reduce(|mut all, error| {
        all.combine(error);
        all
    });
    all.unwrap_or_else(|| syn::Error::new(Span::call_site(), NO_ERROR))
}

/// Expands to one `compile_error!` per error, in a block. Without the block rustc would report
/// further errors, because the macro must expand to one expression.
pub(crate) fn compile_errors(errors: syn::Error) -> TokenStream {
    let each = errors.into_iter().map(|error| {
        let message = error.to_string();
        quote_spanned!(error.span()=> ::core::compile_error!(#message))
    });
    quote!({ #(#each);* })
}
