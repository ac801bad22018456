//! Text → JSON values that know their place in the text.
//!
//! A JSON library checks the grammar of the whole text. Then objects and arrays are cut into their
//! parts, one level at a time: so every part knows its place, and every key is seen, also duplicate
//! and unknown ones. Only fields that a profile can have are cut further, so deep nesting uses no
//! stack.

use super::hint::hint;
use crate::error::{Error, Kind, Span, Spanned};

/// The size of the largest accepted text, in bytes. Real profiles have at most 40 KiB, whole
/// `config.json` files not much more.
pub const MAX_BYTES: usize = 1 << 20;

/// What a JSON library does for this crate, which depends on none by itself.
#[derive(Clone, Copy, Debug)]
pub struct Json {
    /// Checks that a text is one value, with nothing but white space around it.
    pub check: fn(text: &str) -> Result<(), Invalid>,
    /// Returns what a string in quotes stands for.
    pub string: fn(quoted: &str) -> Result<String, Invalid>,
}

/// Why a text is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// What is wrong.
    pub message: String,
    /// The line of the byte that was read last, from 1.
    pub line: usize,
    /// The place of this byte in its line, from 1; 0 for the end of the line before.
    pub column: usize,
}

/// The crate serde_json.
#[cfg(feature = "serde_json")]
pub const SERDE_JSON: Json = Json {
    check: |text| match serde_json::from_str::<&serde_json::value::RawValue>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(invalid(&error)),
    },
    string: |quoted| serde_json::from_str(quoted).map_err(|error| invalid(&error)),
};

#[cfg(feature = "serde_json")]
fn invalid(error: &serde_json::Error) -> Invalid {
    Invalid {
        message: error.to_string(),
        line: error.line(),
        column: error.column(),
    }
}

/// A JSON value and its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    json: Json,
    raw: &'a str,
    pub(crate) span: Span,
}

/// A member of an object.
#[derive(Clone, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) key: Spanned<String>,
    pub(crate) value: Value<'a>,
}

/// Returns the text of a profile's bytes.
///
/// # Errors
/// `too-large` above [`MAX_BYTES`]; `syntax` if the bytes are not UTF-8.
pub fn text(bytes: &[u8]) -> Result<&str, Error> {
    if bytes.len() > MAX_BYTES {
        let message = format!(
            "the file has {} bytes; the limit is {MAX_BYTES}",
            bytes.len()
        );
        return Err(Error::nowhere(Kind::TooLarge, message));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let line = bytes[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
        let message = format!("line {line} is not UTF-8 (byte {at} of the file)");
        Error::nowhere(Kind::Syntax, message)
    })
}

/// Reads the one value of a text. Spans begin at `base`, the offset of the text's first byte.
pub(crate) fn read(json: Json, text: &str, base: usize) -> Result<Value<'_>, Error> {
    if text.len() > MAX_BYTES {
        let message = format!(
            "the text has {} bytes; the limit is {MAX_BYTES}",
            text.len()
        );
        return Err(Error::nowhere(Kind::TooLarge, message));
    }
    if text.starts_with('\u{feff}') {
        let span = Span {
            start: base,
            end: base + '\u{feff}'.len_utf8(),
        };
        let message = "the file begins with a byte order mark, which JSON forbids";
        return Err(Error::new(Kind::Syntax, span, message).label("remove it"));
    }
    (json.check)(text).map_err(|error| syntax(text, base, &error))?;
    let before = text.len() - text.trim_ascii_start().len();
    Ok(Value::at(json, base + before, text.trim_ascii()))
}

/// Converts the error of a JSON library.
fn syntax(text: &str, base: usize, error: &Invalid) -> Error {
    let line_start = text
        .split_inclusive('\n')
        .take(error.line.saturating_sub(1))
        .map(str::len)
        .sum::<usize>();
    let start = (line_start + error.column.saturating_sub(1)).min(text.len());
    // serde_json's messages end with the place.
    let message = { &error.message }.split(" at line ").next();
    let message = message.unwrap_or_default();
    let error = Error::new(
        Kind::Syntax,
        Span {
            start: base + start,
            end: base + start + 1,
        },
        format!("invalid JSON: {message}"),
    );
    match hint(text, start) {
        Some(hint) => error.label(hint),
        None => error,
    }
}

