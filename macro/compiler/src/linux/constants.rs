//! `constants.csv` → the value of a constant of the kernel on an ABI, and the names of a value.
//!
//! One line a constant, sorted by name:
//!
//! | column | what |
//! |---|---|
//! | `name` | as C spells it |
//! | `family` | the families it belongs to, separated by spaces: the vocabularies that `arguments.csv` names, mostly the prefix of the name (`AF`, `O`). `TIOC` is every request of `ioctl`, whatever its prefix. |
//! | `kind` | `value`: one of several; `flag`: joined to others by `\|`; `alias`: another name of one of these, understood but not shown |
//! | `libc` | what the crate `libc` has of it: `all`, `some` or `no` (see [`Libc`]), then `-ABI` for each ABI where it has another value on some target |
//! | `value` | on most ABIs: decimal, `0x…`, `0o…`, negative as the kernel's headers have it, `-` where the ABI lacks it |
//! | `elsewhere` | `ABI=value`, separated by spaces; the first that fits counts. ABI is a column of `syscalls.csv`, the beginning of such names (`mips*`), or `w32`, the ABIs with a `long` of 32 bits |
//!
//! Values are the kernel's, of Linux 7.3 (31-bit s390: 6.12), as its own headers give them to
//! programs, some of which it keeps to itself (`AF_*`, `SOCK_*`, `MSG_*`: `include/linux/socket.h`
//! and `net.h`). `check-constants` compares them with headers, `check-libc` the column `libc` with
//! the crate on every target.
//!
//! What is not here, on purpose, so that a profile that names it is refused:
//! - names whose value depends on the C library or its settings: `SIGRTMIN`, `SO_RCVTIMEO` and
//!   `SO_TIMESTAMP` on 32-bit ABIs, `SIOCGSTAMP` (a program has the `_OLD` or the `_NEW` one);
//! - counts and ends that grow with the kernel: `AF_MAX`, `FUTEX_CMD_MASK`, `PIDFD_GET_INFO`;
//! - `Q_SYNC` and the like: the argument of `quotactl` is a `QCMD`, never one of them alone.
//!
//! Unoptimised as proc-macros are, a look-up must not read the whole text: [`value`] halves it,
//! and only names for values, which only messages need, index it.

use crate::linux::abi::{Abi, Width};
use crate::sorted;
use std::cmp::{Ordering, Reverse};

const TEXT: &str = include_str!("constants.csv");

/// What the crate `libc` has of a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Libc {
    /// On every target of Linux and Android that `check-libc` lists, with the kernel's value.
    Everywhere,
    /// On some of them, with the kernel's value.
    Somewhere,
    /// On none, or on some with another value: nothing can be asserted.
    Nowhere,
}

/// How a constant is put into an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Value,
    Flag,
    Alias,
}

/// One line of the table.
#[derive(Clone, Copy)]
struct Line {
    name: &'static str,
    families: &'static str,
    kind: &'static str,
    libc: &'static str,
    value: &'static str,
    elsewhere: &'static str,
}

impl Line {
    fn of(text: &'static str) -> Option<Line> {
        let mut cells = text.split(',');
        Some(Line {
            name: cells.next()?,
            families: cells.next()?,
            kind: cells.next()?,
            libc: cells.next()?,
            value: cells.next()?,
            elsewhere: cells.next()?,
        })
    }

    fn value(&self, abi: Abi) -> Option<u64> {
        let mut elsewhere = self.elsewhere.split_ascii_whitespace();
        let here = elsewhere.find_map(|word| {
            let (abis, value) = word.split_once('=')?;
            fits(abis, abi).then_some(value)
        });
        number(here.unwrap_or(self.value))
    }

    fn kind(&self) -> Kind {
        match self.kind {
            "value" => Kind::Value,
            "flag" => Kind::Flag,
            _ => Kind::Alias,
        }
    }
}

/// Returns whether the ABIs of a cell include one.
fn fits(abis: &str, abi: Abi) -> bool {
    match abis.strip_suffix('*') {
        Some(start) => abi.column().starts_with(start),
        None if abis == "w32" => abi.width() == Width::W32,
        None => abis == abi.column(),
    }
}

/// Reads a number as the table writes it.
fn number(text: &str) -> Option<u64> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok();
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8).ok();
    }
    match text.strip_prefix('-') {
        Some(digits) => digits.parse().ok().map(u64::wrapping_neg),
        None => text.parse().ok(),
    }
}

