//! Implementation detail of `seccomp-profile`, whose `seccomp_profile!` expands to [`expand!`].
//!
//! The shell around the compiler: tokens → path and options → text → program → tokens. What a
//! profile means is not known here.

mod expansion;
mod invocation;
mod source;

use proc_macro::TokenStream;

/// Expands `$crate abi "path", options…` to a filter.
#[doc(hidden)]
#[proc_macro]
pub fn expand(input: TokenStream) -> TokenStream {
    let expanded = syn::parse(input).and_then(|invocation| expansion::expand(&invocation));
    expanded.unwrap_or_else(expansion::errors).into()
}
