//! What `record` does: it records, writes, and says how the command ended.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use seccomp_profile_compiler::linux::syscalls;
use serde_json::{Value, json};

use super::Record;
use super::file::Target;
use super::lineage::{Scope, Start};
use super::recorder::Recorder;
use super::rule::Rule;
use super::task::{Manner, Origin, Task};
use super::write::Written;
use crate::failure::complain;
use crate::options;
use crate::texts;
use crate::watch::{Ended, watch};
use crate::{Failure, Output};

/// Runs the command of a recording, and writes what was seen.
pub(super) fn record(args: &Record) -> Result<Output, Failure> {
    let abi = args.profile.target.abi()?;
    let host = options::abi(options::host())?;
    if abi != host {
        let message = format!("--target: only calls of {host} are recorded here");
        return Err(Failure::Usage(message));
    }
    let scope = match (&args.after, args.after_install) {
        (_, true) => Scope::After(Start::Install),
        (Some(name), false) => {
            let number = syscalls::require(abi, name).map_err(|error| {
                Failure::Usage(format!("--after: {}; {}", error.message, error.label))
            })?;
            Scope::After(Start::Call(number))
        }
        (None, false) => Scope::All,
    };
    let words = args.command.iter().map(|word| word.to_string_lossy());
    let words = words.collect::<Vec<_>>().join(" ");
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let manner = Manner {
        merge: args.merge,
        overrides: &args.overrides,
        arguments: args.arguments,
        names: args.names,
        groups: args.groups,
        exact: args.exact,
        profile: &args.profile,
        origin: Origin::Run(format!("{words} (on Linux {}, {abi})", kernel.trim_end())),
    };
    let target = Target::new(args.output.clone(), &args.command)?;
    let task = Task::new(manner, abi, target)?;
    let json = args.json.as_deref().map(|path| task.open_json(path));
    let json = json.transpose()?;
    let mut recorder = Recorder::new(&task, scope)?;
    let watched = watch(&args.command, &mut recorder);
    recorder.clear_line();
    let done = watched.and_then(|ended| {
        let yes = args.report(&task, &recorder, &ended, json.as_ref())?;
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
}

impl Record {
    /// Writes the profile, says what is in it and how the command ended; returns whether all is well.
    fn report(
        &self,
        task: &Task<'_>,
        recorder: &Recorder<'_>,
        ended: &Ended,
        json: Option<&File>,
    ) -> Result<bool, Failure> {
        if let Some(problem) = recorder.lineage.problem() {
            // It can be why.
            how(ended).iter().for_each(|end| complain(end));
            let message = format!("{}: {problem}; nothing was written", task.target);
            return Err(Failure::Wrong(message));
        }
        let mut written = task.write(&recorder.seen)?;
        if let Some(end) = how(ended) {
            complain(&end);
            written.notes.push(end);
        }
        if let Some(mut json) = json {
            let report = self.json(task, recorder, ended, &written);
            writeln!(json, "{report:#}")
                .map_err(|error| Failure::Wrong(format!("--json: {error}")))?;
        }
        Ok(written.all && ended.is_well())
    }

    /// The result for scripts.
    fn json(
        &self,
        task: &Task<'_>,
        recorder: &Recorder<'_>,
        ended: &Ended,
        written: &Written,
    ) -> Value {
        let extended = &written.extended;
        let names = |numbers: &mut dyn Iterator<Item = &u32>| {
            let mut names: Vec<&str> = numbers
                .filter_map(|nr| syscalls::name(task.abi, *nr))
                .collect();
            names.sort_unstable();
            names
        };
        let words = self.command.iter().map(|word| word.to_string_lossy());
        let conflicts = { extended.conflicts.iter() }.map(|conflict| conflict.json(task.abi));
        let others = { extended.others.iter() }
            .map(|(abi, names)| json!({ "abi": abi.name(), "seen": names }));
        json!({
            "profile": task.target.to_string(),
            "command": words.collect::<Vec<_>>(),
            "abi": task.abi.name(),
            "ended": ended.status.map(|status| status.to_string()),
            "succeeded": ended.status.map(|status| status.success()),
            "calls": recorder.seen.total,
            "seen": names(&mut recorder.seen.calls.keys()),
            "new": names(&mut extended.new.iter()),
            "added": added(&extended.rules),
            "conflicts": conflicts.collect::<Vec<_>>(),
            "others": others.collect::<Vec<_>>(),
            "groups": written.groups.as_ref().map(|uses| uses.json()),
            "problem": ended.problem.as_ref().map(Failure::text),
            "notes": written.notes.iter().map(|note| note.trim_start()).collect::<Vec<_>>(),
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
