//! Data processing with an immediate: each writes `Rd` and no other register.

use super::bits::{Word, mask};
use crate::insn::{Expr, Op, Operand, Reg, Relative};

pub(super) fn lift(word: &mut Word) -> bool {
    match word.field(23, 3) {
        0b000 | 0b001 => address(word),
        0b010 => arithmetic(word),
        0b011 => tags(word),
        0b100 => logical(word),
        0b101 => wide(word),
        0b110 => bitfield(word),
        _ => extract(word),
    }
}

/// `adr` and `adrp`.
fn address(word: &mut Word) -> bool {
    let offset = (word.signed(5, 19) << 2) | i64::from(word.field(29, 2));
    let here = word.insn.address;
    let address = if word.flag(31) {
        (here & !0xfff).wrapping_add_signed(offset << 12)
    } else {
        here.wrapping_add_signed(offset)
    };
    word.insn.relative = Some(match word.flag(31) {
        true => Relative::Page(address),
        false => Relative::Address(address),
    });
    word.set(word.field(0, 5), Expr::Low(Operand::Const(address), 8));
    true
}

/// `add`, `adds`, `sub`, `subs`, which are also `mov` from and to the stack pointer, `cmp` and `cmn`.
fn arithmetic(word: &mut Word) -> bool {
    let width = word.width();
    let subtract = word.flag(30);
    let left = Operand::Reg(word.stack_or(5));
    let number = u64::from(word.field(10, 12)) << if word.flag(22) { 12 } else { 0 };
    let op = if subtract { Op::Sub } else { Op::Add };
    let expr = match number {
        0 => Expr::Low(left, width),
        _ => Expr::Binary(op, left, Operand::Const(number), width),
    };
    if !word.flag(29) {
        word.put(word.stack_or(0), expr);
        return true;
    }
    let to = word.field(0, 5);
    word.set(to, expr);
    if to != 31 && to == word.field(5, 5) {
        // The old value is gone, but the result is zero when it was equal.
        word.compare(left, 0, width);
    } else if subtract {
        word.compare(left, number, width);
    } else {
        word.compare(left, number.wrapping_neg(), width);
    }
    true
}

/// `addg` and `subg`, and the minima and maxima of later versions.
fn tags(word: &mut Word) -> bool {
    if word.flag(29) {
        return false;
    }
    let from = Operand::Reg(word.stack_or(5));
    if word.flag(22) {
        word.mix(word.field(0, 5), &[from]);
    } else {
        word.mix_stack(&[from]);
    }
    true
}

/// `and`, `orr`, `eor`, `ands`, which are also `mov` of a pattern and `tst`.
fn logical(word: &mut Word) -> bool {
    let width = word.width();
    let Some(number) = pattern(word) else {
        return false;
    };
    let left = word.zero_or(5);
    let right = Operand::Const(number);
    let op = match word.field(29, 2) {
        0b01 => Op::Or,
        0b10 => Op::Xor,
        _ => Op::And,
    };
    let expr = match (op, left) {
        (Op::Or, Operand::Const(_)) => Expr::Low(right, width),
        _ => Expr::Binary(op, left, right, width),
    };
    let to = word.field(0, 5);
    if word.field(29, 2) != 0b11 {
        word.put(Reg(to as u8), expr);
        return true;
    }
    word.set(to, expr);
    if to != 31 {
        word.compare(Operand::Reg(Reg(to as u8)), 0, width);
    } else if let Some(tested) = [1, 2, 4].into_iter().find(|&bytes| mask(bytes) == number) {
        word.compare(left, 0, tested);
    } else {
        word.flags();
    }
    true
}

/// Returns the number that `N:immr:imms` stands for (`DecodeBitMasks`, shared pseudocode).
fn pattern(word: &Word) -> Option<u64> {
    let (n, rotate, ones) = (word.field(22, 1), word.field(16, 6), word.field(10, 6));
    if !word.flag(31) && n == 1 {
        return None;
    }
    let size = 1 << ((n << 6) | (!ones & 0x3f)).checked_ilog2()?;
    if size < 2 {
        return None;
    }
    let (rotate, ones) = (rotate & (size - 1), ones & (size - 1));
    if ones == size - 1 {
        return None;
    }
    let all = u64::MAX >> (64 - size);
    let element = u64::MAX >> (63 - ones);
    let mut number = (element >> rotate) | (element.checked_shl(size - rotate).unwrap_or(0) & all);
    let mut filled = size;
    while filled < 64 {
        number |= number << filled;
        filled *= 2;
    }
    Some(number & mask(word.width()))
}

