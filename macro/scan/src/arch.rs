//! Architectures: which registers have a role, and who decodes.

use crate::insn::{Insn, REGISTERS, Reg, TEMP};
use crate::{aarch64, x86_64};

/// An architecture that can be scanned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Arch {
    /// AMD64.
    X86_64,
    /// AArch64, little-endian.
    Aarch64,
}

/// The roles of registers, by the procedure call standard and by the kernel's entry.
pub(crate) struct Convention {
    pub(crate) stack: Reg,
    /// Where the kernel takes the number of a system call from.
    pub(crate) number: Reg,
    /// Where the kernel returns the result.
    pub(crate) result: Reg,
    /// What the kernel's entry overwrites beside the result.
    pub(crate) entry_clobbers: &'static [Reg],
    /// Where the kernel takes the arguments from.
    pub(crate) arguments: [Reg; 6],
    /// Where functions take parameters.
    pub(crate) parameters: &'static [Reg],
    /// Where functions return values.
    pub(crate) results: &'static [Reg],
    /// What functions keep, beside the stack pointer.
    pub(crate) saved: &'static [Reg],
    /// How many bytes a call pushes.
    pub(crate) pushed: i64,
}

const fn regs<const N: usize>(numbers: [u8; N]) -> [Reg; N] {
    let mut regs = [Reg(0); N];
    let mut index = 0;
    while index < N {
        regs[index] = Reg(numbers[index]);
        index += 1;
    }
    regs
}

/// System V ABI, AMD64 supplement, figure 3.4, and `arch/x86/entry/entry_64.S`.
static X86_64: Convention = Convention {
    stack: Reg(4),
    number: Reg(0),
    result: Reg(0),
    entry_clobbers: &regs([1, 11]),
    arguments: regs([7, 6, 2, 10, 8, 9]),
    parameters: &regs([7, 6, 2, 1, 8, 9]),
    results: &regs([0, 2]),
    saved: &regs([3, 5, 12, 13, 14, 15]),
    pushed: 8,
};

/// Procedure Call Standard for the Arm 64-bit Architecture, 6.1, and `arch/arm64/kernel/syscall.c`.
static AARCH64: Convention = Convention {
    stack: Reg(31),
    number: Reg(8),
    result: Reg(0),
    entry_clobbers: &[],
    arguments: regs([0, 1, 2, 3, 4, 5]),
    parameters: &regs([0, 1, 2, 3, 4, 5, 6, 7, 8]),
    results: &regs([0, 1]),
    saved: &regs([19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29]),
    pushed: 0,
};

/// What compilers make a function of because several functions have it in common has at most so many
/// instructions.
pub(crate) const SHORT: usize = 24;

impl Convention {
    /// Returns whether compilers make functions of what several functions have in common, which use the
    /// registers and the frames of these. LLVM does so where a call pushes nothing.
    pub(crate) fn has_parts(&self) -> bool {
        self.pushed == 0
    }

    /// Returns in which registers a callee can get a value: beside the parameters, nested functions and
    /// routines of compilers and assembly take some in those that nobody keeps.
    pub(crate) fn passed(&self) -> impl Iterator<Item = Reg> + '_ {
        let all = (0..REGISTERS as u8).map(Reg);
        all.filter(|reg| *reg != TEMP && *reg != self.stack && !self.saved.contains(reg))
    }
}

impl Arch {
    /// Returns how many bytes the instruction has that enters the kernel.
    pub(crate) fn entry_length(self) -> u64 {
        match self {
            Arch::X86_64 => 2,
            Arch::Aarch64 => 4,
        }
    }

    pub(crate) fn convention(self) -> &'static Convention {
        match self {
            Arch::X86_64 => &X86_64,
            Arch::Aarch64 => &AARCH64,
        }
    }

    /// Decodes the instruction at an address, of which the bytes are the start; `false` if there is
    /// none.
    pub(crate) fn lift(self, address: u64, bytes: &[u8], insn: &mut Insn) -> bool {
        match self {
            Arch::X86_64 => x86_64::lift(address, bytes, insn),
            Arch::Aarch64 => aarch64::lift(address, bytes, insn),
        }
    }
}
