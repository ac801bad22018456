//! The sites of a scan → its calls, each with where and by whom it is made.

use std::collections::{BTreeMap, BTreeSet};

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::abi::X32_BIT;
use seccomp_profile_compiler::linux::{arguments, call, syscalls};
use seccomp_profile_scan::{Number, Numbers, Scan};

use crate::fate::Bounds;
use crate::record::arguments::Choices;

/// How many values of an argument are shown.
const MOST_VALUES: usize = 6;

/// Arguments that say what is done, by which one judges a call.
const SELECTORS: [(&str, usize); 12] = [
    ("bpf", 0),
    ("clone", 0),
    ("fcntl", 1),
    ("ioctl", 1),
    ("mmap", 2),
    ("mprotect", 2),
    ("personality", 0),
    ("prctl", 0),
    ("ptrace", 0),
    ("seccomp", 0),
    ("socket", 0),
    ("unshare", 0),
];

/// A call that a program can make.
pub(crate) struct Call {
    pub(crate) nr: u32,
    /// The name, if the table has one.
    pub(crate) name: Option<&'static str>,
    /// Indices of [`Scan::sites`].
    pub(crate) sites: Vec<usize>,
    /// Indices of [`Scan::functions`]: those that make it.
    pub(crate) functions: BTreeSet<usize>,
    /// What the arguments can be at all sites together.
    pub(crate) bounds: Bounds,
    /// Who makes it that is in none of the files.
    pub(crate) elsewhere: BTreeSet<&'static str>,
}

/// Returns the calls by number.
pub(super) fn calls(scan: &Scan, abi: Abi) -> Vec<Call> {
    let mut calls: BTreeMap<u32, Call> = BTreeMap::new();
    for (at, site) in scan.sites.iter().enumerate() {
        let Numbers::Bounded(numbers) = &site.numbers else {
            continue;
        };
        for number in numbers {
            let call = calls.entry(number.number).or_insert_with(|| Call {
                bounds: std::array::from_fn(|_| Some(BTreeSet::new())),
                ..Call::new(abi, number.number)
            });
            if call.sites.last() != Some(&at) {
                call.sites.push(at);
            }
            call.functions.extend(makers(number, site.function));
            for (all, here) in call.bounds.iter_mut().zip(&number.arguments) {
                match here {
                    Some(values) => {
                        if let Some(all) = all {
                            all.extend(values);
                        }
                    }
                    None => *all = None,
                }
            }
        }
    }
    for elsewhere in &scan.elsewhere {
        // A call that the ABI lacks is made by another one.
        let Some(nr) = syscalls::number(abi, elsewhere.name) else {
            continue;
        };
        let call = calls.entry(nr).or_insert_with(|| Call::new(abi, nr));
        call.bounds = Bounds::default();
        call.elsewhere.insert(elsewhere.by);
    }
    calls.into_values().collect()
}

/// Returns the arguments that are bounded for readers: the number of the call, and the index.
pub(super) fn selectors(abi: Abi) -> BTreeSet<(u32, usize)> {
    let all = SELECTORS.iter();
    all.filter_map(|(name, index)| Some((syscalls::number(abi, name)?, *index)))
        .collect()
}

/// Returns all arguments that can become conditions of a profile.
pub(super) fn choosing(abi: Abi) -> BTreeSet<(u32, usize)> {
    let calls = syscalls::calls(abi).iter();
    let choices = calls.filter_map(|(nr, _)| Some((*nr, Choices::new(abi, *nr)?)));
    choices
        .flat_map(|(nr, choices)| {
            choices
                .indices()
                .map(|index| (nr, index))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Returns the functions that bring a number to a site: at least the function of the site.
pub(crate) fn makers(number: &Number, site: usize) -> Vec<usize> {
    match number.functions.is_empty() {
        true => vec![site],
        false => number.functions.clone(),
    }
}

impl Call {
    fn new(abi: Abi, nr: u32) -> Call {
        Call {
            nr,
            name: syscalls::name(abi, nr),
            sites: Vec::new(),
            functions: BTreeSet::new(),
            bounds: Bounds::default(),
            elsewhere: BTreeSet::new(),
        }
    }

    /// Returns the name, or in words that there is none.
    pub(crate) fn shown(&self) -> String {
        shown(self.name, self.nr)
    }

    /// Returns what is known of arguments that choose something; empty if nothing is.
    pub(super) fn choices(&self, abi: Abi) -> String {
        let Some(name) = self.name else {
            return String::new();
        };
        let known = self
            .bounds
            .iter()
            .enumerate()
            .filter_map(|(index, values)| {
                let values = values.as_ref()?;
                let argument = arguments::argument(abi, name, index)?;
                if argument.family.is_none() || !(1..=MOST_VALUES).contains(&values.len()) {
                    return None;
                }
                let values = values.iter();
                let values: Vec<String> = values
                    .map(|value| call::value_of(abi, argument, *value, argument.width(abi)))
                    .collect();
                Some(format!("{} is {}", argument.name, values.join(", ")))
            });
        known.collect::<Vec<_>>().join("; ")
    }
}

/// Returns the name of a call, or in words that there is none.
pub(crate) fn shown(name: Option<&str>, nr: u32) -> String {
    match name {
        Some(name) => name.to_string(),
        None => match nr & X32_BIT {
            0 => format!("{nr} (no call has this number)"),
            _ => format!("{nr:#x} (a number of x32)"),
        },
    }
}
