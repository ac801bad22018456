//! The text of a profile → the same text with more rules: what is there keeps its order, comments
//! and formatting.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;
use serde_json::value::RawValue;

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::syscalls;

use super::rule::Rule;
use crate::Failure;

/// Returns a profile without rules.
pub(super) fn empty(abi: Abi) -> String {
    let architecture = abi.oci_name();
    format!(
        "{{
    \"defaultAction\": \"SCMP_ACT_ERRNO\",
    \"defaultErrnoRet\": 38,
    \"architectures\": [\"{architecture}\"],
    \"syscalls\": []
}}
"
    )
}

/// The text of a profile that is edited.
pub(super) struct Document {
    text: String,
}

/// The parts of a text, by their places.
struct Parts {
    /// The object that is the profile.
    profile: Range<usize>,
    /// Its `syscalls`.
    syscalls: Option<Range<usize>>,
    /// The rules in it.
    rules: Vec<Range<usize>>,
}

impl Document {
    pub(super) fn new(text: &str) -> Document {
        Document {
            text: text.to_string(),
        }
    }

    /// Removes the names of a call from all rules, and rules that have no other name. `kept`: but not
    /// from rules that allow the call on conditions.
    pub(super) fn remove(&mut self, abi: Abi, nr: u32, kept: bool) -> Result<(), Failure> {
        let is_it = |name: &str| syscalls::number(abi, name) == Some(nr);
        while let Some(place) = self.place_of(is_it, kept)? {
            remove_element(&mut self.text, place);
        }
        Ok(())
    }

    /// Returns the place of a name of a call, or of the rule if it has no other name.
    fn place_of(
        &self,
        is_it: impl Fn(&str) -> bool,
        kept: bool,
    ) -> Result<Option<Range<usize>>, Failure> {
        for rule in self.parts()?.rules {
            let members = object(&self.text, &rule)?;
            let action = members.get("action").map(|place| string(&self.text, place));
            let args = match members.get("args") {
                Some(args) if kept => array(&self.text, args).unwrap_or_default(),
                _ => Vec::new(),
            };
            if action.as_deref() == Some("SCMP_ACT_ALLOW") && !args.is_empty() {
                continue;
            }
            let single = members.get("name").map(|place| string(&self.text, place));
            if single.is_some_and(|name| is_it(&name)) {
                return Ok(Some(rule));
            }
            let names = match members.get("names") {
                Some(names) => array(&self.text, names)?,
                None => Vec::new(),
            };
            let found = { names.iter() }.find(|place| is_it(&string(&self.text, place)));
            if let Some(place) = found {
                let only = { names.iter() }.all(|place| is_it(&string(&self.text, place)));
                return Ok(Some(if only { rule } else { place.clone() }));
            }
        }
        Ok(None)
    }

    /// Returns the text with rules at the end.
    pub(super) fn extended(&self, rules: &[Rule]) -> Result<String, Failure> {
        let mut document = Document::new(&self.text);
        for rule in rules {
            document.add(rule)?;
        }
        Ok(document.text)
    }

    fn add(&mut self, rule: &Rule) -> Result<(), Failure> {
        let parts = self.parts()?;
        if let Some(at) = self.same_rule(&parts, rule)? {
            return self.add_names(&parts.rules[at], rule);
        }
        let unit = self.unit();
        let Some(list) = parts.syscalls else {
            let indent = indent(&self.text, parts.profile.start);
            let depth = format!("{indent}{unit}");
            let rule = rule.text(&format!("{depth}{unit}"), unit);
            let all = format!(",\n{depth}\"syscalls\": [\n{rule}\n{depth}]\n{indent}");
            let end = parts.profile.end - 1;
            let start = self.text[..end].trim_end().len();
            self.text.replace_range(start..end, &all);
            return Ok(());
        };
        match parts.rules.last() {
            None => {
                let depth = indent(&self.text, list.start).to_string();
                let rule = rule.text(&format!("{depth}{unit}"), unit);
                let all = format!("[\n{rule}\n{depth}]");
                self.text.replace_range(list, &all);
            }
            Some(last) if self.text[list.clone()].contains('\n') => {
                let depth = indent(&self.text, last.start).to_string();
                let rule = rule.text(&depth, unit);
                self.text.insert_str(last.end, &format!(",\n{rule}"));
            }
            // The whole list is in one line.
            Some(last) => {
                let rule = rule.line();
                self.text.insert_str(last.end, &format!(", {rule}"));
            }
        }
        Ok(())
    }

