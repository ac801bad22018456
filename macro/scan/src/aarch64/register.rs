//! Data processing with registers: each writes `Rd` and no other register, except for two
//! that sign a fixed one.

use super::bits::{Word, mask};
use crate::insn::{Expr, Op, Operand, Reg};

pub(super) fn lift(word: &mut Word) -> bool {
    if !word.flag(28) {
        return match (word.flag(24), word.flag(21)) {
            (false, _) => logical(word),
            (true, false) => arithmetic(word),
            (true, true) => extended(word),
        };
    }
    match word.field(21, 4) {
        0b0000 => carried(word),
        0b0010 => {
            // `ccmp` and `ccmn`.
            word.flags();
            word.flag(29)
        }
        0b0100 => select(word),
        0b0110 if word.flag(30) => one_source(word),
        0b0110 => two_sources(word),
        0b1000..=0b1111 => {
            // Products.
            let from = [5, 16, 10].map(|low| word.zero_or(low));
            word.mix(word.field(0, 5), &from);
            true
        }
        _ => false,
    }
}

/// Shifts the second operand; `None` if the result is not known.
fn shifted(word: &mut Word) -> Option<Operand> {
    let width = word.width();
    let right = word.zero_or(16);
    let amount = word.field(10, 6);
    let number = Operand::Const(u64::from(amount));
    let rest = 8 * u32::from(width) - amount;
    match word.field(22, 2) {
        _ if amount == 0 => Some(right),
        0b00 => Some(word.keep(Expr::Binary(Op::ShiftLeft, right, number, width))),
        0b01 => Some(word.keep(Expr::Binary(Op::ShiftRight, right, number, width))),
        0b10 if matches!(rest, 8 | 16 | 32) => {
            let top = word.keep(Expr::Binary(Op::ShiftRight, right, number, width));
            Some(word.keep(Expr::Signed(top, (rest / 8) as u8, width)))
        }
        _ => None,
    }
}

/// `and`, `orr`, `eor`, `ands`, and with the second operand inverted `bic`, `orn`, `eon`, `bics`: also
/// `mov`, `mvn` and `tst`.
fn logical(word: &mut Word) -> bool {
    let width = word.width();
    if width == 4 && word.flag(15) {
        return false;
    }
    let op = match word.field(29, 2) {
        0b01 => Op::Or,
        0b10 => Op::Xor,
        _ => Op::And,
    };
    let left = word.zero_or(5);
    let mut right = shifted(word);
    if word.flag(21) {
        let ones = Operand::Const(mask(width));
        right = right.map(|right| word.keep(Expr::Binary(Op::Xor, right, ones, width)));
    }
    let to = word.field(0, 5);
    match (op, left, right) {
        (_, _, None) => word.mix(to, &[left, word.zero_or(16)]),
        (Op::Or, Operand::Const(0), Some(right)) => word.set(to, Expr::Low(right, width)),
        (_, left, Some(right)) => word.set(to, Expr::Binary(op, left, right, width)),
    }
    if word.field(29, 2) == 0b11 {
        if to != 31 {
            word.compare(Operand::Reg(Reg(to as u8)), 0, width);
        } else if right == Some(left) {
            word.compare(left, 0, width);
        } else {
            word.flags();
        }
    }
    true
}

/// `add`, `adds`, `sub`, `subs`: also `neg`, `cmp` and `cmn`.
fn arithmetic(word: &mut Word) -> bool {
    if word.field(22, 2) == 0b11 || (!word.flag(31) && word.flag(15)) {
        return false;
    }
    let left = word.zero_or(5);
    let right = shifted(word);
    sum(word, left, right);
    true
}

/// The same with an operand that is extended, and with the stack pointer.
fn extended(word: &mut Word) -> bool {
    let width = word.width();
    let amount = word.field(10, 3);
    if word.field(22, 2) != 0 || amount > 4 {
        return false;
    }
    let bytes = 1 << word.field(13, 2);
    let from = word.zero_or(16);
    let mut right = if bytes >= width {
        from
    } else if word.flag(15) {
        word.keep(Expr::Signed(from, bytes, width))
    } else {
        word.keep(Expr::Low(from, bytes))
    };
    if amount > 0 {
        let amount = Operand::Const(u64::from(amount));
        right = word.keep(Expr::Binary(Op::ShiftLeft, right, amount, width));
    }
    let left = Operand::Reg(word.stack_or(5));
    sum(word, left, Some(right));
    true
}

