//! `completions` and `man`: what a package of this command installs beside it.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::{Cli, Failure, Output};

/// Prints a script that completes this command in a shell.
///
/// Example: seccomp-profile completions bash > /etc/bash_completion.d/seccomp-profile
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> Output {
        let mut bytes = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut Cli::command(),
            "seccomp-profile",
            &mut bytes,
        );
        Output { bytes, yes: true }
    }
}

/// Returns the manual page: of the command, then of each subcommand.
pub(crate) fn manual() -> Result<Output, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut bytes = Vec::new();
    let pages = std::iter::once(&command).chain(command.get_subcommands());
    for page in pages.filter(|page| page.get_name() != "help" && !page.is_hide_set()) {
        clap_mangen::Man::new(page.clone())
            .render(&mut bytes)
            .map_err(|error| Failure::Wrong(format!("the manual page: {error}")))?;
    }
    Ok(Output { bytes, yes: true })
}