/// Returns where the first line begins whose name is not before this one, by halving the text.
fn at(name: &str) -> usize {
    let (mut low, mut high) = (TEXT.find('\n').map_or(0, |end| end + 1), TEXT.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = TEXT[low..middle].rfind('\n').map_or(low, |at| low + at + 1);
        let end = TEXT[middle..high]
            .find('\n')
            .map_or(high, |at| middle + at + 1);
        let found = TEXT[start..end].split(',').next().unwrap_or("");
        match name.cmp(found) {
            Ordering::Less | Ordering::Equal => high = start,
            Ordering::Greater => low = end,
        }
    }
    low
}

/// Finds the line of a name.
fn line(name: &str) -> Option<Line> {
    let line = Line::of(TEXT[at(name)..].lines().next()?)?;
    (line.name == name).then_some(line)
}

/// Returns the value of a constant on an ABI, negative ones sign-extended.
///
/// ```
/// use seccomp_profile_compiler::Abi;
/// use seccomp_profile_compiler::linux::constants::value;
///
/// assert_eq!(value(Abi::X86_64, "SOCK_STREAM"), Some(1));
/// assert_eq!(value(Abi::Mipsel64, "SOCK_STREAM"), Some(2));
/// assert_eq!(value(Abi::Aarch64, "MAP_32BIT"), None);
/// ```
pub fn value(abi: Abi, name: &str) -> Option<u64> {
    line(name)?.value(abi)
}

/// Returns the value of names joined by `|` on an ABI.
pub fn joined(abi: Abi, names: &str) -> Option<u64> {
    names.split('|').try_fold(0, |sum, name| {
        let value = value(abi, name.trim_ascii())?;
        Some(sum | value)
    })
}

/// Returns whether any ABI has a constant of this name.
pub fn is_known(name: &str) -> bool {
    line(name).is_some()
}

/// Returns every name, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    let lines = TEXT.lines().skip(1);
    lines.filter_map(|line| line.split(',').next())
}

/// Returns the families of a constant; the first is the one that its prefix says.
pub fn families(name: &str) -> impl Iterator<Item = &'static str> + use<> {
    let families = line(name).map_or("", |line| line.families);
    families.split_ascii_whitespace()
}

/// Returns the first of the [`families`] of a constant.
pub fn family(name: &str) -> Option<&'static str> {
    families(name).next()
}

/// Returns what the crate `libc` has of a constant on an ABI.
///
/// Compare the low 32 bits: the types of `libc` have other widths and signs, and `check-libc` has
/// compared no more. Where it is [`Somewhere`](Libc::Somewhere), a constant of the same name in a
/// block around `use libc::*` stands in for it.
pub fn libc(abi: Abi, name: &str) -> Libc {
    let mut words = line(name).map_or("", |line| line.libc).split(' ');
    let state = words.next().unwrap_or("");
    let differs = words.any(|word| word.strip_prefix('-') == Some(abi.column()));
    match state {
        _ if differs => Libc::Nowhere,
        "all" => Libc::Everywhere,
        "some" => Libc::Somewhere,
        _ => Libc::Nowhere,
    }
}

/// The families with a member whose name does not begin with that of the family, sorted.
#[rustfmt::skip]
const SCATTERED: [&str; 28] = [
    "ACCESS", "AT_FDCWD", "CLONE", "EXECVEAT", "FACCESSAT",
    "FAN_EVENT", "INOTIFY", "IORING_REGISTER", "IPC", "IPCCALL",
    "IPC_KEY", "LINUX_REBOOT_CMD", "LINUX_REBOOT_MAGIC", "MSGCTL", "MSGRCV",
    "MSYNC", "NAME_TO_HANDLE_AT", "OPEN_TREE", "PERSONALITY", "PIDFD_SELF",
    "SEMCTL", "SHMCTL", "SIG", "SIG_HOW", "TIOC",
    "UMOUNT", "UNLINKAT", "W",
];

/// Returns the lines of a family, in the order of names.
fn members(family: &str) -> Vec<Line> {
    let is_member = |line: &Line| line.families.split(' ').any(|known| known == family);
    let mut text = TEXT;
    if SCATTERED.binary_search(&family).is_err() {
        let prefix = format!("{family}_");
        let start = at(&prefix);
        let lines = TEXT[start..].split_inclusive('\n');
        let length: usize = lines
            .take_while(|line| line.starts_with(&prefix))
            .map(str::len)
            .sum();
        text = &TEXT[start..start + length];
    }
    let lines = text.lines().filter_map(Line::of);
    lines.filter(is_member).collect()
}

