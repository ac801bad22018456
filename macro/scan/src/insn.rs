//! What an instruction does, whatever the architecture: the language that decoders translate into.
//!
//! An effect says at most what is certain. Whatever a decoder does not know is [`Expr::Unknown`] for
//! each register that the instruction can write, and a store without a value for memory.

/// A general register, by the number that instructions encode. `TEMP` is none of the machine's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Reg(pub(crate) u8);

impl Reg {
    /// Returns its bit in a set.
    pub(crate) fn bit(self) -> u64 {
        1 << self.0
    }
}

/// How many registers there are: at most 32 of the machine, and one for what lies between two effects
/// of an instruction.
pub(crate) const REGISTERS: usize = 33;

/// What lies between two effects of one instruction.
pub(crate) const TEMP: Reg = Reg(32);

/// What an effect reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operand {
    Reg(Reg),
    Const(u64),
}

/// Where in memory: base + index × scale + offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) base: Option<Reg>,
    pub(crate) index: Option<(Reg, u8)>,
    /// Without base and index, the address. An address relative to the instruction is one.
    pub(crate) offset: i64,
    /// In the thread's own block: `fs:` and `gs:`.
    pub(crate) thread: bool,
}

/// An operation on two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Op {
    Add,
    Sub,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
}

/// Where no address leads to. What is stored there is a value that others have: a vector register is
/// not followed, nor is what is stored from one.
pub(crate) const ELSEWHERE: Place = Place {
    base: None,
    index: None,
    offset: 0,
    thread: true,
};

/// A value. Widths are in bytes: 1, 2, 4 or 8; a result narrower than 8 bytes is extended with zeros.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Expr {
    Unknown,
    /// The low bytes.
    Low(Operand, u8),
    /// The low bytes, sign-extended to the second width.
    Signed(Operand, u8, u8),
    Binary(Op, Operand, Operand, u8),
    /// Read from memory; `Some(width)` sign-extends to that width.
    Load(Place, u8, Option<u8>),
    /// One or the other: conditional moves.
    Either(Operand, Operand, u8),
    /// The register with so many bytes, from so many bits upward, replaced by the operand's low ones.
    Insert(Reg, Operand, u8, u8),
}

/// What an instruction does, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Effect {
    Set(Reg, Expr),
    /// A write of so many bytes; without a value if that is not known. More than 8 bytes have none.
    Store(Place, Option<Operand>, u32),
    /// What a following `Branch(Equal)` or `Branch(NotEqual)` decides: whether the low bytes of the
    /// register equal the number. It is always the last effect.
    Compare(Reg, u64, u8),
    /// The flags have another meaning than the last `Compare`.
    Flags,
}

/// Which way a branch goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Condition {
    Equal,
    NotEqual,
    Other,
}

/// Where a jump or a call goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    At(u64),
    Reg(Reg),
    /// To what is stored there.
    Memory(Place),
}

/// What is executed next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flow {
    Next,
    Jump(Target),
    Branch(Condition, u64),
    Call(Target),
    Return,
    /// `syscall`, `svc`: the kernel writes the register of the result, and then comes the next.
    SystemCall,
    /// Enters the kernel by the numbers of another ABI: `int 0x80`, `sysenter`.
    Foreign(&'static str),
    /// Never goes on: `ud2`, `brk`.
    Stop,
    /// Never goes on, and stands in no program: only the kernel can execute it.
    Fault,
}

/// An address that the instruction computes from its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Relative {
    /// The address becomes a value.
    Address(u64),
    /// So many bytes there are read, written or called.
    Memory(u64, u32),
    /// The start of a page, to which another instruction adds.
    Page(u64),
}

/// One instruction. `lift` of a decoder fills it anew.
#[derive(Clone, Debug)]
pub(crate) struct Insn {
    pub(crate) address: u64,
    pub(crate) length: u8,
    /// Does nothing at all: what aligns code.
    pub(crate) padding: bool,
    pub(crate) relative: Option<Relative>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) flow: Flow,
}

impl Insn {
    pub(crate) fn new() -> Insn {
        Insn {
            address: 0,
            length: 0,
            padding: false,
            relative: None,
            effects: Vec::new(),
            flow: Flow::Next,
        }
    }

    /// Returns the address of the instruction behind it.
    pub(crate) fn next(&self) -> u64 {
        self.address.wrapping_add(u64::from(self.length))
    }
}

impl Effect {
    /// Returns whether it writes a constant.
    pub(crate) fn has(&self, number: u64) -> bool {
        let number = Operand::Const(number);
        match self {
            Effect::Set(_, Expr::Low(value, _)) => *value == number,
            Effect::Store(_, value, _) => *value == Some(number),
            _ => false,
        }
    }
}

impl Place {
    /// Returns the place at an address.
    pub(crate) fn at(address: u64) -> Place {
        Place {
            base: None,
            index: None,
            offset: address as i64,
            thread: false,
        }
    }

    /// Returns the address if it is known without any register.
    pub(crate) fn fixed(&self) -> Option<u64> {
        let fixed = self.base.is_none() && self.index.is_none() && !self.thread;
        fixed.then_some(self.offset as u64)
    }
}