fn sum(word: &mut Word, left: Operand, right: Option<Operand>) {
    let width = word.width();
    let op = if word.flag(30) { Op::Sub } else { Op::Add };
    let expr = match (op, left, right) {
        (_, left, None) => word.mixed(&[left, word.zero_or(16)]),
        (Op::Add, Operand::Const(0), Some(right)) => Expr::Low(right, width),
        (_, left, Some(Operand::Const(0))) => Expr::Low(left, width),
        (_, left, Some(right)) => Expr::Binary(op, left, right, width),
    };
    let to = word.field(0, 5);
    if !word.flag(29) {
        // In the form with a shift, 31 is the register of zeros.
        match word.flag(21) {
            true => word.put(Reg(to as u8), expr),
            false => word.set(to, expr),
        }
        return;
    }
    word.set(to, expr);
    match (left, right) {
        _ if to != 31 => word.compare(Operand::Reg(Reg(to as u8)), 0, width),
        (left, Some(Operand::Const(0))) => word.compare(left, 0, width),
        (Operand::Const(0), Some(right)) => word.compare(right, 0, width),
        _ => word.flags(),
    }
}

/// `adc`, `sbc`, pointers with a check, and changes of flags.
fn carried(word: &mut Word) -> bool {
    let to = word.field(0, 5);
    match word.field(10, 6) {
        0b000000 => {
            word.mix(to, &[word.zero_or(5), word.zero_or(16)]);
            if word.flag(29) {
                word.flags();
            }
            true
        }
        // `rmif`, `setf8`, `setf16`.
        other if other & 0b1111 == 0b0010 || other & 0b11111 == 0b00001 => {
            word.flags();
            word.flag(29)
        }
        // `addpt`, `subpt`.
        other if other & 0b111000 == 0b001000 => {
            word.mix_stack(&[Operand::Reg(word.stack_or(5)), word.zero_or(16)]);
            true
        }
        _ => false,
    }
}

/// `csel`, `csinc`, `csinv`, `csneg`, of which `cset` is one.
fn select(word: &mut Word) -> bool {
    let width = word.width();
    let (yes, no) = (word.zero_or(5), word.zero_or(16));
    let ones = Operand::Const(mask(width));
    let no = match (word.flag(30), word.field(10, 2)) {
        (false, 0b00) => no,
        (false, 0b01) if no == Operand::Const(0) => Operand::Const(1),
        (false, 0b01) => word.keep(Expr::Binary(Op::Add, no, Operand::Const(1), width)),
        (true, 0b00) if no == Operand::Const(0) => ones,
        (true, 0b00) => word.keep(Expr::Binary(Op::Xor, no, ones, width)),
        (true, 0b01) => word.keep(Expr::Binary(Op::Sub, Operand::Const(0), no, width)),
        _ => return false,
    };
    word.set(word.field(0, 5), Expr::Either(yes, no, width));
    !word.flag(29)
}

/// Reversed and counted bits, and signed pointers.
fn one_source(word: &mut Word) -> bool {
    let to = word.field(0, 5);
    word.mix(to, &[word.zero_or(5), word.zero_or(0)]);
    if word.field(16, 5) == 1 && word.flag(15) {
        // `pacia171615` and its kin: the fields name the link register, and x17 is written.
        word.mix(17, &[Operand::Reg(Reg(17))]);
    }
    !word.flag(29)
}

/// Shifts by a register, quotients, minima and maxima, checksums, tags.
fn two_sources(word: &mut Word) -> bool {
    let width = word.width();
    let to = word.field(0, 5);
    let (left, right) = (word.zero_or(5), word.zero_or(16));
    let code = word.field(10, 6);
    let op = match code {
        0b001000 => Op::ShiftLeft,
        0b001001 => Op::ShiftRight,
        // `irg` writes the stack pointer.
        0b000100 => {
            word.mix_stack(&[Operand::Reg(word.stack_or(5))]);
            return true;
        }
        _ => {
            word.mix(to, &[left, right]);
            if word.flag(29) {
                // `subps`.
                word.flags();
            }
            return code == 0 || !word.flag(29);
        }
    };
    let bits = Operand::Const(8 * u64::from(width) - 1);
    let amount = word.keep(Expr::Binary(Op::And, right, bits, width));
    word.set(to, Expr::Binary(op, left, amount, width));
    !word.flag(29)
}
