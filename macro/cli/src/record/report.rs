//! What `record` does: it records, writes, and says what is in the profile.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use seccomp_profile_compiler::linux::syscalls;
use serde_json::{Value, json};

use super::extend::Extended;
use super::recorder::Recorder;
use super::rule::Rule;
use super::task::Task;
use super::{Record, portable};
use crate::failure::complain;
use crate::texts;
use crate::watch::{Ended, watch};
use crate::{Failure, Output};

/// Runs the command of a recording, and writes what was seen.
pub(super) fn record(args: &Record) -> Result<Output, Failure> {
    let task = Task::new(args)?;
    let json = args.json.as_deref().map(|path| task.open_json(path));
    let json = json.transpose()?;
    let mut recorder = Recorder::new(&task)?;
    let watched = watch(&args.command, &mut recorder);
    recorder.clear_line();
    let done = watched.and_then(|ended| {
        let yes = task.report(&recorder, &ended, json.as_ref())?;
        match ended.problem {
            Some(problem) => Err(problem),
            None => Ok(yes),
        }
    });
    if let (Err(failure), Some(mut json)) = (&done, json.as_ref()) {
        // A report has it already.
        if json.metadata().is_ok_and(|it| it.len() == 0) {
            let report = json!({ "profile": task.target.to_string(), "problem": failure.text() });
            let _ = writeln!(json, "{report:#}");
        }
    }
    Ok(Output {
        bytes: Vec::new(),
        yes: done?,
    })
}

impl Task<'_> {
    /// Opens the file of `--json`, which is empty until the end.
    fn open_json(&self, path: &Path) -> Result<File, Failure> {
        texts::is_file("--json", path)?;
        let mut profiles = { self.args.profile.with.iter() }.map(Path::new);
        if texts::is_same(path, &self.target.path)
            || profiles.any(|profile| texts::is_same(path, profile))
        {
            let message = format!("--json: {} is the profile", path.display());
            return Err(Failure::Usage(message));
        }
        File::create(path).map_err(|error| Failure::Wrong(format!("{}: {error}", path.display())))
    }

    /// Writes the profile and says what is in it; returns whether all is well.
    fn report(
        &self,
        recorder: &Recorder<'_>,
        ended: &Ended,
        json: Option<&File>,
    ) -> Result<bool, Failure> {
        let file = &self.target;
        let seen = &recorder.seen;
        if let Some(problem) = recorder.lineage.problem() {
            // It can be why.
            how(ended).iter().for_each(|end| complain(end));
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
        let mut notes = Vec::new();
        let clone3 = self.clone3(seen);
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
        let uses = groups.map(|groups| groups.uses(self, seen, &extended.new));
        say(&uses.as_ref().map_or(Vec::new(), |uses| uses.lines(file)));
        let end: Vec<String> = how(ended).into_iter().collect();
        say(&end);
        notes.extend(end);
        if let Some(mut json) = json {
            let groups = uses.map(|uses| uses.json());
            let report = self.json(recorder, ended, &extended, groups, &notes);
            writeln!(json, "{report:#}")
                .map_err(|error| Failure::Wrong(format!("--json: {error}")))?;
        }
        let all = extended.conflicts.is_empty() && extended.others.is_empty();
        Ok(all && !by_hand && ended.is_well())
    }

    /// The result for scripts.
    fn json(
        &self,
        recorder: &Recorder<'_>,
        ended: &Ended,
        extended: &Extended,
        groups: Option<Value>,
        notes: &[String],
    ) -> Value {
        let names = |numbers: &mut dyn Iterator<Item = &u32>| {
            let mut names: Vec<&str> = numbers
                .filter_map(|nr| syscalls::name(self.abi, *nr))
                .collect();
            names.sort_unstable();
            names
        };
        let words = self.args.command.iter().map(|word| word.to_string_lossy());
        let conflicts = { extended.conflicts.iter() }.map(|conflict| conflict.json(self.abi));
        let others = { extended.others.iter() }
            .map(|(abi, names)| json!({ "abi": abi.name(), "seen": names }));
        json!({
            "profile": self.target.to_string(),
            "command": words.collect::<Vec<_>>(),
            "abi": self.abi.name(),
            "ended": ended.status.map(|status| status.to_string()),
            "succeeded": ended.status.map(|status| status.success()),
            "calls": recorder.seen.total,
            "seen": names(&mut recorder.seen.calls.keys()),
            "new": names(&mut extended.new.iter()),
            "added": added(&extended.rules),
            "conflicts": conflicts.collect::<Vec<_>>(),
            "others": others.collect::<Vec<_>>(),
            "groups": groups,
            "problem": ended.problem.as_ref().map(Failure::text),
            "notes": notes.iter().map(|note| note.trim_start()).collect::<Vec<_>>(),
        })
    }
}

/// The rules as the file has them: one for all that differ in names only.
fn added(rules: &[Rule]) -> Vec<Value> {
    let mut added: Vec<Rule> = Vec::new();
    for rule in rules {
        let same = |other: &&mut Rule| {
            let names = rule.names.clone();
            Rule {
                names,
                ..(**other).clone()
            } == *rule
        };
        match added.iter_mut().find(same) {
            Some(known) => known.names.extend(rule.names.iter().cloned()),
            None => added.push(rule.clone()),
        }
    }
    // A line is made of quoted strings and numbers.
    let value = |rule: &Rule| serde_json::from_str(&rule.line()).unwrap_or_default();
    added.iter().map(value).collect()
}

/// Returns how the command has ended, unless all is well.
fn how(ended: &Ended) -> Option<String> {
    Some(match ended.status {
        None if ended.problem.is_some() => return None,
        None => "the recording was ended; processes that the command started go on".into(),
        Some(status) if status.success() => return None,
        Some(status) if ended.is_well() => format!("the command was ended ({status})"),
        Some(status) => {
            format!("the command failed ({status}); it may make more calls if it succeeds")
        }
    })
}

fn say(lines: &[String]) {
    for line in lines {
        complain(line);
    }
}
