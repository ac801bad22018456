//! An earlier answer of `scan --json` × the answer now → what is new, and what is gone.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::binary::Scanned;
use super::calls::shown;
use super::names::chain;
use crate::Failure;
use crate::inspect::phrase::plain;
use crate::paint::Paint;
use crate::texts;

/// What one answer has and the other one has not.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) new: Facts,
    gone: Facts,
}

/// What is compared: addresses are not, because every build moves them.
#[derive(Default, Clone)]
pub(super) struct Facts {
    /// The calls by number, with their names.
    calls: BTreeSet<(u32, Option<String>)>,
    /// Sites that are not bounded: the name of the file, and the function.
    open: BTreeSet<(String, String)>,
    /// The kinds of warnings, with the function.
    warnings: BTreeSet<(String, String)>,
}

/// Compares with the file of an earlier answer.
///
/// # Errors
/// It is no such file, or of another architecture.
pub(super) fn changes(file: &str, scanned: &Scanned, now: &Value) -> Result<Changes, Failure> {
    let text = texts::lines(file)?;
    let wrong = |what: &str| {
        let message = format!("{file}: {what}: it must be what `scan --json` has written");
        Failure::Wrong(plain(&message))
    };
    let before: Value = serde_json::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
    let arch = before["arch"]
        .as_str()
        .ok_or_else(|| wrong("it has no `arch`"))?;
    if arch != scanned.abi.name() {
        return Err(wrong(&format!(
            "it is of {arch}, and the program is for {}",
            scanned.abi
        )));
    }
    let before = Facts::read(&before).ok_or_else(|| wrong("it lacks a part"))?;
    let now = Facts::read(now).unwrap_or_default();
    Ok(Changes {
        new: now.without(&before),
        gone: before.without(&now),
    })
}

impl Facts {
    fn read(answer: &Value) -> Option<Facts> {
        let mut facts = Facts::default();
        for call in answer["calls"].as_array()? {
            let nr = u32::try_from(call["nr"].as_u64()?).ok()?;
            facts
                .calls
                .insert((nr, call["name"].as_str().map(String::from)));
        }
        for module in answer["modules"].as_array()? {
            let file = module["path"].as_str()?.rsplit('/').next()?.to_string();
            for site in module["sites"].as_array()? {
                if site["calls"].is_null() {
                    facts
                        .open
                        .insert((file.clone(), site["function"].as_str()?.to_string()));
                }
            }
        }
        for warning in answer["warnings"].as_array()? {
            let function = warning["function"].as_str().unwrap_or_default();
            let kind = warning["kind"].as_str()?;
            facts
                .warnings
                .insert((kind.to_string(), function.to_string()));
        }
        Some(facts)
    }

    fn without(&self, other: &Facts) -> Facts {
        Facts {
            calls: &self.calls - &other.calls,
            open: &self.open - &other.open,
            warnings: &self.warnings - &other.warnings,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.open.is_empty() && self.warnings.is_empty()
    }

    fn json(&self) -> Value {
        let pair = |first: &str, second: &str, pairs: &BTreeSet<(String, String)>| {
            let pairs = pairs
                .iter()
                .map(|(one, other)| json!({ first: one, second: other }));
            pairs.collect::<Vec<Value>>()
        };
        let calls = self
            .calls
            .iter()
            .map(|(nr, name)| json!({ "name": name, "nr": nr }));
        json!({
            "calls": calls.collect::<Vec<Value>>(),
            "notBounded": pair("file", "function", &self.open),
            "warnings": pair("kind", "function", &self.warnings),
        })
    }

    /// Writes the facts; of calls of the answer now, how the program gets there.
    fn lines(&self, now: Option<&Scanned>, paint: Paint) -> String {
        let mut out = String::new();
        for (nr, name) in &self.calls {
            out.push_str(&format!("  {}\n", plain(&shown(name.as_deref(), *nr))));
            let call = now.and_then(|scanned| Some((scanned, scanned.call(*nr)?)));
            let nearest = call.and_then(|(scanned, call)| Some((scanned, call.functions.first()?)));
            if let Some((scanned, function)) = nearest {
                let chain = chain(&scanned.scan, *function);
                out.push_str(&format!("    {}\n", paint.dim(&chain)));
            }
        }
        for (file, function) in &self.open {
            out.push_str(&plain(&format!("  not bounded: {function} in {file}")));
            out.push('\n');
        }
        for (kind, function) in &self.warnings {
            let place = match function.as_str() {
                "" => String::new(),
                function => format!(" in {function}"),
            };
            out.push_str(&plain(&format!("  warning: {kind}{place}")));
            out.push('\n');
        }
        out
    }
}

impl Changes {
    pub(super) fn json(&self) -> Value {
        json!({ "new": self.new.json(), "gone": self.gone.json() })
    }

    /// Writes what is new, with how the program gets there, and what is gone.
    pub(super) fn text(&self, file: &str, scanned: &Scanned, paint: Paint) -> String {
        let file = plain(file);
        let mut out = String::new();
        for (title, facts, now) in [
            ("New", &self.new, Some(scanned)),
            ("Gone", &self.gone, None),
        ] {
            if !facts.is_empty() {
                out.push_str(&format!(
                    "\n{}\n",
                    paint.bold(&format!("{title} since {file}:"))
                ));
                out.push_str(&facts.lines(now, paint));
            }
        }
        if out.is_empty() {
            out.push_str(&format!("\nThe same as {file}\n"));
        }
        out
    }
}
