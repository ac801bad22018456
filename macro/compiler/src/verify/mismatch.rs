//! Why a program was not proved, with a call that shows it where there is one.

use std::fmt;

use crate::bpf::{Insn, MAX_LEN};
use crate::linux::action::Action;
use crate::linux::data::SeccompData;

/// Why a program was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The kernel takes 1 to [`MAX_LEN`] instructions; these are as many.
    Length(usize),
    /// No instruction this compiler knows: another operation, or a load from nowhere.
    Unknown {
        /// Index of the instruction.
        at: usize,
        /// The instruction.
        insn: Insn,
    },
    /// The instruction at this index leads behind the end of the program.
    Leaves(usize),
    /// The last instruction is no `RET`.
    NoReturn,
    /// The instruction at this index reads A before anything was loaded.
    Unloaded(usize),
    /// No path leads to the instruction at this index.
    Unreachable(usize),
    /// A wrong answer.
    Answer {
        /// A call that gets it.
        data: SeccompData,
        /// The program's answer.
        got: u32,
        /// The policy's.
        wanted: Action,
    },
    /// An unconditional ALLOW for which the program loads more than number and architecture, so
    /// that the kernel does not see that it is one
    /// (`kernel/seccomp.c: seccomp_is_const_allow`).
    Uncached {
        /// Such a call.
        data: SeccompData,
        /// Index of the load.
        at: usize,
    },
    /// Proving the program takes more steps than is reasonable; it may be right or wrong.
    TooComplex,
}

impl std::error::Error for Mismatch {}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::Length(len) => {
                write!(f, "{len} instructions, the kernel takes 1 to {MAX_LEN}")
            }
            Mismatch::Unknown { at, insn } => write!(
                f,
                "instruction {at} is unknown: code {:#06x}, k {:#x}",
                insn.code, insn.k
            ),
            Mismatch::Leaves(at) => write!(f, "instruction {at} leaves the program"),
            Mismatch::NoReturn => f.write_str("the last instruction does not return"),
            Mismatch::Unloaded(at) => write!(f, "instruction {at} reads A before it is loaded"),
            Mismatch::Unreachable(at) => write!(f, "instruction {at} is never reached"),
            Mismatch::Answer { data, got, wanted } => {
                write!(f, "{}: got ", Call(data))?;
                match Action::from_word(*got) {
                    Some(action) => write!(f, "{action}")?,
                    None => write!(f, "{got:#x}")?,
                }
                write!(f, ", wanted {wanted}")
            }
            Mismatch::Uncached { data, at } => write!(
                f,
                "{}: always allowed, but instruction {at} looks further than at its number",
                Call(data)
            ),
            Mismatch::TooComplex => f.write_str("the program is too complex to be proved"),
        }
    }
}

/// A call in one line.
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
