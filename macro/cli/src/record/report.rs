//! What `record` does: it records, writes, and says what is in the profile.

use std::io::Write as _;
use std::process::ExitStatus;

use super::recorder::Recorder;
use super::task::Task;
use super::{Record, portable};
use crate::failure::complain;
use crate::watch::watch;
use crate::{Failure, Output};

/// Runs the command of a recording, and writes what was seen.
pub(super) fn record(args: &Record) -> Result<Output, Failure> {
    let task = Task::new(args)?;
    let mut recorder = Recorder::new(&task)?;
    let watched = watch(&args.command, &mut recorder);
    recorder.clear_line();
    let yes = task.report(&recorder, watched?)?;
    Ok(Output {
        bytes: Vec::new(),
        yes,
    })
}

impl Task<'_> {
    /// Writes the profile and says what is in it; returns whether all is well.
    fn report(&self, recorder: &Recorder<'_>, status: Option<ExitStatus>) -> Result<bool, Failure> {
        let file = &self.target;
        let seen = &recorder.seen;
        if let Some(problem) = recorder.lineage.problem() {
            return Err(Failure::Wrong(format!(
                "{file}: {problem}; nothing was written"
            )));
        }
        let extended = self.extend(seen)?;
        if let Err(error) = file.write(&extended.text) {
            // The recording may have taken an hour, so it must not be lost.
            let _ = std::io::stdout().write_all(extended.text.as_bytes());
            return Err(Failure::Wrong(format!(
                "{file}: {error}; the profile went to standard output"
            )));
        }
        let made = seen.calls.len();
        let new = match self.args.merge {
            true => format!(", {} of them new in the file", extended.new.len()),
            false => String::new(),
        };
        complain(&format!(
            "{file}: the command made {made} different system calls{new}"
        ));
        let clone3 = self.clone3(seen);
        // A rule that an earlier recording has written is as it should be; a person's is theirs.
        let by_hand = clone3.is_some() && !self.text.contains(portable::CLONE3);
        if let Some(place) = clone3 {
            complain(&format!(
                "{place}: `clone3` was answered with ENOSYS, as this rule does"
            ));
        }
        if by_hand {
            complain("  nothing was written for it; if it is meant to run: --override clone3");
        }
        for conflict in &extended.conflicts {
            complain(&format!("{conflict}"));
        }
        if let Some(groups) = &extended.groups {
            groups.report(self, seen, &extended.new);
        }
        match status {
            Some(status) if status.success() => {}
            Some(status) => complain(&format!(
                "the command failed ({status}); it may make more calls if it succeeds"
            )),
            None => complain("the recording was ended; processes that the command started go on"),
        }
        Ok(extended.conflicts.is_empty() && !by_hand)
    }
}
