//! A call → for each function that makes it, how the program gets there.

use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_scan::Link;

use super::binary::Scanned;
use super::names::{module, name, placed};
use crate::Failure;
use crate::paint::Paint;

/// Returns the chains of the calls with these names.
///
/// # Errors
/// A name is none of the table.
pub(super) fn why(scanned: &Scanned, names: &[String], paint: Paint) -> Result<String, Failure> {
    let mut out = String::new();
    for name in names {
        let nr = syscalls::require(scanned.abi, name).map_err(|error| {
            Failure::Usage(format!("--why: {}; {}", error.message, error.label))
        })?;
        out.push('\n');
        match scanned.call(nr) {
            Some(_) => out.push_str(&one(scanned, nr, paint)),
            None if scanned.is_complete() => {
                out.push_str(&format!(
                    "{}: no code that can be reached makes it\n",
                    paint.bold(name)
                ));
            }
            None => out.push_str(&format!(
                "{}: not found, but the answer is not complete\n",
                paint.bold(name)
            )),
        }
    }
    Ok(out)
}

fn one(scanned: &Scanned, nr: u32, paint: Paint) -> String {
    let Some(call) = scanned.call(nr) else {
        return String::new();
    };
    let scan = &scanned.scan;
    let mut out = format!("{} ({nr}):\n", paint.bold(&call.shown()));
    for by in &call.elsewhere {
        out.push_str(&format!("  {by}\n"));
    }
    for function in &call.functions {
        out.push_str(&format!("  {}\n", placed(scan, *function)));
        let mut last = 0;
        for step in scan.chain(*function) {
            let place = &scan.functions[step];
            let how = match place.from {
                None => "the start:",
                Some((_, Link::Call)) => "calls",
                Some((_, Link::Pointer)) => "takes the address of",
            };
            let file = match place.module == last {
                true => String::new(),
                false => paint.dim(&format!(" in {}", module(scan, place.module))),
            };
            last = place.module;
            out.push_str(&format!("    {how} {}{file}\n", name(scan, step)));
        }
    }
    let sites = call.sites.iter().map(|at| &scan.sites[*at]);
    for site in sites {
        let (place, by) = (module(scan, site.module), name(scan, site.function));
        let line = format!("  made at {place} {:#x} in {by}", site.address);
        out.push_str(&format!("{}\n", paint.dim(&line)));
    }
    out
}
