//! The tokens of an invocation → the target, the profile and the options.

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

/// One invocation of `seccomp_profile!`.
pub(crate) struct Invocation {
    /// The name of the runtime crate in the invoking crate: `$crate`.
    pub(crate) krate: Ident,
    /// The ABI for which the runtime crate was compiled.
    pub(crate) target: Abi,
    pub(crate) profile: Profile,
    pub(crate) options: Options,
    /// The option `with`: groups and the paths of profiles.
    pub(crate) with: Vec<PathExpr>,
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
            with: Vec::new(),
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
            if input.peek(Token![-]) {
                return Err(dashed(&key, input));
            }
            if invocation.lint_level(&key, input)? {
                continue;
            }
            if seen.contains(&key) {
                let error = Error::nowhere(Kind::BadOption, format!("`{key}` is set twice"));
                return Err(error_at(key.span(), &error));
            }
            invocation.option(&key, input)?;
            seen.push(key);
        }
        Ok(invocation)
    }
}

impl Invocation {
    /// Parses the rest of `allow(lint, …)` or `deny(lint, …)`; `false` if this is another option.
    fn lint_level(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<bool> {
        if !input.peek(Paren) {
            return Ok(false);
        }
        if key != "allow" && key != "deny" {
            return Err(no_value(key));
        }
        let content;
        syn::parenthesized!(content in input);
        // `int-argument` as in messages, or `int_argument` like the lints of rustc.
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

    /// Sets an option that is a list. Tries each word alone first, to report a wrong one at its
    /// span.
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

    /// Parses the rest of an option: `= value`.
    fn option(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        if input.parse::<Option<Token![=]>>()?.is_none() || input.is_empty() {
            return Err(no_value(key));
        }
        if key == "weights" {
            self.weights = Some(input.parse()?);
            return Ok(());
        }
        if key == "with" {
            if !input.peek(Bracket) {
                let message =
                    "expected a list of groups and paths, such as `[\"abort\", \"base.json\"]`";
                return Err(input.error(message));
            }
            let content;
            syn::bracketed!(content in input);
            let parts = Punctuated::<PathExpr, Token![,]>::parse_terminated(&content)?;
            self.with = parts.into_iter().collect();
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

/// Reports an option that is written with dashes, as on a command line.
fn dashed(key: &Ident, input: ParseStream<'_>) -> syn::Error {
    let mut name = key.to_string();
    let mut rest = String::new();
    while let Ok(Some(_)) = input.parse::<Option<Token![-]>>() {
        match input.call(Ident::parse_any) {
            Ok(word) => rest.push_str(&format!("_{word}")),
            Err(_) => break,
        }
    }
    name.push_str(&rest);
    let message = format!("the name of an option has no `-`: write `{name}`");
    error_at(key.span(), &Error::nowhere(Kind::UnknownOption, message))
}

fn no_value(key: &Ident) -> syn::Error {
    let message = format!("`{key}` has no value: write `{key} = …`");
    error_at(key.span(), &Error::nowhere(Kind::BadOption, message))
}

/// The profile, as the invocation names it.
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
