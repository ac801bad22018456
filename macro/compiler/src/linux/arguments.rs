//! `arguments.csv` → the arguments of a call: name, type and register, on every ABI.
//!
//! The table has one line a call, sorted by name: the call, six registers, what differs, a remark.
//!
//! A register is `name:type:FAMILY`. The name is the kernel's. The type is what the kernel takes of
//! the register, which may be less than it declares: `fd:fd<ulong` is declared `unsigned long`, and
//! the body passes it on as 32 bits; the remark says where. `FAMILY` is the prefix of the constants
//! that the argument is made of; most arguments have none. `-` is a register that the kernel
//! declares and never looks at. The line is the order of 64-bit ABIs.
//!
//! `differs` lists ABIs that pass the arguments otherwise, and all registers of the call there:
//! `x86 = fd offset.low offset.high count; ppc = fd - offset.high offset.low count`. A bare name is
//! the argument of that name in the line, `.low` and `.high` are the halves of a 64-bit one, and
//! `*args` is the address of a block in memory that contains the arguments. What a call takes from
//! the seventh register on is left out, as no filter sees it.
//!
//! Sources are the kernel's tables of system calls and the definitions that they lead to;
//! `check-arguments` compares them again. A call that no kernel with filters implements has no
//! argument. A word of x32 and of MIPS n32 counts as 32 bits here: filters compare no more of it,
//! although the kernel takes 64 bits of some.
//!
//! Unoptimised as proc-macros are, reading all lines would take longer than compiling a profile:
//! the line of a call is found by bisection of the text, and only that line is read. Tests prove
//! that the table is well-formed.

use crate::linux::abi::{Abi, Width};

const TEXT: &str = include_str!("arguments.csv");

/// How many registers a filter sees.
pub const REGISTERS: usize = 6;

/// What the kernel takes of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A file descriptor or `AT_FDCWD`: 32 bits, signed.
    Descriptor,
    /// 32 bits, signed: a number, a process, a choice.
    Int,
    /// 32 bits, unsigned.
    Uint,
    /// The low 16 bits, unsigned: `umode_t`, and users and groups of old ABIs.
    Short,
    /// 32 bits that are flags.
    Flags,
    /// A signed word.
    Long,
    /// An unsigned word.
    Ulong,
    /// A number of bytes: a word.
    Size,
    /// A word that is flags.
    LongFlags,
    /// 64 bits on every ABI, signed.
    Signed64,
    /// 64 bits on every ABI, unsigned.
    Unsigned64,
    /// An address: a word.
    Address,
    /// A word whose type depends on another argument.
    Untyped,
}

use Type::*;

impl Type {
    /// Every type, with its word in the table.
    const WORDS: [(&'static str, Type); 13] = [
        ("fd", Descriptor),
        ("int", Int),
        ("uint", Uint),
        ("u16", Short),
        ("flags", Flags),
        ("long", Long),
        ("ulong", Ulong),
        ("size", Size),
        ("longflags", LongFlags),
        ("s64", Signed64),
        ("u64", Unsigned64),
        ("address", Address),
        ("any", Untyped),
    ];

    fn from_word(word: &str) -> Option<Type> {
        let mut words = Type::WORDS.iter();
        words.find(|(name, _)| *name == word).map(|(_, kind)| *kind)
    }

    /// Returns how many bits the kernel takes where a word has this width.
    pub const fn bits(self, word: Width) -> u32 {
        match self {
            Short => 16,
            Descriptor | Int | Uint | Flags => 32,
            Signed64 | Unsigned64 => 64,
            Long | Ulong | Size | LongFlags | Address | Untyped => match word {
                Width::W16 | Width::W32 => 32,
                Width::W64 => 64,
            },
        }
    }

    /// Returns whether the kernel reads the highest of these bits as a sign.
    pub const fn is_signed(self) -> bool {
        matches!(self, Descriptor | Int | Long | Signed64)
    }
}

/// Which part of an argument a register contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// The low 32 of 64 bits.
    Low,
    /// The high 32 of 64 bits.
    High,
}

