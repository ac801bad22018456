//! An address of a process → the file that it comes from and the address that this file gives it.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;

use libc::pid_t;

/// A file, or a name in brackets, and an address in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    module: String,
    address: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{:#x}", self.module, self.address)
    }
}

/// A loaded part of a file that can be executed.
struct Segment {
    offset: u64,
    size: u64,
    address: u64,
}

/// Places that were already looked up, until a mapping may have changed.
pub(crate) struct Places {
    known: HashMap<(pid_t, u64), Place>,
    segments: HashMap<String, Vec<Segment>>,
}

impl Places {
    pub(crate) fn new() -> Places {
        Places {
            known: HashMap::new(),
            segments: HashMap::new(),
        }
    }

    pub(crate) fn forget(&mut self, thread: pid_t) {
        self.known.retain(|&(other, _), _| other != thread);
    }

    /// Threads share their mappings, so a call of one changes those of others.
    pub(crate) fn forget_all(&mut self) {
        self.known.clear();
    }

    /// Gives nothing for a thread whose process has been killed: it makes no call any more.
    pub(crate) fn at(&mut self, thread: pid_t, address: u64) -> io::Result<Option<Place>> {
        if let Some(place) = self.known.get(&(thread, address)) {
            return Ok(Some(place.clone()));
        }
        let maps = fs::read_to_string(format!("/proc/{thread}/maps")).unwrap_or_default();
        if maps.is_empty() {
            return Ok(None);
        }
        let place = self.find(&maps, address)?;
        self.known.insert((thread, address), place.clone());
        Ok(Some(place))
    }

    fn find(&mut self, maps: &str, address: u64) -> io::Result<Place> {
        let hex = |text: &str| u64::from_str_radix(text, 16).map_err(io::Error::other);
        for line in maps.lines() {
            let mut words = line.splitn(6, ' ');
            let mut word = || words.next().unwrap_or_default();
            let (range, _, offset, _, _, path) = (word(), word(), word(), word(), word(), word());
            let Some((start, end)) = range.split_once('-') else {
                continue;
            };
            let (start, end) = (hex(start)?, hex(end)?);
            if !(start..end).contains(&address) {
                continue;
            }
            let path = path.trim_start();
            if !path.starts_with('/') {
                let vdso = path == "[vdso]";
                return Ok(Place {
                    module: if vdso { path } else { "[anon]" }.to_owned(),
                    address: if vdso { address - start } else { address },
                });
            }
            return self.within(path, address - start + hex(offset)?);
        }
        Err(io::Error::other(format!(
            "nothing is mapped at {address:#x}"
        )))
    }

    fn within(&mut self, path: &str, offset: u64) -> io::Result<Place> {
        if !self.segments.contains_key(path) {
            self.segments.insert(path.to_owned(), executable(path)?);
        }
        self.segments[path]
            .iter()
            .find(|part| (part.offset..part.offset + part.size).contains(&offset))
            .map(|part| Place {
                module: path.to_owned(),
                address: offset - part.offset + part.address,
            })
            .ok_or_else(|| io::Error::other(format!("`{path}` has no code at byte {offset}")))
    }
}

/// The executable segments of an ELF file of 64 bits, little endian.
fn executable(path: &str) -> io::Result<Vec<Segment>> {
    let bytes = fs::read(path).map_err(|error| io::Error::other(format!("`{path}`: {error}")))?;
    let number = |at: usize, size: usize| {
        let part = bytes.get(at..at + size);
        let part = part.ok_or_else(|| io::Error::other(format!("`{path}` is cut short")))?;
        Ok::<u64, io::Error>(
            part.iter()
                .rev()
                .fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
        )
    };
    if !bytes.starts_with(b"\x7fELF\x02\x01") {
        return Err(io::Error::other(format!(
            "`{path}` is no ELF file of 64 bits"
        )));
    }
    let (table, size, count) = (number(32, 8)? as usize, number(54, 2)?, number(56, 2)?);
    let mut segments = Vec::new();
    for index in 0..count {
        let header = table + (index * size) as usize;
        // PT_LOAD with PF_X.
        if number(header, 4)? == 1 && number(header + 4, 4)? & 1 != 0 {
            segments.push(Segment {
                offset: number(header + 8, 8)?,
                size: number(header + 32, 8)?,
                address: number(header + 16, 8)?,
            });
        }
    }
    Ok(segments)
}