    /// Returns the rule that differs from this one in names only.
    fn same_rule(&self, parts: &Parts, rule: &Rule) -> Result<Option<usize>, Failure> {
        let wanted: Value = serde_json::from_str(&rule.line()).map_err(wrong)?;
        for (at, place) in parts.rules.iter().enumerate() {
            let other = &self.text[place.clone()];
            let mut other: Value = serde_json::from_str(other).map_err(wrong)?;
            let names = other.get("names").is_some_and(Value::is_array);
            if names {
                other["names"] = wanted["names"].clone();
            }
            if names && other == wanted {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    fn add_names(&mut self, place: &Range<usize>, rule: &Rule) -> Result<(), Failure> {
        let members = object(&self.text, place)?;
        let Some(list) = members.get("names") else {
            return Ok(());
        };
        let names = array(&self.text, list)?;
        let known: Vec<String> = { names.iter() }
            .map(|place| string(&self.text, place))
            .collect();
        let new: Vec<String> = { rule.names.iter() }
            .filter(|name| !known.contains(name))
            .cloned()
            .collect();
        let Some(last) = names.last() else {
            return Ok(());
        };
        if new.is_empty() {
            return Ok(());
        }
        let own_line = self.text[list.clone()].contains('\n');
        let added = match own_line {
            true => {
                let indent = indent(&self.text, last.start).to_string();
                format!(",\n{}", super::rule::wrapped(&new, &indent))
            }
            false => format!(", {}", super::rule::joined(&new)),
        };
        self.text.insert_str(last.end, &added);
        Ok(())
    }

    /// Returns the text that indents one level more.
    fn unit(&self) -> &'static str {
        let first = self.text.lines().nth(1).unwrap_or("");
        let indent = &first[..first.len() - first.trim_start().len()];
        match indent {
            "  " => "  ",
            _ if indent.starts_with('\t') => "\t",
            _ => "    ",
        }
    }

    fn parts(&self) -> Result<Parts, Failure> {
        let text = &self.text;
        let whole = text.len() - text.trim_start().len()..text.trim_end().len();
        let root = object(text, &whole)?;
        let under = |keys: &[&str]| -> Result<Range<usize>, Failure> {
            let mut place = whole.clone();
            for key in keys {
                place = object(text, &place)?.remove(*key).unwrap_or(place);
            }
            Ok(place)
        };
        // As the compiler finds it (`profile/forms.rs`).
        let profile = if root.contains_key("ociVersion") {
            under(&["linux", "seccomp"])?
        } else if root.contains_key("apiVersion") && root.contains_key("kind") {
            under(&["spec"])?
        } else {
            whole
        };
        let syscalls = object(text, &profile)?.remove("syscalls");
        let rules = match &syscalls {
            Some(list) => array(text, list)?,
            None => Vec::new(),
        };
        Ok(Parts {
            profile,
            syscalls,
            rules,
        })
    }
}

/// Removes an element of a list, and its comma.
fn remove_element(text: &mut String, place: Range<usize>) {
    let after = &text[place.end..];
    let behind = after.trim_start();
    let place = match behind.strip_prefix(',') {
        Some(rest) => place.start..text.len() - rest.trim_start().len(),
        None => {
            let before = text[..place.start].trim_end();
            match before.strip_suffix(',') {
                Some(before) => before.len()..place.end,
                None => place,
            }
        }
    };
    text.replace_range(place, "");
}

/// Returns the white space at the begin of the line of a place.
fn indent(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line = &text[start..];
    &line[..line.len() - line.trim_start().len()]
}

fn wrong(error: serde_json::Error) -> Failure {
    // The compiler has read the text before.
    Failure::Wrong(error.to_string())
}

/// Returns the place of a value in the text that contains it.
fn place(text: &str, value: &RawValue) -> Range<usize> {
    let start = value.get().as_ptr() as usize - text.as_ptr() as usize;
    start..start + value.get().len()
}

fn object(text: &str, at: &Range<usize>) -> Result<BTreeMap<String, Range<usize>>, Failure> {
    let members = serde_json::from_str(&text[at.clone()]);
    let members: BTreeMap<String, &RawValue> = members.map_err(wrong)?;
    let members = members.into_iter();
    Ok(members
        .map(|(key, value)| (key, place(text, value)))
        .collect())
}

fn array(text: &str, at: &Range<usize>) -> Result<Vec<Range<usize>>, Failure> {
    let elements = serde_json::from_str(&text[at.clone()]);
    let elements: Vec<&RawValue> = elements.map_err(wrong)?;
    Ok(elements
        .into_iter()
        .map(|value| place(text, value))
        .collect())
}

fn string(text: &str, at: &Range<usize>) -> String {
    serde_json::from_str(&text[at.clone()]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removed(text: &str, name: &str) -> String {
        let mut document = Document::new(text);
        let nr = syscalls::number(Abi::X86_64, name).unwrap();
        document.remove(Abi::X86_64, nr, false).unwrap();
        document.text
    }

    #[test]
    fn a_name_is_removed_with_its_comma() {
        let text = |names: &str| format!("{{ \"syscalls\": [{{ \"names\": [{names}] }}] }}");
        let three = text(r#""read", "write", "mmap""#);
        assert_eq!(removed(&three, "read"), text(r#""write", "mmap""#));
        assert_eq!(removed(&three, "write"), text(r#""read", "mmap""#));
        assert_eq!(removed(&three, "mmap"), text(r#""read", "write""#));
        assert_eq!(removed(&text("\"read\""), "read"), "{ \"syscalls\": [] }");
        assert_eq!(removed(&three, "close"), three);
    }

    #[test]
    fn rules_are_added_in_the_style_of_the_text() {
        let rule = Rule::allow("new", vec!["read".into()]);
        for (before, after) in [
            (
                "{\n  \"syscalls\": [\n    { \"names\": [] }\n  ]\n}\n",
                "{\n  \"syscalls\": [\n    { \"names\": [] },\n    {\n      \"comment\": \"new\",\n      \
                 \"names\": [\"read\"],\n      \"action\": \"SCMP_ACT_ALLOW\"\n    }\n  ]\n}\n",
            ),
            (
                "{\"syscalls\":[{\"names\":[]}]}",
                "{\"syscalls\":[{\"names\":[]}, { \"comment\": \"new\", \"names\": [\"read\"], \
                 \"action\": \"SCMP_ACT_ALLOW\" }]}",
            ),
            (
                "{\n\t\"defaultAction\": 1\n}",
                "{\n\t\"defaultAction\": 1,\n\t\"syscalls\": [\n\t\t{\n\t\t\t\"comment\": \"new\",\n\t\t\t\
                 \"names\": [\"read\"],\n\t\t\t\"action\": \"SCMP_ACT_ALLOW\"\n\t\t}\n\t]\n}",
            ),
        ] {
            let document = Document::new(before);
            assert_eq!(
                document.extended(std::slice::from_ref(&rule)).unwrap(),
                after
            );
        }
    }
}
