//! What is known of a value: a set of [`Atom`]s, of which it is one, or nothing.
//!
//! Nothing is forgotten of an address of code: a value that can be anything still tells of those that
//! went into it. So it is known where a function can be called through a pointer that is not known.

use std::ops::Range;
use std::rc::Rc;

use crate::insn::{Op, Reg};

/// More alternatives than this are taken for any value.
const MOST: usize = 48;

/// More addresses of code than this are taken for any.
const MOST_CODE: usize = 256;

/// The code of a module lies behind the header of its file: 64 bytes, and 56 for each segment.
pub(crate) const FIRST_CODE: u64 = 120;

/// A possible value: a start, and what is added to it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Atom {
    pub(crate) start: Start,
    pub(crate) plus: i64,
}

/// What an atom adds to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Start {
    Zero,
    /// An address of another module.
    Module(usize),
    /// What the register had when the function was entered. Of the stack pointer: a place on the
    /// stack.
    Entry(Reg),
    /// So many bytes of memory, at an address.
    Memory(Rc<Atom>, u8),
    /// Any address of code: there are too many to tell.
    Code,
}

/// What is known of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    Any,
    /// One of these, sorted. None where no code leads.
    One(Rc<[Atom]>),
    /// Anything, which these have gone into, sorted: numbers, of which some are addresses of code, and
    /// what registers had at entry.
    From(Rc<[Atom]>),
}

impl Start {
    /// Returns the start of a module, for code of a module.
    pub(crate) fn of(module: usize, own: usize) -> Start {
        match module == own {
            true => Start::Zero,
            false => Start::Module(module),
        }
    }
}

impl Atom {
    pub(crate) fn number(number: u64) -> Atom {
        Atom {
            start: Start::Zero,
            plus: number as i64,
        }
    }

    pub(crate) fn entry(reg: Reg, plus: i64) -> Atom {
        Atom {
            start: Start::Entry(reg),
            plus,
        }
    }

    /// Returns what is in memory at an address.
    pub(crate) fn memory(address: Atom, width: u8) -> Atom {
        Atom {
            start: Start::Memory(Rc::new(address), width),
            plus: 0,
        }
    }

    pub(crate) fn as_number(&self) -> Option<u64> {
        (self.start == Start::Zero).then_some(self.plus as u64)
    }

    /// Returns the offset from what a register had at entry.
    pub(crate) fn offset_from(&self, reg: Reg) -> Option<i64> {
        (self.start == Start::Entry(reg)).then_some(self.plus)
    }

    pub(crate) fn add(&self, offset: i64) -> Atom {
        Atom {
            start: self.start.clone(),
            plus: self.plus.wrapping_add(offset),
        }
    }

    /// Returns whether it can be an address of code of this module or another, or what the function got
    /// in a register, which can be one.
    fn can_be_code(&self) -> bool {
        match self.start {
            Start::Zero => self.plus as u64 >= FIRST_CODE,
            Start::Module(_) | Start::Code => true,
            Start::Entry(_) => self.plus == 0,
            Start::Memory(..) => false,
        }
    }

    /// Returns whether it is an address in a range, or no number.
    fn is_within(&self, code: &Range<u64>) -> bool {
        self.as_number().is_none_or(|number| code.contains(&number))
    }

    /// Returns how many loads it is made of.
    pub(crate) fn depth(&self) -> usize {
        match &self.start {
            Start::Memory(address, _) => 1 + address.depth(),
            _ => 0,
        }
    }
}

impl Value {
    pub(crate) fn number(number: u64) -> Value {
        Value::One([Atom::number(number)].into())
    }

    pub(crate) fn atom(atom: Atom) -> Value {
        Value::One([atom].into())
    }

    pub(crate) fn from_atoms(mut atoms: Vec<Atom>) -> Value {
        atoms.sort_unstable();
        atoms.dedup();
        if atoms.len() > MOST || atoms.iter().any(|atom| atom.depth() > 3) {
            atoms.retain(Atom::can_be_code);
            return Value::from(atoms);
        }
        Value::One(atoms.into())
    }

    /// Returns a value that is computed from others in a way that is not followed.
    pub(crate) fn unknown(values: &[&Value]) -> Value {
        let known = values.iter().flat_map(|value| value.parts());
        Value::from(known.filter(|atom| atom.can_be_code()).cloned().collect())
    }

