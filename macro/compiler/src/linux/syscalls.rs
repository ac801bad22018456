//! `syscalls.csv` → the number of a name, the name of a number, on every ABI.
//!
//! The table has one line for each system call, sorted by name: the name, the first version of Linux
//! with the call (empty if it is older than our sources, or no ABI uses it), and a number for each
//! column of [`Abi::column`], empty if the ABI does not have the call. Numbers are those that a
//! filter sees: x32 with its bit, MIPS from 4000, 5000 or 6000. New calls of a kernel are new lines;
//! `check-headers` lists them.
//!
//! Proc-macros are not optimised, and parsing all cells would take longer than compiling a profile.
//! So the text is split into lines once per process, and cells are parsed when they are used. Tests
//! of this crate check that the table is well-formed; the readers rely on it.

use crate::error::{Error, Kind};
use crate::linux::abi::Abi;
use std::sync::OnceLock;

const TEXT: &str = include_str!("syscalls.csv");

/// The first number of arm's private calls (`arch/arm/include/uapi/asm/unistd.h`, `__ARM_NR_BASE`).
const ARM_PRIVATE: u32 = 0x000f_0000;

struct Table {
    lines: Vec<Line>,
    /// By ABI: the index of its cell.
    columns: [usize; Abi::ALL.len()],
    /// By ABI: its calls, computed on first use.
    calls: [OnceLock<Vec<(u32, &'static str)>>; Abi::ALL.len()],
}

struct Line {
    name: &'static str,
    since: &'static str,
    cells: &'static str,
}

impl Line {
    fn number(&self, column: usize) -> Option<u32> {
        self.cells.split(',').nth(column)?.parse().ok()
    }
}

fn split(line: &'static str) -> Option<Line> {
    let (name, rest) = line.split_once(',')?;
    let (since, cells) = rest.split_once(',')?;
    Some(Line { name, since, cells })
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut lines = TEXT.lines().filter_map(split);
        let header = lines.next().map_or("", |line| line.cells);
        Table {
            columns: Abi::ALL.map(|abi| {
                header
                    .split(',')
                    .take_while(|column| *column != abi.column())
                    .count()
            }),
            lines: lines.collect(),
            calls: Default::default(),
        }
    })
}

impl Table {
    fn line(&self, name: &str) -> Option<&Line> {
        let at = self.lines.binary_search_by(|line| line.name.cmp(name));
        self.lines.get(at.ok()?)
    }
}

/// Returns the number of the call `name` on an ABI, if the ABI has the call.
pub fn number(abi: Abi, name: &str) -> Option<u32> {
    let table = table();
    table.line(name)?.number(table.columns[abi as usize])
}

/// Returns the number of the call `name` on an ABI that must have it.
///
/// # Errors
/// `unknown-syscall`, without a place, with similar names.
pub fn require(abi: Abi, name: &str) -> Result<u32, Error> {
    number(abi, name).ok_or_else(|| {
        let of_abi = || calls(abi).iter().map(|(_, name)| *name);
        if is_known(name) {
            let message = format!("{abi} has no system call `{name}`");
            return Error::nowhere(Kind::UnknownSyscall, message).did_you_mean(
                name,
                of_abi(),
                "other architectures have this system call",
            );
        }
        let message = format!("unknown system call `{name}`");
        let error = Error::nowhere(Kind::UnknownSyscall, message);
        error.did_you_mean(name, of_abi(), "no architecture has this system call")
    })
}

/// Returns whether any ABI has a call of this name.
pub fn is_known(name: &str) -> bool {
    table().line(name).is_some()
}

/// Returns the first version of Linux with the call, such as `5.3`, if the table has it.
pub fn since(name: &str) -> Option<&'static str> {
    let line = table().line(name)?;
    (!line.since.is_empty()).then_some(line.since)
}

/// Returns the name of a number on an ABI; of two names, the first in alphabetical order.
pub fn name(abi: Abi, nr: u32) -> Option<&'static str> {
    let calls = calls(abi);
    let at = calls.binary_search_by_key(&nr, |(number, _)| *number);
    calls.get(at.ok()?).map(|(_, name)| *name)
}

/// Returns the names of all calls of all ABIs, sorted.
pub fn names() -> impl ExactSizeIterator<Item = &'static str> {
    table().lines.iter().map(|line| line.name)
}

/// Returns the calls of an ABI sorted by number, without duplicates, with its [`name`].
pub fn calls(abi: Abi) -> &'static [(u32, &'static str)] {
    let table = table();
    table.calls[abi as usize].get_or_init(|| {
        let column = table.columns[abi as usize];
        let call = |line: &Line| Some((line.number(column)?, line.name));
        let mut calls: Vec<_> = table.lines.iter().filter_map(call).collect();
        calls.sort_unstable();
        calls.dedup_by_key(|(number, _)| *number);
        calls
    })
}

/// Returns the highest number of an ABI.
///
/// Arm's private calls (`breakpoint`, `cacheflush`, `set_tls`, …; from 0xf0001 on) are excluded:
/// new calls do not get numbers after them.
pub fn highest(abi: Abi) -> u32 {
    let mut numbers = calls(abi).iter().rev().map(|(number, _)| *number);
    let in_sequence = |number: &u32| abi != Abi::Arm || *number < ARM_PRIVATE;
    numbers.find(in_sequence).unwrap_or(0)
}
