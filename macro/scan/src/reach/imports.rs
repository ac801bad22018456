//! Calls by way of the loader's tables → what they lead to.
//!
//! Of a call or a jump through a register, the entry of the table can have been read just before: the
//! stubs of AArch64 do that for each import, and calls where there are no stubs.

use std::collections::BTreeSet;

use super::{At, Id, Reach};
use crate::Link;
use crate::body::Body;
use crate::image::{Image, Pointer};
use crate::insn::{Effect, Expr, Flow, Insn, Op, Operand, Place, Reg, Relative, Target};

/// So many instructions lie between, with the read.
const NEAR: usize = 4;

/// What an address has within a page, on AArch64.
const PAGE: u64 = 0xfff;

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

    /// Returns whether an instruction is the one of a stub that tells the loader where the entry of its
    /// table is. The stub jumps by that entry, and nobody else looks at the address.
    pub(super) fn tells_loader(&self, image: &Image, insn: &Insn) -> bool {
        let [Effect::Set(_, Expr::Binary(Op::Add, _, Operand::Const(offset), 8))] =
            insn.effects[..]
        else {
            return false;
        };
        let jump = self.body.insns.get(&insn.next());
        let Some(Flow::Jump(Target::Memory(place))) = jump.map(|jump| self.resolved(jump)) else {
            return false;
        };
        let is_linked = |slot: u64| {
            let is_own = matches!(image.pointers.get(&slot), Some(Pointer::Resolved(_)));
            is_own || image.linked.contains(&slot)
        };
        place
            .fixed()
            .is_some_and(|slot| slot & PAGE == offset & PAGE && is_linked(slot))
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

impl Reach {
    pub(super) fn code(&self, at: At) -> Option<Vec<At>> {
        self.modules.images[at.module]
            .is_code(at.address)
            .then(|| vec![at])
    }

    /// Returns what a pointer at a known place leads to, if the loader has written it and nothing
    /// else can.
    pub(crate) fn slot(&mut self, module: usize, place: Place, id: Id) -> Option<Vec<At>> {
        let slot = place.fixed()?;
        let pointer = self.modules.images[module].pointers.get(&slot)?.clone();
        match pointer {
            Pointer::Own(address) if self.modules.images[module].is_fixed(slot) => {
                self.code(At { module, address })
            }
            Pointer::Own(_) | Pointer::Copied(_) => None,
            // Its results are reached by their addresses. They are called through the pointer.
            Pointer::Resolved(_) => None,
            // A program can write another in the place of what its own data had at first.
            Pointer::Symbol(..) if !self.modules.images[module].is_fixed(slot) => None,
            Pointer::Symbol(name, plus) => {
                let found = self.modules.lookup(&name);
                if found.is_empty() && !self.modules.images[module].weak.contains(&name) {
                    self.missing.insert((name, id));
                }
                let mut targets = Vec::new();
                for at in found {
                    let address = at.address.wrapping_add(plus as u64);
                    let at = At { address, ..at };
                    if self.modules.is_resolver(at) {
                        self.function(at, Some((id, Link::Pointer)));
                    } else if self.modules.images[at.module].is_code(at.address) {
                        targets.push(at);
                    }
                }
                Some(targets)
            }
        }
    }
}
