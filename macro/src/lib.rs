//! Implementation detail of `seccomp-profile`: the procedural macros behind its `seccomp_profile!`
//! ([`expand!`]), `syscall!` ([`number!`]) and reporter of violations ([`names!`]).
//!
//! This is only the shell around the compiler: tokens → path and options → text → program → tokens.
//! The compiler knows what a profile means.

mod expand;
mod file;
mod inline;
mod input;
mod invocation;
mod json;
mod path;
mod report;
mod source;
mod syscalls;
mod target;

use proc_macro::TokenStream;

/// Expands `$crate abi "path", options…` to a filter; a profile in braces can replace the path.
#[doc(hidden)]
#[proc_macro]
pub fn expand(input: TokenStream) -> TokenStream {
    let expanded = syn::parse(input).and_then(|invocation| expand::expand(&invocation));
    expanded.unwrap_or_else(report::compile_errors).into()
}

/// Expands `$crate abi name` to the audit token of the ABI, the number of the call and its short
/// arguments: `(arch, nr, short)`, see `syscalls.rs`.
#[doc(hidden)]
#[proc_macro]
pub fn number(input: TokenStream) -> TokenStream {
    let expanded = syn::parse(input).and_then(|call| syscalls::number(&call));
    expanded.unwrap_or_else(report::compile_errors).into()
}

/// Expands `$crate abi` to a table of the ABI's system calls: see `syscalls.rs`.
#[doc(hidden)]
#[proc_macro]
pub fn names(input: TokenStream) -> TokenStream {
    let expanded = syn::parse(input).map(|target| syscalls::names(&target));
    expanded.unwrap_or_else(report::compile_errors).into()
}
