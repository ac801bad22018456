//! Loads and stores, except for those that are exclusive or atomic.
//!
//! Where a load or a store also moves its base, a form that reads or writes both as one register is
//! constrained unpredictable: both become unknown.

use super::bits::Word;
use super::{exclusive, vector};
use crate::insn::{Expr, Operand, Place, Relative};

/// When the base register moves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moves {
    Never,
    Before,
    After,
}

pub(super) fn lift(word: &mut Word) -> bool {
    let simd = word.flag(26);
    match (word.field(28, 2), word.flag(24)) {
        (0b00, _) if simd => vector::structures(word),
        (0b00, false) => exclusive::lift(word),
        (0b00, true) => exclusive::unprivileged(word),
        (0b01, false) => literal(word),
        (0b01, true) => exclusive::newer(word),
        (0b10, _) => pair(word),
        (_, true) => unsigned(word),
        (_, false) if !word.flag(21) => unscaled(word),
        _ => match word.field(10, 2) {
            0b00 => exclusive::atomic(word),
            0b10 => indexed(word),
            _ => authenticated(word),
        },
    }
}

/// What is moved between memory and registers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Load(Option<u8>),
    Store,
    Prefetch,
    /// A register of vectors is stored, or loaded.
    Vector(bool),
}

/// Returns what `size` and `opc` of a single register stand for, and how many bytes it has.
fn access(word: &Word) -> Option<(Access, u32)> {
    let (size, opc) = (word.field(30, 2), word.field(22, 2));
    if word.flag(26) {
        let bytes = match (size, opc & 0b10) {
            (_, 0) => 1 << size,
            (0, _) => 16,
            _ => return None,
        };
        return Some((Access::Vector(opc & 1 == 0), bytes));
    }
    let access = match (opc, size) {
        (0b00, _) => Access::Store,
        (0b01, _) => Access::Load(None),
        (0b10, 0b11) => Access::Prefetch,
        (0b10, _) => Access::Load(Some(8)),
        (_, 0b00 | 0b01) => Access::Load(Some(4)),
        _ => return None,
    };
    Some((access, 1 << size))
}

/// Moves a register and memory, and the base by an offset.
fn single(word: &mut Word, (access, size): (Access, u32), moves: Moves, offset: i64) {
    let place = match moves {
        Moves::Never => word.place(offset),
        _ => word.place(0),
    };
    let to = word.field(0, 5);
    let vector = matches!(access, Access::Vector(_));
    let clash = moves != Moves::Never && !vector && to != 31 && to == word.field(5, 5);
    if moves == Moves::Before {
        word.advance(offset);
    }
    transfer(word, access, size, place, clash);
    if moves == Moves::After {
        word.advance(offset);
    }
    if clash {
        word.forget(to);
    }
}

fn transfer(word: &mut Word, access: Access, size: u32, place: Place, clash: bool) {
    let register = word.zero_or(0);
    match access {
        Access::Load(signed) => {
            word.set(word.field(0, 5), Expr::Load(place, size as u8, signed));
        }
        Access::Store => word.store(place, (!clash).then_some(register), size),
        Access::Vector(true) => word.store(place, None, size),
        Access::Vector(false) => word.leak_memory(place, size),
        Access::Prefetch => {}
    }
}

/// A load from an address relative to the instruction.
fn literal(word: &mut Word) -> bool {
    let address = word.target(5, 19);
    word.insn.relative = Some(Relative::Memory(address, 16));
    let place = Place::at(address);
    let expr = match (word.flag(26), word.field(30, 2)) {
        (true, kind) => return kind != 0b11,
        (false, 0b00) => Expr::Load(place, 4, None),
        (false, 0b01) => Expr::Load(place, 8, None),
        (false, 0b10) => Expr::Load(place, 4, Some(8)),
        // A prefetch.
        (false, _) => return true,
    };
    word.set(word.field(0, 5), expr);
    true
}

fn unsigned(word: &mut Word) -> bool {
    let Some((access, size)) = access(word) else {
        return false;
    };
    let offset = i64::from(word.field(10, 12)) * i64::from(size);
    single(word, (access, size), Moves::Never, offset);
    true
}

