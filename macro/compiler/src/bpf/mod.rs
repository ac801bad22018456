//! The classic BPF instructions that this compiler emits, a listing and an interpreter for them.
//!
//! The instructions are loads of `seccomp_data` words, `AND K`, conditional jumps that compare A
//! with a constant, `JA` and `RET K`. The kernel accepts more, but the interpreter stops at every
//! other instruction with a [`Fault`]. So no answer depends on an instruction that this crate does
//! not model.
//!
//! In the descriptions below A is the accumulator and `k` the constant of the instruction.

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
/// `BPF_JMP | BPF_JEQ | BPF_K`: branch on A == `k`.
pub const JEQ: u16 = 0x15;
/// `BPF_JMP | BPF_JGT | BPF_K`: branch on A > `k`, unsigned.
pub const JGT: u16 = 0x25;
/// `BPF_JMP | BPF_JGE | BPF_K`: branch on A >= `k`, unsigned.
pub const JGE: u16 = 0x35;
/// `BPF_JMP | BPF_JSET | BPF_K`: branch on A & `k` != 0.
pub const JSET: u16 = 0x45;
/// `BPF_RET | BPF_K`: return `k`, a `SECCOMP_RET_*` value.
pub const RET: u16 = 0x06;

/// The length of the longest program that the kernel accepts (
/// `include/uapi/linux/bpf_common.h`, `BPF_MAXINSNS`).
pub const MAX_LEN: usize = 4096;

/// One instruction: the kernel's `struct sock_filter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Insn {
    /// The operation, one of the constants of [`bpf`](self).
    pub code: u16,
    /// The number of instructions that a conditional jump skips if its condition is true.
    pub jt: u8,
    /// The number of instructions that a conditional jump skips if its condition is false.
    pub jf: u8,
    /// The constant, the byte offset of a load, or the number of instructions that `JA` skips.
    pub k: u32,
}

impl Insn {
    /// Makes an instruction that is not a conditional jump.
    pub const fn stmt(code: u16, k: u32) -> Insn {
        Insn {
            code,
            jt: 0,
            jf: 0,
            k,
        }
    }

    /// Makes a conditional jump.
    pub const fn jump(code: u16, k: u32, jt: u8, jf: u8) -> Insn {
        Insn { code, jt, jf, k }
    }

    /// Returns the eight bytes of the instruction in memory of this byte order.
    pub fn to_bytes(self, endian: Endian) -> [u8; 8] {
        let (code, k) = match endian {
            Endian::Little => (self.code.to_le_bytes(), self.k.to_le_bytes()),
            Endian::Big => (self.code.to_be_bytes(), self.k.to_be_bytes()),
        };
        [code[0], code[1], self.jt, self.jf, k[0], k[1], k[2], k[3]]
    }
}
