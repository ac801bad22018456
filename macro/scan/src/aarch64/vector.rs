//! Vectors and matrices: their registers are not followed, but some of these
//! instructions write general registers, the flags or memory.

use super::bits::Word;
use crate::insn::{Expr, Op, Operand, Place, TEMP};

/// What a scalable vector or matrix has at most, times four registers.
const SCALABLE: u32 = 4 * 256;

/// Data processing with floating point and vectors.
pub(super) fn lift(word: &mut Word) -> bool {
    let to = word.field(0, 5);
    // Ciphers are the only vectors with bit 31.
    let reserved = match (word.flag(28), word.field(29, 3)) {
        (false, bits) => bits >= 0b100 && bits != 0b110,
        (true, bits) => matches!(bits, 0b001 | 0b101..),
    };
    if reserved {
        return false;
    }
    if !word.flag(28) {
        // `umov`, `smov`.
        let copy = word.field(29, 3) & 0b101 == 0 && word.field(21, 7) == 0b1110000;
        let form = (word.flag(15), word.flag(10), word.field(11, 4));
        if copy && matches!(form, (false, true, 0b0101 | 0b0111)) {
            word.forget(to);
        } else if copy {
            // `dup` and `ins`, of which some are from a general register.
            word.leak(word.zero_or(5));
        }
        return true;
    }
    if word.flag(30) || word.flag(24) {
        return true;
    }
    let code = word.field(16, 3);
    if !word.flag(21) || word.field(10, 6) == 0 {
        // Conversions: from a general register, or to one. `fmov` keeps all bits.
        if code == 0b111 {
            word.leak(word.zero_or(5));
        }
        if !matches!(code, 0b010 | 0b011 | 0b111) {
            word.forget(to);
        }
        if code == 0b110 && word.flag(21) && word.field(19, 2) == 0b11 {
            // `fjcvtzs`.
            word.flags();
        }
    } else if word.field(10, 4) == 0b1000 || word.field(10, 2) == 0b01 {
        // `fcmp`, `fccmp`.
        word.flags();
    }
    true
}

/// Loads and stores of one to four vectors, interleaved.
pub(super) fn structures(word: &mut Word) -> bool {
    if word.flag(31) {
        return false;
    }
    let (load, moves) = (word.flag(22), word.flag(23));
    let Some(size) = (match word.flag(24) {
        false => whole(word),
        true => lanes(word),
    }) else {
        return false;
    };
    match load {
        true => word.leak_memory(word.place(0), size),
        false => word.store(word.place(0), None, size),
    }
    if moves {
        advance(word, i64::from(size));
    }
    true
}

/// Adds a register to the base, or a number if the register is that of zeros.
fn advance(word: &mut Word, number: i64) {
    let base = word.stack_or(5);
    match word.zero_or(16) {
        Operand::Const(_) => word.advance(number),
        index @ Operand::Reg(_) => {
            let expr = Expr::Binary(Op::Add, Operand::Reg(base), index, 8);
            word.put(base, expr);
        }
    }
}

/// Returns how many bytes whole vectors have.
fn whole(word: &Word) -> Option<u32> {
    let registers = match word.field(12, 4) {
        0b0000 | 0b0010 => 4,
        0b0100 | 0b0110 => 3,
        0b1000 | 0b1010 => 2,
        0b0111 => 1,
        _ => return None,
    };
    Some(registers * if word.flag(30) { 16 } else { 8 })
}

/// Returns how many bytes one lane of each vector has.
fn lanes(word: &Word) -> Option<u32> {
    let registers = 1 + word.field(21, 1) + 2 * word.field(13, 1);
    let element = match (word.field(14, 2), word.field(10, 2)) {
        (0b00, _) => 1,
        (0b01, _) => 2,
        (0b10, 0b01) => 8,
        (0b10, 0b00) => 4,
        // To all lanes.
        (0b11, size) if word.flag(22) => 1 << size,
        _ => return None,
    };
    Some(registers * element)
}

/// Scalable vectors.
pub(super) fn scalable(word: &mut Word) -> bool {
    match word.field(29, 3) {
        0b111 => {
            stores(word);
            // The base can be a vector of addresses.
            word.put(TEMP, Expr::Unknown);
            let place = Place {
                base: Some(TEMP),
                index: None,
                offset: 0,
                thread: false,
            };
            word.store(place, None, SCALABLE);
        }
        0b100..=0b110 => {}
        // `addvl`, `addpl`, `addsvl` and `addspl` write the stack pointer.
        0b000 if word.field(23, 2) == 0 && word.flag(21) && word.field(12, 4) == 0b0101 => {
            word.put(word.stack_or(0), Expr::Unknown);
        }
        _ => {
            word.forget(word.field(0, 5));
            word.flags();
        }
    }
    true
}

/// Matrices: loads and stores of them, and moves from and to general registers.
pub(super) fn matrix(word: &mut Word) -> bool {
    stores(word);
    word.forget(word.field(0, 5));
    true
}

fn stores(word: &mut Word) {
    let base = word.stack_or(5);
    word.store_around(base, SCALABLE);
}
