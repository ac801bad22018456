//! The calls of a new process → those of the command, and those that start it.

use std::fs::File;
use std::io::{Read as _, Write as _};

use seccomp_profile::{Notification, syscall};

/// Tells the calls of the command from those that start it.
///
/// The thread that starts the command shares locks with this one, such as those of the allocator;
/// `fork` takes all of these. If it has to wake this thread, its call waits for an answer of this
/// thread: a deadlock. So until that thread has ended, or waits for the command to execute, this one
/// takes no lock: it calls no watcher, but lets the command wait, which has one thread only.
pub(super) struct Starter {
    /// The first caller.
    thread: Option<u32>,
    /// Whether it waits for the command to execute: it reads until `execve` closes the other end.
    waits: bool,
    pub(super) ended: bool,
    /// Whether the child has called `execve`, which can fail.
    tried: bool,
    /// Whether the command executes.
    executed: bool,
    /// The command line of this process. That of its child is the same until it executes.
    own: CommandLine,
}

/// What a call belongs to.
pub(super) enum Part {
    /// The start of the command: it runs.
    Start,
    /// The command, while a watcher cannot be called.
    Wait,
    /// The command.
    Command,
}

impl Starter {
    pub(super) fn new() -> Starter {
        Starter {
            thread: None,
            waits: false,
            ended: false,
            tried: false,
            executed: false,
            own: CommandLine::of("self"),
        }
    }

    pub(super) fn part(&mut self, call: &Notification<'_>) -> Part {
        let (caller, nr) = (call.pid(), call.syscall().nr);
        if !self.ended && caller == *self.thread.get_or_insert(caller) {
            // `Command` of `std` reads from a pair of sockets or from a pipe.
            self.waits = [
                syscall!(read).nr,
                syscall!(recvfrom).nr,
                syscall!(recvmsg).nr,
            ]
            .contains(&nr);
            self.ended |= nr == syscall!(exit).nr;
            return Part::Start;
        }
        // After an `execve` that failed, the child tries other folders, and reports the failure.
        // This reads a file: not for each call.
        self.executed = self.executed || self.tried && !self.own.is_of(caller);
        self.tried |= nr == syscall!(execve).nr;
        match (self.executed, self.is_ready_for(call)) {
            (false, _) if nr != syscall!(execve).nr => Part::Start,
            (_, false) => Part::Wait,
            (_, true) => Part::Command,
        }
    }

    /// Returns whether a watcher can be called with a call of the command.
    pub(super) fn is_ready_for(&self, call: &Notification<'_>) -> bool {
        let (syscall, execve) = (call.syscall(), syscall!(execve));
        self.ended || self.waits && (syscall.arch, syscall.nr) == (execve.arch, execve.nr)
    }
}

/// How long command lines are compared. With a longer one every call after `execve` is of the command.
const COMPARED: usize = 4096;

/// The command line of a process. It is read without an allocation, so without a lock.
struct CommandLine {
    bytes: [u8; COMPARED],
    length: usize,
}

impl CommandLine {
    fn of(process: &str) -> CommandLine {
        let mut line = CommandLine {
            bytes: [0; COMPARED],
            length: 0,
        };
        line.length = line.read(process).unwrap_or(0);
        line
    }

    fn read(&mut self, process: &str) -> Option<usize> {
        let mut path = [0; 64];
        let size = path.len();
        let mut rest = &mut path[..];
        write!(rest, "/proc/{process}/cmdline").ok()?;
        let length = size - rest.len();
        let path = std::str::from_utf8(&path[..length]).ok()?;
        let mut file = File::open(path).ok()?;
        let mut length = 0;
        loop {
            match file.read(&mut self.bytes[length..]).ok()? {
                0 => return Some(length),
                more => length += more,
            }
        }
    }

    /// Returns whether a process has this command line too.
    fn is_of(&self, process: u32) -> bool {
        let mut digits = [0; 10];
        let size = digits.len();
        let mut rest = &mut digits[..];
        if write!(rest, "{process}").is_err() {
            return false;
        }
        let length = size - rest.len();
        let other = std::str::from_utf8(&digits[..length]).map(CommandLine::of);
        let known = 1..COMPARED;
        other.is_ok_and(|other| {
            known.contains(&self.length) && other.bytes[..other.length] == self.bytes[..self.length]
        })
    }
}