/// What a register contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The name, by the kernel's source: `family`.
    pub name: &'static str,
    /// The type of the whole argument.
    pub kind: Type,
    /// The prefix of the constants it is made of: `AF`.
    pub family: Option<&'static str>,
    /// Which part of it the register contains.
    pub part: Part,
}

impl Argument {
    /// Returns how many bits of the register the kernel takes on an ABI.
    pub const fn bits(&self, abi: Abi) -> u32 {
        match self.part {
            Part::Whole => self.kind.bits(abi.width()),
            Part::Low | Part::High => 32,
        }
    }
}

/// The registers of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    registers: [Option<Argument>; REGISTERS],
    count: usize,
    in_memory: bool,
}

impl Signature {
    const NONE: Signature = Signature {
        registers: [None; REGISTERS],
        count: 0,
        in_memory: false,
    };

    /// Returns what a register contains, if the kernel looks at it.
    pub fn get(&self, index: usize) -> Option<Argument> {
        self.registers.get(index).copied().flatten()
    }

    /// Returns how many registers the call has, with those that the kernel does not look at.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Returns whether the only register is the address of the arguments.
    pub const fn in_memory(&self) -> bool {
        self.in_memory
    }

    fn push(&mut self, argument: Option<Argument>) -> Option<()> {
        *self.registers.get_mut(self.count)? = argument;
        self.count += 1;
        Some(())
    }

    fn find(&self, name: &str, part: Part) -> Option<u8> {
        let is = |argument: &Option<Argument>| {
            argument.is_some_and(|argument| argument.name == name && argument.part == part)
        };
        let index = self.registers.iter().position(is)?;
        u8::try_from(index).ok()
    }
}

/// Where an ABI passes an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the usual register.
    Usual,
    /// In another register.
    Register(u8),
    /// In two registers.
    Halves {
        /// The one with the low 32 bits.
        low: u8,
        /// The one with the high 32 bits.
        high: u8,
    },
    /// In memory.
    Memory,
    /// Not in a register that a filter sees.
    Nowhere,
}

/// Returns the registers of a call as 64-bit ABIs have them, most of them.
pub fn usual(call: &str) -> Option<Signature> {
    signature(&Line::find(call)?)
}

/// Returns the registers of a call on an ABI, which may lack the call.
pub fn of(abi: Abi, call: &str) -> Option<Signature> {
    let line = Line::find(call)?;
    let usual = signature(&line)?;
    match line.differing(abi) {
        Some(registers) => differing(&usual, registers),
        None => Some(usual),
    }
}

/// Returns where an ABI passes the argument that is [`usual`] in a register, if there is one.
pub fn place(abi: Abi, call: &str, index: usize) -> Option<Place> {
    let line = Line::find(call)?;
    let usual = signature(&line)?;
    let name = usual.get(index)?.name;
    let Some(registers) = line.differing(abi) else {
        return Some(Place::Usual);
    };
    let here = differing(&usual, registers)?;
    if here.in_memory {
        return Some(Place::Memory);
    }
    if let Some(at) = here.find(name, Part::Whole) {
        let same = usize::from(at) == index;
        return Some(if same {
            Place::Usual
        } else {
            Place::Register(at)
        });
    }
    let halves = here.find(name, Part::Low).zip(here.find(name, Part::High));
    Some(halves.map_or(Place::Nowhere, |(low, high)| Place::Halves { low, high }))
}

/// Returns every call of the table, sorted.
pub fn calls() -> impl Iterator<Item = &'static str> {
    let lines = TEXT.lines().skip(1);
    lines.map(|line| line.split_once(',').map_or(line, |(call, _)| call))
}

struct Line {
    registers: &'static str,
    differs: &'static str,
}

