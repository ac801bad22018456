//! Instructions × `seccomp_data` → the answer: an interpreter of classic BPF.
//!
//! It knows only the instructions that this compiler emits. Every other instruction stops it with a
//! [`Fault`], so that no answer depends on an instruction that is not modelled here.

use crate::bpf::{AND, Insn, JA, JEQ, JGE, JGT, JSET, LD, RET};
use crate::linux::abi::Endian;
use crate::linux::data::{SeccompData, Word};

/// Why a program has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The interpreter does not know the instruction at this index.
    Unknown(usize),
    /// Control left the program without a `RET`.
    End,
}

/// The answer to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The `SECCOMP_RET_*` value.
    pub word: u32,
    /// The number of executed instructions, including the `RET`.
    pub executed: u32,
    /// The index of the `RET`.
    pub at: usize,
}

/// Runs a program for one call.
///
/// The loop ends after at most `program.len()` steps, because every jump goes forward.
///
/// # Errors
/// [`Fault`] if an unknown instruction is reached, or the end of the program.
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
