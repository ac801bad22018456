//! The lines of `trace` → where which number was seen.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// One line: a place and a number that was seen there.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) module: PathBuf,
    pub(crate) address: u64,
    pub(crate) number: i64,
    /// By the entry of i386, whose numbers are others.
    pub(crate) i386: bool,
}

pub(crate) fn read(file: &Path) -> Result<BTreeSet<Seen>, String> {
    let at = |problem: String| format!("`{}`: {problem}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| at(error.to_string()))?;
    let seen: BTreeSet<Seen> = text
        .lines()
        .map(|line| parse(line).ok_or_else(|| at(format!("`{line}`"))))
        .collect::<Result<_, _>>()?;
    if seen.is_empty() {
        return Err(at("nothing was traced".to_owned()));
    }
    Ok(seen)
}

fn parse(line: &str) -> Option<Seen> {
    let mut fields = line.split('\t');
    let module = fields.next()?;
    let address = u64::from_str_radix(fields.next()?.strip_prefix("0x")?, 16).ok()?;
    let number = fields.next()?;
    let native = number.strip_prefix("i386:");
    Some(Seen {
        module: module.into(),
        address,
        number: native.unwrap_or(number).parse().ok()?,
        i386: native.is_some(),
    })
}
