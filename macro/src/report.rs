//! Errors of the compiler → errors of rustc.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use seccomp_profile_compiler::Error;

/// An error that has its place in Rust's text.
pub(crate) fn error_at(span: Span, error: &Error) -> syn::Error {
    syn::Error::new(span, text("error", error))
}

/// What is wrong, without the text around it.
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

/// One `compile_error!` for each error, in a block: as an expression a list of them would be
/// followed by errors about itself.
pub(crate) fn compile_errors(errors: syn::Error) -> TokenStream {
    let each = errors.into_iter().map(|error| {
        let message = error.to_string();
        quote_spanned!(error.span()=> ::core::compile_error!(#message))
    });
    quote!({ #(#each);* })
}
