//! Computes what effects lead to, from registers and memory that are known.

use std::collections::BTreeMap;

use super::native::{Case, DATA, SIZE, pristine};
use crate::insn::{Effect, Expr, Op, Operand, Place, Reg};

/// The values that something can have; `None` if all.
pub(super) type Values = Option<Vec<u64>>;

/// What the effects of an instruction lead to.
pub(super) struct Machine {
    pub(super) registers: Vec<Values>,
    /// What each byte can be that is stored to.
    pub(super) stored: BTreeMap<u64, Values>,
    /// From where on, and how many bytes can be anything.
    pub(super) ranges: Vec<(u64, u64)>,
    /// Whether any byte can be.
    pub(super) anywhere: bool,
    pub(super) compared: Option<(Reg, u64, u8)>,
    pub(super) flags: bool,
}

pub(super) fn low(value: u64, width: u8) -> u64 {
    value & (u64::MAX >> (64 - 8 * u32::from(width)))
}

fn signed(value: u64, from: u8, to: u8) -> u64 {
    let shift = 64 - 8 * u32::from(from);
    low((((value << shift) as i64) >> shift) as u64, to)
}

/// Returns what is in memory before the instruction.
pub(super) fn memory(address: u64, size: u8) -> Option<u64> {
    let mut value = 0;
    for index in (0..u64::from(size)).rev() {
        let at = address.wrapping_add(index);
        if !(DATA..DATA + SIZE as u64).contains(&at) {
            return None;
        }
        value = value << 8 | u64::from(pristine(at));
    }
    Some(value)
}

fn each(values: Values, f: impl Fn(u64) -> u64) -> Values {
    values.map(|values| values.into_iter().map(f).collect())
}

fn pairs(left: Values, right: Values, f: impl Fn(u64, u64) -> u64) -> Values {
    let (left, right) = (left?, right?);
    let f = &f;
    let all = left
        .iter()
        .flat_map(|a| right.iter().map(move |b| f(*a, *b)));
    Some(all.collect())
}

impl Machine {
    fn operand(&self, operand: Operand) -> Values {
        match operand {
            Operand::Const(number) => Some(vec![number]),
            Operand::Reg(register) => self.registers[usize::from(register.0)].clone(),
        }
    }

    fn single(&self, register: Reg) -> Option<u64> {
        match self.registers[usize::from(register.0)].as_deref() {
            Some([value]) => Some(*value),
            _ => None,
        }
    }

    /// Returns an address that is known.
    pub(super) fn place(&self, place: Place) -> Option<u64> {
        if place.thread {
            return None;
        }
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
                let compute = |left: u64, right: u64| {
                    let left = low(left, width);
                    let shift = right as u32 & if width == 8 { 63 } else { 31 };
                    let result = match op {
                        Op::Add => left.wrapping_add(right),
                        Op::Sub => left.wrapping_sub(right),
                        Op::And => left & right,
                        Op::Or => left | right,
                        Op::Xor => left ^ right,
                        Op::ShiftLeft => left << shift,
                        Op::ShiftRight => left >> shift,
                    };
                    low(result, width)
                };
                pairs(self.operand(left), self.operand(right), compute)
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
                let old = self.registers[usize::from(register.0)].clone();
                pairs(old, self.operand(operand), |old, new| {
                    old & !mask | low(new, bytes) << from
                })
            }
        }
    }

    fn store(&mut self, place: Place, value: Option<Operand>, size: u32) {
        let Some(start) = self.place(place) else {
            self.anywhere = true;
            return;
        };
        let values = value.and_then(|value| self.operand(value));
        if size > 8 {
            assert!(value.is_none());
            self.ranges.push((start, size.into()));
            return;
        }
        for index in 0..u64::from(size) {
            let byte = each(values.clone(), |value| value >> (8 * index) & 0xff);
            self.stored.insert(start.wrapping_add(index), byte);
        }
    }

    /// Returns whether a byte can become what it is.
    pub(super) fn can_be(&self, address: u64, value: u8) -> bool {
        if self.anywhere {
            return true;
        }
        let in_range =
            |&(start, size): &(u64, u64)| address.checked_sub(start).is_some_and(|at| at < size);
        match self.stored.get(&address) {
            _ if self.ranges.iter().any(in_range) => true,
            Some(None) => true,
            Some(Some(values)) => values.contains(&value.into()),
            None => value == pristine(address),
        }
    }

    pub(super) fn execute(case: &Case, effects: &[Effect]) -> Machine {
        let mut registers: Vec<_> = case.registers.iter().map(|&r| Some(vec![r])).collect();
        registers.resize(33, None);
        let mut machine = Machine {
            registers,
            stored: BTreeMap::new(),
            ranges: Vec::new(),
            anywhere: false,
            compared: None,
            flags: false,
        };
        for (index, effect) in effects.iter().enumerate() {
            match *effect {
                Effect::Set(register, expr) => {
                    machine.registers[usize::from(register.0)] = machine.expr(expr);
                }
                Effect::Store(place, value, size) => machine.store(place, value, size),
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
