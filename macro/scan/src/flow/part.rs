//! A short function of straight code → what it does, as if it stood in its callers.
//!
//! Compilers that save space make functions of what several functions have in common. Such parts use the
//! registers and the frame of whoever calls them, whatever functions keep otherwise.

use std::rc::Rc;

use crate::arch::SHORT;
use crate::body::Body;
use crate::insn::{Effect, Flow, Target};

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
