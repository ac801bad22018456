//! Operands of x86_64 instructions.

use iced_x86::{Instruction, OpKind, Register};

use crate::insn::{Effect, Expr, Op, Operand, Place, Reg, TEMP};

/// Returns a general register in full.
pub(super) fn general(register: Register) -> Option<Reg> {
    let full = register.full_register();
    full.is_gpr64().then(|| Reg(full.number() as u8))
}

/// Returns a general register, the bytes of it that are named, and from which bit.
pub(super) fn register(register: Register) -> Option<(Reg, u8, u8)> {
    let full = general(register)?;
    let high = matches!(
        register,
        Register::AH | Register::BH | Register::CH | Register::DH
    );
    Some((full, register.size() as u8, if high { 8 } else { 0 }))
}

/// Returns whether the address of memory is computed in 32 bits, of which the registers are not all.
pub(super) fn is_short(decoded: &Instruction) -> bool {
    let base = decoded.memory_base();
    base.is_gpr32() || decoded.memory_index().is_gpr32() || short_string(decoded)
}

/// Returns whether it is the address of a string, or what `maskmovq` stores to.
fn short_string(decoded: &Instruction) -> bool {
    use OpKind::*;
    decoded
        .op_kinds()
        .any(|kind| matches!(kind, MemorySegESI | MemorySegEDI | MemoryESEDI))
}

/// Returns the memory operand.
pub(super) fn place(decoded: &Instruction) -> Place {
    let thread = matches!(decoded.memory_segment(), Register::FS | Register::GS);
    if decoded.is_ip_rel_memory_operand() {
        return Place {
            thread,
            ..Place::at(decoded.ip_rel_memory_address())
        };
    }
    let index = general(decoded.memory_index());
    Place {
        base: general(decoded.memory_base()),
        index: index.map(|index| (index, decoded.memory_index_scale() as u8)),
        offset: decoded.memory_displacement64() as i64,
        thread,
    }
}

/// Returns the value of an immediate operand, sign-extended where the instruction does so.
pub(super) fn immediate(decoded: &Instruction, index: u32) -> Option<u64> {
    decoded.try_immediate(index).ok()
}

/// Returns the low bytes.
pub(super) fn low(value: u64, width: u8) -> u64 {
    match width {
        1 => value & 0xff,
        2 => value & 0xffff,
        4 => value & 0xffff_ffff,
        _ => value,
    }
}

/// Reads an operand. What is no register in its low bytes, and no immediate, is loaded before.
pub(super) fn read(
    decoded: &Instruction,
    index: u32,
    effects: &mut Vec<Effect>,
) -> Option<(Operand, u8)> {
    match decoded.op_kind(index) {
        OpKind::Register => {
            let (reg, width, shift) = register(decoded.op_register(index))?;
            if shift == 0 {
                return Some((Operand::Reg(reg), width));
            }
            let shift = Operand::Const(shift.into());
            let shifted = Expr::Binary(Op::ShiftRight, Operand::Reg(reg), shift, 8);
            effects.push(Effect::Set(TEMP, shifted));
            Some((Operand::Reg(TEMP), width))
        }
        OpKind::Memory => {
            let width @ (1 | 2 | 4 | 8) = decoded.memory_size().size() as u8 else {
                return None;
            };
            effects.push(Effect::Set(TEMP, Expr::Load(place(decoded), width, None)));
            Some((Operand::Reg(TEMP), width))
        }
        _ => Some((Operand::Const(immediate(decoded, index)?), 8)),
    }
}

/// Writes the low bytes of a value to a register, as the width asks.
pub(super) fn write(to: Register, value: Operand, width: u8, effects: &mut Vec<Effect>) {
    let Some((to, _, shift)) = register(to) else {
        return;
    };
    let expr = if width >= 4 {
        Expr::Low(value, width)
    } else {
        Expr::Insert(to, value, width, shift)
    };
    effects.push(Effect::Set(to, expr));
}
