//! A second process, which lets the calls of a command run if the one that watches it is killed.
//!
//! When the last copy of a listener is closed, all calls under its filter fail with `ENOSYS`. So the
//! keeper has a copy. Its standard output is the listener, its standard input a pipe, which ends
//! with the watching process: then the keeper answers. Until then it only reads the numbers of
//! notifications that the other process has answered.
//!
//! The killed process can have received one call that it had not answered. The kernel numbers
//! notifications one after the other, so the keeper finds it behind the last number that it read.

use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use seccomp_profile::{Delivery, Listener, Response};

use crate::Failure;

/// The subcommand of the keeper, which no user sees.
pub(crate) const SUBCOMMAND: &str = "keep-watched";

/// How many answers the keeper can be behind.
const BEHIND: u32 = 1024;

/// How many numbers are tried: there are more than answers if signals interrupt calls.
const TRIED: u64 = 1 << 16;

/// The keeper, as the watching process sees it.
pub(crate) struct Keeper {
    pipe: io::PipeWriter,
    last: u64,
    behind: u32,
}

impl Keeper {
    /// Starts the keeper of a listener.
    pub(crate) fn start(listener: &OwnedFd) -> io::Result<Keeper> {
        let (reader, pipe) = io::pipe()?;
        let mut command = Command::new("/proc/self/exe");
        command
            .arg0("seccomp-profile")
            .arg(SUBCOMMAND)
            .stdin(reader)
            .stdout(listener.try_clone()?)
            .stderr(Stdio::null())
            // Ctrl-C, and a signal for the group of the watching process, do not end it.
            .process_group(0);
        // It is not waited for: it ends after this process, or when nothing is watched any more.
        let _ = command.spawn()?;
        Ok(Keeper {
            pipe,
            last: 0,
            behind: 0,
        })
    }

    /// Notes that a notification has an answer.
    pub(crate) fn answered(&mut self, id: u64) {
        // The first number is random.
        let first = self.last == 0;
        self.last = id;
        self.behind += 1;
        if first || self.behind >= BEHIND {
            self.pause();
        }
    }

    /// Writes the number of the last answer to the keeper.
    pub(crate) fn pause(&mut self) {
        self.behind = 0;
        // Without a keeper everything else works.
        let _ = self.pipe.write_all(&self.last.to_ne_bytes());
    }
}

/// Does the work of the keeper's own process.
pub(crate) fn keep() -> Result<(), Failure> {
    let wrong = |error: io::Error| Failure::Wrong(error.to_string());
    let listener = io::stdout().as_fd().try_clone_to_owned().map_err(wrong)?;
    let listener = Listener::from(listener);
    let mut last = 0_u64;
    let mut bytes = [0; 8];
    while io::stdin().read_exact(&mut bytes).is_ok() {
        last = u64::from_ne_bytes(bytes);
    }
    // Most often the other process has ended because nothing is watched any more.
    let mut step = 0;
    loop {
        match listener.try_receive() {
            Ok(Some(call)) => drop(call.respond(Response::Continue)),
            Ok(None) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(wrong(error)),
        }
        let id = last.wrapping_add(step);
        step += 1;
        let answered = listener.respond_to(id, Response::Continue);
        if step == TRIED || matches!(answered, Ok(Delivery::Delivered)) {
            break;
        }
    }
    while let Some(call) = listener.receive().map_err(wrong)? {
        call.respond(Response::Continue).map_err(wrong)?;
    }
    Ok(())
}
