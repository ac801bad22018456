//! Computes what effects lead to, from registers and memory that are known.

use super::runner::{Case, DATA, DATA_END, pristine};
use crate::insn::{ELSEWHERE, Effect, Expr, Op, Operand, Place, Reg};

/// The values that something can have; `None` if all.
pub(super) type Values = Option<Vec<u64>>;

/// What the effects of an instruction lead to.
pub(super) struct Machine {
    pub(super) registers: Vec<Values>,
    pub(super) stores: Vec<(Option<u64>, Values, u32)>,
    pub(super) compared: Option<(Reg, u64, u8)>,
    pub(super) flags: bool,
}

pub(super) fn low(value: u64, width: u8) -> u64 {
    value & (u64::MAX >> (64 - 8 * u32::from(width)))
}

pub(super) fn signed(value: u64, from: u8, to: u8) -> u64 {
    let shift = 64 - 8 * u32::from(from);
    low((((value << shift) as i64) >> shift) as u64, to)
}

fn memory(address: u64, size: u8) -> Option<u64> {
    let mut value = 0;
    for index in (0..u64::from(size)).rev() {
        let at = address.wrapping_add(index);
        if !(DATA..DATA_END).contains(&at) {
            return None;
        }
        value = value << 8 | u64::from(pristine(at));
    }
    Some(value)
}

fn each(values: Values, f: impl Fn(u64) -> u64) -> Values {
    values.map(|values| values.into_iter().map(f).collect())
}

impl Machine {
    fn operand(&self, operand: Operand) -> Values {
        match operand {
            Operand::Const(number) => Some(vec![number]),
            Operand::Reg(register) => self.registers[usize::from(register.0)].clone(),
        }
    }

    fn single(&self, register: Reg) -> Option<u64> {
        self.registers[usize::from(register.0)]
            .as_ref()
            .map(|values| values[0])
    }

    fn place(&self, place: Place) -> Option<u64> {
        let mut address = place.offset as u64;
        if let Some(base) = place.base {
            address = address.wrapping_add(self.single(base)?);
        }
        if let Some((index, scale)) = place.index {
            address = address.wrapping_add(self.single(index)?.wrapping_mul(u64::from(scale)));
        }
        Some(address)
    }

    fn expr(&self, expr: Expr) -> Values {
        match expr {
            Expr::Unknown => None,
            Expr::Low(operand, width) => each(self.operand(operand), |value| low(value, width)),
            Expr::Signed(operand, from, to) => {
                each(self.operand(operand), |value| signed(value, from, to))
            }
            Expr::Binary(op, left, right, width) => {
                let left = low(self.operand(left)?[0], width);
                let right = low(self.operand(right)?[0], width);
                let result = match op {
                    Op::Add => left.wrapping_add(right),
                    Op::Sub => left.wrapping_sub(right),
                    Op::And => left & right,
                    Op::Or => left | right,
                    Op::Xor => left ^ right,
                    Op::ShiftLeft => left.checked_shl(right as u32).unwrap(),
                    Op::ShiftRight => left.checked_shr(right as u32).unwrap(),
                };
                Some(vec![low(result, width)])
            }
            Expr::Load(place, size, extended) => {
                let value = memory(self.place(place)?, size)?;
                Some(vec![extended.map_or(value, |to| signed(value, size, to))])
            }
            Expr::Either(left, right, width) => {
                let mut values = self.operand(left)?;
                values.extend(self.operand(right)?);
                each(Some(values), |value| low(value, width))
            }
            Expr::Insert(register, operand, bytes, from) => {
                let mask = low(u64::MAX, bytes) << from;
                let value = low(self.operand(operand)?[0], bytes) << from;
                Some(vec![self.single(register)? & !mask | value])
            }
        }
    }

    pub(super) fn execute(case: &Case, effects: &[Effect]) -> Machine {
        let mut registers: Vec<_> = case.registers.iter().map(|&r| Some(vec![r])).collect();
        registers.push(None);
        let mut machine = Machine {
            registers,
            stores: Vec::new(),
            compared: None,
            flags: false,
        };
        for (index, effect) in effects.iter().enumerate() {
            match *effect {
                Effect::Set(register, expr) => {
                    machine.registers[usize::from(register.0)] = machine.expr(expr);
                }
                // A value that is not followed.
                Effect::Store(ELSEWHERE, ..) => {}
                Effect::Store(place, value, size) => {
                    let value = value.and_then(|value| machine.operand(value));
                    assert!(size <= 8 || value.is_none());
                    machine.stores.push((machine.place(place), value, size));
                }
                Effect::Compare(register, number, width) => {
                    assert_eq!(index + 1, effects.len());
                    machine.compared = Some((register, number, width));
                }
                Effect::Flags => machine.flags = true,
            }
        }
        machine
    }
}
