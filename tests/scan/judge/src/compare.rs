//! An answer × a trace → what the answer missed, site by site.

use std::collections::BTreeSet;

use crate::answer::{Answer, Site};
use crate::trace::Seen;

pub(crate) struct Compared {
    pub(crate) observed: usize,
    pub(crate) f1: f64,
    pub(crate) problems: Vec<String>,
}

/// Compares; `excused` are misses that the answer told in another way.
pub(crate) fn compare(
    answer: &Answer,
    seen: &BTreeSet<Seen>,
    excused: impl Fn(&Seen) -> bool,
) -> Compared {
    let mut problems = Vec::new();
    for one in seen {
        if let Some(problem) = missed(answer, one)
            && !excused(one)
        {
            problems.push(problem);
        }
    }
    let observed: BTreeSet<i64> = seen
        .iter()
        .filter(|one| !one.i386)
        .map(|one| one.number)
        .collect();
    let both = observed
        .iter()
        .filter(|number| answer.calls.contains_key(number))
        .count();
    let f1 = 2.0 * both as f64 / (observed.len() + answer.calls.len()).max(1) as f64;
    Compared {
        observed: observed.len(),
        f1,
        problems,
    }
}

fn missed(answer: &Answer, seen: &Seen) -> Option<String> {
    let module = seen.module.display();
    let name = seen.module.file_name().unwrap_or_default().display();
    let place = format!("{:#x} of {name}", seen.address);
    let number = seen.number;
    if seen.i386 {
        let told = answer.says("int 0x80") || answer.says("sysenter");
        return (!told).then(|| format!("missed: the i386 call {number} at {place}"));
    }
    let listed = answer.calls.contains_key(&number);
    if module.to_string() == "[anon]" {
        let told = answer.says("run time");
        return (!told).then(|| format!("missed: {number} by code made at run time"));
    }
    if module.to_string() == "[vdso]" || number == answer.restart && listed {
        return (!listed).then(|| format!("missed: {number} of {place}"));
    }
    if !answer.modules.contains(&seen.module) {
        let told = answer.says("dlopen");
        return (!told).then(|| format!("missed: {number} of {module}, which is not scanned"));
    }
    match answer.sites.get(&(seen.module.clone(), seen.address)) {
        None => Some(format!("missed: no site at {place}, which made {number}")),
        Some(Site::Calls(calls)) if !calls.contains(&number) => {
            let calls: Vec<String> = calls.iter().map(i64::to_string).collect();
            let calls = calls.join(" ");
            Some(format!(
                "missed: {number} at {place}, where the scan has: {calls}"
            ))
        }
        Some(_) => None,
    }
}
