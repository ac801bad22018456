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
    let expanded = match syn::parse::<invocation::Invocation>(input) {
        Ok(invocation) => expansion::expand(&invocation),
        Err(error) => Err(expansion::errors(error)),
    };
    expanded.unwrap_or_else(|errors| errors).into()
}
