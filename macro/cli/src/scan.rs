//! `scan`: shows which system calls the code of a program can make.

mod baseline;
pub(crate) mod binary;
pub(crate) mod calls;
mod elf;
mod folders;
pub(crate) mod json;
pub(crate) mod names;
mod progress;
mod read;
pub(crate) mod report;
mod root;
mod search;
mod why;
mod written;

use std::path::PathBuf;

use clap::Args;

use crate::options::ProfileOptions;
use crate::paint::Paint;
use crate::record::task::Manner;
use crate::{Failure, Output};
use binary::{Binary, Scanned};

/// Shows which system calls the code of a program can make.
///
/// Nothing is run. The answer has the calls of all code that can be reached from the start of the
/// program, in its libraries too: a superset of what the program does. First comes whether the answer
/// is complete. It is not if an instruction can make a call of which the number is not known, or if a
/// library was not found. Then the exit status is 1 unless --partial is given.
///
/// What code cannot tell is said below the calls: libraries that the program loads while it runs,
/// code that it makes, and what must be true for the answer to be a superset. Programs that it
/// starts are not in the answer: scan them too.
///
/// Examples:
///   seccomp-profile scan target/release/server
///   seccomp-profile scan --why openat target/release/server
///   seccomp-profile scan -o server.json target/release/server
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Scan {
    /// Show for each function that makes this call how the program gets there; can be repeated
    #[arg(long, value_name = "CALL", conflicts_with_all = ["json", "output", "baseline"])]
    why: Vec<String>,
    /// Write the answer as JSON
    #[arg(long)]
    json: bool,
    /// Show what is new and what is gone since an earlier answer of --json. The exit status is 1 if
    /// anything is new
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    baseline: Option<String>,
    #[command(flatten)]
    binary: Binary,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    profile: ProfileOptions,
}

/// Where and how a profile is written.
#[derive(Args)]
#[command(next_help_heading = "Options of a profile that is written")]
struct Writing {
    /// Write a profile that allows these calls, as `record` does
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Add to FILE the calls that none of its rules names
    ///
    /// For a call that the file or a group of --with answers otherwise, or allows on conditions that
    /// the program need not meet, nothing is written: it is printed, and the exit status is 1.
    #[arg(long, requires = "output")]
    merge: bool,
    /// Allow this call if the code has it, whatever the rules of FILE say; can be repeated
    ///
    /// With clone3, the call is not answered with ENOSYS.
    #[arg(long = "override", value_name = "CALL", requires = "output")]
    overrides: Vec<String>,
    /// Allow only the values of arguments that choose something, where all of them are known
    #[arg(long, requires = "output")]
    arguments: bool,
    /// Write names of constants instead of numbers; other tools do not read them
    #[arg(long, requires = "output")]
    names: bool,
    /// Leave to groups of rules what they cover, and print the groups
    #[arg(long, requires = "output")]
    groups: bool,
    /// Write only what the code has, not what other C libraries and kernels make for the same
    #[arg(long, requires = "output")]
    exact: bool,
}

impl Scan {
    pub(crate) fn run(self) -> Result<Output, Failure> {
        if self.writing.output.is_none() && !self.profile.is_target_only() {
            let message = "the options of the profile need --output: no profile is written";
            return Err(Failure::Usage(message.into()));
        }
        let program = self.binary.open()?;
        program.require_target(&self.profile)?;
        let arguments = match self.writing.arguments {
            true => calls::choosing(program.abi),
            false => calls::selectors(program.abi),
        };
        let scanned = program.scan(arguments)?;
        let complete = scanned.is_complete() || self.binary.partial;
        let paint = Paint::of_stdout();
        let json = (self.json || self.baseline.is_some()).then(|| json::json(&scanned));
        let changes = match (&self.baseline, &json) {
            (Some(file), Some(json)) => Some((file, baseline::changes(file, &scanned, json)?)),
            _ => None,
        };
        let mut yes = complete && changes.as_ref().is_none_or(|(_, it)| it.new.is_empty());
        let written = self.writing.output.is_some();
        let mut text = match json.filter(|_| self.json) {
            Some(mut json) => {
                if let Some((_, changes)) = &changes {
                    json["baseline"] = changes.json();
                }
                format!("{json:#}\n")
            }
            None if written => String::new(),
            None if !self.why.is_empty() => report::summary(&scanned, paint),
            None if changes.is_some() => {
                let parts = [report::summary, report::open, report::missing];
                parts.map(|part| part(&scanned, paint)).concat()
            }
            None => report::report(&scanned, paint),
        };
        text.push_str(&why::why(&scanned, &self.why, paint)?);
        if let Some((file, changes)) = changes.filter(|_| !self.json) {
            text.push_str(&changes.text(file, &scanned, paint));
        }
        if written {
            yes &= self.write(&scanned)?;
        }
        Ok(Output {
            bytes: text.into_bytes(),
            yes,
        })
    }

    /// Writes the profile; returns whether all is well.
    fn write(self, scanned: &Scanned) -> Result<bool, Failure> {
        let Some(file) = self.writing.output else {
            return Ok(true);
        };
        let open = [report::open, report::missing].map(|part| part(scanned, Paint::none()));
        let open = open.concat();
        if let Some(lacks) = scanned.lacks() {
            if !self.binary.partial {
                return Err(Failure::Wrong(format!(
                    "{}: not complete: {lacks}; nothing was written, and --partial writes what was \
                     found\n{}",
                    file.display(),
                    open.trim_end()
                )));
            }
            crate::failure::complain(open.trim());
        }
        let manner = Manner {
            merge: self.writing.merge,
            overrides: &self.writing.overrides,
            arguments: self.writing.arguments,
            names: self.writing.names,
            groups: self.writing.groups,
            exact: self.writing.exact,
            profile: &self.profile,
            origin: written::origin(scanned),
        };
        written::write(scanned, manner, file)
    }
}
