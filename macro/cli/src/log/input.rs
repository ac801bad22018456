//! Files of the command line → a profile and lines of a log.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, IsTerminal as _, Read as _};

use serde_json::Value;

use crate::{Failure, texts};

/// How much of a file shows whether it is a profile.
const HEAD: u64 = 1 << 20;

/// The longest line that is read; of a longer one the rest is skipped.
const LONGEST: u64 = 1 << 20;

/// A log.
pub(super) struct Lines {
    pub(super) name: String,
    reader: Box<dyn BufRead>,
}

/// What one file of the command line is.
pub(super) enum Opened {
    Profile,
    Log(Lines),
}

impl Lines {
    /// Opens a log, or standard input for `-`.
    pub(super) fn open(path: &str) -> Result<Lines, Failure> {
        let name = path.to_string();
        if path == "-" {
            let stdin = texts::stdin()?;
            if stdin.is_terminal() {
                return Err(Failure::Usage(
                    "no log: name a file, or pipe one in: dmesg | seccomp-profile log".into(),
                ));
            }
            let reader = Box::new(BufReader::new(stdin));
            return Ok(Lines { name, reader });
        }
        let file = File::open(path).map_err(|error| failed(path, &error))?;
        let reader = Box::new(BufReader::new(file));
        Ok(Lines { name, reader })
    }

    /// Reads a line without its end; `None` behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let mut line = Vec::new();
        let mut limited = self.reader.by_ref().take(LONGEST);
        let read = limited.read_until(b'\n', &mut line);
        if read.map_err(|error| failed(&self.name, &error))? == 0 {
            return Ok(None);
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        } else {
            let skipped = self.reader.skip_until(b'\n');
            skipped.map_err(|error| failed(&self.name, &error))?;
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(line))
    }
}

/// Opens a file that can be a profile or a log: the content decides.
pub(super) fn open(path: &str) -> Result<Opened, Failure> {
    let lines = Lines::open(path)?;
    if path == "-" {
        return Ok(Opened::Log(lines));
    }
    let Lines { name, mut reader } = lines;
    let mut head = Vec::new();
    let read = reader.by_ref().take(HEAD).read_to_end(&mut head);
    read.map_err(|error| failed(path, &error))?;
    if is_profile(&head) {
        return Ok(Opened::Profile);
    }
    let reader = Box::new(Cursor::new(head).chain(reader));
    Ok(Opened::Log(Lines { name, reader }))
}

/// Returns whether a text is JSON, but no journal. A profile can have a mistake.
fn is_profile(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    if !text.trim_start().starts_with('{') {
        return false;
    }
    let mut values = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    match values.next() {
        Some(Ok(first)) => first.get("MESSAGE").is_none() && first.get("__CURSOR").is_none(),
        _ => true,
    }
}

fn failed(path: &str, error: &io::Error) -> Failure {
    Failure::Wrong(format!("{path}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides() {
        for profile in ["{}", " \n{ \"defaultAction\": 1 }", "{ \"a\": ", "{"] {
            assert!(is_profile(profile.as_bytes()), "{profile}");
        }
        for log in [
            "",
            "[1.0] audit: type=1326 {}",
            "{\"MESSAGE\":\"x\"}",
            "{\"__CURSOR\":\"x\"}\n{\"MESSAGE\":\"x\"}\n",
        ] {
            assert!(!is_profile(log.as_bytes()), "{log}");
        }
    }

    #[test]
    fn long_lines_are_cut() {
        let text = [b"a".repeat(LONGEST as usize + 9), b"\nb\r\nc".to_vec()].concat();
        let mut lines = Lines {
            name: String::new(),
            reader: Box::new(Cursor::new(text)),
        };
        let mut next = || lines.next().unwrap();
        assert_eq!(next().unwrap().len(), LONGEST as usize);
        assert_eq!(next().unwrap(), b"b");
        assert_eq!(next().unwrap(), b"c");
        assert_eq!(next(), None);
    }
}
