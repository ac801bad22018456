//! JSON values → fields, arrays, keywords: the strict half of the reader, which knows no field by
//! name.
//!
//! The reader collects all errors of a text. It skips a wrong value, so that one mistake causes
//! one error.

use super::Excluded;
use super::json::{Json, Member, Value};
use super::questions::Questions;
use crate::error::suggest::{self, nearest};
use crate::error::{Error, Errors, Kind, Span, Spanned};
use crate::linux::abi::Abi;
use crate::linux::action::Action;
use crate::linux::version::Kernel;
use crate::options::Options;
use crate::sorted;
use crate::source::Source;

/// The state of reading one text.
pub(crate) struct Reader<'a> {
    pub(crate) json: Json,
    pub(crate) text: &'a str,
    /// The offset of the text's first byte in spans.
    pub(crate) base: usize,
    /// The default action of the profile that this text extends, if it extends one.
    pub(crate) inherited: Option<Spanned<Action>>,
    pub(crate) target: Abi,
    pub(crate) options: &'a Options,
    pub(crate) errors: Errors,
    /// What the profile's rules depend on and the invocation does not specify.
    pub(crate) needs: Questions,
    /// The rules that do not apply to the target or with the options.
    pub(crate) excluded: Vec<Excluded>,
    /// The first number of a condition that is written as a string.
    pub(crate) strings: Option<Span>,
    /// Every `minKernel`.
    pub(crate) min_kernels: Vec<Spanned<Kernel>>,
}

impl<'a> Reader<'a> {
    /// Returns a reader of a text.
    pub(crate) fn new(source: &Source<'a>, target: Abi, options: &'a Options) -> Reader<'a> {
        Reader {
            json: source.json,
            text: source.text,
            base: source.start(),
            inherited: None,
            target,
            options,
            errors: Errors::default(),
            needs: Questions::default(),
            excluded: Vec::new(),
            strings: None,
            min_kernels: Vec::new(),
        }
    }

    /// Returns the text of a place.
    pub(crate) fn raw(&self, span: Span) -> &'a str {
        &self.text[span.start - self.base..span.end - self.base]
    }
}

/// Members with free text, which every object can have.
pub(super) const FREE_TEXT: [&str; 4] = ["comment", "_comment", "$comment", "//"];

