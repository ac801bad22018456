//! A process of its own for each test: this program once more, told to run the same test.
//!
//! Unlike a forked child it may do what any program does.

use std::any::type_name;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

use crate::bound::bound;

const VARIABLE: &str = "REPORTER_TEST";

/// How a child ended and what it wrote.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) signal: Option<i32>,
    pub(crate) code: Option<i32>,
    /// On stderr.
    pub(crate) text: String,
    stdout: String,
}

/// Runs the work, a closure in a test, in a process of its own, which exits with 0 if the work ends.
pub(crate) fn run<F: FnOnce()>(work: F) -> Report {
    let test = type_name::<F>().trim_end_matches("::{{closure}}");
    let (_crate, test) = test.split_once("::").unwrap();
    if std::env::var(VARIABLE).is_ok_and(|wanted| wanted == test) {
        bound();
        work();
        // SAFETY: ends the process at once, without what the filter may not allow.
        unsafe { libc::_exit(0) }
    }
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(std::env::current_exe().unwrap())
        // With one thread the harness begins the line that the test then writes to.
        .args([test, "--exact", "--nocapture", "--test-threads=2"])
        .env(VARIABLE, test)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Report {
        signal: status.signal(),
        code: status.code(),
        text: String::from_utf8(stderr).unwrap(),
        stdout: String::from_utf8(stdout).unwrap(),
    }
}

impl Report {
    /// Requires that SIGSYS ended the child.
    #[track_caller]
    pub(crate) fn killed(self) -> Report {
        assert_eq!(self.signal, Some(libc::SIGSYS), "{self:?}");
        self
    }

    /// Requires that the child came to its end.
    #[track_caller]
    pub(crate) fn passed(self) -> Report {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Returns what the child said with `println!("name: value")`.
    #[track_caller]
    pub(crate) fn said(&self, name: &str) -> &str {
        let mut lines = self.stdout.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| *known == name).unwrap().1
    }

    /// Returns all values that the child printed under a name.
    pub(crate) fn said_all(&self, name: &str) -> Vec<&str> {
        let lines = self.stdout.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(known, _)| *known == name)
            .map(|(_, value)| value)
            .collect()
    }

    /// Returns the fields of the one line that the child wrote.
    #[track_caller]
    pub(crate) fn line(&self) -> Vec<(&str, &str)> {
        let line = self.text.strip_suffix('\n').unwrap_or_default();
        fields(line).unwrap_or_else(|| panic!("{self:?}"))
    }
}

/// Returns the fields of a line in the form of a report.
pub(crate) fn fields(line: &str) -> Option<Vec<(&str, &str)>> {
    let fields = line.strip_prefix("seccomp violation: ")?.split(' ');
    fields.map(|field| field.split_once('=')).collect()
}
