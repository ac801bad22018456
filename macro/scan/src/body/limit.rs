//! The instructions before a read of a table → how many entries it has.

use std::collections::BTreeMap;

use crate::insn::{Condition, Effect, Expr, Flow, Insn, Op, Operand, Reg, TEMP};

/// The most entries of a table.
pub(super) const ENTRIES: u64 = 4096;

/// Returns how many entries a comparison of the index lets through, of instructions in reverse order.
pub(super) fn limit(before: &[&Insn], index: Reg) -> Option<u64> {
    let mut index = index;
    // What other registers are compared with, of which the index can be a copy.
    let mut limits = BTreeMap::new();
    // Where the index was read, if it was.
    let mut read = None;
    // Only what a branch asks for an order of is a limit.
    let mut is_limit = false;
    for insn in before {
        if let Flow::Branch(condition, _) = insn.flow {
            is_limit = condition == Condition::Other;
        }
        if read.is_some() {
            match insn.effects[..] {
                [
                    Effect::Set(TEMP, Expr::Load(place, ..)),
                    Effect::Compare(TEMP, number, _),
                ] if read == Some(place) && is_limit => {
                    return within(number);
                }
                _ => continue,
            }
        }
        for effect in insn.effects.iter().rev() {
            match effect {
                // Arithmetic compares its result with zero.
                Effect::Compare(reg, number, _) if insn.effects.len() == 1 && is_limit => {
                    if *reg == index {
                        return within(*number);
                    }
                    limits.entry(*reg).or_insert(*number);
                }
                Effect::Set(to, expr) if *to == index => match expr {
                    Expr::Low(Operand::Reg(from), _) | Expr::Signed(Operand::Reg(from), ..) => {
                        index = *from;
                        if let Some(number) = limits.get(from) {
                            return within(*number);
                        }
                    }
                    Expr::Binary(Op::And, _, Operand::Const(mask), _) => {
                        return within(*mask);
                    }
                    Expr::Load(place, ..) => read = Some(*place),
                    _ => return None,
                },
                Effect::Set(to, _) => drop(limits.remove(to)),
                _ => {}
            }
        }
    }
    None
}

fn within(number: u64) -> Option<u64> {
    (number < ENTRIES).then_some(number + 1)
}
