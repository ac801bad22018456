//! The name of a system call → its number and which arguments are short; an ABI → a table of its
//! calls.
//!
//! The runtime's signal handler searches the table, so it is plain data: `("x86_64", &[(token,
//! "x86_64"), …], &[0, 1, …], &[4, 9, …], "readwrite…")`. These are the name of the ABI; the audit
//! tokens and names of all ABIs that its kernel can report; the numbers, sorted; for each number
//! where its name ends in the last string; all names in one string.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::abi::Width;
use seccomp_profile_compiler::linux::{arguments, syscalls};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Result};
use syn::{Ident, LitStr};

use crate::report::error_at;
use crate::target::target;

/// A system call of the target, given by its name.
pub(crate) struct NamedCall {
    target: Abi,
    name: Ident,
}

impl Parse for NamedCall {
    fn parse(input: ParseStream<'_>) -> Result<NamedCall> {
        let (_, target) = target(input)?;
        let name = input.call(Ident::parse_any);
        let name = name.map_err(|_| match input.parse::<LitStr>() {
            Ok(text) => {
                let name = text.value();
                let message = format!("write the name without quotes: `syscall!({name}, …)`");
                syn::Error::new(text.span(), message)
            }
            Err(_) => input.error("expected the name of a system call, such as `read`"),
        })?;
        Ok(NamedCall { target, name })
    }
}

/// Looks up the number of a call, and the arguments of which the kernel takes at most 32 bits, as
/// bits: the first argument is the lowest.
///
/// # Errors
/// `unknown-syscall`, at the name.
pub(crate) fn number(call: &NamedCall) -> Result<TokenStream> {
    let name = call.name.to_string();
    let nr = syscalls::require(call.target, &name)
        .map_err(|error| error_at(call.name.span(), &error))?;
    let short = (0..arguments::REGISTERS).fold(0, |short, index| {
        let argument = arguments::argument(call.target, &name, index);
        let width = argument.map(|argument| argument.width(call.target));
        short | u8::from(width.is_some_and(|width| width < Width::W64)) << index
    });
    let arch = Literal::u32_unsuffixed(call.target.token());
    let (nr, short) = (Literal::u32_unsuffixed(nr), Literal::u8_unsuffixed(short));
    Ok(quote!((#arch, #nr, #short)))
}

/// The target, without a name of a call.
pub(crate) struct Target(Abi);

impl Parse for Target {
    fn parse(input: ParseStream<'_>) -> Result<Target> {
        let (_, target) = target(input)?;
        Ok(Target(target))
    }
}

/// Makes the table of the target's calls.
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
