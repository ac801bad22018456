//! Instructions × `seccomp_data` → the answer: an interpreter of classic BPF.
//!
//! It knows only what this compiler emits. Any other instruction stops it with [`Fault`], so no
//! answer ever depends on an instruction that it does not understand.

use crate::bpf::{AND, Insn, JA, JEQ, JGE, JGT, JSET, LD, RET};
use crate::linux::abi::Endian;
use crate::linux::data::{SeccompData, Word};

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