    /// Returns the same, with only those addresses of code that are in a range.
    pub(crate) fn unknown_within<'v>(
        values: impl IntoIterator<Item = &'v Value>,
        code: &Range<u64>,
    ) -> Value {
        let known = values.into_iter().flat_map(|value| value.parts());
        let known = known.filter(|atom| atom.can_be_code() && atom.is_within(code));
        Value::from(known.cloned().collect())
    }

    fn from(mut atoms: Vec<Atom>) -> Value {
        atoms.sort_unstable();
        atoms.dedup();
        if atoms.is_empty() {
            return Value::Any;
        }
        if atoms.len() > MOST_CODE {
            let start = Start::Code;
            atoms = vec![Atom { start, plus: 0 }];
        }
        Value::From(atoms.into())
    }

    /// Returns the value with only those of its addresses of code that are in a range, if it can be
    /// anything.
    pub(crate) fn within(self, code: &Range<u64>) -> Value {
        match &self {
            Value::From(atoms) if !atoms.iter().all(|atom| atom.is_within(code)) => {
                Value::unknown_within([&self], code)
            }
            _ => self,
        }
    }

    /// Returns whether nothing else is known than what has gone into it.
    pub(crate) fn is_open(&self) -> bool {
        !matches!(self, Value::One(_))
    }

    /// Returns whether it can be an address of code.
    pub(crate) fn can_be(&self, address: &Atom) -> bool {
        let is_it = |atom: &Atom| atom == address || atom.start == Start::Code;
        self.parts().iter().any(is_it)
    }

    /// Returns what is known to be possible, of numbers.
    pub(crate) fn parts(&self) -> &[Atom] {
        match self {
            Value::Any => &[],
            Value::One(atoms) | Value::From(atoms) => atoms,
        }
    }

    /// Returns the atoms, if they are known.
    pub(crate) fn atoms(&self) -> Option<&[Atom]> {
        match self {
            Value::Any | Value::From(_) => None,
            Value::One(atoms) => Some(atoms),
        }
    }

    /// Returns whether it can be a place relative to what a register had at entry.
    pub(crate) fn is_from(&self, reg: Reg) -> bool {
        let atoms = self.atoms().unwrap_or_default();
        atoms.iter().any(|atom| atom.offset_from(reg).is_some())
    }

    /// Returns the only atom.
    pub(crate) fn only(&self) -> Option<&Atom> {
        match self.atoms()? {
            [atom] => Some(atom),
            _ => None,
        }
    }

    /// Returns the only number.
    pub(crate) fn only_number(&self) -> Option<u64> {
        self.only()?.as_number()
    }

    /// Returns a value that is one or the other.
    pub(crate) fn join(&self, other: &Value) -> Value {
        match (self, other) {
            // Most often nothing is new, and then nothing is made.
            (Value::One(a), Value::One(b)) if has(a, b) => self.clone(),
            (Value::One(a), Value::One(b)) => {
                Value::from_atoms(a.iter().chain(b.iter()).cloned().collect())
            }
            (Value::From(a), Value::From(_) | Value::Any) if has(a, other.parts()) => self.clone(),
            (Value::Any, Value::Any) => Value::Any,
            _ => Value::unknown(&[self, other]),
        }
    }

    /// Applies a function to each possible value.
    fn map(&self, f: impl Fn(&Atom) -> Option<Atom>) -> Value {
        let Some(atoms) = self.atoms() else {
            return self.clone();
        };
        match atoms.iter().map(f).collect() {
            Some(atoms) => Value::from_atoms(atoms),
            None => Value::unknown(&[self]),
        }
    }

    /// Returns the low bytes, extended with zeros. What is no number is kept as it is: who takes 32
    /// bits of a register, as the kernel does of a number, takes the same of both.
    pub(crate) fn low(&self, width: u8) -> Value {
        self.map(|atom| match atom.as_number() {
            Some(number) => Some(Atom::number(low(number, width))),
            None => (width >= 4).then(|| atom.clone()),
        })
    }

    /// Returns the low bytes, sign-extended.
    pub(crate) fn signed(&self, from: u8, to: u8) -> Value {
        self.map(|atom| match atom.as_number() {
            Some(number) => Some(Atom::number(low(extend(number, from), to))),
            None => (from >= 4).then(|| atom.clone()),
        })
    }

    /// Returns the value with some bytes replaced.
    pub(crate) fn insert(&self, new: &Value, width: u8, shift: u8) -> Value {
        let mask = low(u64::MAX, width) << shift;
        let unknown = match (width, shift) {
            // An address of code is none without its low byte.
            (1, 0) => Value::unknown(&[new]),
            _ => Value::unknown(&[self, new]),
        };
        let (Some(old), Some(new)) = (self.atoms(), new.atoms()) else {
            return unknown;
        };
        let mut atoms = Vec::new();
        for (old, new) in old
            .iter()
            .flat_map(|old| new.iter().map(move |new| (old, new)))
        {
            let (Some(old), Some(new)) = (old.as_number(), new.as_number()) else {
                return unknown;
            };
            atoms.push(Atom::number((old & !mask) | ((new << shift) & mask)));
        }
        Value::from_atoms(atoms)
    }

    /// Returns the result of an operation, of which a result narrower than 8 bytes is extended with
    /// zeros.
    pub(crate) fn compute(op: Op, left: &Value, right: &Value, width: u8, stack: Reg) -> Value {
        let (Some(lefts), Some(rights)) = (left.atoms(), right.atoms()) else {
            return zeroed(op, left, right);
        };
        let mut atoms = Vec::new();
        for (one, other) in lefts
            .iter()
            .flat_map(|one| rights.iter().map(move |other| (one, other)))
        {
            match combine(op, one, other, width, stack) {
                Some(atom) if atoms.len() < 4 * MOST => atoms.push(atom),
                _ => return Value::unknown(&[left, right]),
            }
        }
        Value::from_atoms(atoms)
    }
}