fn unscaled(word: &mut Word) -> bool {
    let Some((access, size)) = access(word) else {
        return false;
    };
    let moves = match word.field(10, 2) {
        0b01 => Moves::After,
        0b11 => Moves::Before,
        // Unprivileged, which makes no difference in a program.
        0b10 if word.flag(26) => return false,
        _ => Moves::Never,
    };
    if access == Access::Prefetch && word.field(10, 2) != 0 {
        return false;
    }
    single(word, (access, size), moves, word.signed(12, 9));
    true
}

/// A register as index, shifted and extended.
fn indexed(word: &mut Word) -> bool {
    let Some((access, size)) = access(word) else {
        return false;
    };
    let index = word.zero_or(16);
    let index = match word.field(13, 3) {
        0b010 => word.keep(Expr::Low(index, 4)),
        0b110 => word.keep(Expr::Signed(index, 4, 8)),
        0b011 | 0b111 => index,
        _ => return false,
    };
    let scale = if word.flag(12) { size as u8 } else { 1 };
    let mut place = word.place(0);
    if let Operand::Reg(index) = index {
        place.index = Some((index, scale));
    }
    transfer(word, access, size, place, false);
    true
}

/// `ldraa`, `ldrab`.
fn authenticated(word: &mut Word) -> bool {
    if word.field(30, 2) != 0b11 || word.flag(26) {
        return false;
    }
    if word.flag(11) {
        let base = word.stack_or(5);
        word.put(base, Expr::Unknown);
    }
    word.forget(word.field(0, 5));
    true
}

/// `ldp`, `stp`, `ldpsw`, `ldnp`, `stnp`, `stgp`.
fn pair(word: &mut Word) -> bool {
    let (load, simd, kind) = (word.flag(22), word.flag(26), word.field(30, 2));
    let moves = match word.field(23, 2) {
        0b01 => Moves::After,
        0b11 => Moves::Before,
        _ => Moves::Never,
    };
    let (size, scale): (u32, i64) = match (simd, kind) {
        (true, 0b11) => (16, 16),
        (true, _) => (4 << kind, 4 << kind),
        (false, 0b00) => (4, 4),
        // `stgp` counts in granules of tags.
        (false, 0b01) if !load => (8, 16),
        (false, 0b01) => (4, 4),
        // 3 are the unprivileged ones of a later version.
        (false, _) => (8, 8),
    };
    let offset = word.signed(15, 7) * scale;
    let at = if moves == Moves::Never { offset } else { 0 };
    if moves == Moves::Before {
        word.advance(offset);
    }
    let (first, second) = (word.place(at), word.place(at + i64::from(size)));
    if !simd {
        let signed = (kind == 0b01).then_some(8);
        two(word, (first, second), size, load.then_some(signed), moves);
    } else if load {
        word.leak_memory(first, 2 * size);
    } else {
        word.store(first, None, 2 * size);
    }
    if moves == Moves::After {
        word.advance(offset);
    }
    if moves != Moves::Never && !simd {
        let base = word.field(5, 5);
        let (one, other) = (word.field(0, 5), word.field(10, 5));
        if base == one || base == other {
            word.forget(base);
            if load {
                word.forget(one);
                word.forget(other);
            }
        }
    }
    true
}

/// Loads (with an extension) or stores two general registers.
fn two(
    word: &mut Word,
    (first, second): (Place, Place),
    size: u32,
    load: Option<Option<u8>>,
    moves: Moves,
) {
    let (one, other, base) = (word.field(0, 5), word.field(10, 5), word.field(5, 5));
    match load {
        None => {
            for (place, low) in [(first, 0), (second, 10)] {
                let clash = moves != Moves::Never && word.field(low, 5) == base && base != 31;
                let value = word.zero_or(low);
                word.store(place, (!clash).then_some(value), size);
            }
        }
        Some(_) if one == other => word.forget(one),
        Some(signed) => {
            let mut loads = [(one, first), (other, second)];
            if one == base {
                // The base is read by both, so it is written last.
                loads.reverse();
            }
            for (register, place) in loads {
                word.set(register, Expr::Load(place, size as u8, signed));
            }
        }
    }
}
