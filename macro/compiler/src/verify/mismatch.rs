//! Why a program is not proved; if an answer is wrong, with a call as the counterexample.

use std::fmt;

use crate::bpf::{Insn, MAX_LEN};
use crate::linux::action::Action;
use crate::linux::data::SeccompData;

/// Why a program is not proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The program has this many instructions; the kernel accepts 1 to [`MAX_LEN`].
    Length(usize),
    /// The verifier does not know the operation, or no word is at the offset of the load.
    Unknown {
        /// The index of the instruction.
        at: usize,
        /// The instruction.
        insn: Insn,
    },
    /// The instruction at this index jumps beyond the end of the program.
    Leaves(usize),
    /// The last instruction is not a `RET`.
    NoReturn,
    /// The instruction at this index reads A before a word is loaded.
    Unloaded(usize),
    /// The instruction at this index is not reachable.
    Unreachable(usize),
    /// The program returns another action than the policy.
    Answer {
        /// A call with different answers.
        data: SeccompData,
        /// The return value of the program.
        got: u32,
        /// The action of the policy.
        wanted: Action,
    },
    /// The policy always allows the call, but the program loads more than its number and
    /// architecture. So the kernel cannot cache the call (`kernel/seccomp.c:
    /// seccomp_is_const_allow`).
    Uncached {
        /// Such a call.
        data: SeccompData,
        /// The index of the load.
        at: usize,
    },
    /// The proof needs more than its budget. The program may be correct or not.
    TooComplex,
}

impl std::error::Error for Mismatch {}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::Length(len) => {
                write!(
                    f,
                    "the program has {len} instructions, but the kernel accepts 1 to {MAX_LEN}"
                )
            }
            Mismatch::Unknown { at, insn } => write!(
                f,
                "instruction {at} is unknown: code {:#06x}, k {:#x}",
                insn.code, insn.k
            ),
            Mismatch::Leaves(at) => {
                write!(f, "instruction {at} jumps beyond the end of the program")
            }
            Mismatch::NoReturn => f.write_str("the last instruction is not a return"),
            Mismatch::Unloaded(at) => write!(f, "instruction {at} reads A before it is loaded"),
            Mismatch::Unreachable(at) => write!(f, "instruction {at} is never reached"),
            Mismatch::Answer { data, got, wanted } => {
                write!(f, "{}: the program returns ", Call(data))?;
                match Action::from_word(*got) {
                    Some(action) => write!(f, "{action}")?,
                    None => write!(f, "{got:#x}")?,
                }
                write!(f, ", the policy returns {wanted}")
            }
            Mismatch::Uncached { data, at } => write!(
                f,
                "{}: the policy always allows it, but instruction {at} loads more than its number \
                 and architecture",
                Call(data)
            ),
            Mismatch::TooComplex => f.write_str("the proof exceeds the limits of the verifier"),
        }
    }
}

/// Writes a call in one line.
struct Call<'a>(&'a SeccompData);

impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Call(data) = self;
        write!(f, "arch {:#010x}, nr {}", data.arch, data.nr)?;
        if data.instruction_pointer != 0 {
            write!(f, ", ip {:#x}", data.instruction_pointer)?;
        }
        f.write_str(", args")?;
        for arg in data.args {
            write!(f, " {arg:#x}")?;
        }
        Ok(())
    }
}
