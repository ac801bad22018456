//! What was seen → the file, and what a person must know of it.

use std::io::Write as _;

use super::covered::Uses;
use super::extend::Extended;
use super::portable;
use super::seen::Seen;
use super::task::{Origin, Task};
use crate::Failure;
use crate::failure::complain;

/// What was written.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // what only a recording shows
pub(crate) struct Written {
    pub(super) extended: Extended,
    pub(super) groups: Option<Uses>,
    /// What was said beside conflicts.
    pub(super) notes: Vec<String>,
    /// Whether something was written for all that was seen.
    pub(crate) all: bool,
}

impl Task<'_> {
    /// Writes the profile and says what is in it.
    pub(crate) fn write(&self, seen: &Seen) -> Result<Written, Failure> {
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
        let mut notes = Vec::new();
        let recorded = matches!(self.args.origin, Origin::Run(_));
        let clone3 = self.clone3(seen).filter(|_| recorded);
        // A rule that an earlier recording has written is as it should be; a person's is theirs.
        let by_hand = clone3.is_some() && !self.text.contains(portable::CLONE3);
        if let Some(place) = clone3 {
            notes.push(format!(
                "{place}: `clone3` was answered with ENOSYS, as this rule does"
            ));
        }
        if by_hand {
            let note = "  nothing was written for it; if it is meant to run: --override clone3";
            notes.push(note.into());
        }
        say(&notes);
        for conflict in &extended.conflicts {
            complain(&format!("{conflict}"));
        }
        for (abi, names) in &extended.others {
            let names: Vec<&str> = names.iter().copied().collect();
            complain(&format!(
                "{file}: the command made calls of {abi}: {}: nothing was written for them. A profile \
                 that is to allow them must list {} in `architectures`",
                names.join(", "),
                abi.oci_name()
            ));
        }
        let groups = extended.groups.as_ref();
        let groups = groups.map(|groups| groups.uses(self, seen, &extended.new));
        say(&groups.as_ref().map_or(Vec::new(), |uses| uses.lines(file)));
        let all = extended.conflicts.is_empty() && extended.others.is_empty() && !by_hand;
        Ok(Written {
            extended,
            groups,
            notes,
            all,
        })
    }
}

fn say(lines: &[String]) {
    for line in lines {
        complain(line);
    }
}
