//! The command `seccomp-profile`: shows, records, tries and compares profiles.
//!
//! Each subcommand is a module with its arguments and a function `run`. All that read a profile
//! share [`options`], so that they judge one policy.

mod check;
mod compose;
mod constants;
mod diff;
mod failure;
mod fate;
mod groups;
mod inspect;
mod judge;
mod log;
mod options;
mod pages;
mod paint;
mod propose;
mod record;
mod run;
mod scan;
mod texts;
mod trial;
#[cfg(target_os = "linux")]
mod watch;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Shows, records, tries and compares seccomp profiles.
///
/// The exit status is 0 if all is well, 1 if the answer is no or something is wrong, and 2 if the
/// command line is wrong.
#[derive(Parser)]
#[command(name = "seccomp-profile", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Inspect(inspect::Inspect),
    Log(log::Log),
    Try(trial::Try),
    Diff(diff::Diff),
    Scan(Box<scan::Scan>),
    Check(Box<check::Check>),
    Run(run::Run),
    Record(Box<record::Record>),
    Groups(groups::Groups),
    Constants(constants::Constants),
    /// Prints the JSON Schema of the profiles that can be read, for editors.
    ///
    /// Example: seccomp-profile schema > schema.json
    #[command(verbatim_doc_comment)]
    Schema,
    Completions(pages::Completions),
    /// Prints the manual page.
    ///
    /// Example: seccomp-profile man > /usr/share/man/man1/seccomp-profile.1
    #[command(verbatim_doc_comment)]
    Man,
    /// Lets the calls of a watched command run if the process that watches it is killed.
    #[cfg(target_os = "linux")]
    #[command(name = watch::keeper::SUBCOMMAND, hide = true)]
    Keep,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Inspect(inspect) => inspect.run(),
        Command::Log(log) => log.run(),
        Command::Try(trial) => trial.run(),
        Command::Diff(diff) => diff.run(),
        Command::Scan(scan) => scan.run(),
        Command::Check(check) => check.run(),
        Command::Run(run) => return run.run().unwrap_or_else(Failure::report),
        Command::Record(record) => record.run(),
        Command::Groups(groups) => groups.run(),
        Command::Constants(constants) => constants.run(),
        Command::Schema => Ok(Output::from(
            seccomp_profile_compiler::profile::schema::schema(),
        )),
        Command::Completions(completions) => Ok(completions.run()),
        Command::Man => pages::manual(),
        #[cfg(target_os = "linux")]
        Command::Keep => watch::keeper::keep().map(|()| Output::from(String::new())),
    };
    match done {
        Ok(output) => output.write(),
        Err(failure) => failure.report(),
    }
}

/// What a subcommand prints, and whether its answer is yes.
pub(crate) struct Output {
    pub(crate) bytes: Vec<u8>,
    pub(crate) yes: bool,
}

impl From<String> for Output {
    fn from(text: String) -> Output {
        Output {
            bytes: text.into_bytes(),
            yes: true,
        }
    }
}

impl Output {
    fn write(self) -> ExitCode {
        // A reader such as `head` can close the pipe early, which is its right.
        let written = std::io::stdout().write_all(&self.bytes);
        if self.yes && written.is_ok() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}
