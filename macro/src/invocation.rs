//! Tokens → what is asked for.

use proc_macro2::Span;
use seccomp_profile_compiler::error::{Error, Kind};
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::{Abi, Options};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Result};
use syn::punctuated::Punctuated;
use syn::token::{Brace, Bracket, Paren};
use syn::{Ident, LitBool, LitFloat, LitStr, Token};

use crate::inline::Inline;
use crate::path::PathExpr;
use crate::report::error_at;
use crate::target::target;

/// One use of the macro.
pub(crate) struct Invocation {
    /// The runtime crate, by the name it has here.
    pub(crate) krate: Ident,
    /// The ABI that the runtime crate was compiled for.
    pub(crate) target: Abi,
    pub(crate) profile: Profile,
    pub(crate) options: Options,
    /// The file of the `weights` option.
    pub(crate) weights: Option<PathExpr>,
}

impl Parse for Invocation {
    fn parse(input: ParseStream<'_>) -> Result<Invocation> {
        let (krate, target) = target(input)?;
        let mut invocation = Invocation {
            krate,
            target,
            profile: input.parse()?,
            options: Options::default(),
            weights: None,
        };
        let mut seen: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let key = input.call(Ident::parse_any);
            let key = key.map_err(|_| input.error("expected the name of an option"))?;
            if invocation.lint_level(&key, input)? {
                continue;
            }
            if seen.contains(&key) {
                let error = Error::nowhere(Kind::BadOption, format!("`{key}` stands twice"));
                return Err(error_at(key.span(), &error));
            }
            invocation.option(&key, input)?;
            seen.push(key);
        }
        Ok(invocation)
    }
}

impl Invocation {
    /// Reads `allow(lint, …)` or `deny(lint, …)`; `false` if this is something else.
    fn lint_level(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<bool> {
        if !input.peek(Paren) {
            return Ok(false);
        }
        if key != "allow" && key != "deny" {
            let error = Error::nowhere(Kind::BadOption, format!("`{key}` without `= value`"));
            return Err(error_at(key.span(), &error));
        }
        let content;
        syn::parenthesized!(content in input);
        // `int-argument` as in messages, or `int_argument` as rustc's own.
        let name = |input: ParseStream<'_>| {
            let first = input.call(Ident::parse_any)?;
            let mut name = first.to_string();
            while input.parse::<Option<Token![-]>>()?.is_some() {
                name = format!("{name}-{}", input.call(Ident::parse_any)?);
            }
            Ok((name, first.span()))
        };
        let names = content.parse_terminated(name, Token![,])?;
        self.set_list(key, names.into_iter().collect())?;
        Ok(true)
    }

    /// Sets each word of a list alone first, so that a wrong one is reported at its own span.
    fn set_list(&mut self, key: &Ident, words: Vec<(String, Span)>) -> Result<()> {
        let name = key.to_string();
        let set = |options: &mut Options, words: Vec<String>, span: Span| {
            let set = options.set(&name, &Setting::List(words));
            set.map_err(|error| error_at(span, &error))
        };
        set(&mut self.options.clone(), Vec::new(), key.span())?;
        for (word, span) in &words {
            set(&mut self.options.clone(), vec![word.clone()], *span)?;
        }
        let words = words.into_iter().map(|(word, _)| word).collect();
        set(&mut self.options, words, key.span())
    }

    /// Reads what follows the key of an option: `= value`.
    fn option(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        if input.parse::<Option<Token![=]>>()?.is_none() || input.is_empty() {
            let error = Error::nowhere(Kind::BadOption, format!("`{key}` without `= value`"));
            return Err(error_at(key.span(), &error));
        }
        if key == "weights" {
            self.weights = Some(input.parse()?);
            return Ok(());
        }
        let span = input.span();
        let setting = if input.peek(LitBool) {
            Setting::Bool(input.parse::<LitBool>()?.value)
        } else if input.peek(LitStr) {
            Setting::Word(input.parse::<LitStr>()?.value())
        } else if input.peek(Bracket) {
            let content;
            syn::bracketed!(content in input);
            let words = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
            let words = words.iter().map(|word| (word.value(), word.span()));
            return self.set_list(key, words.collect());
        } else {
            let mut message =
                String::from("expected `true`, `false`, a string or a list of strings");
            if let Ok(version) = input.fork().parse::<LitFloat>() {
                message.push_str(&format!("; write `\"{}\"`", version.token()));
            }
            return Err(input.error(message));
        };
        self.options
            .set(&key.to_string(), &setting)
            .map_err(|error| match error.kind {
                Kind::UnknownOption => error_at(key.span(), &error),
                _ => error_at(span, &error),
            })
    }
}

/// Where the profile is.
pub(crate) enum Profile {
    File(PathExpr),
    Inline(Inline),
}

impl Parse for Profile {
    fn parse(input: ParseStream<'_>) -> Result<Profile> {
        if input.peek(Brace) {
            return Ok(Profile::Inline(Inline::new(input.parse()?)));
        }
        input.parse().map(Profile::File)
    }
}