/// Returns whether sorted atoms have all others, which are sorted too.
fn has(atoms: &[Atom], others: &[Atom]) -> bool {
    let mut atoms = atoms.iter();
    { others.iter() }.all(|other| atoms.any(|atom| atom == other))
}

/// `and` with zero is zero, whatever the other is.
fn zeroed(op: Op, left: &Value, right: &Value) -> Value {
    let zero = |value: &Value| value.only_number() == Some(0);
    match op {
        Op::And if zero(left) || zero(right) => Value::number(0),
        _ => Value::unknown(&[left, right]),
    }
}

fn combine(op: Op, left: &Atom, right: &Atom, width: u8, stack: Reg) -> Option<Atom> {
    let (a, b) = (left.as_number(), right.as_number());
    if let (Some(a), Some(b)) = (a, b) {
        let shift = (b as u32) & if width == 8 { 63 } else { 31 };
        let a = low(a, width);
        let number = match op {
            Op::Add => a.wrapping_add(b),
            Op::Sub => a.wrapping_sub(b),
            Op::And => a & b,
            Op::Or => a | b,
            Op::Xor => a ^ b,
            Op::ShiftLeft => a << shift,
            Op::ShiftRight => a >> shift,
        };
        return Some(Atom::number(low(number, width)));
    }
    match (op, a, b) {
        // Of other registers, one can have lost its upper half.
        (Op::Sub, None, None)
            if left.start == right.start && width == 8 && left.start == Start::Entry(stack) =>
        {
            Some(Atom::number(left.plus.wrapping_sub(right.plus) as u64))
        }
        (Op::Add, _, Some(b)) if width >= 4 => Some(left.add(extend(b, width) as i64)),
        (Op::Add, Some(a), _) if width >= 4 => Some(right.add(extend(a, width) as i64)),
        (Op::Sub, _, Some(b)) if width >= 4 => {
            Some(left.add((extend(b, width) as i64).wrapping_neg()))
        }
        (Op::Or | Op::Xor | Op::ShiftLeft | Op::ShiftRight, _, Some(0)) if width >= 4 => {
            Some(left.clone())
        }
        (Op::Or | Op::Xor, Some(0), _) if width >= 4 => Some(right.clone()),
        // The stack pointer, aligned: as far down as it can be. Nothing above is written through it.
        (Op::And, _, Some(mask)) if width == 8 && left.offset_from(stack).is_some() => {
            let align = mask.wrapping_neg();
            let aligns = align.is_power_of_two() && align <= 1 << 12;
            aligns.then(|| left.add(-(align as i64 - 1)))
        }
        _ => None,
    }
}

pub(crate) fn low(value: u64, width: u8) -> u64 {
    match width {
        1 => value & 0xff,
        2 => value & 0xffff,
        4 => value & 0xffff_ffff,
        _ => value,
    }
}

fn extend(value: u64, width: u8) -> u64 {
    match width {
        1 => value as i8 as u64,
        2 => value as i16 as u64,
        4 => value as i32 as u64,
        _ => value,
    }
}
