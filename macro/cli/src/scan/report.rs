//! What a program can do → text for readers: first whether that is all.

use seccomp_profile_scan::{Numbers, Warning};

use super::binary::Scanned;
use super::names::{chain, explained, module, name, placed};
use crate::inspect::phrase::plain;
use crate::paint::Paint;

/// Writes the answer.
pub(super) fn report(scanned: &Scanned, paint: Paint) -> String {
    [
        summary(scanned, paint),
        calls(scanned, paint),
        open(scanned, paint),
        missing(scanned, paint),
        empty(scanned, paint),
        warnings(scanned, paint),
        assumptions(scanned, paint),
    ]
    .concat()
}

/// Writes whether the answer is complete.
pub(crate) fn summary(scanned: &Scanned, paint: Paint) -> String {
    let (path, abi) = (plain(&scanned.path), scanned.abi);
    let counted = format!(
        "{}, at {} of {}",
        count(scanned.calls.len(), "system call"),
        count(scanned.scan.sites.len(), "instruction"),
        count(scanned.scan.modules.len(), "file")
    );
    match scanned.lacks() {
        None => format!(
            "{} {counted}\n",
            paint.bold(&format!("{path} on {abi}: complete:"))
        ),
        Some(lacks) => format!(
            "{}\nIt can make more calls than these: {counted}\n",
            paint.bold(&format!("{path} on {abi}: not complete: {lacks}."))
        ),
    }
}

fn count(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

fn section(title: &str, lines: Vec<String>, paint: Paint) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let lines = lines
        .into_iter()
        .map(|line| format!("  {}\n", line.trim_end()));
    format!("\n{}\n{}", paint.bold(title), lines.collect::<String>())
}

fn calls(scanned: &Scanned, paint: Paint) -> String {
    let names: Vec<String> = scanned.calls.iter().map(|call| call.shown()).collect();
    let width = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    let mut lines: Vec<String> = { names.iter().zip(&scanned.calls) }
        .map(|(name, call)| {
            let mut words = Vec::new();
            if !call.sites.is_empty() {
                words.push(count(call.sites.len(), "site"));
                words.push(count(call.functions.len(), "function"));
            }
            words.extend(call.elsewhere.iter().map(|by| by.to_string()));
            let choices = match call.choices(scanned.abi) {
                choices if choices.is_empty() => choices,
                choices => format!("; {choices}"),
            };
            format!("{name:width$}  {}{choices}", paint.dim(&words.join(", ")))
        })
        .collect();
    lines.sort();
    section("Calls:", lines, paint)
}

/// Writes the sites that are not bounded, each with how the program gets there.
pub(crate) fn open(scanned: &Scanned, paint: Paint) -> String {
    let scan = &scanned.scan;
    let lines = scanned.open().map(|(site, why)| {
        format!(
            "{} {:#x} in {}: {}\n    {}",
            module(scan, site.module),
            site.address,
            name(scan, site.function),
            explained(why),
            paint.dim(&chain(scan, site.function))
        )
    });
    section(
        "Not bounded, so these can make any call:",
        lines.collect(),
        paint,
    )
}

/// Writes the libraries that were not found.
pub(crate) fn missing(scanned: &Scanned, paint: Paint) -> String {
    let lines = scanned.missing.iter();
    let lines = lines.map(|(name, by)| plain(&format!("{name}, which {by} needs")));
    let title = "Not found (--library-path and --sysroot say where libraries are):";
    section(title, lines.collect(), paint)
}

/// Writes the sites that no number reaches.
fn empty(scanned: &Scanned, paint: Paint) -> String {
    let scan = &scanned.scan;
    let sites = scan
        .sites
        .iter()
        .filter(|site| matches!(&site.numbers, Numbers::Bounded(numbers) if numbers.is_empty()));
    let lines = sites.map(|site| {
        let (place, by) = (module(scan, site.module), name(scan, site.function));
        format!("{place} {:#x} in {by}", site.address)
    });
    section(
        "No code that can be reached brings a number here:",
        lines.collect(),
        paint,
    )
}

/// Writes what can do more than the answer says.
pub(crate) fn warnings(scanned: &Scanned, paint: Paint) -> String {
    let line = |warning: &Warning| {
        let place = match warning.function {
            Some(function) => format!(" (in {})", placed(&scanned.scan, function)),
            None => String::new(),
        };
        let (kind, message) = (warning.kind, explained(&warning.message));
        format!("{kind}: {message}{place}")
    };
    let missing = scanned.missing_by_warnings().map(line).collect();
    let others = scanned.scan.warnings.iter();
    let others = others.filter(|warning| !warning.incomplete);
    let mut others: Vec<String> = others.map(line).collect();
    others.extend(scanned.instead.iter().map(|path| {
        plain(&format!(
            "hwcaps: some processors load {path} in place of the file that was read"
        ))
    }));
    let missing = section(
        "Calls are missing, as the code has more than was read:",
        missing,
        paint,
    );
    missing + &section("Warnings:", others, paint)
}

fn assumptions(scanned: &Scanned, paint: Paint) -> String {
    let lines = scanned.scan.assumptions.iter().map(|line| plain(line));
    section("This is a superset if:", lines.collect(), paint)
}
