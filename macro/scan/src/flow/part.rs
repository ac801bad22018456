//! A short function of straight code → what it does, as if it stood in its callers.
//!
//! Compilers that save space make functions of what several functions have in common. Such parts use the
//! registers and the frame of whoever calls them, whatever functions keep otherwise.

use std::rc::Rc;

use crate::arch::SHORT;
use crate::body::Body;
use crate::insn::{Effect, Expr, Flow, Op, Operand, Reg, Target};

/// The frame pointer of AArch64.
const FRAME: Reg = Reg(29);

/// What code does that stands in a function of its own.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) effects: Rc<[Effect]>,
    /// The jump to another function that ends it. None if it returns.
    pub(crate) jump: Option<u64>,
}

/// Returns what a function does if it is a part.
pub(crate) fn part(body: &Body) -> Option<Part> {
    if !body.pads.is_empty() || body.is_entered {
        return None;
    }
    let mut effects = Vec::new();
    let mut address = body.start;
    for _ in 0..SHORT {
        let insn = body.insns.get(&address)?;
        effects.extend(&insn.effects);
        let jump = match insn.flow {
            Flow::Next => {
                address = insn.next();
                continue;
            }
            Flow::Jump(Target::At(target)) if body.insns.contains_key(&target) => {
                address = target;
                continue;
            }
            Flow::Return => None,
            Flow::Jump(Target::At(_)) => Some(address),
            _ => return None,
        };
        let effects = effects.into();
        return Some(Part { effects, jump });
    }
    None
}

/// Returns whether code writes to the stack above where its pointer was at first, or by a frame pointer
/// that it has not set. It is read from one end to the other.
pub(crate) fn shares_frame(body: &Body, stack: Reg) -> bool {
    let mut pointer = 0i64;
    let mut has_frame = false;
    for effect in body.insns.values().flat_map(|insn| &insn.effects) {
        match effect {
            Effect::Set(to, Expr::Binary(op, Operand::Reg(from), Operand::Const(number), 8))
                if *to == stack && *from == stack =>
            {
                pointer = match op {
                    Op::Add => pointer.wrapping_add(*number as i64),
                    Op::Sub => pointer.wrapping_sub(*number as i64),
                    _ => return true,
                };
            }
            Effect::Set(to, _) if *to == stack => return true,
            Effect::Set(to, _) if *to == FRAME => has_frame = true,
            Effect::Store(place, ..)
                if place.base == Some(stack)
                    && (place.index.is_some() || place.offset.wrapping_add(pointer) >= 0) =>
            {
                return true;
            }
            Effect::Store(place, ..) if place.base == Some(FRAME) && !has_frame => return true,
            _ => {}
        }
    }
    false
}