impl<'a> Value<'a> {
    fn at(json: Json, start: usize, raw: &'a str) -> Value<'a> {
        let end = start + raw.len();
        Value {
            json,
            raw,
            span: Span { start, end },
        }
    }

    /// Returns the text of the value, unchanged.
    pub(crate) fn raw(self) -> &'a str {
        self.raw
    }

    pub(crate) fn is_null(self) -> bool {
        self.raw == "null"
    }

    /// Returns the type of the value, as the JSON specification calls it.
    pub(crate) fn type_name(self) -> &'static str {
        match self.raw.as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "a string",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ => "a number",
        }
    }

    /// Returns the members in their order, with duplicates; `None` if this is not an object.
    pub(crate) fn members(self) -> Option<Result<Vec<Member<'a>>, Error>> {
        self.raw.starts_with('{').then(|| {
            let parts = self.parts();
            let mut members = Vec::with_capacity(parts.len() / 2);
            for pair in parts.chunks_exact(2) {
                let key = Spanned {
                    value: pair[0].decode()?,
                    span: pair[0].span,
                };
                members.push(Member {
                    key,
                    value: pair[1],
                });
            }
            Ok(members)
        })
    }

    /// Returns the elements; `None` if this is not an array.
    pub(crate) fn elements(self) -> Option<Result<Vec<Value<'a>>, Error>> {
        self.raw.starts_with('[').then(|| Ok(self.parts()))
    }

    /// Returns what is between the brackets, cut at its own commas and colons, not at those in
    /// strings and nested values. The grammar was checked before.
    fn parts(self) -> Vec<Value<'a>> {
        let inner = self.raw.get(1..self.raw.len() - 1).unwrap_or_default();
        let bytes = inner.as_bytes();
        let mut parts = Vec::new();
        let mut add = |from: usize, to: usize| {
            let part = inner.get(from..to).unwrap_or_default().trim_ascii();
            if !part.is_empty() {
                let before = part.as_ptr() as usize - self.raw.as_ptr() as usize;
                parts.push(Value::at(self.json, self.span.start + before, part));
            }
        };
        let (mut start, mut at, mut depth) = (0, 0, 0_usize);
        while at < bytes.len() {
            match bytes[at] {
                b'"' => {
                    at += 1;
                    while at < bytes.len() && bytes[at] != b'"' {
                        at += if bytes[at] == b'\\' { 2 } else { 1 };
                    }
                }
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                b',' | b':' if depth == 0 => {
                    add(start, at);
                    start = at + 1;
                }
                _ => {}
            }
            at += 1;
        }
        add(start, bytes.len());
        parts
    }

    /// Returns whether this is an array without elements.
    pub(crate) fn is_empty_array(self) -> bool {
        let rest = self.raw.strip_prefix('[');
        rest.is_some_and(|rest| rest.trim_start().starts_with(']'))
    }

    /// Returns the string; `None` if this is not a string.
    pub(crate) fn string(self) -> Option<Result<String, Error>> {
        self.raw.starts_with('"').then(|| self.decode())
    }

    /// Returns the number; `None` unless this is an integer from 0 to 2^64-1, written without sign,
    /// fraction and exponent.
    pub(crate) fn integer(self) -> Option<u64> {
        let digits = self.raw.bytes().all(|byte| byte.is_ascii_digit());
        if digits { self.raw.parse().ok() } else { None }
    }

    fn decode(self) -> Result<String, Error> {
        // Without an escape the string is between its quotes as it is.
        let plain = self
            .raw
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        match plain.filter(|plain| !plain.as_bytes().contains(&b'\\')) {
            Some(plain) => Ok(plain.to_string()),
            // The grammar was checked before, so only an escape can still be wrong.
            None => (self.json.string)(self.raw).map_err(|error| {
                let inner = syntax(self.raw, self.span.start, &error);
                Error {
                    span: Some(self.span),
                    label: String::new(),
                    ..inner
                }
            }),
        }
    }
}

