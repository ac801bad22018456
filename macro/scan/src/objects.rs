//! Data → where an object in it ends: before the next.

use std::collections::{BTreeMap, BTreeSet};

use crate::image::{Image, Pointer};
use crate::insn::{Effect, Expr, Insn, Op, Operand, Reg, Relative};

/// Returns the objects that begin a little behind an address: with an index from 1, code uses one by an
/// address that lies before it.
pub(crate) fn behind(image: &Image, address: u64) -> impl Iterator<Item = u64> + '_ {
    let starts = image.starts.get_or_init(|| starts(image));
    let from = address.saturating_add(1);
    starts.range(from..from.saturating_add(BEHIND)).copied()
}

/// How far before an object its address can be: two elements of a large type.
pub(crate) const BEHIND: u64 = 128;

/// Returns where the object ends that begins at an address.
pub(crate) fn end(image: &Image, start: u64) -> u64 {
    let starts = image.starts.get_or_init(|| starts(image));
    let next = starts.range(start.saturating_add(1)..).next();
    next.copied().unwrap_or(u64::MAX)
}

/// Returns the addresses at which an object of a module can begin: those that symbols, relocations,
/// and instructions of whatever function have.
fn starts(image: &Image) -> BTreeSet<u64> {
    let pointers = image.pointers.values().filter_map(|pointer| match pointer {
        Pointer::Own(address) => Some(*address),
        _ => None,
    });
    let exports = image.exports.values().flatten().copied();
    let symbols = image.objects.keys().chain(&image.parts).copied();
    let mut found: BTreeSet<u64> = symbols.chain(pointers).chain(exports).collect();
    let mut insn = Insn::new();
    for (start, end) in &image.functions {
        let mut address = *start;
        let mut mentions = Mentions::default();
        let end = end.unwrap_or(address);
        while let Some(next) = image.next_bytes(address).filter(|next| *next < end) {
            address = next;
            let decoded = image.arch.lift(address, image.bytes(address), &mut insn);
            address += u64::from(insn.length.max(1));
            if !decoded {
                continue;
            }
            found.extend(mentions.of(&insn));
        }
    }
    found
}

/// Which addresses instructions have, read from one end of a function to the other.
#[derive(Default)]
pub(crate) struct Mentions {
    /// On AArch64, the pages that registers have.
    pages: BTreeMap<Reg, u64>,
}

impl Mentions {
    /// Returns the address that the next instruction has.
    pub(crate) fn of(&mut self, insn: &Insn) -> Option<u64> {
        match (insn.relative, &insn.effects[..]) {
            (Some(Relative::Address(address)), _) => Some(address),
            (Some(Relative::Page(page)), [Effect::Set(to, _)]) => {
                self.pages.insert(*to, page);
                None
            }
            (None, [Effect::Set(_, Expr::Binary(Op::Add, Operand::Reg(from), plus, 8))]) => {
                let Operand::Const(plus) = plus else {
                    return None;
                };
                self.pages.get(from).map(|page| page.wrapping_add(*plus))
            }
            _ => None,
        }
    }
}
