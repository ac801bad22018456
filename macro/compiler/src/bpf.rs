//! Classic BPF as seccomp knows it: instructions, their text, and a machine that runs them.
//!
//! The machine knows only what this compiler emits: loads of `seccomp_data` words, `AND K`,
//! conditional jumps with a constant, `JA` and `RET K`. Whatever else the kernel would accept
//! stops it with [`Fault`], so nothing is ever decided by an instruction it does not understand.

use std::fmt;

use crate::abi::Endian;

/// `BPF_LD | BPF_W | BPF_ABS`: A = the word of `seccomp_data` at byte `k`.
pub const LD: u16 = 0x20;
/// `BPF_ALU | BPF_AND | BPF_K`: A &= `k`.
pub const AND: u16 = 0x54;
/// `BPF_JMP | BPF_JA`: jump `k` instructions forward.
pub const JA: u16 = 0x05;
/// `BPF_JMP | BPF_JEQ | BPF_K`: A == `k`?
pub const JEQ: u16 = 0x15;
/// `BPF_JMP | BPF_JGT | BPF_K`: A > `k`, unsigned?
pub const JGT: u16 = 0x25;
/// `BPF_JMP | BPF_JGE | BPF_K`: A >= `k`, unsigned?
pub const JGE: u16 = 0x35;
/// `BPF_JMP | BPF_JSET | BPF_K`: A & `k` != 0?
pub const JSET: u16 = 0x45;
/// `BPF_RET | BPF_K`: the answer is `k`, a `SECCOMP_RET_*` word.
pub const RET: u16 = 0x06;

/// The longest program the kernel takes (`include/uapi/linux/bpf_common.h`, `BPF_MAXINSNS`).
pub const MAX_LEN: usize = 4096;

/// One instruction: the kernel's `struct sock_filter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Insn {
    /// Operation.
    pub code: u16,
    /// Instructions to skip when a test holds.
    pub jt: u8,
    /// Instructions to skip when a test does not hold.
    pub jf: u8,
    /// Constant, byte offset, or distance.
    pub k: u32,
}

impl Insn {
    /// Makes an instruction that does not test.
    pub const fn stmt(code: u16, k: u32) -> Insn {
        Insn {
            code,
            jt: 0,
            jf: 0,
            k,
        }
    }

    /// Makes a test.
    pub const fn jump(code: u16, k: u32, jt: u8, jf: u8) -> Insn {
        Insn { code, jt, jf, k }
    }

    /// Returns the eight bytes of the instruction as a machine of that byte order stores them.
    pub fn to_bytes(self, endian: Endian) -> [u8; 8] {
        let (code, k) = match endian {
            Endian::Little => (self.code.to_le_bytes(), self.k.to_le_bytes()),
            Endian::Big => (self.code.to_be_bytes(), self.k.to_be_bytes()),
        };
        [code[0], code[1], self.jt, self.jf, k[0], k[1], k[2], k[3]]
    }
}

/// What a filter is asked about: the kernel's `struct seccomp_data`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeccompData {
    /// Number of the call.
    pub nr: u32,
    /// `AUDIT_ARCH_*` of the calling convention.
    pub arch: u32,
    /// Where the call was made.
    pub instruction_pointer: u64,
    /// Arguments, as the registers hold them.
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
    /// Returns the byte offset of the word in the `seccomp_data` of a kernel of that byte order.
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

    /// Returns the word at a byte offset, if the kernel lets a filter load from there
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

/// Why a program could not be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The instruction at this index is none this machine knows.
    Unknown(usize),
    /// The program goes on past its end.
    End,
}

/// The answer to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The `SECCOMP_RET_*` word.
    pub word: u32,
    /// How many instructions were executed, the `RET` among them.
    pub executed: u32,
    /// The index of the `RET`.
    pub at: usize,
}

/// Runs a program for one call.
///
/// Every jump goes forward, so this ends after at most `program.len()` steps.
///
/// # Errors
/// [`Fault`] if the program leaves the set of instructions this machine knows.
pub fn run(program: &[Insn], data: &SeccompData, endian: Endian) -> Result<Answer, Fault> {
    let mut a = 0u32;
    let mut executed = 0;
    let mut at = 0usize;
    loop {
        let insn = program.get(at).ok_or(Fault::End)?;
        executed += 1;
        let holds = match insn.code {
            LD => {
                a = Word::at(insn.k, endian).ok_or(Fault::Unknown(at))?.of(data);
                at += 1;
                continue;
            }
            AND => {
                a &= insn.k;
                at += 1;
                continue;
            }
            RET => {
                return Ok(Answer {
                    word: insn.k,
                    executed,
                    at,
                });
            }
            JA => {
                at = (at + 1).checked_add(insn.k as usize).ok_or(Fault::End)?;
                continue;
            }
            JEQ => a == insn.k,
            JGT => a > insn.k,
            JGE => a >= insn.k,
            JSET => a & insn.k != 0,
            _ => return Err(Fault::Unknown(at)),
        };
        at += 1 + usize::from(if holds { insn.jt } else { insn.jf });
    }
}

/// Writes a program as text, one instruction a line, jumps with their absolute targets.
pub fn listing(program: &[Insn], endian: Endian) -> String {
    let mut text = String::new();
    for (at, insn) in program.iter().enumerate() {
        let next = at + 1;
        let line = match insn.code {
            LD => match Word::at(insn.k, endian) {
                Some(word) => format!("ld   {word}"),
                None => format!("ld   [{}]", insn.k),
            },
            AND => format!("and  {:#x}", insn.k),
            JA => format!("ja   {}", next as u64 + u64::from(insn.k)),
            RET => match crate::policy::Action::from_word(insn.k) {
                Some(action) => format!("ret  {action}"),
                None => format!("ret  {:#x}", insn.k),
            },
            JEQ | JGT | JGE | JSET => {
                let name = match insn.code {
                    JEQ => "jeq",
                    JGT => "jgt",
                    JGE => "jge",
                    _ => "jset",
                };
                let (yes, no) = (next + usize::from(insn.jt), next + usize::from(insn.jf));
                format!("{name:4} {:#x}, {yes}, {no}", insn.k)
            }
            code => format!("?    {code:#06x} {} {} {:#x}", insn.jt, insn.jf, insn.k),
        };
        text.push_str(&format!("{at:4}: {line}\n"));
    }
    text
}