/// Returns the constants of a family that an ABI has, with their values, in the order of names.
pub fn of_family(abi: Abi, family: &str) -> impl Iterator<Item = (&'static str, u64)> + use<> {
    let lines = members(family).into_iter();
    lines.filter_map(move |line| Some((line.name, line.value(abi)?)))
}

/// Returns whether an argument of this value can be meant by a constant: callers extend a negative
/// `int` by its sign or by zeros.
fn is_same(constant: u64, value: u64) -> bool {
    let negative = constant > u64::from(u32::MAX) << 32;
    constant == value || negative && constant & u64::from(u32::MAX) == value
}

/// Returns the name of a value in a family, unless several constants of the family have it.
///
/// ```
/// use seccomp_profile_compiler::Abi;
/// use seccomp_profile_compiler::linux::constants::name_of;
///
/// assert_eq!(name_of(Abi::X86_64, "AF", 1), Some("AF_UNIX"));
/// // AT_REMOVEDIR of `unlinkat`, AT_EACCESS of `faccessat2`.
/// assert_eq!(name_of(Abi::X86_64, "AT", 0x200), None);
/// ```
pub fn name_of(abi: Abi, family: &str, value: u64) -> Option<&'static str> {
    name_in(abi, &members(family), value)
}

fn name_in(abi: Abi, lines: &[Line], value: u64) -> Option<&'static str> {
    let mut found: Option<Line> = None;
    let mut several = false;
    for &line in lines {
        let here = line.value(abi).filter(|here| is_same(*here, value));
        // A flag of no bits is no name for 0.
        if here.is_none() || (value == 0 && line.kind() == Kind::Flag) {
            continue;
        }
        match found {
            Some(other) if other.kind() < line.kind() => {}
            Some(other) if other.kind() == line.kind() => several = true,
            _ => (found, several) = (Some(line), false),
        }
    }
    found.filter(|_| !several).map(|line| line.name)
}

/// Returns the names that make up a value in a family, and the bits that have no name: the one
/// name of the value if there is one, else flags.
pub fn names_of(abi: Abi, family: &str, value: u64) -> (Vec<&'static str>, u64) {
    let lines = members(family);
    match name_in(abi, &lines, value) {
        Some(name) => (vec![name], 0),
        None => flags_in(abi, &lines, value),
    }
}

/// Returns the names that make up a value in a family, and the bits that have no name.
///
/// Flags come first, those of more bits before those of fewer; what they leave is a value of the
/// family or has no name.
pub fn flags_of(abi: Abi, family: &str, value: u64) -> (Vec<&'static str>, u64) {
    flags_in(abi, &members(family), value)
}

fn flags_in(abi: Abi, lines: &[Line], value: u64) -> (Vec<&'static str>, u64) {
    // Of several flags with the same bits none is shown.
    let mut flags: Vec<(u64, &'static str)> = Vec::new();
    for line in lines {
        if line.kind() == Kind::Flag {
            flags.push((line.value(abi).unwrap_or(0), line.name));
        }
    }
    sorted::sort_by_key(&mut flags, |(bits, _)| (Reverse(bits.count_ones()), *bits));
    let (mut found, mut rest) = (Vec::new(), value);
    for &(bits, name) in &flags {
        let same = flags.iter().filter(|(other, _)| *other == bits).count();
        if same == 1 && bits != 0 && rest & bits == bits {
            found.push((bits, name));
            rest &= !bits;
        }
    }
    sorted::sort(&mut found);
    let mut names: Vec<&str> = found.into_iter().map(|(_, name)| name).collect();
    if rest != 0 || names.is_empty() {
        if let Some(name) = name_in(abi, lines, rest) {
            names.insert(0, name);
            rest = 0;
        }
    }
    (names, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn families_are_complete() {
        let mut families: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for line in TEXT.lines().skip(1).filter_map(Line::of) {
            for family in line.families.split(' ') {
                families.entry(family).or_default().push(line.name);
            }
        }
        assert!(SCATTERED.windows(2).all(|pair| pair[0] < pair[1]));
        for (family, names) in families {
            let found: Vec<&str> = members(family).iter().map(|line| line.name).collect();
            assert_eq!(found, names, "{family}");
        }
    }
}
