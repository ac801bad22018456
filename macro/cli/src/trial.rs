//! `try`: runs a command, and reports each call that a profile would deny.

#[cfg(target_os = "linux")]
mod backtrace;
#[cfg(target_os = "linux")]
mod findings;
#[cfg(target_os = "linux")]
mod site;
#[cfg(target_os = "linux")]
mod watcher;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::options::ProfileOptions;
use crate::{Failure, Output};

/// Runs a command unconfined, and prints each call that a profile would deny.
///
/// A call is printed when it is made for the first time: its arguments, the answer, the rule that
/// gives it, the thread, and the place in the code. At the end come the counts. Nothing is lost, as
/// records of an audit log are.
///
/// Without --deny all calls run. So what the command does after a call that would fail can differ
/// from what it does under the filter: try both. The command cannot gain privileges (setuid). Calls
/// that are newer than this command fail with ENOSYS.
///
/// The exit status is 1 if anything would be denied, if the command fails, or if --after or
/// --after-install found no such moment, so that no call was judged.
///
/// A program that installs its own filter after it has started is judged from then on with
/// --after-install. The filter is then not installed.
///
/// Example: seccomp-profile try --with panic server.json -- ./server --port 8080
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Try {
    /// The profile
    profile: String,
    /// Deny: a call gets the errno that the profile answers. KILL and TRAP are reported, and the
    /// call fails with EPERM; TRACE fails with ENOSYS, NOTIFY lets it run
    #[arg(long)]
    deny: bool,
    /// Judge a process and its children from the moment it installs its own filter, or calls
    /// seccomp_profile::record_from_here()
    #[arg(long, conflicts_with = "after")]
    after_install: bool,
    /// Judge a process and its children from the moment it has made this call
    #[arg(long, value_name = "CALL")]
    after: Option<String>,
    /// Print at the end rules that allow the calls, to paste into `syscalls` of the profile
    #[arg(long)]
    add: bool,
    /// Write the report as JSON
    #[arg(long, requires = "output", conflicts_with = "add")]
    json: bool,
    /// Write the report, or with --add the rules, to a file, not to standard error
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    options: ProfileOptions,
    /// The command and its arguments
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

#[cfg(not(target_os = "linux"))]
impl Try {
    pub(crate) fn run(self) -> Result<Output, Failure> {
        Err(Failure::Wrong(
            "`try` needs Linux: it watches the system calls of a command".into(),
        ))
    }
}

#[cfg(target_os = "linux")]
impl Try {
    pub(crate) fn run(self) -> Result<Output, Failure> {
        use std::fs::File;
        use std::path::Path;

        use crate::failure::complain;
        use crate::judge::Judge;
        use crate::options::Target;
        use crate::record::lineage::{Lineage, Scope, Start};
        use crate::texts::{self, Texts};
        use crate::watch::watch;
        use findings::Findings;
        use seccomp_profile_compiler::linux::syscalls;
        use watcher::Tried;

        let target = self.options.target.abi()?;
        if target != Target::host()? {
            let message = format!("--target: this command makes no calls of {target}");
            return Err(Failure::Usage(message));
        }
        let scope = match (&self.after, self.after_install) {
            (_, true) => Scope::After(Start::Install),
            (Some(name), false) => {
                let number = syscalls::require(target, name).map_err(|error| {
                    Failure::Usage(format!("--after: {}; {}", error.message, error.label))
                })?;
                Scope::After(Start::Call(number))
            }
            (None, false) => Scope::All,
        };
        let options = self.options.options()?;
        let texts = Texts::read(&self.profile, &self.options.with)?;
        let sources = texts.sources()?;
        if let Some(path) = self.output.as_deref() {
            texts::is_file("--output", path)?;
            let mut profiles = [&self.profile].into_iter().chain(&self.options.with);
            if profiles.any(|read| texts::is_same(path, Path::new(read))) {
                let message = format!("--output: {} is the profile", path.display());
                return Err(Failure::Usage(message));
            }
            // What is there stays until the end.
            let opened = File::options().append(true).create(true).open(path);
            opened.map_err(|error| Failure::Wrong(format!("{}: {error}", path.display())))?;
        }
        let judge = Judge::new(&sources, target, &options)?;
        let findings = Findings::new(&judge, self.deny, options.deny_action.is_some());
        let lineage = Lineage::new(scope, target, "tried");
        let mut tried = Tried::new(findings, lineage, target, self.output.is_none());
        let ended = watch(&self.command, &mut tried)?;
        let not_judged = tried.lineage.problem();
        let mut findings = tried.findings;
        let has_group = self.options.with.iter().any(|name| name == "backtrace");
        let hint = (tried.backtraces.denied && !has_group).then_some(backtrace::HINT);
        findings.hints.extend(hint);
        let text = match (self.json, self.add) {
            (true, _) => findings.json(),
            (_, true) => findings.rules(),
            _ => findings.text(),
        };
        match &self.output {
            None => complain(text.trim_end()),
            Some(path) => {
                // What was seen can have taken an hour.
                if let Err(error) = std::fs::write(path, &text) {
                    complain(&text);
                    return Err(Failure::Wrong(format!("{}: {error}", path.display())));
                }
                complain(&format!("try: {}", findings.summary()));
            }
        }
        let notes = if self.add {
            findings.notes()
        } else {
            Vec::new()
        };
        for note in { notes.iter().map(String::as_str) }.chain(hint) {
            complain(&format!("try: {note}"));
        }
        let well = ended.is_well();
        match ended.status {
            Some(status) if !well => complain(&format!("try: the command failed ({status})")),
            Some(_) => {}
            None => complain("try: processes of the command go on, and are not watched any more"),
        }
        if let Some(problem) = ended.problem {
            return Err(problem);
        }
        if let Some(problem) = not_judged {
            return Err(Failure::Wrong(format!(
                "try: {problem}; no call was judged"
            )));
        }
        Ok(Output {
            bytes: Vec::new(),
            yes: well && findings.denied() == 0,
        })
    }
}
