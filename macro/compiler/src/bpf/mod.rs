//! Classic BPF as seccomp knows it: instructions, their text, and a machine that runs them.
//!
//! The machine knows only what this compiler emits: loads of `seccomp_data` words, `AND K`,
//! conditional jumps with a constant, `JA` and `RET K`. Whatever else the kernel would accept
//! stops it with [`Fault`], so nothing is ever decided by an instruction it does not understand.

mod listing;
mod run;

pub use listing::listing;
pub use run::{Answer, Fault, run};

use crate::linux::abi::Endian;

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
