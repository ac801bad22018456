//! The name of a call → its number on the target.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::syscalls;
use syn::Ident;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Result};

use crate::invocation::{self, at};

/// A call by its name.
pub(crate) struct Named {
    target: Abi,
    name: Ident,
}

impl Parse for Named {
    fn parse(input: ParseStream<'_>) -> Result<Named> {
        let (_, target) = invocation::target(input)?;
        let name = input.call(Ident::parse_any);
        let name = name.map_err(|_| input.error("expected the name of a system call"))?;
        Ok(Named { target, name })
    }
}

/// Looks the name up.
///
/// # Errors
/// `unknown-syscall`, under the name.
pub(crate) fn number(named: &Named) -> Result<TokenStream> {
    let nr = syscalls::require(named.target, &named.name.to_string())
        .map_err(|error| at(named.name.span(), &error))?;
    let arch = Literal::u32_unsuffixed(named.target.token());
    let nr = Literal::u32_unsuffixed(nr);
    Ok(quote!((#arch, #nr)))
}
