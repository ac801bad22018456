//! What was seen → the file, and what a person must know of it.

use std::io::Write as _;

use super::portable;
use super::seen::Seen;
use super::task::{Origin, Task};
use crate::Failure;
use crate::failure::complain;

impl Task<'_> {
    /// Writes the profile and says what is in it; returns whether all is well.
    pub(crate) fn write(&self, seen: &Seen) -> Result<bool, Failure> {
        let file = &self.target;
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
        let who = match self.args.origin {
            Origin::Run(_) => "the command made",
            Origin::Code(_) => "the program can make",
        };
        complain(&format!("{file}: {who} {made} different system calls{new}"));
        let recorded = matches!(self.args.origin, Origin::Run(_));
        let clone3 = self.clone3(seen).filter(|_| recorded);
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
        Ok(extended.conflicts.is_empty() && !by_hand)
    }
}
