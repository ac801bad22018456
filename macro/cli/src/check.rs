//! `check`: compares a profile with what the code of a program can do.

mod findings;
mod json;
mod recording;
mod report;

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};
use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::syscalls;

use crate::failure::complain;
use crate::judge::Judge;
use crate::options::ProfileOptions;
use crate::paint::Paint;
use crate::scan::binary::{Binary, Scanned};
use crate::texts::Texts;
use crate::{Failure, Output};
use findings::{Findings, Pair};

/// Compares a profile with what the code of a program can do.
///
/// Nothing is run. `scan` finds the calls of the program; then come three lists. The first one has
/// the calls that the profile denies, each with the answer, the rule, and how the program gets there.
/// Calls of which some can be denied, because a rule has conditions, are apart. The second list has
/// what the profile allows and no code makes: it can be removed. The third one has what is not known.
///
/// Not every call of the first list is a mistake: a superset has calls that the program never makes,
/// and calls that it makes only before the filter is installed. --accept names those that are meant
/// to be denied, or to be allowed. With --deny a list is an error for scripts: the exit status is 1
/// if it has a call that is not accepted. It is 1, too, if the answer is not complete, unless
/// --partial is given.
///
/// Examples:
///   seccomp-profile check --with panic server.json target/release/server
///   seccomp-profile check --deny unused --recording seen.json server.json target/release/server
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Check {
    /// The profile
    #[arg(value_name = "PROFILE")]
    profile: String,
    /// A profile that `record` wrote for the program, without --groups: the calls that it has seen
    /// are in use
    #[arg(long, value_name = "FILE")]
    recording: Option<String>,
    /// Make a list an error; can be repeated
    #[arg(long, value_name = "LIST")]
    deny: Vec<List>,
    /// A call that is meant to be in a list: it is shown, and is no error; can be repeated
    #[arg(long, value_name = "CALL")]
    accept: Vec<String>,
    /// Write the lists as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    binary: Binary,
    #[command(flatten)]
    options: ProfileOptions,
}

/// A list that can be an error.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum List {
    /// Calls that the code can make, and that never run
    CanBeDenied,
    /// Calls that the code can make, and of which some run and some do not
    OnConditions,
    /// What rules of files allow, and no code makes; not what groups allow
    Unused,
}

impl Check {
    pub(crate) fn run(self) -> Result<Output, Failure> {
        let options = self.options.options()?;
        let texts = Texts::read(&self.profile, &self.options.with)?;
        let sources = texts.sources()?;
        let program = self.binary.open()?;
        program.require_target(&self.options)?;
        let judge = Judge::new(&sources, program.abi, &options)?;
        let arguments = tested(&judge, program.abi);
        let scanned = program.scan(arguments)?;
        let recorded = match &self.recording {
            Some(file) => recording::recorded(file, scanned.abi)?,
            None => BTreeSet::new(),
        };
        let accepted = self.accepted(&scanned)?;
        let pair = Pair {
            judge: &judge,
            scanned: &scanned,
            recorded: &recorded,
            accepted: &accepted,
        };
        let findings = pair.findings()?;
        let text = match self.json {
            true => format!("{:#}\n", json::json(&self.profile, &scanned, &findings)),
            false => report::report(&self.profile, &scanned, &findings, Paint::of_stdout()),
        };
        for nr in &accepted - &findings.numbers() {
            let name = syscalls::name(scanned.abi, nr).unwrap_or_default();
            complain(&format!("--accept {name}: no list has this call"));
        }
        let complete = scanned.is_complete() || self.binary.partial;
        Ok(Output {
            bytes: text.into_bytes(),
            yes: complete && !self.deny.iter().any(|list| list.is_wrong(&findings)),
        })
    }

    fn accepted(&self, scanned: &Scanned) -> Result<BTreeSet<u32>, Failure> {
        let numbers = self.accept.iter().map(|name| {
            syscalls::require(scanned.abi, name).map_err(|error| {
                Failure::Usage(format!("--accept: {}; {}", error.message, error.label))
            })
        });
        numbers.collect()
    }
}

/// Returns the arguments that rules of the profile have conditions on.
fn tested(judge: &Judge<'_>, abi: Abi) -> BTreeSet<(u32, usize)> {
    let calls = syscalls::calls(abi).iter();
    calls
        .flat_map(|(nr, _)| {
            let tested = judge.tested(abi.token(), *nr).into_iter();
            tested.map(|index| (*nr, usize::from(index)))
        })
        .collect()
}

impl List {
    /// Returns whether the list has something that is not accepted.
    fn is_wrong(self, findings: &Findings<'_>) -> bool {
        match self {
            List::CanBeDenied => findings.denied.iter().any(|denied| !denied.accepted),
            List::OnConditions => findings.conditional.iter().any(|denied| !denied.accepted),
            List::Unused => {
                let mut own = findings.unused.iter().filter(|unused| !unused.of_group);
                !findings.abis.is_empty() || own.any(|unused| !unused.accepted)
            }
        }
    }
}