/// `movn`, `movz`, `movk`.
fn wide(word: &mut Word) -> bool {
    let width = word.width();
    let shift = word.field(21, 2) * 16;
    let number = u64::from(word.field(5, 16));
    let to = word.field(0, 5);
    let placed = number << shift;
    if width == 4 && shift >= 32 {
        return false;
    }
    match word.field(29, 2) {
        0b00 => word.set(to, Expr::Low(Operand::Const(!placed & mask(width)), width)),
        0b10 => word.set(to, Expr::Low(Operand::Const(placed), width)),
        0b11 => {
            let register = Reg(to as u8);
            if to != 31 && width == 4 {
                word.put(register, Expr::Low(Operand::Reg(register), 4));
            }
            let number = Operand::Const(number);
            word.set(to, Expr::Insert(register, number, 2, shift as u8));
        }
        _ => return false,
    }
    true
}

/// `sbfm`, `bfm`, `ubfm`: shifts by a constant, extensions, and parts of registers.
fn bitfield(word: &mut Word) -> bool {
    let width = word.width();
    let bits = 8 * u32::from(width);
    let (rotate, last) = (word.field(16, 6), word.field(10, 6));
    if word.flag(22) != word.flag(31) || rotate >= bits || last >= bits {
        return false;
    }
    let to = word.field(0, 5);
    let from = word.zero_or(5);
    // Either bits `rotate..=last` go to the bottom, or bits `0..=last` go up to `bits - rotate`.
    let down = last >= rotate;
    let count = if down { last - rotate + 1 } else { last + 1 };
    let up = if down { 0 } else { bits - rotate };
    let part = if down && rotate > 0 {
        word.keep(Expr::Binary(
            Op::ShiftRight,
            from,
            Operand::Const(u64::from(rotate)),
            width,
        ))
    } else {
        from
    };
    let bytes = (count % 8 == 0 && (count / 8).is_power_of_two()).then_some((count / 8) as u8);
    let expr = match (word.field(29, 2), bytes) {
        (0b00, Some(bytes)) => Expr::Signed(part, bytes, width),
        (0b00, None) => Expr::Unknown,
        (0b01, Some(bytes)) if to != 31 => {
            let register = Reg(to as u8);
            if width == 4 {
                word.put(register, Expr::Low(Operand::Reg(register), 4));
            }
            word.put(register, Expr::Insert(register, part, bytes, up as u8));
            return true;
        }
        (0b01, _) => Expr::Unknown,
        (0b10, _) if up + count == bits || (down && last + 1 == bits) => Expr::Low(part, width),
        (0b10, Some(bytes)) => Expr::Low(part, bytes),
        (0b10, None) => {
            let ones = Operand::Const(u64::MAX >> (64 - count));
            Expr::Binary(Op::And, part, ones, width)
        }
        _ => return false,
    };
    if expr == Expr::Unknown {
        word.mix(to, &[from, word.zero_or(0)]);
        return true;
    }
    if up == 0 {
        word.set(to, expr);
        return true;
    }
    let part = match expr {
        Expr::Low(part, kept) if kept == width => part,
        _ => word.keep(expr),
    };
    let up = Operand::Const(u64::from(up));
    word.set(to, Expr::Binary(Op::ShiftLeft, part, up, width));
    true
}

/// `extr`, and `autiasppc`, which writes the link register.
fn extract(word: &mut Word) -> bool {
    if word.field(29, 2) == 0b11 {
        word.forget(30);
        return word.flag(31);
    }
    let width = word.width();
    let shift = word.field(10, 6);
    if word.field(29, 2) != 0
        || word.flag(21)
        || word.flag(22) != word.flag(31)
        || shift >= 8 * u32::from(width)
    {
        return false;
    }
    let (to, from) = (word.field(0, 5), word.zero_or(16));
    match shift {
        0 => word.set(to, Expr::Low(from, width)),
        _ => word.mix(to, &[from, word.zero_or(5)]),
    }
    true
}
