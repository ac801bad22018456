//! Calls to allow → rules as text, to paste into `syscalls` of a profile.

use std::collections::{BTreeMap, BTreeSet};

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::{arguments, call, syscalls};
use serde_json::Value;

use crate::inspect::phrase::plain;

/// The longest line of names.
const WIDEST: usize = 100;

/// A condition: the index of an argument, and the number or names of its value.
type Equal = (u8, Value);

/// Rules that allow calls.
#[derive(Default)]
pub(crate) struct Proposal {
    /// The comment of a rule and its conditions → its calls.
    rules: BTreeMap<(String, Vec<String>), BTreeSet<&'static str>>,
    /// What must be done by hand.
    notes: BTreeSet<String>,
}

impl Proposal {
    /// Adds a call with these values of its arguments. The comment says who makes it.
    pub(crate) fn allow(&mut self, comment: &str, name: &'static str, args: &[Equal]) {
        let args = args.iter().map(|(index, value)| {
            format!("{{ \"index\": {index}, \"value\": {value}, \"op\": \"SCMP_CMP_EQ\" }}")
        });
        let key = (plain(comment), args.collect());
        self.rules.entry(key).or_default().insert(name);
    }

    /// Adds something that must be done by hand.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.insert(note);
    }

    /// Adds a note about a call that groups have rules for: a rule of the profile would replace
    /// theirs, on which the program depends.
    pub(crate) fn of_groups(&mut self, call: &str, name: &str) {
        self.note(format!(
            "`{call}`: groups have rules for `{name}`, and a rule of the profile replaces them: \
             add a group that allows this call too, or write all rules for it"
        ));
    }

    pub(crate) fn notes(&self) -> impl Iterator<Item = &str> {
        self.notes.iter().map(String::as_str)
    }

    /// Writes the rules, indented as in a profile.
    pub(crate) fn text(&self) -> String {
        let rules = self.rules.iter().map(|((comment, args), names)| {
            let mut lines = vec![format!("\"comment\": {}", Value::from(comment.as_str()))];
            lines.push(format!("\"names\": {}", list(names)));
            lines.push("\"action\": \"SCMP_ACT_ALLOW\"".into());
            match args.as_slice() {
                [] => {}
                [one] => lines.push(format!("\"args\": [{one}]")),
                several => {
                    let several = several.join(",\n                ");
                    lines.push(format!(
                        "\"args\": [\n                {several}\n            ]"
                    ));
                }
            }
            format!(
                "        {{\n            {}\n        }}",
                lines.join(",\n            ")
            )
        });
        let mut text = rules.collect::<Vec<_>>().join(",\n");
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }

    /// The rules as values.
    pub(crate) fn json(&self) -> Value {
        let text = format!("[{}]", self.text());
        // It is made of quoted strings and numbers.
        serde_json::from_str(&text).unwrap_or_default()
    }
}

/// The names on one line, or on several that are not too long.
fn list(names: &BTreeSet<&str>) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let line = quoted.join(", ");
    if line.len() <= WIDEST - 24 {
        return format!("[{line}]");
    }
    let mut text = String::from("[");
    let mut width = WIDEST;
    for (i, name) in quoted.iter().enumerate() {
        let comma = if i + 1 < quoted.len() { "," } else { "" };
        if width + name.len() + 2 > WIDEST {
            text.push_str("\n                ");
            width = 16;
        } else {
            text.push(' ');
            width += 1;
        }
        text.push_str(name);
        text.push_str(comma);
        width += name.len() + comma.len();
    }
    text + "\n            ]"
}

/// Returns what a condition compares an argument with: names if they say all of it.
pub(crate) fn value(abi: Abi, nr: u32, index: u8, value: u64) -> Value {
    let value = value & abi.width().max();
    let argument = syscalls::name(abi, nr)
        .and_then(|name| arguments::argument(abi, name, index.into()))
        .filter(|argument| argument.family.is_some());
    let text = argument.map(|argument| call::value_of(abi, argument, value, abi.width()));
    match text {
        Some(text)
            if text
                .split('|')
                .all(|name| name.starts_with(|c: char| c.is_ascii_alphabetic())) =>
        {
            Value::from(text)
        }
        _ => Value::from(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seccomp_profile_compiler::{Options, compile};

    #[test]
    fn the_text_is_part_of_a_profile() {
        let mut proposal = Proposal::default();
        proposal.allow(
            "\"a\"\n\u{202e}",
            "socket",
            &[(0, value(Abi::X86_64, 41, 0, 2))],
        );
        proposal.allow(
            "b",
            "socket",
            &[(0, Value::from(7)), (1, Value::from("SOCK_RAW"))],
        );
        for name in syscalls::calls(Abi::X86_64).iter().take(40) {
            proposal.allow("a", name.1, &[]);
        }
        let text = proposal.text();
        assert!(text.lines().all(|line| line.len() <= WIDEST), "{text}");
        assert!(text.contains("\"value\": \"AF_INET\""), "{text}");
        let profile =
            format!("{{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [\n{text}] }}");
        compile(&profile, Abi::X86_64, &Options::default()).unwrap();
        assert_eq!(proposal.json().as_array().unwrap().len(), 3);
    }

    #[test]
    fn values_have_names_where_they_have_some() {
        let of = |name, index, number| {
            let nr = syscalls::number(Abi::X86_64, name).unwrap();
            value(Abi::X86_64, nr, index, number)
        };
        assert_eq!(of("mmap", 2, 5), "PROT_READ|PROT_EXEC");
        assert_eq!(of("mmap", 2, 0x1000_0005), 0x1000_0005);
        assert_eq!(of("close", 0, 5), 5);
        assert_eq!(value(Abi::X86, 6, 0, u64::MAX), u64::from(u32::MAX));
    }
}
