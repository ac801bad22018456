//! A call or a jump through a register → where in memory its target was read just before: from the
//! loader's table, as the stubs of AArch64 do for each import, and calls where there are no stubs.

use std::collections::BTreeSet;

use crate::body::Body;
use crate::insn::{Effect, Expr, Flow, Insn, Place, Reg, Relative, Target};

/// So many instructions lie between, with the read.
const NEAR: usize = 4;

/// Where a body is entered in the middle of straight code.
pub(super) struct Imports<'b> {
    body: &'b Body,
    targets: BTreeSet<u64>,
}

impl Imports<'_> {
    pub(super) fn new(body: &Body) -> Imports<'_> {
        let targets = body.insns.values().filter_map(|insn| match insn.flow {
            Flow::Jump(Target::At(target)) | Flow::Branch(_, target) => Some(target),
            _ => None,
        });
        let cases = body.cases.values().flatten().copied();
        let pads = body.pads.iter().map(|pad| pad.at);
        Imports {
            body,
            targets: targets.chain(cases).chain(pads).collect(),
        }
    }

    /// Returns the same with the place instead of the register, if that is known.
    pub(super) fn resolved(&self, insn: &Insn) -> Flow {
        match insn.flow {
            Flow::Call(Target::Reg(reg)) => self.place(insn, reg).map(Flow::Call),
            Flow::Jump(Target::Reg(reg)) => self.place(insn, reg).map(Flow::Jump),
            _ => None,
        }
        .unwrap_or(insn.flow)
    }

    fn place(&self, insn: &Insn, reg: Reg) -> Option<Target> {
        let (read, set) = self.set(insn.address, reg)?;
        let Expr::Load(place, 8, None) = set else {
            return None;
        };
        let address = match (place.fixed(), place.base, place.index) {
            (Some(address), ..) => address,
            (None, Some(base), None) if !place.thread => {
                let (adds, _) = self.set(read.address, base)?;
                match adds.relative {
                    Some(Relative::Page(page)) => page.wrapping_add(place.offset as u64),
                    _ => return None,
                }
            }
            _ => return None,
        };
        Some(Target::Memory(Place::at(address)))
    }

    /// Returns the instruction that sets a register last before an address, and to what.
    fn set(&self, before: u64, reg: Reg) -> Option<(&Insn, &Expr)> {
        let mut next = before;
        for (_, insn) in self.body.insns.range(..before).rev().take(NEAR) {
            // Only straight code leads there.
            let is_straight = insn.flow == Flow::Next && insn.next() == next;
            if !is_straight || self.targets.contains(&next) {
                return None;
            }
            next = insn.address;
            let mut sets = insn.effects.iter().rev();
            let found = sets.find_map(|effect| match effect {
                Effect::Set(to, expr) if *to == reg => Some(expr),
                _ => None,
            });
            if let Some(expr) = found {
                return Some((insn, expr));
            }
        }
        None
    }
}