impl Line {
    fn find(call: &str) -> Option<Line> {
        let (_, mut text) = TEXT.split_once('\n')?;
        while !text.is_empty() {
            let start = text
                .get(..text.len() / 2)?
                .rfind('\n')
                .map_or(0, |at| at + 1);
            let (line, after) = text.get(start..)?.split_once('\n')?;
            let (name, cells) = line.split_once(',')?;
            text = match name.cmp(call) {
                std::cmp::Ordering::Less => after,
                std::cmp::Ordering::Greater => text.get(..start)?,
                std::cmp::Ordering::Equal => {
                    let (cells, _remark) = cells.rsplit_once(',')?;
                    let (registers, differs) = cells.rsplit_once(',')?;
                    return Some(Line { registers, differs });
                }
            };
        }
        None
    }

    /// The registers of an ABI that is listed as different.
    fn differing(&self, abi: Abi) -> Option<&'static str> {
        if self.differs.is_empty() {
            return None;
        }
        let mut entries = self.differs.split("; ");
        entries.find_map(|entry| {
            let (abis, registers) = entry.split_once(" =")?;
            let listed = abis.split(' ').any(|name| name == abi.name());
            listed.then_some(registers)
        })
    }
}

/// A line's own registers.
fn signature(line: &Line) -> Option<Signature> {
    let mut signature = Signature::NONE;
    for cell in line
        .registers
        .split(',')
        .take_while(|cell| !cell.is_empty())
    {
        let argument = match cell.starts_with('-') {
            true => None,
            false => Some(argument(cell)?),
        };
        signature.push(argument)?;
    }
    Some(signature)
}

/// The registers of an ABI that differs.
fn differing(usual: &Signature, registers: &'static str) -> Option<Signature> {
    let mut signature = Signature::NONE;
    for cell in registers.split(' ').filter(|cell| !cell.is_empty()) {
        if cell.starts_with('-') {
            signature.push(None)?;
            continue;
        }
        let (cell, in_memory) = match cell.strip_prefix('*') {
            Some(name) => (name, true),
            None => (cell, false),
        };
        let (cell, part) = match cell.rsplit_once('.') {
            Some((cell, "low")) => (cell, Part::Low),
            Some((cell, "high")) => (cell, Part::High),
            _ => (cell, Part::Whole),
        };
        let whole = if in_memory {
            Argument {
                name: cell,
                kind: Address,
                family: None,
                part,
            }
        } else if cell.contains(':') {
            argument(cell)?
        } else {
            let at = usual.find(cell, Part::Whole)?;
            usual.get(usize::from(at))?
        };
        signature.push(Some(Argument { part, ..whole }))?;
        signature.in_memory |= in_memory;
    }
    Some(signature)
}

/// `name:type<declared:FAMILY`.
fn argument(cell: &'static str) -> Option<Argument> {
    let (name, rest) = cell.split_once(':')?;
    let (kind, family) = match rest.split_once(':') {
        Some((kind, family)) => (kind, Some(family)),
        None => (rest, None),
    };
    let taken = kind.split_once('<').map_or(kind, |(taken, _)| taken);
    let kind = Type::from_word(taken)?;
    Some(Argument {
        name,
        kind,
        family,
        part: Part::Whole,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Arguments that the older table of `int` did not have, by what they are here: all is added,
    /// nothing is lost.
    #[test]
    fn it_contains_the_older_table() {
        let mut added = [0; 3];
        for call in calls() {
            let usual = usual(call).unwrap();
            for index in 0..REGISTERS {
                let narrow = usual.get(index).filter(|a| a.kind.bits(Width::W64) <= 32);
                let old = crate::linux::int_args::is_int(call, index as u8);
                assert!(narrow.is_some() || !old, "{call} {index} is lost");
                let Some(argument) = narrow.filter(|_| !old) else {
                    continue;
                };
                let narrowed = Line::find(call).unwrap().registers.split(',').nth(index);
                let why = match narrowed.is_some_and(|cell| cell.contains('<')) {
                    true => 0,                            // the body narrows it; prototypes do not tell
                    false if argument.kind == Short => 1, // `umode_t`
                    false => 2, // only 32-bit ABIs have the call, or it is in no header of x86
                };
                added[why] += 1;
            }
        }
        assert_eq!(added, [0, 0, 0]);
    }
}
