//! An invocation → the tokens of a filter, or all errors.
//!
//! The tokens contain the program as a readable array. They are the same on every machine: they
//! have no absolute path, no time, and a fixed order.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use seccomp_profile_compiler::bpf::Insn;
use seccomp_profile_compiler::linux::constants::{self, Libc};
use seccomp_profile_compiler::linux::version::Kernel;
use seccomp_profile_compiler::options::weights::Weights;
use seccomp_profile_compiler::{Compiled, Error, Errors, Sources, compose};

use crate::input::{self, Input};
use crate::invocation::Invocation;
use crate::json::SERDE_JSON;
use crate::{report, source};

/// Compiles the profile to an expression.
///
/// # Errors
/// All errors of the profile. Errors of a file are at its path in the invocation, errors of an
/// inline profile at the wrong token.
pub(crate) fn expand(invocation: &Invocation) -> syn::Result<TokenStream> {
    let mut options = invocation.options.clone();
    let mut prelude = TokenStream::new();
    if let Some(path) = &invocation.weights {
        let weights = source::read(path)?;
        let text = input::text(path, &weights)?;
        options.weights = Weights::parse(text).map_err(|errors| {
            let sources = Sources::read_by(SERDE_JSON, &weights.display_path, text);
            let each = errors.render(&sources).into_iter();
            report::all(each.map(|text| syn::Error::new(path.span(), text)))
        })?;
        prelude.extend(weights.track);
    }
    let input = Input::read(invocation)?;
    let sources = input.sources()?;
    let compiled = compose(&sources, invocation.target, &options)
        .map_err(|errors| input.errors(&sources, &errors))?;
    prelude.extend(warnings(&compiled, |warning| {
        input.warning(&sources, warning)
    }));
    prelude.extend(input.track);
    Ok(filter(invocation, &prelude, &compiled))
}

fn warnings(compiled: &Compiled, show: impl Fn(&Error) -> (Span, String)) -> TokenStream {
    let mut shown: Vec<(Span, String)> = compiled
        .warnings
        .iter()
        .take(Errors::SHOWN)
        .map(show)
        .collect();
    let hidden = compiled.warnings.len() - shown.len() + compiled.hidden_warnings;
    if let (Some((_, last)), 1..) = (shown.last_mut(), hidden) {
        last.push_str(&format!(
            "\n\nand {hidden} more warnings about this profile"
        ));
    }
    let each = shown.iter().map(|(span, text)| warning(*span, text));
    each.collect()
}

/// Expands to assertions that the crate `libc` has the value of each constant that the profile
/// names. Compared are the low 32 bits, because the types of `libc` have other widths.
fn constants(invocation: &Invocation, compiled: &Compiled) -> TokenStream {
    let target = invocation.target;
    let mut asserted = TokenStream::new();
    for name in compiled.profile.constants() {
        let value = constants::value(target, name);
        if let (Some(value), false) = (value, constants::libc(target, name) == Libc::Nowhere) {
            let value = Literal::u32_unsuffixed(value as u32);
            let name = Ident::new(name, Span::call_site());
            asserted.extend(quote!(#name = #value,));
        }
    }
    if asserted.is_empty() {
        return asserted;
    }
    let krate = &invocation.krate;
    quote!(#krate::__same_constants! { #krate #asserted })
}

/// Expands to the use of a deprecated constant: on stable Rust a macro has no other way to warn.
fn warning(span: Span, text: &str) -> TokenStream {
    quote_spanned! {span=>
        const _: () = {
            #[deprecated(note = #text)]
            #[allow(non_upper_case_globals)]
            const profile_warning: () = ();
            profile_warning
        };
    }
}

fn filter(invocation: &Invocation, prelude: &TokenStream, compiled: &Compiled) -> TokenStream {
    let krate = &invocation.krate;
    let insns = compiled.program.insns();
    let length = Literal::usize_unsuffixed(insns.len());
    let flags = Literal::u32_unsuffixed(compiled.policy.flags);
    let constants = constants(invocation, compiled);
    let insns = insns.iter().map(|&Insn { code, jt, jf, k }| {
        let (code, k) = (Literal::u16_unsuffixed(code), Literal::u32_unsuffixed(k));
        let (jt, jf) = (Literal::u8_unsuffixed(jt), Literal::u8_unsuffixed(jf));
        quote!(I { code: #code, jt: #jt, jf: #jf, k: #k })
    });
    let mut filter = quote!(#krate::__private::filter(&PROGRAM, #flags));
    if let Some(Kernel { major, minor }) = compiled.kernel {
        let (major, minor) = (Literal::u8_unsuffixed(major), Literal::u8_unsuffixed(minor));
        filter = quote!(#krate::__private::since(#filter, #major, #minor));
    }
    quote! {{
        #prelude
        #constants
        use #krate::__private::sock_filter as I;
        static PROGRAM: [I; #length] = [#(#insns),*];
        #filter
    }}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(path: &TokenStream) -> String {
        let relaxed = quote!(overlap = "first-match", unknown_names = "ignore");
        let invocation = syn::parse2(quote!(krate x86_64 #path, #relaxed));
        expand(&invocation.unwrap()).unwrap().to_string()
    }

    #[test]
    fn the_expansion_has_no_absolute_path() {
        let root = quote!(env!("CARGO_MANIFEST_DIR"));
        for path in [
            quote!("../tests/ui/profiles/lenient.json"),
            quote!(concat!(#root, "/../tests/ui/profiles/lenient.json")),
        ] {
            let text = expanded(&path);
            assert!(text.contains("include_bytes"), "{text}");
            assert!(!text.contains(env!("CARGO_MANIFEST_DIR")), "{text}");
            assert_eq!(text, expanded(&path));
        }
    }
}
