//! The text of `scan --json` → what it says of each site.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

pub(crate) struct Answer {
    /// The number of `restart_syscall`, which the kernel puts where another number was.
    pub(crate) restart: i64,
    pub(crate) complete: bool,
    /// The real path of a module and an address in it.
    pub(crate) sites: BTreeMap<(PathBuf, u64), Site>,
    pub(crate) modules: BTreeSet<PathBuf>,
    /// Number and name.
    pub(crate) calls: BTreeMap<i64, String>,
    warnings: Vec<String>,
    assumptions: Vec<String>,
}

pub(crate) enum Site {
    Calls(BTreeSet<i64>),
    /// Not bounded, and why.
    Unresolved(String),
}

impl Answer {
    pub(crate) fn parse(text: &[u8]) -> Result<Answer, String> {
        let value: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let mut sites = BTreeMap::new();
        let mut modules = BTreeSet::new();
        for module in list(&value, "modules")? {
            let path = text_of(module, "path")?;
            let path = std::fs::canonicalize(path).map_err(|error| format!("`{path}`: {error}"))?;
            modules.insert(path.clone());
            for site in list(module, "sites")? {
                let address = site["address"].as_u64().ok_or("a site has no address")?;
                let found = if site["calls"].is_null() {
                    let why = text_of(site, "why")?;
                    if why.is_empty() {
                        return Err(format!("{address:#x} is not bounded without a reason"));
                    }
                    Site::Unresolved(why.to_owned())
                } else {
                    Site::Calls(numbers(list(site, "calls")?)?)
                };
                if sites.insert((path.clone(), address), found).is_some() {
                    return Err(format!("{address:#x} is there twice"));
                }
            }
        }
        let mut calls = BTreeMap::new();
        for call in list(&value, "calls")? {
            let number = call["nr"].as_i64().ok_or("a call has no number")?;
            // A number that no call has is without a name.
            let name = call["name"].as_str().unwrap_or_default();
            calls.insert(number, name.to_owned());
        }
        let warning = |value: &Value| Ok(text_of(value, "message")?.to_owned());
        let warnings = list(&value, "warnings")?.iter().map(warning);
        let assumptions = list(&value, "assumptions")?.iter();
        let restart = match text_of(&value, "arch")? {
            "x86_64" => 219,
            "aarch64" => 128,
            other => return Err(format!("`{other}` is no architecture of these tests")),
        };
        let answer = Answer {
            restart,
            complete: value["complete"].as_bool().ok_or("`complete` is missing")?,
            sites,
            modules,
            calls,
            warnings: warnings.collect::<Result<_, String>>()?,
            assumptions: assumptions
                .map(|text| text.as_str().unwrap_or_default().to_lowercase())
                .collect(),
        };
        answer.is_consistent()?;
        Ok(answer)
    }

    /// What is said of sites must be said of the whole.
    fn is_consistent(&self) -> Result<(), String> {
        if self.complete && self.unresolved() > 0 {
            return Err("it says complete, but a site is not bounded".to_owned());
        }
        for ((_, address), site) in &self.sites {
            let Site::Calls(calls) = site else { continue };
            if let Some(number) = calls.iter().find(|number| !self.calls.contains_key(number)) {
                return Err(format!(
                    "{number} of the site {address:#x} is not in `calls`"
                ));
            }
        }
        Ok(())
    }

    pub(crate) fn unresolved(&self) -> usize {
        let sites = self.sites.values();
        sites
            .filter(|site| matches!(site, Site::Unresolved(_)))
            .count()
    }

    /// Whether a warning or a reason contains some words, in any case.
    pub(crate) fn says(&self, words: &str) -> bool {
        let reasons = self.sites.values().filter_map(|site| match site {
            Site::Unresolved(why) => Some(why),
            Site::Calls(_) => None,
        });
        let words = words.to_lowercase();
        self.warnings
            .iter()
            .chain(reasons)
            .any(|text| text.to_lowercase().contains(&words))
    }

    /// Whether an assumption contains some words, in any case.
    pub(crate) fn assumes(&self, words: &str) -> bool {
        let words = words.to_lowercase();
        self.assumptions.iter().any(|text| text.contains(&words))
    }
}

fn list<'a>(value: &'a Value, name: &str) -> Result<&'a Vec<Value>, String> {
    value[name]
        .as_array()
        .ok_or_else(|| format!("`{name}` is no list"))
}

fn text_of<'a>(value: &'a Value, name: &str) -> Result<&'a str, String> {
    value[name]
        .as_str()
        .ok_or_else(|| format!("`{name}` is no text"))
}

fn numbers(values: &[Value]) -> Result<BTreeSet<i64>, String> {
    values
        .iter()
        .map(|value| {
            value
                .as_i64()
                .ok_or_else(|| format!("{value} is no number of a call"))
        })
        .collect()
}
