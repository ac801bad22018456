//! What `record` does: it records, writes, and says what is in the profile.

use std::process::ExitStatus;

use seccomp_profile_compiler::linux::syscalls;

use super::Record;
use super::file::Target;
use super::lineage::{Scope, Start};
use super::recorder::Recorder;
use super::task::{Manner, Origin, Task};
use crate::failure::complain;
use crate::options;
use crate::watch::watch;
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
    let mut recorder = Recorder::new(&task, scope)?;
    let watched = watch(&args.command, &mut recorder);
    recorder.clear_line();
    let status = watched?;
    if let Some(problem) = recorder.lineage.problem() {
        let message = format!("{}: {problem}; nothing was written", task.target);
        return Err(Failure::Wrong(message));
    }
    let yes = task.write(&recorder.seen)?;
    say(status);
    Ok(Output {
        bytes: Vec::new(),
        yes,
    })
}

/// Says how the command ended, unless it succeeded.
fn say(status: Option<ExitStatus>) {
    match status {
        Some(status) if status.success() => {}
        Some(status) => complain(&format!(
            "the command failed ({status}); it may make more calls if it succeeds"
        )),
        None => complain("the recording was ended; processes that the command started go on"),
    }
}
