//! Tables of distances from their own address → what they lead to.
//!
//! Compilers make tables of pointers so where code can be loaded anywhere, as they need no relocation,
//! and virtual tables. The tables of a `switch` are another matter: a jump reads them.

use std::collections::BTreeSet;

use super::{At, Id, Reach};
use crate::Link;
use crate::arch::SHORT;
use crate::body::Body;
use crate::insn::{Effect, Expr, Op, Operand};
use crate::objects::Mentions;

/// What a function does with tables.
#[derive(Default)]
pub(super) struct Tables {
    /// Addresses that its instructions have.
    addresses: BTreeSet<u64>,
    /// It reads numbers of four bytes with a sign, and adds to what they were read from.
    is_read: bool,
}

impl Tables {
    pub(super) fn of(body: &Body) -> Tables {
        let mut mentions = Mentions::default();
        let insns = body.insns.values();
        Tables {
            addresses: insns.filter_map(|insn| mentions.of(insn)).collect(),
            is_read: is_read(body),
        }
    }
}

fn is_read(body: &Body) -> bool {
    let (mut read, mut added) = (BTreeSet::new(), BTreeSet::new());
    let mut is_signed = false;
    for effect in body.insns.values().flat_map(|insn| &insn.effects) {
        match effect {
            Effect::Set(_, Expr::Load(place, 4, signed)) => {
                is_signed |= *signed == Some(8);
                read.extend(place.base);
                read.extend(place.index.map(|(index, _)| index));
            }
            Effect::Set(_, Expr::Signed(_, 4, 8)) => is_signed = true,
            Effect::Set(_, Expr::Binary(Op::Add, Operand::Reg(one), Operand::Reg(other), 8)) => {
                added.extend([*one, *other]);
            }
            _ => {}
        }
    }
    is_signed && !read.is_disjoint(&added)
}

impl Reach {
    /// Follows the tables of functions that read such; returns whether something is new.
    pub(super) fn read_tables(&mut self) -> bool {
        for id in 0..self.functions.len() {
            let function = &self.functions[id];
            let is_part = |(_, to, _): &(u64, Id, bool)| {
                let part = &self.functions[*to];
                part.tables.is_read && part.instructions <= SHORT
            };
            if !function.tables.is_read && !function.edges.iter().any(is_part) {
                continue;
            }
            let module = function.at.module;
            for address in std::mem::take(&mut self.functions[id].tables.addresses) {
                if self.is_over() {
                    return false;
                }
                self.distances(At { module, address }, true, id);
            }
        }
        !self.queue.is_empty()
    }

    /// Follows a table that a function has the address of, in constant data. Any number can be a
    /// distance of data: they count if the function reads as if they were.
    pub(super) fn distances(&mut self, table: At, is_read: bool, id: Id) {
        let image = &self.modules.images[table.module];
        if !image.is_constant(table.address) || image.is_code(table.address) {
            return;
        }
        let (_, end) = self.extent(table, None);
        let bytes = image.bytes(table.address);
        let size = usize::try_from(end.saturating_sub(table.address)).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        // The first word that leads nowhere ends it.
        for word in bytes[..bytes.len().min(size)].chunks_exact(4) {
            self.looked += 1;
            let distance = i32::from_le_bytes([word[0], word[1], word[2], word[3]]);
            let address = table.address.wrapping_add(i64::from(distance) as u64);
            let at = At { address, ..table };
            match image.is_code(address) {
                true if image.functions.contains_key(&address) => found.push(at),
                false if is_read && image.is_mapped(address) => {
                    let (start, end) = self.extent(at, None);
                    if image.pointers.range(start..end.max(start)).next().is_some() {
                        found.push(at);
                    }
                }
                _ => break,
            }
        }
        for at in found {
            if !self.modules.images[at.module].is_code(at.address) {
                self.taken.insert(at);
                self.data(at, None, None, id);
                continue;
            }
            let function = self.function(at, Some((id, Link::Pointer)));
            // The cases of a `switch` are in the hands of its function.
            let is_case = |(_, to, is_call): &(u64, Id, bool)| *to == function && !is_call;
            if !self.functions[id].edges.iter().any(is_case) {
                self.functions[function].is_taken = true;
            }
        }
    }
}
