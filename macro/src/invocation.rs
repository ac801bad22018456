//! Tokens → what is asked for.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use seccomp_profile_compiler::error::Error;
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::{Abi, Options};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Result};
use syn::punctuated::Punctuated;
use syn::{Ident, LitBool, LitStr, Token};

/// One use of the macro.
pub(crate) struct Invocation {
    /// The runtime crate, by the name it has here.
    pub(crate) krate: Ident,
    /// The ABI that the runtime crate was compiled for.
    pub(crate) target: Abi,
    pub(crate) profile: PathExpr,
    pub(crate) options: Options,
    /// The file of the `weights` option.
    pub(crate) weights: Option<PathExpr>,
}

impl Parse for Invocation {
    fn parse(input: ParseStream<'_>) -> Result<Invocation> {
        let krate = input.call(Ident::parse_any)?;
        let target: Ident = input.call(Ident::parse_any)?;
        let target = Abi::from_name(&target.to_string())
            .ok_or_else(|| syn::Error::new(target.span(), "no such ABI"))?;
        if input.is_empty() {
            return Err(input.error("expected the path of a profile: `seccomp_profile!(\"profile.json\")`"));
        }
        let profile = input.parse()?;
        let mut invocation =
            Invocation { krate, target, profile, options: Options::default(), weights: None };
        let mut seen: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let key = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            if seen.contains(&key) {
                let message = format!("error[bad-option]: `{key}` stands twice");
                return Err(syn::Error::new(key.span(), message));
            }
            invocation.option(&key, input)?;
            seen.push(key);
        }
        Ok(invocation)
    }
}

impl Invocation {
    fn option(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        let name = key.to_string();
        if name == "weights" {
            self.weights = Some(input.parse()?);
            return Ok(());
        }
        let at = input.span();
        let setting = if input.peek(LitBool) {
            Setting::Bool(input.parse::<LitBool>()?.value)
        } else if input.peek(LitStr) {
            Setting::Word(input.parse::<LitStr>()?.value())
        } else {
            // An unknown key is the better thing to report, whatever its value.
            self.options.set(&name, &Setting::Bool(true)).map_err(|error| spoken(&error, key.span()))?;
            return Err(input.error("expected `true`, `false` or a string"));
        };
        self.options.set(&name, &setting).map_err(|error| {
            let unknown = error.kind.name() == "unknown-option";
            spoken(&error, if unknown { key.span() } else { at })
        })
    }
}

/// An error of the compiler at a token.
fn spoken(error: &Error, span: Span) -> syn::Error {
    let mut message = format!("error[{}]: {}", error.kind.name(), error.message);
    for note in [&error.label].into_iter().chain(&error.notes).filter(|note| !note.is_empty()) {
        message.push_str("\n  = ");
        message.push_str(note);
    }
    syn::Error::new(span, message)
}

/// A path as it may be written: a string, `env!("VAR")`, or `concat!(…)` of these.
pub(crate) enum PathExpr {
    Literal(LitStr),
    Env { name: LitStr, tokens: TokenStream },
    Concat { parts: Vec<PathExpr>, tokens: TokenStream },
}

impl Parse for PathExpr {
    fn parse(input: ParseStream<'_>) -> Result<PathExpr> {
        if input.peek(LitStr) {
            return Ok(PathExpr::Literal(input.parse()?));
        }
        let expected = "expected a path: a string, `env!(\"VAR\")`, or `concat!(…)` of these";
        let path = syn::Path::parse_mod_style(input).map_err(|error| syn::Error::new(error.span(), expected))?;
        let name = path.segments.last().map(|segment| segment.ident.to_string());
        let bang: Token![!] = input.parse().map_err(|error| syn::Error::new(error.span(), expected))?;
        let content;
        let paren = syn::parenthesized!(content in input);
        let body: TokenStream = content.fork().parse()?;
        let mut tokens = TokenStream::new();
        path.to_tokens(&mut tokens);
        bang.to_tokens(&mut tokens);
        paren.surround(&mut tokens, |tokens| body.to_tokens(tokens));
        match name.as_deref() {
            Some("env") => {
                let name = content.parse()?;
                content.parse::<Option<Token![,]>>()?;
                if !content.is_empty() {
                    return Err(content.error("expected the name of a variable only"));
                }
                Ok(PathExpr::Env { name, tokens })
            }
            Some("concat") => {
                let parts = Punctuated::<PathExpr, Token![,]>::parse_terminated(&content)?;
                Ok(PathExpr::Concat { parts: parts.into_iter().collect(), tokens })
            }
            _ => Err(syn::Error::new_spanned(path, expected)),
        }
    }
}

impl PathExpr {
    /// Returns what rustc would make of the expression, and so what is tracked.
    pub(crate) fn evaluate(&self) -> Result<String> {
        match self {
            PathExpr::Literal(path) => Ok(path.value()),
            PathExpr::Env { name, .. } => std::env::var(name.value()).map_err(|_| {
                let message = format!(
                    "error[not-found]: the environment variable `{}` is not set while this crate is compiled",
                    name.value()
                );
                syn::Error::new(name.span(), message)
            }),
            PathExpr::Concat { parts, .. } => parts.iter().map(PathExpr::evaluate).collect(),
        }
    }

    /// Returns the place to report what is wrong with the file.
    pub(crate) fn span(&self) -> Span {
        match self {
            PathExpr::Literal(path) => path.span(),
            PathExpr::Env { name, .. } => name.span(),
            PathExpr::Concat { parts, .. } => {
                parts.last().map_or_else(Span::call_site, PathExpr::span)
            }
        }
    }
}

impl ToTokens for PathExpr {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            PathExpr::Literal(path) => path.to_tokens(tokens),
            PathExpr::Env { tokens: own, .. } | PathExpr::Concat { tokens: own, .. } => {
                own.to_tokens(tokens);
            }
        }
    }
}
