//! Where a profile and a program differ → text for readers.

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::call;

use super::findings::{Denied, Findings, Unused};
use crate::inspect::phrase::plain;
use crate::paint::Paint;
use crate::scan::binary::Scanned;
use crate::scan::{names, report};

/// The most characters of a line with names.
const WIDEST: usize = 100;

/// Writes the three lists, and what is not known.
pub(super) fn report(
    profile: &str,
    scanned: &Scanned,
    found: &Findings<'_>,
    paint: Paint,
) -> String {
    let mut out = report::summary(scanned, paint);
    let lists = [
        (
            "The code can make these calls, and they never run:",
            &found.denied,
        ),
        (
            "These calls run on conditions, which the code need not meet:",
            &found.conditional,
        ),
        (
            "These get ENOSYS, as meant: C libraries then make another call:",
            &found.fallback,
        ),
    ];
    for (title, list) in lists {
        if !list.is_empty() {
            out.push_str(&format!("\n{}\n", paint.bold(title)));
            let conditional = std::ptr::eq(list, &found.conditional);
            for denied in list {
                out.push_str(&one(scanned, denied, conditional, paint));
            }
        }
    }
    if found.denied.is_empty() && found.conditional.is_empty() {
        out.push_str(&format!(
            "\n{}: every call that was found runs\n",
            plain(profile)
        ));
    }
    out.push_str(&unused(scanned, found, paint));
    if !found.missed.is_empty() {
        let title = "The recording has these calls, and the scan has not: it is no superset, or \
                     another program made them:";
        out.push_str(&format!(
            "\n{}\n{}",
            paint.bold(title),
            wrapped(&found.missed)
        ));
    }
    for part in [report::open, report::missing, report::warnings] {
        out.push_str(&part(scanned, paint));
    }
    out
}

/// A call that does not run, by which rule, and how the program gets there.
fn one(scanned: &Scanned, denied: &Denied<'_>, conditional: bool, paint: Paint) -> String {
    let accepted = if denied.accepted { " (accepted)" } else { "" };
    let answer = &denied.answer;
    let action = paint.action(answer.action, &answer.action.to_string());
    let mut out = format!(
        "  {}{accepted}: {action}  {}\n",
        denied.call.shown(),
        paint.dim(&answer.from())
    );
    if !answer.when.is_empty() {
        out.push_str(&format!("    if {}\n", answer.when));
    }
    if denied.call.name.is_some() && conditional {
        let (data, abi) = (&denied.example, scanned.abi);
        out.push_str(&format!(
            "    such as {}\n",
            call::text(abi, data.nr, &data.args)
        ));
    }
    let mut functions = denied.functions.iter();
    match functions.next() {
        Some(function) => {
            let chain = names::chain(&scanned.scan, *function);
            let more = match functions.count() {
                0 => String::new(),
                1 => "; and 1 more function".into(),
                more => format!("; and {more} more functions"),
            };
            out.push_str(&format!("    {}\n", paint.dim(&format!("{chain}{more}"))));
        }
        None => {
            let by: Vec<&str> = denied.call.elsewhere.iter().copied().collect();
            out.push_str(&format!("    {}\n", paint.dim(&by.join(", "))));
        }
    }
    out
}

fn unused(scanned: &Scanned, found: &Findings<'_>, paint: Paint) -> String {
    let mut out = String::new();
    let certain = match scanned.is_complete() {
        true => "",
        false => " (not certain, as the answer is not complete)",
    };
    let own: Vec<&Unused> = found.unused.iter().filter(|it| !it.of_group).collect();
    if !own.is_empty() || !found.abis.is_empty() {
        let title = format!("The profile allows these, and no code makes them{certain}:");
        out.push_str(&format!("\n{}\n", paint.bold(&title)));
    }
    for it in own {
        let accepted = if it.accepted { " (accepted)" } else { "" };
        let places = paint.dim(&it.places.join(", "));
        out.push_str(&format!("  {}{accepted}  {places}\n", it.name));
    }
    if !found.abis.is_empty() {
        let abis: Vec<&str> = found.abis.iter().copied().map(Abi::name).collect();
        let abis = abis.join(", ");
        out.push_str(&format!(
            "  calls of {abis}; --native-only leaves them out\n"
        ));
    }
    let groups = found.unused.iter().filter(|it| it.of_group);
    let groups: Vec<String> = groups.map(|it| it.name.to_string()).collect();
    if !groups.is_empty() {
        let title = format!("Groups allow these, and no code makes them{certain}:");
        out.push_str(&format!("\n{}\n{}", paint.bold(&title), wrapped(&groups)));
    }
    if found.open_default {
        out.push_str("\nThe default action lets every call run that no rule names\n");
    }
    out
}

/// Names in lines of a readable length.
fn wrapped(names: &[String]) -> String {
    let mut out = String::new();
    let mut line = String::from(" ");
    for (at, name) in names.iter().enumerate() {
        let comma = if at + 1 < names.len() { "," } else { "" };
        if line.len() + name.len() + 2 > WIDEST {
            out.push_str(&format!("{line}\n"));
            line = " ".into();
        }
        line.push_str(&format!(" {name}{comma}"));
    }
    format!("{out}{line}\n")
}
