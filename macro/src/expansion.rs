//! What is asked for → the tokens of a filter, or of every error.
//!
//! The tokens hold the program as a readable array and nothing of this machine: no path, no time,
//! no order that could change.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use seccomp_profile_compiler::bpf::Insn;
use seccomp_profile_compiler::error::{Error, Kind};
use seccomp_profile_compiler::lower::Weights;
use seccomp_profile_compiler::{Compiled, compile, json};

use crate::invocation::{Invocation, PathExpr};
use crate::source::{self, Source};

/// Compiles the profile; both results are one expression.
pub(crate) fn expand(invocation: &Invocation) -> Result<TokenStream, TokenStream> {
    let profile = source::read(&invocation.profile).map_err(errors)?;
    let mut options = invocation.options.clone();
    let mut tracks = profile.track.clone();
    if let Some(path) = &invocation.weights {
        let weights = source::read(path).map_err(errors)?;
        let text = json::text(&weights.bytes).map_err(|error| report(path, &weights, "", error))?;
        options.weights = Weights::parse(text).map_err(|errors| report(path, &weights, text, errors))?;
        tracks.extend(weights.track);
    }
    let path = &invocation.profile;
    let text = json::text(&profile.bytes).map_err(|error| report(path, &profile, "", error))?;
    let compiled = compile(text, invocation.target, &options)
        .map_err(|errors| report(path, &profile, text, errors))?;
    Ok(filter(invocation, &tracks, &compiled))
}

fn filter(invocation: &Invocation, tracks: &TokenStream, compiled: &Compiled) -> TokenStream {
    let krate = &invocation.krate;
    let insns = compiled.program.insns();
    let length = Literal::usize_unsuffixed(insns.len());
    let flags = Literal::u32_unsuffixed(compiled.policy.flags);
    let insns = insns.iter().map(|&Insn { code, jt, jf, k }| {
        let (code, k) = (Literal::u16_unsuffixed(code), Literal::u32_unsuffixed(k));
        let (jt, jf) = (Literal::u8_unsuffixed(jt), Literal::u8_unsuffixed(jf));
        quote!(I { code: #code, jt: #jt, jf: #jf, k: #k })
    });
    quote! {{
        #tracks
        use #krate::__private::sock_filter as I;
        static PROGRAM: [I; #length] = [#(#insns),*];
        #krate::__private::filter(&PROGRAM, #flags)
    }}
}

/// The errors of a file, each under the path that names it.
fn report(
    path: &PathExpr,
    source: &Source,
    text: &str,
    errors: impl Into<seccomp_profile_compiler::Errors>,
) -> TokenStream {
    let texts = errors.into().render(&source.shown, text);
    let all = texts.into_iter().map(|text| syn::Error::new(path.span(), text));
    let all = all.reduce(|mut all, error| {
        all.combine(error);
        all
    });
    let nothing = || {
        let error = Error::nowhere(Kind::InternalMismatch, "refused without a reason");
        syn::Error::new(path.span(), error.message)
    };
    self::errors(all.unwrap_or_else(nothing))
}

/// One `compile_error!` for each error, in a block: as an expression a list of them would be
/// followed by errors about itself.
pub(crate) fn errors(errors: syn::Error) -> TokenStream {
    let each = errors.into_iter().map(|error| {
        let message = error.to_string();
        quote_spanned!(error.span()=> ::core::compile_error!(#message))
    });
    quote!({ #(#each);* })
}
