//! `struct seccomp_data` (`include/uapi/linux/seccomp.h`): what a filter sees of a call, and its
//! 32-bit words.

use std::fmt;

use crate::linux::abi::Endian;

/// The input of a filter: the kernel's `struct seccomp_data`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeccompData {
    /// Number of the call.
    pub nr: u32,
    /// `AUDIT_ARCH_*` of the calling convention.
    pub arch: u32,
    /// The address of the calling instruction.
    pub instruction_pointer: u64,
    /// The arguments, as in the registers.
    pub args: [u64; 6],
}

/// One 32-bit word of `seccomp_data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// The number of the call.
    Nr,
    /// The audit token.
    Arch,
    /// The low half of the instruction pointer.
    IpLow,
    /// The high half of the instruction pointer.
    IpHigh,
    /// The low half of an argument, 0 to 5.
    ArgLow(u8),
    /// The high half of an argument, 0 to 5.
    ArgHigh(u8),
}

impl Word {
    /// Returns the byte offset of the word in the `seccomp_data` of a kernel with this byte order.
    pub const fn offset(self, endian: Endian) -> u32 {
        let (low, high) = match endian {
            Endian::Little => (0, 4),
            Endian::Big => (4, 0),
        };
        match self {
            Word::Nr => 0,
            Word::Arch => 4,
            Word::IpLow => 8 + low,
            Word::IpHigh => 8 + high,
            Word::ArgLow(arg) => 16 + 8 * arg as u32 + low,
            Word::ArgHigh(arg) => 16 + 8 * arg as u32 + high,
        }
    }

    /// Returns the word at a byte offset, if the kernel accepts a load from there
    /// (`kernel/seccomp.c: seccomp_check_filter`).
    pub const fn at(offset: u32, endian: Endian) -> Option<Word> {
        if offset % 4 != 0 {
            return None;
        }
        let low = (offset % 8 == 0) == matches!(endian, Endian::Little);
        match (offset, low) {
            (0, _) => Some(Word::Nr),
            (4, _) => Some(Word::Arch),
            (8..16, true) => Some(Word::IpLow),
            (8..16, false) => Some(Word::IpHigh),
            (16..64, true) => Some(Word::ArgLow((offset as u8 - 16) / 8)),
            (16..64, false) => Some(Word::ArgHigh((offset as u8 - 16) / 8)),
            _ => None,
        }
    }

    /// Returns the word's value.
    pub const fn of(self, data: &SeccompData) -> u32 {
        match self {
            Word::Nr => data.nr,
            Word::Arch => data.arch,
            Word::IpLow => data.instruction_pointer as u32,
            Word::IpHigh => (data.instruction_pointer >> 32) as u32,
            Word::ArgLow(arg) => data.args[arg as usize] as u32,
            Word::ArgHigh(arg) => (data.args[arg as usize] >> 32) as u32,
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Word::Nr => f.write_str("nr"),
            Word::Arch => f.write_str("arch"),
            Word::IpLow => f.write_str("ip.low"),
            Word::IpHigh => f.write_str("ip.high"),
            Word::ArgLow(arg) => write!(f, "arg{arg}.low"),
            Word::ArgHigh(arg) => write!(f, "arg{arg}.high"),
        }
    }
}