/// A member of a plain OCI object: its name, and its value as JSON.
pub(crate) type RawMember = (&'static str, String);

/// The known members of one object, by name.
pub(crate) struct Fields<'a> {
    span: Span,
    path: String,
    known: Vec<(&'static str, Value<'a>)>,
    /// The known names that are nearest to unknown keys. They are not reported as missing too.
    misspelt: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    /// Reads each element of an optional array; an absent array is empty.
    pub(crate) fn array<T>(
        &mut self,
        fields: &Fields<'a>,
        name: &'static str,
        read: impl Fn(&mut Self, Value<'a>, String) -> Option<T>,
    ) -> Vec<Spanned<T>> {
        let Some(value) = fields.get(name) else {
            return Vec::new();
        };
        let path = fields.path(name);
        let Some(elements) = self.expect(value, &path, "an array", Value::elements) else {
            return Vec::new();
        };
        let mut list = Vec::with_capacity(elements.len());
        for (i, element) in elements.into_iter().enumerate() {
            if self.errors.is_full() {
                break;
            }
            if let Some(value) = read(self, element, format!("{path}[{i}]")) {
                list.push(Spanned {
                    value,
                    span: element.span,
                });
            }
        }
        list
    }

    /// Reads a string that must be one of some known words.
    pub(crate) fn one_of<T: Copy>(
        &mut self,
        value: Value<'a>,
        path: String,
        known: &[(&str, T)],
        kind: Kind,
        noun: &str,
    ) -> Option<T> {
        let at = self.word(value, path, &suggest::names(known), kind, noun)?;
        Some(known[at].1)
    }

    /// Reads a string that must be one of some known words, and returns the place of the word.
    fn word(
        &mut self,
        value: Value<'a>,
        path: String,
        known: &[&str],
        kind: Kind,
        noun: &str,
    ) -> Option<usize> {
        let word = self.expect(value, &path, "a string", Value::string)?;
        let at = known.iter().position(|name| *name == word);
        if at.is_none() {
            self.errors.push(
                Error::new(kind, value.span, format!("unknown {noun} `{word}`"))
                    .path(path)
                    .did_you_mean(&word, known, &format!("no such {noun}"))
                    .note(format!("known {noun}s: {}", known.join(", "))),
            );
        }
        at
    }

    pub(crate) fn string(
        &mut self,
        fields: &Fields<'a>,
        name: &'static str,
    ) -> Option<Spanned<String>> {
        let value = fields.get(name)?;
        let text = self.expect(value, &fields.path(name), "a string", Value::string)?;
        Some(Spanned {
            value: text,
            span: value.span,
        })
    }

    pub(crate) fn integer(&mut self, value: Value<'a>, path: String) -> Option<Spanned<u64>> {
        if let Some(number) = value.integer() {
            return Some(Spanned {
                value: number,
                span: value.span,
            });
        }
        let message = match value.type_name() {
            "a number" => format!("`{}` is not an integer from 0 to 2^64-1", value.raw()),
            other => format!("expected an integer, found {other}"),
        };
        let label = match value
            .string()
            .and_then(Result::ok)
            .and_then(|text| number(&text))
        {
            Some(number) => format!("write {number}, without quotes"),
            None => String::from("write an integer without sign, fraction and exponent"),
        };
        let error = Error::new(Kind::WrongType, value.span, message).path(path);
        self.errors.push(error.label(label));
        None
    }

    /// Returns a value of one type, or records that the value has another type.
    pub(crate) fn expect<T>(
        &mut self,
        value: Value<'a>,
        path: &str,
        wanted: &str,
        get: impl Fn(Value<'a>) -> Option<Result<T, Error>>,
    ) -> Option<T> {
        match get(value) {
            Some(result) => self.take(result.map_err(|error| error.path(path))),
            None => {
                let message = format!("expected {wanted}, found {}", value.type_name());
                self.errors
                    .push(Error::new(Kind::WrongType, value.span, message).path(path));
                None
            }
        }
    }

    /// Reads the members of an object that can have only known members.
    pub(crate) fn fields(
        &mut self,
        value: Value<'a>,
        path: &str,
        names: &[&'static str],
    ) -> Option<Fields<'a>> {
        let members = self.expect(value, path, "an object", Value::members)?;
        let mut misspelt: Vec<&'static str> = Vec::new();
        for Member { key, value } in &members {
            if names.contains(&key.value.as_str()) || self.errors.is_full() {
                continue;
            }
            if FREE_TEXT.contains(&key.value.as_str()) {
                self.free_text(&key.value, *value, path);
                continue;
            }
            misspelt.extend(nearest(&key.value, names).first().copied());
            let message = format!("unknown field `{}`", key.value);
            let error = Error::new(Kind::UnknownField, key.span, message)
                .path(path)
                .did_you_mean(&key.value, names, "this object has no such field");
            self.errors.push(
                error
                    .note(
                        "container engines ignore unknown fields, so this one would have no effect",
                    )
                    .note(format!("known fields: {}", names.join(", "))),
            );
        }
        let fields = self.pick(&members, value.span, path, names);
        Some(Fields { misspelt, ..fields })
    }

    /// Checks that free text is a string. It has no meaning.
    fn free_text(&mut self, key: &str, value: Value<'a>, path: &str) {
        if !value.is_null() {
            let path = join(path, key);
            self.expect(value, &path, "a string", Value::string);
        }
    }

    /// Reads the known members of an object, and ignores the others.
    pub(crate) fn some_fields(
        &mut self,
        value: Value<'a>,
        path: &str,
        names: &[&'static str],
    ) -> Option<Fields<'a>> {
        let mut members = self.expect(value, path, "an object", Value::members)?;
        members.retain(|member| names.contains(&member.key.value.as_str()));
        Some(self.pick(&members, value.span, path, names))
    }

    /// Picks the members with the given names. A member that is `null` is absent; a key that occurs
    /// twice is an error.
    fn pick(
        &mut self,
        members: &[Member<'a>],
        span: Span,
        path: &str,
        names: &[&'static str],
    ) -> Fields<'a> {
        let mut known: Vec<(&'static str, Value<'a>)> = Vec::new();
        for (Member { key, value }, first) in members.iter().zip(firsts(members)) {
            if let Some(first) = first {
                let message = format!("duplicate key `{}`", key.value);
                let error = Error::new(Kind::DuplicateKey, key.span, message).path(path);
                self.errors.push(
                    error
                        .label("remove one of the two")
                        .related(first, "first here"),
                );
                continue;
            }
            let name = names.iter().find(|name| **name == key.value);
            known.extend(
                name.filter(|_| !value.is_null())
                    .map(|name| (*name, *value)),
            );
        }
        Fields {
            span,
            path: path.to_string(),
            known,
            misspelt: Vec::new(),
        }
    }

    pub(crate) fn required(
        &mut self,
        fields: &Fields<'a>,
        name: &'static str,
    ) -> Option<Value<'a>> {
        let value = fields.get(name);
        if value.is_none() && !fields.misspelt.contains(&name) {
            let brace = Span {
                start: fields.span.start,
                end: fields.span.start + 1,
            };
            let error = Error::new(Kind::MissingField, brace, format!("missing field `{name}`"));
            self.errors.push(
                error
                    .path(fields.path.as_str())
                    .label(format!("`{name}` is required here")),
            );
        }
        value
    }

    /// Returns the value, or records the error.
    pub(crate) fn take<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.errors.push(error)).ok()
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.known
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }

    /// Returns the member as the text has it.
    pub(crate) fn raw(&self, name: &'static str) -> Option<RawMember> {
        self.get(name).map(|value| (name, value.raw().to_string()))
    }

    pub(crate) fn path(&self, name: &str) -> String {
        join(&self.path, name)
    }
}

/// Returns for each member the place of the first one with the same key, if that is another one.
fn firsts(members: &[Member<'_>]) -> Vec<Option<Span>> {
    let mut keys: Vec<(&str, usize)> = Vec::with_capacity(members.len());
    for (at, member) in members.iter().enumerate() {
        keys.push((&member.key.value, at));
    }
    sorted::sort(&mut keys);
    let mut firsts = vec![None; members.len()];
    for pair in keys.windows(2) {
        let ((key, before), (other, at)) = (pair[0], pair[1]);
        if key == other {
            firsts[at] = firsts[before].or(Some(members[before].key.span));
        }
    }
    firsts
}

/// Returns the number in a string, decimal or hexadecimal.
fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_string()
    } else {
        format!("{path}.{name}")
    }
}
