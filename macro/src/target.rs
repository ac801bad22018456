//! The first tokens of every invocation → the runtime crate and the target.

use seccomp_profile_compiler::Abi;
use syn::Ident;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Result};

/// Parses the tokens that the runtime crate writes before those of the user: its own name, and the
/// name of the ABI for which it was compiled.
pub(crate) fn target(input: ParseStream<'_>) -> Result<(Ident, Abi)> {
    let krate = input.call(Ident::parse_any)?;
    let target: Ident = input.call(Ident::parse_any)?;
    match Abi::from_name(&target.to_string()) {
        Some(abi) => Ok((krate, abi)),
        None => Err(syn::Error::new(
            target.span(),
            format!("unknown ABI `{target}`"),
        )),
    }
}
