//! Functions and modules of a scan → their names for readers.

use seccomp_profile_scan::{Link, Scan};

use crate::inspect::phrase::plain;

/// The longest name that is shown whole.
const LONGEST: usize = 200;

/// Returns the name of a function, or its address if it has none.
pub(crate) fn name(scan: &Scan, function: usize) -> String {
    let function = &scan.functions[function];
    let Some(name) = &function.name else {
        return format!("{:#x}", function.address);
    };
    demangled(name)
}

/// Returns a symbol as the source has it.
fn demangled(symbol: &str) -> String {
    let name = match rustc_demangle::try_demangle(symbol) {
        // Without the hash at the end.
        Ok(name) => format!("{name:#}"),
        Err(_) => symbol.to_string(),
    };
    let mut name = plain(&name);
    if let Some((cut, _)) = name.char_indices().nth(LONGEST) {
        name.truncate(cut);
        name.push('…');
    }
    name
}

/// Returns a message with the symbols in it, which are in backticks, as the source has them.
pub(crate) fn explained(message: &str) -> String {
    let parts = message
        .split('`')
        .enumerate()
        .map(|(at, part)| match at % 2 {
            0 => plain(part),
            _ => demangled(part),
        });
    parts.collect::<Vec<_>>().join("`")
}

/// Returns the name of a function, with its file unless that is the program.
pub(crate) fn placed(scan: &Scan, function: usize) -> String {
    let module = scan.functions[function].module;
    match module {
        0 => name(scan, function),
        _ => format!("{} ({})", name(scan, function), short(scan, module)),
    }
}

/// Returns the path of a module.
pub(crate) fn module(scan: &Scan, module: usize) -> String {
    plain(&scan.modules[module].path)
}

/// Returns the name of a module's file.
pub(crate) fn short(scan: &Scan, module: usize) -> String {
    let path = self::module(scan, module);
    path.rsplit('/').next().unwrap_or_default().to_string()
}

/// Returns a shortest chain of functions to one, in one line: `&` stands before a function that is
/// not called but reached by its address.
pub(crate) fn chain(scan: &Scan, function: usize) -> String {
    let mut last = 0;
    let steps = scan.chain(function).into_iter().map(|function| {
        let place = &scan.functions[function];
        let by = match place.from {
            Some((_, Link::Pointer)) => "&",
            _ => "",
        };
        // The file is said where it changes.
        let named = match place.module == last {
            true => name(scan, function),
            false => format!("{} ({})", name(scan, function), short(scan, place.module)),
        };
        last = place.module;
        format!("{by}{named}")
    });
    steps.collect::<Vec<_>>().join(" > ")
}
