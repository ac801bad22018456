//! `args` of a rule → its conditions; and the same for the second reader, with numbers in the place
//! of strings.

use super::argument::{Arg, Datum, OPS};
use super::fields::{Fields, RawMember, Reader};
use super::json::{Member, Value};
use super::number;
use crate::error::{Error, Kind, Spanned};

pub(super) const ARG: &[&str] = &["index", "value", "valueTwo", "op"];

impl<'a> Reader<'a> {
    pub(super) fn arg(&mut self, value: Value<'a>, path: String) -> Option<Arg> {
        let fields = self.fields(value, &path, ARG)?;
        let index = self.required(&fields, "index");
        let index = index.and_then(|index| self.integer(index, fields.path("index")));
        let datum = self.required(&fields, "value");
        let datum = datum.and_then(|datum| self.datum(datum, fields.path("value")));
        let two = match fields.get("valueTwo") {
            Some(two) => Some(self.datum(two, fields.path("valueTwo"))?),
            None => None,
        };
        let op = self
            .required(&fields, "op")
            .and_then(|op| self.one_of(op, fields.path("op"), &OPS, Kind::UnknownOp, "operator"));
        let (op, (number, datum)) = (op?, datum?);
        let (second, two) = two.map_or((None, Datum::Number(0)), |(second, two)| {
            (Some(second), two)
        });
        let arg = Arg::new(index?, op, number, second).map_err(|error| error.path(path));
        Some(self.take(arg)?.written(op, datum, two))
    }

    /// Reads a number of a condition, which can be a string; returns its value on the target too.
    fn datum(&mut self, value: Value<'a>, path: String) -> Option<(Spanned<u64>, Datum)> {
        let span = value.span;
        if let Some(Ok(text)) = value.string() {
            let number = match number::value(&text, self.target) {
                Ok(value) => Spanned { value, span },
                Err(wrong) => {
                    let kind = if wrong.unreadable {
                        Kind::WrongType
                    } else {
                        Kind::UnknownConstant
                    };
                    let error = Error::new(kind, span, wrong.message).path(path);
                    self.errors.push(error.label(wrong.label));
                    return None;
                }
            };
            let datum = if number::is_named(&text) {
                Datum::Named(text.into())
            } else {
                Datum::Number(number.value)
            };
            self.strings.get_or_insert(span);
            return Some((number, datum));
        }
        if let Some(positive) = value.raw().strip_prefix('-') {
            if !positive.is_empty() && positive.bytes().all(|byte| byte.is_ascii_digit()) {
                let message = format!("`{}` is not an integer from 0 to 2^64-1", value.raw());
                self.errors.push(
                    Error::new(Kind::WrongType, span, message)
                        .path(path)
                        .label(format!("write \"{}\", with quotes", value.raw()))
                        .note("the string stands for the number, sign-extended to 64 bits; container engines do not read it"),
                );
                return None;
            }
        }
        let number = self.integer(value, path)?;
        Some((number, Datum::Number(number.value)))
    }

    /// Returns `args` for the second reader, with numbers in the place of strings.
    pub(super) fn plain_args(&self, fields: &Fields<'a>) -> Option<RawMember> {
        let (name, raw) = fields.raw("args")?;
        let elements = fields.get("args")?.elements()?.ok()?;
        let mut plain = Vec::with_capacity(elements.len());
        let mut has_string = false;
        for element in elements {
            let members = element.members()?.ok()?;
            let mut object = Vec::with_capacity(members.len());
            for Member { key, value } in members {
                let is_datum = matches!(key.value.as_str(), "value" | "valueTwo");
                let number = match value.string() {
                    Some(text) if is_datum => number::value(&text.ok()?, self.target).ok(),
                    _ => None,
                };
                has_string |= number.is_some();
                let raw = number.map_or(value.raw().to_string(), |number| number.to_string());
                object.push(format!("{}:{raw}", self.raw(key.span)));
            }
            plain.push(format!("{{{}}}", object.join(",")));
        }
        let numbers = format!("[{}]", plain.join(","));
        Some((name, if has_string { numbers } else { raw }))
    }
}
