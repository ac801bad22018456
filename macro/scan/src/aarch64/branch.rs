//! Branches, exceptions and system instructions.

use super::bits::Word;
use crate::insn::{Condition, Effect, Expr, Flow, Operand, Reg, TEMP, Target};

pub(super) fn lift(word: &mut Word) -> bool {
    match word.field(29, 3) {
        0b000 | 0b100 => {
            let target = Target::At(word.target(0, 26));
            if word.flag(31) {
                call(word, target);
            } else {
                word.insn.flow = Flow::Jump(target);
            }
            true
        }
        0b001 | 0b101 => test(word),
        0b011 | 0b111 => compare(word),
        0b010 => conditional(word),
        0b110 if word.flag(25) => register(word),
        0b110 if word.flag(24) => system(word),
        0b110 => exception(word),
        _ => false,
    }
}

fn call(word: &mut Word, target: Target) {
    // The target is read before the link register is written.
    let target = match target {
        Target::Reg(Reg(30)) => {
            word.keep(Expr::Low(Operand::Reg(Reg(30)), 8));
            Target::Reg(TEMP)
        }
        other => other,
    };
    let back = Operand::Const(word.insn.next());
    word.set(30, Expr::Low(back, 8));
    word.insn.flow = Flow::Call(target);
}

/// `cbz`, `cbnz`, `tbz`, `tbnz`.
fn test(word: &mut Word) -> bool {
    if word.flag(25) {
        word.insn.flow = Flow::Branch(Condition::Other, word.target(5, 14));
        return true;
    }
    let mut condition = match word.flag(24) {
        false => Condition::Equal,
        true => Condition::NotEqual,
    };
    match word.zero_or(0) {
        Operand::Reg(register) => {
            let effect = Effect::Compare(register, 0, word.width());
            word.insn.effects.push(effect);
        }
        Operand::Const(_) => condition = Condition::Other,
    }
    word.insn.flow = Flow::Branch(condition, word.target(5, 19));
    true
}

/// Comparisons of registers with a branch, of a later version: `cbgt` and its kin.
fn compare(word: &mut Word) -> bool {
    word.insn.flow = Flow::Branch(Condition::Other, word.target(5, 9));
    !word.flag(25)
}

fn conditional(word: &mut Word) -> bool {
    let target = word.target(5, 19);
    if word.flag(24) {
        // `retaasppc`, `retabsppc`.
        word.insn.flow = Flow::Return;
        return !word.flag(25) && word.field(22, 2) == 0 && word.field(0, 5) == 31;
    }
    word.insn.flow = match word.field(0, 4) {
        0 => Flow::Branch(Condition::Equal, target),
        1 => Flow::Branch(Condition::NotEqual, target),
        14 | 15 => Flow::Jump(Target::At(target)),
        _ => Flow::Branch(Condition::Other, target),
    };
    !word.flag(25)
}

/// `br`, `blr`, `ret`, and those that authenticate the address.
fn register(word: &mut Word) -> bool {
    if word.field(16, 5) != 0b11111 {
        return false;
    }
    let form = word.field(10, 6);
    let target = match word.zero_or(5) {
        Operand::Reg(register) => Target::Reg(register),
        Operand::Const(address) => Target::At(address),
    };
    match (word.field(21, 4), form) {
        (0b0000 | 0b1000, 0 | 2 | 3) => word.insn.flow = Flow::Jump(target),
        (0b0001 | 0b1001, 0 | 2 | 3) => call(word, target),
        (0b0010, 2 | 3) => word.insn.flow = Flow::Return,
        (0b0010, 0) if target == Target::Reg(Reg(30)) => word.insn.flow = Flow::Return,
        (0b0010, 0) => word.insn.flow = Flow::Jump(target),
        // `eret` and `drps` are undefined in a program.
        (0b0100 | 0b0101, _) => word.insn.flow = Flow::Stop,
        _ => return false,
    }
    true
}

fn exception(word: &mut Word) -> bool {
    word.insn.flow = match (word.field(21, 3), word.field(0, 5)) {
        // `el0_svc` in `arch/arm64/kernel/entry-common.c` does not look at the immediate.
        (0b000, 0b00001) => Flow::SystemCall,
        // `hvc` and `smc` are undefined in a program; `brk`, `hlt`, `tcancel`, `dcps1` to `dcps3`.
        (0b000, 0b00010 | 0b00011) | (0b001..=0b011, 0) | (0b101, 1..=3) => Flow::Stop,
        _ => return false,
    };
    true
}

/// `mrs`, `msr`, `sys`, `sysl`, hints and barriers.
fn system(word: &mut Word) -> bool {
    if word.field(23, 1) != 0 {
        return false;
    }
    let to = word.field(0, 5);
    let wide = word.flag(22);
    if word.flag(21) {
        word.forget(to);
        if wide {
            // `mrrs` writes two.
            word.forget((to + 1) % 32);
        }
        return true;
    }
    match (word.field(19, 2), word.field(16, 3), word.field(12, 4)) {
        (0b00, 0b011, 0b0010) => hint(word, word.field(5, 7)),
        // `cfinv`, `xaflag`, `axflag`, and other fields of the state of the processor.
        (0b00, _, 0b0100) => word.flags(),
        // `dc zva` and its kin write a whole block of at most 2048 bytes, which the address is in.
        (0b01, 0b011, 0b0111) if word.field(8, 4) == 0b0100 => {
            if let Operand::Reg(base) = word.zero_or(0) {
                word.store_around(base, 2048);
            }
        }
        // `msr nzcv`.
        (0b11, _, _) => word.flags(),
        _ => {}
    }
    true
}

fn hint(word: &mut Word, number: u32) {
    match number {
        0 => word.insn.padding = true,
        // `pacia1716`, `pacib1716`, `autia1716`, `autib1716`.
        8 | 10 | 12 | 14 => word.mix(17, &[Operand::Reg(Reg(17))]),
        // `xpaclri`; `paciaz` to `autibsp`.
        7 | 24..=31 => word.mix(30, &[Operand::Reg(Reg(30))]),
        // `chkfeat`.
        40 => word.forget(16),
        _ => {}
    }
}
