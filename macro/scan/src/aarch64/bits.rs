//! The fields of a word, and the effects that every group of encodings makes of them.

use crate::insn::{ELSEWHERE, Effect, Expr, Insn, Op, Operand, Place, Reg, TEMP};

/// An encoded instruction, and what becomes of it.
pub(super) struct Word<'a> {
    bits: u32,
    pub(super) insn: &'a mut Insn,
}

impl Word<'_> {
    pub(super) fn new(bits: u32, insn: &mut Insn) -> Word<'_> {
        Word { bits, insn }
    }

    pub(super) fn field(&self, low: u32, width: u32) -> u32 {
        (self.bits >> low) & ((1 << width) - 1)
    }

    pub(super) fn flag(&self, bit: u32) -> bool {
        self.field(bit, 1) == 1
    }

    /// Returns a field as a number in two's complement.
    pub(super) fn signed(&self, low: u32, width: u32) -> i64 {
        let shift = 32 - width;
        i64::from(((self.field(low, width) << shift) as i32) >> shift)
    }

    /// Returns the address that an offset in words leads to.
    pub(super) fn target(&self, low: u32, width: u32) -> u64 {
        self.insn
            .address
            .wrapping_add_signed(self.signed(low, width) * 4)
    }

    /// Returns how many bytes of registers count, where bit 31 says so.
    pub(super) fn width(&self) -> u8 {
        if self.flag(31) { 8 } else { 4 }
    }

    /// Returns the register of a field in which 31 is the one that reads as zero.
    pub(super) fn zero_or(&self, low: u32) -> Operand {
        match self.field(low, 5) as u8 {
            31 => Operand::Const(0),
            number => Operand::Reg(Reg(number)),
        }
    }

    /// Returns the register of a field in which 31 is the stack pointer.
    pub(super) fn stack_or(&self, low: u32) -> Reg {
        Reg(self.field(low, 5) as u8)
    }

    /// Returns the place that the base register and an offset give.
    pub(super) fn place(&self, offset: i64) -> Place {
        Place {
            base: Some(self.stack_or(5)),
            index: None,
            offset,
            thread: false,
        }
    }

    /// Sets a register, which 31 is not: what is written to the register of zeros is lost.
    pub(super) fn set(&mut self, register: u32, expr: Expr) {
        if register != 31 {
            self.put(Reg(register as u8), expr);
        }
    }

    /// Sets a register, the stack pointer included.
    pub(super) fn put(&mut self, register: Reg, expr: Expr) {
        self.insn.effects.push(Effect::Set(register, expr));
    }

    pub(super) fn forget(&mut self, register: u32) {
        self.set(register, Expr::Unknown);
    }

    /// Returns something that is computed from registers in a way that is not followed.
    pub(super) fn mixed(&mut self, from: &[Operand]) -> Expr {
        self.put(TEMP, Expr::Unknown);
        for from in from.iter().filter(|from| **from != Operand::Const(0)) {
            self.put(TEMP, Expr::Binary(Op::Add, *from, Operand::Reg(TEMP), 8));
        }
        Expr::Low(Operand::Reg(TEMP), 8)
    }

    /// Sets a register to such a value.
    pub(super) fn mix(&mut self, register: u32, from: &[Operand]) {
        let expr = self.mixed(from);
        self.set(register, expr);
    }

    /// The same for the register of a field in which 31 is the stack pointer.
    pub(super) fn mix_stack(&mut self, from: &[Operand]) {
        let expr = self.mixed(from);
        let to = self.stack_or(0);
        self.put(to, expr);
    }

    /// A value goes where it is not followed.
    pub(super) fn leak(&mut self, value: Operand) {
        self.store(ELSEWHERE, Some(value), 8);
    }

    /// What is in memory goes where it is not followed.
    pub(super) fn leak_memory(&mut self, place: Place, size: u32) {
        // Not of what is too small for half an address.
        let width = size.min(8) as u8;
        for offset in (0..i64::from(size) - 3).step_by(8) {
            let offset = place.offset.wrapping_add(offset);
            let value = self.keep(Expr::Load(Place { offset, ..place }, width, None));
            self.leak(value);
        }
    }

    /// Puts a value between two effects.
    pub(super) fn keep(&mut self, expr: Expr) -> Operand {
        self.put(TEMP, expr);
        Operand::Reg(TEMP)
    }

    pub(super) fn flags(&mut self) {
        self.insn.effects.push(Effect::Flags);
    }

    /// The flag of zero says whether an operand equals a number.
    pub(super) fn compare(&mut self, operand: Operand, number: u64, width: u8) {
        let number = number & mask(width);
        match operand {
            Operand::Reg(register) if register != TEMP => {
                let effect = Effect::Compare(register, number, width);
                self.insn.effects.push(effect);
            }
            _ => self.flags(),
        }
    }

    pub(super) fn store(&mut self, place: Place, value: Option<Operand>, size: u32) {
        self.insn.effects.push(Effect::Store(place, value, size));
    }

    /// Stores at an unknown distance from the base register.
    pub(super) fn store_around(&mut self, base: Reg, size: u32) {
        self.put(TEMP, Expr::Unknown);
        let place = Place {
            base: Some(base),
            index: Some((TEMP, 1)),
            offset: 0,
            thread: false,
        };
        self.store(place, None, size);
    }

    /// Moves the base register.
    pub(super) fn advance(&mut self, offset: i64) {
        let base = self.stack_or(5);
        let expr = add(base, offset);
        self.put(base, expr);
    }
}

/// Returns a register plus a constant.
pub(super) fn add(register: Reg, offset: i64) -> Expr {
    let register = Operand::Reg(register);
    let offset_by = Operand::Const(offset.unsigned_abs());
    match offset {
        0 => Expr::Low(register, 8),
        1.. => Expr::Binary(Op::Add, register, offset_by, 8),
        _ => Expr::Binary(Op::Sub, register, offset_by, 8),
    }
}

/// Returns the number of which so many low bytes are set.
pub(super) fn mask(width: u8) -> u64 {
    u64::MAX >> (64 - 8 * u32::from(width))
}
