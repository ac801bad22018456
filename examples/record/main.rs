//! Runs a command and writes a profile that allows the system calls it made.
//!
//! `cargo run --example record -- ls /` writes `ls.json`, a profile for `seccomp_profile!`. This
//! program shows how a supervisor sees every system call of a process, its threads and its
//! children, and lets the calls run.
//!
//! Calls that were not made during a recording are denied later. So record every way in which the
//! program is used, with `--merge` for each further run. Read the result: if a name surprises you,
//! find out why the program makes the call. The command must have the same ABI as this program.
//! Processes that outlive the command are recorded until the last one has ended. Ctrl-C ends the
//! command, not the recorder.

mod profile;

use std::collections::BTreeSet;
use std::error::Error;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use seccomp_profile::{Filter, Listener, Response, seccomp_profile, syscall};

use profile::Recording;

/// Notifies the listener of every call in the table. Newer ones fail with `ENOSYS`, so that a
/// library falls back to a call that can be recorded.
static ASK: Filter = seccomp_profile!(
    "examples/record/every-call.json",
    allow_notify_write = true,
    allow(exit_denied, clone3_errno)
);

const USAGE: &str = "usage: record [--output FILE] [--merge] COMMAND [ARG…]

Runs COMMAND and writes a profile that allows the system calls it made.

  --output FILE   where to write it (default: COMMAND.json, in this folder); if
                  that fails, the profile goes to standard output
  --merge         add the calls to FILE, which is a profile already

A few calls that not every run makes, such as those of a crash, are always
allowed. Needs Linux 5.9.
Exit status: 0; 1 if the file was not written; 2 for wrong usage.
";

fn main() -> ExitCode {
    let task = match Task::from_command_line() {
        Ok(Some(task)) => task,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("record: {problem}\ntry --help");
            return ExitCode::from(2);
        }
    };
    match run(&task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("record: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<(), Box<dyn Error>> {
    let file = task.output.display();
    let named = |problem: String| format!("`{file}`: {problem}");
    let before = match (task.merge, task.output.exists()) {
        // Read now: an error after a long recording would lose it.
        (true, true) => Some(profile::read(&task.output).map_err(named)?),
        (false, false) => None,
        (true, false) => {
            return Err(format!("there is no `{file}`: leave --merge out to make it").into());
        }
        (false, true) => {
            return Err(format!("`{file}` exists: add to it with --merge, or name another").into());
        }
    };
    let (calls, status) = record(&task.words)?;
    let recording = Recording {
        command: task.words.join(" "),
        calls,
    };
    let extended = recording.extend(before).map_err(named)?;
    if let Err(error) = std::fs::write(&task.output, &extended.text) {
        // The recording may have taken an hour, so it must not be lost.
        print!("{}", extended.text);
        return Err(named(format!("{error}; the profile went to standard output")).into());
    }
    let new = if task.merge {
        format!(", {} of them new in the file", extended.new)
    } else {
        String::new()
    };
    let made = recording.calls.len();
    eprintln!("record: {file}: the command made {made} different system calls{new}");
    if !extended.always.is_empty() {
        let always = extended.always.join("`, `");
        eprintln!("record: {file}: always allowed, and added: `{always}`");
    }
    if !status.success() {
        eprintln!("record: the command failed ({status}); it may make more calls if it succeeds");
    }
    Ok(())
}

/// What the command line asks for.
struct Task {
    words: Vec<String>,
    output: PathBuf,
    merge: bool,
}

impl Task {
    /// `None` if the usage is asked for.
    fn from_command_line() -> Result<Option<Task>, lexopt::Error> {
        use lexopt::prelude::*;
        let mut parser = lexopt::Parser::from_env();
        let (mut output, mut merge) = (None, false);
        let mut words: Vec<String> = Vec::new();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("output") | Short('o') => output = Some(PathBuf::from(parser.value()?)),
                Long("merge") => merge = true,
                Long("help") | Short('h') => return Ok(None),
                Value(command) => {
                    words.push(command.string()?);
                    // Everything after it belongs to the command.
                    for word in parser.raw_args()? {
                        words.push(word.string()?);
                    }
                }
                _ => return Err(argument.unexpected()),
            }
        }
        let command = words.first().ok_or("no command is named")?;
        let name = Path::new(command).file_name();
        let mut name = name.ok_or("the command has no name")?.to_os_string();
        name.push(".json");
        Ok(Some(Task {
            words,
            output: output.unwrap_or(name.into()),
            merge,
        }))
    }
}

/// Runs the command, and returns the numbers of the calls it made and how it ended.
fn record(words: &[String]) -> Result<(BTreeSet<u32>, ExitStatus), Box<dyn Error>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, interrupted)?;
    let slot = Slot::default();
    thread::scope(|scope| {
        let starter = scope.spawn(|| start(words, &slot));
        let listener = Listener::from(listener(&slot)?);
        let calls = calls(listener)?;
        let status = starter
            .join()
            .map_err(|_| "the command was not started")??;
        Ok((calls, status))
    })
}

/// Where the confined thread leaves its listener.
type Slot = Mutex<Option<Result<OwnedFd, seccomp_profile::Error>>>;

/// Runs the command under the filter, which only this thread and its children have.
fn start(words: &[String], slot: &Slot) -> io::Result<ExitStatus> {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    // After the installation every call of this thread waits for the listener, and nothing receives
    // from the listener before it is in the slot. So the slot is locked before, and unlocking makes
    // no call, because no thread waits for the lock.
    let installed = slot
        .lock()
        .is_ok_and(|mut slot| slot.insert(ASK.install_with_listener()).is_ok());
    if !installed {
        return Err(io::Error::other("the command was not started"));
    }
    let status = command.status();
    status.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", words[0])))
}

/// Takes the listener that the confined thread leaves.
fn listener(slot: &Slot) -> Result<OwnedFd, seccomp_profile::Error> {
    loop {
        if let Some(listener) = slot.try_lock().ok().and_then(|mut slot| slot.take()) {
            return listener;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Lets every call run until the last confined thread has ended, and returns the numbers of the
/// calls that the command made.
fn calls(listener: Listener) -> io::Result<BTreeSet<u32>> {
    let mut calls = BTreeSet::new();
    let mut starter = None;
    while let Some(notification) = listener.receive()? {
        let (caller, nr) = (notification.pid(), notification.syscall().nr);
        // No call is denied, so it does not matter what its arguments point to.
        notification.respond(Response::Continue)?;
        // The first caller is the thread that starts the command. Its calls do not belong to the
        // command, and neither do those of its child before `execve`.
        let other = caller != *starter.get_or_insert(caller);
        if other && (!calls.is_empty() || nr == syscall!(execve).nr) {
            calls.insert(nr);
        }
    }
    Ok(calls)
}
