//! Why a subcommand has no answer.

use std::io::Write as _;
use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::Cli;

/// Why a subcommand has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong: exit status 2.
    Usage(String),
    /// Something that it names is wrong: exit status 1.
    Wrong(String),
}

impl Failure {
    /// What is wrong.
    #[cfg(target_os = "linux")]
    pub(crate) fn text(&self) -> &str {
        match self {
            Failure::Usage(message) | Failure::Wrong(message) => message,
        }
    }

    pub(crate) fn report(self) -> ExitCode {
        match self {
            Failure::Usage(message) => Cli::command()
                .error(clap::error::ErrorKind::ValueValidation, message)
                .exit(),
            Failure::Wrong(message) => {
                complain(&message);
                ExitCode::FAILURE
            }
        }
    }
}

/// Writes a line to standard error. If it is closed, the message is lost.
pub(crate) fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}
