//! The rules that are added to a profile, and their text.

use crate::Failure;

/// A rule of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) comment: String,
    pub(super) names: Vec<String>,
    /// ENOSYS instead of ALLOW.
    pub(super) enosys: bool,
    pub(super) args: Vec<Condition>,
}

/// A condition of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Condition {
    pub(super) index: u8,
    pub(super) value: Datum,
    /// What the masked bits must be, if the value is a mask.
    pub(super) masked: Option<Datum>,
}

/// A number of a condition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Datum {
    Number(u64),
    Names(String),
}

impl Rule {
    pub(super) fn allow(comment: impl Into<String>, names: Vec<String>) -> Rule {
        Rule {
            comment: comment.into(),
            names,
            enosys: false,
            args: Vec::new(),
        }
    }

    /// Returns the lines after the first of the rule's object, without commas.
    fn members(&self) -> Vec<(&'static str, String)> {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut members = vec![("comment", quoted(&self.comment))];
        members.push(("names", String::new()));
        match self.enosys {
            false => members.push(("action", quoted("SCMP_ACT_ALLOW"))),
            true => {
                members.push(("action", quoted("SCMP_ACT_ERRNO")));
                members.push(("errnoRet", "38".into()));
            }
        }
        if !self.args.is_empty() {
            members.push(("args", String::new()));
        }
        members
    }

    /// Returns the rule as lines, each with this indentation.
    pub(super) fn text(&self, indent: &str, unit: &str) -> String {
        let inner = format!("{indent}{unit}");
        let deeper = format!("{inner}{unit}");
        let members = self.members().into_iter().map(|(key, value)| {
            let value = match key {
                "names" => {
                    let line = format!("[{}]", joined(&self.names));
                    match inner.len() + line.len() + 10 <= WIDTH {
                        true => line,
                        false => format!("[\n{}\n{inner}]", wrapped(&self.names, &deeper)),
                    }
                }
                "args" => {
                    let args: Vec<String> = { self.args.iter() }
                        .map(|arg| format!("{deeper}{}", arg.line()))
                        .collect();
                    format!("[\n{}\n{inner}]", args.join(",\n"))
                }
                _ => value,
            };
            format!("{inner}\"{key}\": {value}")
        });
        let members: Vec<String> = members.collect();
        format!("{indent}{{\n{}\n{indent}}}", members.join(",\n"))
    }

    /// Returns the rule as one line.
    pub(super) fn line(&self) -> String {
        let members = self.members().into_iter().map(|(key, value)| {
            let value = match key {
                "names" => format!("[{}]", joined(&self.names)),
                "args" => {
                    let args: Vec<String> = self.args.iter().map(Condition::line).collect();
                    format!("[{}]", args.join(", "))
                }
                _ => value,
            };
            format!("\"{key}\": {value}")
        });
        let members: Vec<String> = members.collect();
        format!("{{ {} }}", members.join(", "))
    }
}

impl Condition {
    fn line(&self) -> String {
        let (index, value) = (self.index, self.value.text());
        match &self.masked {
            None => {
                format!("{{ \"index\": {index}, \"op\": \"SCMP_CMP_EQ\", \"value\": {value} }}")
            }
            Some(bits) => format!(
                "{{ \"index\": {index}, \"op\": \"SCMP_CMP_MASKED_EQ\", \"value\": {value}, \"valueTwo\": {} }}",
                bits.text()
            ),
        }
    }
}

impl Datum {
    fn text(&self) -> String {
        match self {
            Datum::Number(number) => number.to_string(),
            Datum::Names(names) => serde_json::Value::from(names.as_str()).to_string(),
        }
    }
}

/// The width of a line of names.
const WIDTH: usize = 100;

/// Returns names as the elements of a list, in one line.
pub(super) fn joined(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    names.join(", ")
}

/// Returns names as the elements of a list, in lines with this indentation.
pub(super) fn wrapped(names: &[String], indent: &str) -> String {
    let mut lines = vec![String::new()];
    for (at, name) in names.iter().enumerate() {
        let comma = if at + 1 < names.len() { "," } else { "" };
        let word = format!("\"{name}\"{comma}");
        match lines.last_mut() {
            Some(line) if line.is_empty() => *line = word,
            Some(line) if indent.len() + line.len() + word.len() < WIDTH => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    let lines: Vec<String> = lines.iter().map(|line| format!("{indent}{line}")).collect();
    lines.join("\n")
}

/// The error of a group that does not compile, which tests exclude.
pub(super) fn defect(errors: &seccomp_profile_compiler::Errors) -> Failure {
    let messages: Vec<String> = { errors.iter() }
        .map(|error| error.message.to_string())
        .collect();
    Failure::Wrong(messages.join("; "))
}
