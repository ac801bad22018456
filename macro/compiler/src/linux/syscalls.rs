//! `syscalls.csv` → the number of a name, the name of a number, on every ABI.
//!
//! The table has one line for each system call, sorted by name: the name, the first version of Linux
//! with the call (empty if it is older than our sources, or no ABI uses it), and a number for each
//! column of [`Abi::column`], empty if the ABI does not have the call. Numbers are those that a
//! filter sees: x32 with its bit, MIPS from 4000, 5000 or 6000. New calls of a kernel are new lines;
//! `check-headers` lists them.
//!
//! The table is static data, in `syscalls.in` (see `tests/tables.rs`).

use std::sync::OnceLock;

use super::table;
use crate::error::{Error, Kind};
use crate::linux::abi::Abi;
use crate::sorted;

/// The first number of arm's private calls (`arch/arm/include/uapi/asm/unistd.h`, `__ARM_NR_BASE`).
const ARM_PRIVATE: u32 = 0x000f_0000;

/// How many columns of numbers the table has.
const COLUMNS: usize = 18;

/// How far the numbers of an ABI mostly are from the lowest.
const NEAR: usize = 1024;

/// In place of a number that is not there. No call has it: see [`SKIPPED`](crate::policy::SKIPPED).
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Line {
    name: &'static str,
    since: &'static str,
    numbers: [u32; COLUMNS],
}

// By ABI the index of its column; the key of each line's name, to find a name; the lines.
include!("syscalls.in");

fn line(name: &str) -> Option<&'static Line> {
    place(name).map(|at| &LINES[at])
}

/// Returns the place of a name among the [names] of all calls.
pub(crate) fn place(name: &str) -> Option<usize> {
    let key = table::key(name);
    let mut at = table::first(&KEYS, key, |key| *key);
    while at < LINES.len() && KEYS[at] == key {
        if LINES[at].name == name {
            return Some(at);
        }
        at += 1;
    }
    None
}

impl Line {
    fn number(&self, abi: Abi) -> Option<u32> {
        let number = self.numbers[COLUMN[abi as usize]];
        (number != NONE).then_some(number)
    }
}

/// Returns the number of the call `name` on an ABI, if the ABI has the call.
pub fn number(abi: Abi, name: &str) -> Option<u32> {
    line(name)?.number(abi)
}

/// Returns the number of the call `name` on an ABI that must have it.
///
/// # Errors
/// `unknown-syscall`, without a place, with similar names.
pub fn require(abi: Abi, name: &str) -> Result<u32, Error> {
    number(abi, name).ok_or_else(|| {
        let of_abi: Vec<&str> = calls(abi).iter().map(|(_, name)| *name).collect();
        if is_known(name) {
            let message = format!("{abi} has no system call `{name}`");
            return Error::nowhere(Kind::UnknownSyscall, message).did_you_mean(
                name,
                &of_abi,
                "other architectures have this system call",
            );
        }
        let message = format!("unknown system call `{name}`");
        let error = Error::nowhere(Kind::UnknownSyscall, message);
        error.did_you_mean(name, &of_abi, "no architecture has this system call")
    })
}

/// Returns whether any ABI has a call of this name.
pub fn is_known(name: &str) -> bool {
    line(name).is_some()
}

/// Returns the first version of Linux with the call, such as `5.3`, if the table has it.
pub fn since(name: &str) -> Option<&'static str> {
    let line = line(name)?;
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
    LINES.iter().map(|line| line.name)
}

/// Returns the calls of an ABI sorted by number, without duplicates, with its [`name`].
pub fn calls(abi: Abi) -> &'static [(u32, &'static str)] {
    static CALLS: [OnceLock<Vec<(u32, &'static str)>>; Abi::ALL.len()] =
        [const { OnceLock::new() }; Abi::ALL.len()];
    CALLS[abi as usize].get_or_init(|| {
        let column = COLUMN[abi as usize];
        // Nearly all numbers are close to the lowest: they are sorted by their place.
        let mut lowest = NONE;
        let mut at = 0;
        while at < LINES.len() {
            lowest = lowest.min(LINES[at].numbers[column]);
            at += 1;
        }
        let mut near = [usize::MAX; NEAR];
        let mut calls = Vec::with_capacity(LINES.len());
        let mut far = Vec::new();
        let mut at = LINES.len();
        while at > 0 {
            at -= 1;
            let number = LINES[at].numbers[column];
            let place = (number - lowest) as usize;
            if number == NONE {
                continue;
            }
            match near.get_mut(place) {
                // Of two names the first one stays, as it comes last here.
                Some(line) => *line = at,
                None => far.push((number, LINES[at].name)),
            }
        }
        let mut place = 0;
        while place < near.len() {
            if near[place] != usize::MAX {
                calls.push((lowest + place as u32, LINES[near[place]].name));
            }
            place += 1;
        }
        sorted::sort(&mut far);
        calls.extend(far);
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