#[cfg(all(test, feature = "serde_json"))]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_text() {
        let text = "\n { \"a\\u0062\" : [ 1, \"é\" ] }";
        let value = read(SERDE_JSON, text, 0).unwrap();
        let members = value.members().unwrap().unwrap();
        let member = &members[0];
        assert_eq!(member.key.value, "ab");
        assert_eq!(
            &text[member.key.span.start..member.key.span.end],
            "\"a\\u0062\""
        );
        let elements = member.value.elements().unwrap().unwrap();
        assert_eq!(&text[elements[1].span.start..elements[1].span.end], "\"é\"");
        assert_eq!(elements[1].string().unwrap().unwrap(), "é");
        assert_eq!(elements[0].integer(), Some(1));
    }

    #[test]
    fn only_own_commas_cut() {
        let text = r#"{ "a\"]": [ "],\\", {"b":"}\"]:"} , [ ],[1,2] ] ,"c":"x,y:z" }"#;
        let members = read(SERDE_JSON, text, 0)
            .unwrap()
            .members()
            .unwrap()
            .unwrap();
        let keys: Vec<&str> = members
            .iter()
            .map(|member| member.key.value.as_str())
            .collect();
        assert_eq!(keys, ["a\"]", "c"]);
        assert_eq!(members[1].value.string().unwrap().unwrap(), "x,y:z");
        let elements = members[0].value.elements().unwrap().unwrap();
        let raw: Vec<&str> = elements.iter().map(|element| element.raw()).collect();
        assert_eq!(raw, [r#""],\\""#, r#"{"b":"}\"]:"}"#, "[ ]", "[1,2]"]);
        for element in elements {
            assert_eq!(&text[element.span.start..element.span.end], element.raw());
        }
        assert!(read(SERDE_JSON, "[ \n]", 0).unwrap().is_empty_array());
        assert!(!read(SERDE_JSON, "[[]]", 0).unwrap().is_empty_array());
        let empty = read(SERDE_JSON, "{ }", 0)
            .unwrap()
            .members()
            .unwrap()
            .unwrap();
        assert!(empty.is_empty());
    }

    #[test]
    fn integers_are_plain() {
        for (text, number) in [
            ("0", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("1.0", None),
            ("1e3", None),
            ("-0", None),
            ("-1", None),
            ("\"1\"", None),
        ] {
            assert_eq!(
                read(SERDE_JSON, text, 0).unwrap().integer(),
                number,
                "{text}"
            );
        }
    }

    #[test]
    fn deep_nesting_uses_no_stack() {
        let text = "[".repeat(500_000) + &"]".repeat(500_000);
        assert_eq!(read(SERDE_JSON, &text, 0).unwrap().type_name(), "an array");
        let text = "[".repeat(500_000);
        assert_eq!(read(SERDE_JSON, &text, 0).unwrap_err().kind, Kind::Syntax);
    }

    #[test]
    fn invalid_text_is_rejected() {
        assert_eq!(text(b"{\"a\":\xff}").unwrap_err().kind, Kind::Syntax);
        assert_eq!(
            text(&vec![b' '; MAX_BYTES + 1]).unwrap_err().kind,
            Kind::TooLarge
        );
        assert_eq!(
            read(SERDE_JSON, "\u{feff}{}", 0).unwrap_err().kind,
            Kind::Syntax
        );
        let lone_surrogate = read(SERDE_JSON, r#"["\ud800"]"#, 0)
            .unwrap()
            .elements()
            .unwrap()
            .unwrap()[0];
        assert_eq!(
            lone_surrogate.string().unwrap().unwrap_err().kind,
            Kind::Syntax
        );
    }
}
