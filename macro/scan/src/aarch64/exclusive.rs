//! Exclusive, ordered and atomic accesses, and memory copies.
//!
//! An operation that reads and writes in one step exists because other threads write the same place.
//! So the value that it reads is unknown, and also the value that it leaves. A store without a load is
//! followed.

use super::bits::Word;
use crate::insn::{Expr, Operand, Reg};

/// `ldxr`, `stxr`, `ldar`, `stlr`, `cas` and their kin.
pub(super) fn lift(word: &mut Word) -> bool {
    let size = 1 << word.field(30, 2);
    let (ordered, load, pair) = (word.flag(23), word.flag(22), word.flag(21));
    let (status, to, place) = (word.field(16, 5), word.field(0, 5), word.place(0));
    match (ordered, load, pair) {
        (true, _, true) => compare_and_swap(word, size, false),
        (false, _, true) if !word.flag(31) => compare_and_swap(word, 16, true),
        (false, true, true) => {
            word.forget(to);
            word.forget(word.field(10, 5));
        }
        (_, true, false) => word.set(to, Expr::Load(place, size as u8, None)),
        (true, false, false) => {
            let value = word.zero_or(0);
            word.store(place, Some(value), size);
        }
        (false, false, _) => {
            word.leak(word.zero_or(0));
            if pair {
                word.leak(word.zero_or(10));
            }
            word.store(place, None, if pair { 2 * size } else { size });
            word.forget(status);
        }
    }
    true
}

fn compare_and_swap(word: &mut Word, size: u32, pair: bool) {
    let status = word.field(16, 5);
    word.leak(word.zero_or(0));
    if pair {
        word.leak(Operand::Reg(Reg((word.field(0, 5) as u8 | 1) % 31)));
    }
    word.store(word.place(0), None, size);
    word.forget(status);
    if pair {
        word.forget((status + 1) % 32);
    }
}

/// Exclusive and atomic accesses with the rights of a program (`FEAT_LSUI`).
pub(super) fn unprivileged(word: &mut Word) -> bool {
    any(word);
    word.forget(word.field(10, 5));
    true
}

/// What later versions have put between the literals and the pairs.
pub(super) fn newer(word: &mut Word) -> bool {
    let (size, form) = (word.field(30, 2), word.field(10, 2));
    match (word.flag(26), word.flag(21), form) {
        (false, true, _) if size == 0b11 => tags(word),
        // 128-bit atomics, `rcwcas` and its kin.
        (false, true, _) if size <= 0b01 => {
            any(word);
            word.flags();
            true
        }
        // `ldapur`, `stlur` and those that extend the sign.
        (false, false, 0b00) => release_consistent(word),
        // `ldiapp`, `stilp`.
        (false, false, 0b10) if size >= 0b10 => {
            any(word);
            let base = word.stack_or(5);
            word.put(base, Expr::Unknown);
            true
        }
        // `ldapur`, `stlur` of vectors.
        (true, false, 0b10) => {
            let place = word.place(word.signed(12, 9));
            match word.flag(22) {
                true => word.leak_memory(place, 16),
                false => word.store(place, None, 16),
            }
            true
        }
        // `cpyp`, `setp` and their kin move all three registers.
        (_, false, 0b01) if size == 0b00 => {
            word.leak(word.zero_or(16));
            if let Operand::Reg(to) = word.zero_or(0) {
                word.store_around(to, u32::MAX);
            }
            for low in [0, 5, 16] {
                word.forget(word.field(low, 5));
            }
            word.flags();
            true
        }
        // `gcsstr`.
        (false, false, 0b11) if size == 0b11 => {
            word.store(word.place(0), None, 8);
            true
        }
        _ => false,
    }
}

/// Writes all registers that an atomic operation can write, and memory.
fn any(word: &mut Word) {
    let status = word.field(16, 5);
    let base = word.stack_or(5);
    word.leak(word.zero_or(0));
    word.leak(word.zero_or(16));
    word.store_around(base, 32);
    for register in [word.field(0, 5), status, (status + 1) % 32] {
        word.forget(register);
    }
}

fn release_consistent(word: &mut Word) -> bool {
    let size = word.field(30, 2);
    let place = word.place(word.signed(12, 9));
    let bytes = 1 << size;
    let signed = match (word.field(22, 2), size) {
        (0b00, _) => {
            let value = word.zero_or(0);
            word.store(place, Some(value), bytes);
            return true;
        }
        (0b01, _) => None,
        (0b10, 0..=2) => Some(8),
        (0b11, 0 | 1) => Some(4),
        _ => return false,
    };
    word.set(word.field(0, 5), Expr::Load(place, bytes as u8, signed));
    true
}

/// `stg`, `stzg`, `ldg` and their kin, some of which write zeros.
fn tags(word: &mut Word) -> bool {
    let form = word.field(10, 2);
    if form == 0 && word.flag(22) {
        // `ldg`, `ldgm`.
        word.forget(word.field(0, 5));
        return true;
    }
    let base = word.stack_or(5);
    word.store_around(base, 256);
    if form & 1 == 1 {
        word.advance(word.signed(12, 9) * 16);
    }
    true
}

/// `ldadd`, `swp` and their kin, `ldapr`, and accesses to 64 bytes.
pub(super) fn atomic(word: &mut Word) -> bool {
    let size = 1 << word.field(30, 2);
    let (place, to, from) = (word.place(0), word.field(0, 5), word.zero_or(16));
    let (other, code) = (word.flag(15), word.field(12, 3));
    match (other, code) {
        _ if word.flag(26) => word.store(place, None, size),
        (false, _) => {
            word.leak(from);
            word.store(place, None, size);
            word.forget(to);
        }
        (true, 0b000) => {
            word.store(place, Some(from), size);
            word.forget(to);
        }
        (true, 0b100) => word.set(to, Expr::Load(place, size as u8, None)),
        // `ld64b`.
        (true, 0b101) => (to..to + 8).for_each(|register| word.forget(register % 32)),
        _ => {
            word.store(place, None, 64);
            word.forget(to);
            word.forget(word.field(16, 5));
            word.flags();
        }
    }
    true
}
