//! `log`: names the calls of SECCOMP records and of traces, and says which rules answer them.

mod input;
mod judges;
mod lost;
mod record;
mod report;
mod strace;
mod tally;
mod traced;

use clap::Args;

use crate::inspect::phrase::plain;
use crate::options::{ProfileOptions, Target};
use crate::paint::Paint;
use crate::texts::Texts;
use crate::{Failure, Output};
use input::{Lines, Opened};
use judges::Judges;
use report::Report;
use tally::Tally;

/// Names the calls in an audit log, and says which rules of a profile answer them.
///
/// Reads the SECCOMP records of dmesg, of the journal (also as -o json), of
/// /var/log/audit/audit.log and of ausearch, with or without -i; and the calls that strace wrote.
/// Other lines are skipped. Records do not have the arguments of a call: where rules have
/// conditions, all answers that are possible are shown. Lines that say that records were lost are
/// reported.
///
/// Of one file alone the content says whether it is a profile; without a log, standard input is
/// read. A record of another machine is judged for the ABI of the call, unless --target names one.
///
/// With a profile the exit status is 1 unless it lets all calls of the log run, whatever their
/// arguments.
///
/// Examples:
///   dmesg | seccomp-profile log
///   journalctl -b -o json | seccomp-profile log server.json
///   seccomp-profile log --add server.json /var/log/audit/audit.log
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Log {
    /// The profile that answered, if it is known
    #[arg(value_name = "PROFILE")]
    first: Option<String>,
    /// The log, or - for standard input
    #[arg(value_name = "FILE")]
    second: Option<String>,
    /// Of a trace, count the calls of each thread from the moment it has a filter, which the trace
    /// shows being installed
    #[arg(long)]
    after_install: bool,
    /// Print only rules that allow the calls, to paste into `syscalls` of a profile
    #[arg(long)]
    add: bool,
    /// Print the report as JSON
    #[arg(long, conflicts_with = "add")]
    json: bool,
    #[command(flatten)]
    options: ProfileOptions,
}

impl Log {
    pub(crate) fn run(self) -> Result<Output, Failure> {
        let (profile, mut lines) = match (&self.first, &self.second) {
            (Some(profile), Some(log)) => (Some(profile), Lines::open(log)?),
            (Some(path), None) => match input::open(path)? {
                Opened::Profile => (Some(path), Lines::open("-")?),
                Opened::Log(lines) => (None, lines),
            },
            (None, _) => (None, Lines::open("-")?),
        };
        if profile.is_none() && !self.options.with.is_empty() {
            return Err(Failure::Usage("--with needs a profile".into()));
        }
        let host = Target::host()?;
        let given = self.options.target.given()?;
        let options = self.options.options()?;
        let texts = profile
            .map(|path| Texts::read(path, &self.options.with))
            .transpose()?;
        let sources = texts.as_ref().map(Texts::sources).transpose()?;
        let judges = sources
            .as_ref()
            .map(|sources| Judges::new(sources, &options, given, host))
            .transpose()?;
        let mut tally = Tally::new(given.unwrap_or(host), judges, self.after_install);
        while let Some(line) = lines.next()? {
            tally.line(&line)?;
        }
        tally.end()?;
        if self.after_install && tally.traced > 0 && tally.confined == 0 {
            return Err(Failure::Wrong(format!(
                "{}: no call of the trace installs a filter, so --after-install leaves out all calls",
                plain(&lines.name)
            )));
        }
        let report = Report {
            tally: &tally,
            log: &lines.name,
            target: given.unwrap_or(host),
            judged: profile.is_some(),
            deny_replaced: options.deny_action.is_some(),
            after_install: self.after_install,
            paint: Paint::of_stdout(),
        };
        report.complain();
        let text = match (self.json, self.add) {
            (true, _) => report.json(),
            (_, true) => report.rules(),
            _ => report.text(),
        };
        Ok(Output {
            bytes: text.into_bytes(),
            yes: report.all_run(),
        })
    }
}
