//! Tokens → the target that they name.

use seccomp_profile_compiler::Abi;
use syn::Ident;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Result};

/// Reads what the runtime crate writes before the user's tokens: its own name here, and the ABI
/// that it was compiled for.
pub(crate) fn target(input: ParseStream<'_>) -> Result<(Ident, Abi)> {
    let krate = input.call(Ident::parse_any)?;
    let target: Ident = input.call(Ident::parse_any)?;
    match Abi::from_name(&target.to_string()) {
        Some(abi) => Ok((krate, abi)),
        None => Err(syn::Error::new(target.span(), "no such ABI")),
    }
}
