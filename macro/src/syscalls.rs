//! The name of a call → its number on the target; an ABI → the names of its calls, as data that a
//! signal handler can search.
//!
//! `("x86_64", &[(token, "x86_64"), …], &[0, 1, …], &[4, 9, …], "readwrite…")`: the ABI; those that
//! its kernel can report, with their audit tokens; the numbers, sorted; where the name of each ends;
//! all names in one.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::syscalls;
use syn::Ident;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Result};

use crate::report::error_at;
use crate::target::target;

/// A call by its name.
pub(crate) struct NamedCall {
    target: Abi,
    name: Ident,
}

impl Parse for NamedCall {
    fn parse(input: ParseStream<'_>) -> Result<NamedCall> {
        let (_, target) = target(input)?;
        let name = input.call(Ident::parse_any);
        let name = name.map_err(|_| input.error("expected the name of a system call"))?;
        Ok(NamedCall { target, name })
    }
}

/// Looks the name up.
///
/// # Errors
/// `unknown-syscall`, under the name.
pub(crate) fn number(call: &NamedCall) -> Result<TokenStream> {
    let nr = syscalls::require(call.target, &call.name.to_string())
        .map_err(|error| error_at(call.name.span(), &error))?;
    let arch = Literal::u32_unsuffixed(call.target.token());
    let nr = Literal::u32_unsuffixed(nr);
    Ok(quote!((#arch, #nr)))
}

/// The ABI whose calls are wanted.
pub(crate) struct Target(Abi);

impl Parse for Target {
    fn parse(input: ParseStream<'_>) -> Result<Target> {
        let (_, target) = target(input)?;
        Ok(Target(target))
    }
}

/// Lists the calls.
pub(crate) fn names(target: &Target) -> TokenStream {
    let own = target.0.name();
    let family = target.0.family().iter().map(|abi| {
        let (token, name) = (Literal::u32_unsuffixed(abi.token()), abi.name());
        quote!((#token, #name))
    });
    let mut text = String::new();
    let (mut numbers, mut ends) = (Vec::new(), Vec::new());
    for &(nr, name) in syscalls::calls(target.0) {
        text.push_str(name);
        numbers.push(Literal::u32_unsuffixed(nr));
        ends.push(Literal::usize_unsuffixed(text.len()));
    }
    quote!((#own, &[#(#family),*], &[#(#numbers),*], &[#(#ends),*], #text))
}
