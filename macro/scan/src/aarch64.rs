//! Decodes AArch64: one word becomes effects and a flow.
//!
//! This is a small decoder of ours and not a general disassembler. The analysis follows integers
//! through moves, addresses, arithmetic, loads, stores and branches, and these are few encodings. For
//! all others it only needs to know which general registers and which memory the instruction can
//! write. The field `Rd` answers that for a whole group of encodings, also for instructions that are
//! newer than this file. A disassembler gives text or operands, in which that question is harder to
//! answer, and it knows nothing of encodings newer than itself.
//!
//! The modules are the groups of the *A64 instruction set encoding* in the Arm Architecture Reference
//! Manual for A-profile. An encoding that is outside of every known group is no instruction.
//!
//! `cbz` and `cbnz` have a `Compare` and a `Branch` in one instruction. They leave the flags as they
//! were, so their `Compare` says nothing about a later `b.eq`.

mod bits;
mod branch;
mod exclusive;
mod immediate;
mod memory;
mod register;
#[cfg(test)]
mod tests;
mod vector;

use crate::insn::{Flow, Insn};
use bits::Word;

/// Decodes the instruction at an address; `false` if there is none.
pub(crate) fn lift(address: u64, bytes: &[u8], insn: &mut Insn) -> bool {
    insn.address = address;
    insn.length = 4;
    insn.padding = false;
    insn.relative = None;
    insn.effects.clear();
    insn.flow = Flow::Next;
    let Some(bytes) = bytes.first_chunk() else {
        return false;
    };
    let mut word = Word::new(u32::from_le_bytes(*bytes), insn);
    match word.field(25, 4) {
        0b0000 if word.flag(31) => vector::matrix(&mut word),
        0b0000 if word.field(16, 16) == 0 => {
            // `udf`.
            word.insn.flow = Flow::Stop;
            true
        }
        0b0010 => vector::scalable(&mut word),
        0b1000 | 0b1001 => immediate::lift(&mut word),
        0b1010 | 0b1011 => branch::lift(&mut word),
        0b0100 | 0b0110 | 0b1100 | 0b1110 => memory::lift(&mut word),
        0b0101 | 0b1101 => register::lift(&mut word),
        0b0111 | 0b1111 => vector::lift(&mut word),
        _ => false,
    }
}
