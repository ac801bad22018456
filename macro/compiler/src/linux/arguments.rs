//! `arguments.csv` → the arguments of a call: name, type and register, on every ABI.
//!
//! The table has one line a call, sorted by name: the call, six registers, what differs, a remark.
//!
//! - A register is `name:type:FAMILY`. The name is the kernel's. The type is what the kernel takes
//!   of the register. It can be narrower than what the kernel declares: `fd:fd<ulong` is declared
//!   `unsigned long`, and the body uses 32 bits of it; the remark says where. `FAMILY` is the
//!   vocabulary of `constants.csv` for the argument, mostly the prefix of its constants. `-` is a
//!   register that the kernel declares and does not use. The registers of a line are those of most
//!   64-bit ABIs.
//! - `differs` lists ABIs that pass the arguments otherwise, with all registers of the call there:
//!   `x86 = fd offset.low offset.high count; ppc = fd - offset.high offset.low count`. A bare name
//!   is the argument of that name in the line. `.low` and `.high` are the halves of a 64-bit
//!   argument. `*args` is the address of a block of memory that contains the arguments. A filter
//!   sees six registers; what an ABI passes beyond them is left out.
//! - A remark that begins with `NAMES since VERSION` tells which arguments older kernels lack. A
//!   call that no kernel with filters implements has no arguments.
//!
//! Sources are the kernel's tables of system calls and the definitions of their entry points;
//! `check-arguments` compares the table with both. On x32 and MIPS n32 a word counts as 32 bits,
//! although the kernel uses 64 bits of some: a condition there compares no more than 32.
//!
//! In an unoptimised proc-macro, reading all lines would take longer than compiling a profile:
//! [`of`] and its like find a line by binary search in the text and read only that one. Tests prove
//! that the table is well-formed.

use crate::linux::abi::{Abi, Width};
use std::cmp::Ordering;

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
    fn from_word(word: &str) -> Option<Type> {
        Some(match word {
            "fd" => Descriptor,
            "int" => Int,
            "uint" => Uint,
            "u16" => Short,
            "flags" => Flags,
            "long" => Long,
            "ulong" => Ulong,
            "size" => Size,
            "longflags" => LongFlags,
            "s64" => Signed64,
            "u64" => Unsigned64,
            "address" => Address,
            "any" => Untyped,
            _ => return None,
        })
    }

    /// Returns how much the kernel takes where a word has the width `word`.
    pub const fn width(self, word: Width) -> Width {
        match self {
            Short => Width::W16,
            Descriptor | Int | Uint | Flags => Width::W32,
            Signed64 | Unsigned64 => Width::W64,
            Long | Ulong | Size | LongFlags | Address | Untyped => word,
        }
    }

    /// Returns whether the kernel reads the highest bit of that as a sign.
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
    /// The vocabulary of its constants: `AF`.
    pub family: Option<&'static str>,
    /// Which part of it the register contains.
    pub part: Part,
}

impl Argument {
    /// Returns how much of the register the kernel takes on an ABI.
    pub const fn width(&self, abi: Abi) -> Width {
        match self.part {
            Part::Whole => self.kind.width(abi.width()),
            Part::Low | Part::High => Width::W32,
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

/// Returns what a register of a call contains on an ABI, if the kernel looks at it.
pub fn argument(abi: Abi, call: &str, index: usize) -> Option<Argument> {
    let line = Line::find(call)?;
    match line.differing(abi) {
        Some(registers) => differing(&signature(&line)?, registers)?.get(index),
        None => read(line.registers.split(',').nth(index)?),
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
        if call.contains(',') {
            return None;
        }
        let (_, mut text) = TEXT.split_once('\n')?;
        while !text.is_empty() {
            let start = text
                .get(..text.len() / 2)?
                .rfind('\n')
                .map_or(0, |at| at + 1);
            let (before, from) = text.split_at_checked(start)?;
            let (name, cells) = from.split_at_checked(call.len().min(from.len()))?;
            // A comma sorts before the characters of names: "get," < "get_mempolicy,".
            text = match name.cmp(call) {
                Ordering::Less => from.split_once('\n')?.1,
                Ordering::Equal if cells.starts_with(',') => {
                    let mut cells = cells.lines().next()?.rsplitn(3, ',');
                    let _remark = cells.next()?;
                    let differs = cells.next()?;
                    let registers = cells.next()?.strip_prefix(',')?;
                    return Some(Line { registers, differs });
                }
                _ => before,
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
    for cell in line.registers.split(',') {
        if cell.is_empty() {
            break;
        }
        signature.push(read(cell))?;
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
            read(cell)?
        } else {
            let at = usual.find(cell, Part::Whole)?;
            usual.get(usize::from(at))?
        };
        signature.push(Some(Argument { part, ..whole }))?;
        signature.in_memory |= in_memory;
    }
    Some(signature)
}

/// Reads `name:type<declared:FAMILY`; `-` is nothing.
fn read(cell: &'static str) -> Option<Argument> {
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
