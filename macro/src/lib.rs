//! Implementation detail of `seccomp-profile`, whose `seccomp_profile!` expands to [`expand!`] and
//! `syscall!` to [`number!`]; its reporter of violations looks up what [`names!`] leaves behind.
//!
//! The shell around the compiler: tokens → path and options → text → program → tokens. What a
//! profile means is not known here.

mod expand;
mod inline;
mod invocation;
mod path;
mod report;
mod source;
mod syscalls;
mod target;

use proc_macro::TokenStream;

/// Expands `$crate abi "path", options…` to a filter.
#[doc(hidden)]
#[proc_macro]
pub fn expand(input: TokenStream) -> TokenStream {
    let expanded = syn::parse(input).and_then(|invocation| expand::expand(&invocation));
    expanded.unwrap_or_else(report::compile_errors).into()
}

/// Expands `$crate abi name` to the ABI's audit token and the call's number there: `(arch, nr)`.
#[doc(hidden)]
#[proc_macro]
pub fn number(input: TokenStream) -> TokenStream {
    let expanded = syn::parse(input).and_then(|call| syscalls::number(&call));
    expanded.unwrap_or_else(report::compile_errors).into()
}

/// Expands `$crate abi` to the names of its calls: see `syscalls.rs`.
#[doc(hidden)]
#[proc_macro]
pub fn names(input: TokenStream) -> TokenStream {
    let expanded = syn::parse(input).map(|target| syscalls::names(&target));
    expanded.unwrap_or_else(report::compile_errors).into()
}
