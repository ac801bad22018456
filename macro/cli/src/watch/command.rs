//! The words of a command → whether there is such a command, before anything is watched; and how it
//! has ended.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;

use crate::Failure;

/// How a command has ended.
#[derive(Default)]
pub(crate) struct Ended {
    /// `None` if the watch has ended while processes of the command went on.
    pub(crate) status: Option<ExitStatus>,
    /// Whether a signal came that is passed on to the command.
    pub(super) asked: bool,
    /// Why the watch has ended early, unless a signal ended it.
    pub(crate) problem: Option<Failure>,
}

impl Ended {
    /// Returns whether the whole command was watched, and succeeded or was ended by a signal as servers are.
    pub(crate) fn is_well(&self) -> bool {
        self.problem.is_none() && self.is_success()
    }

    fn is_success(&self) -> bool {
        const ENDS: [i32; 3] = [libc::SIGHUP, libc::SIGINT, libc::SIGTERM];
        self.asked
            || self.status.is_none_or(|status| {
                status.success() || status.signal().is_some_and(|it| ENDS.contains(&it))
            })
    }
}

/// Checks that there is a program of this name. Otherwise the watch would begin with calls of its own
/// child, which looks for the program.
pub(super) fn find(words: &[OsString]) -> Result<(), Failure> {
    let Some(name) = words.first() else {
        return Ok(());
    };
    let absent =
        |error: io::Error| Failure::Wrong(format!("{}: {error}", Path::new(name).display()));
    if name.as_encoded_bytes().contains(&b'/') {
        return is_program(Path::new(name)).map_err(absent);
    }
    let Some(path) = env::var_os("PATH") else {
        // Each C library has folders of its own for this case.
        return Ok(());
    };
    let mut reason = io::Error::from_raw_os_error(libc::ENOENT);
    for folder in env::split_paths(&path) {
        // An empty one is this folder.
        let folder = Path::new(OsStr::new(".")).join(folder);
        match is_program(&folder.join(name)) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => reason = error,
            Err(_) => {}
        }
    }
    Err(absent(reason))
}

/// Whether a file is there and has some bit that allows to execute it.
fn is_program(path: &Path) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    match metadata.is_file() && metadata.permissions().mode() & 0o111 != 0 {
        true => Ok(()),
        false => Err(io::Error::from_raw_os_error(libc::EACCES)),
    }
}
