//! The instructions before an indirect jump → the table that it reads.
//!
//! Compilers load an offset from a table by an index, add the address of the table, and jump there; or
//! they load an address. A comparison of the index says how many entries there are.

use super::is_plausible;
use crate::image::{Image, Pointer};
use crate::insn::{
    Condition, Effect, Expr, Flow, Insn, Op, Operand, Place, Reg, Relative, TEMP, Target,
};
use crate::objects;

/// The most entries of a table.
const ENTRIES: u64 = 4096;

/// What an indirect jump reads.
pub(super) enum Switch {
    Table(Table),
    /// An address in memory. Where such addresses come from reaches the function there.
    Pointer,
    /// A sum, of which no table is known.
    Sum,
    Unknown,
}

/// A table of jumps.
pub(super) struct Table {
    /// Where it can be.
    addresses: Vec<u64>,
    /// What entries are; none if they are addresses.
    offsets: Option<Offsets>,
    /// How many entries there are, if a comparison says so.
    pub(super) count: Option<u64>,
}

impl Table {
    /// Returns the address that entries are added to, if an instruction has it for that.
    pub(super) fn base(&self) -> Option<u64> {
        self.offsets?.base
    }
}

/// Entries that are added to an address.
#[derive(Clone, Copy)]
struct Offsets {
    /// How many bytes they have.
    width: u8,
    is_signed: bool,
    /// They count so many bytes.
    scale: u64,
    /// The address, if it is not that of the table.
    base: Option<u64>,
}

/// Finds what a jump reads. The instructions are in reverse order, the jump first; `all` are those of
/// the function, of which one can have set the address of the table long before; `results` are the
/// registers in which functions return.
pub(super) fn switch(before: &[&Insn], all: &[&Insn], target: Target, results: &[Reg]) -> Switch {
    match target {
        Target::At(_) => Switch::Unknown,
        Target::Memory(place) => match place.index {
            None => Switch::Pointer,
            Some((index, _)) => Switch::Table(Table {
                addresses: addresses(before, all, &place),
                offsets: None,
                count: count(before, index),
            }),
        },
        Target::Reg(reg) if is_pointer(before, all, reg, results) => Switch::Pointer,
        Target::Reg(reg) => of_register(before, all, reg),
    }
}

fn of_register(before: &[&Insn], all: &[&Insn], reg: Reg) -> Switch {
    let mut sources = vec![reg];
    let mut is_sum = false;
    let mut offsets = Offsets {
        width: 0,
        is_signed: false,
        scale: 1,
        base: None,
    };
    for (position, insn) in before.iter().enumerate() {
        for effect in insn.effects.iter().rev() {
            let Effect::Set(to, expr) = effect else {
                continue;
            };
            if !sources.contains(to) {
                continue;
            }
            match expr {
                Expr::Binary(Op::Add, Operand::Reg(left), Operand::Reg(right), 8) => {
                    is_sum = true;
                    sources.extend([*left, *right]);
                }
                Expr::Binary(Op::ShiftLeft, Operand::Reg(from), Operand::Const(2), 8) => {
                    offsets.scale = 4;
                    sources.push(*from);
                }
                Expr::Low(Operand::Reg(from), _) => sources.push(*from),
                Expr::Signed(Operand::Reg(from), ..) => {
                    offsets.is_signed = true;
                    sources.push(*from);
                }
                Expr::Load(place, width, signed) => {
                    let Some((index, _)) = place.index else {
                        // An address in memory: a function is reached by it.
                        if !is_sum {
                            return Switch::Pointer;
                        }
                        continue;
                    };
                    offsets.width = *width;
                    offsets.is_signed |= signed.is_some() || *width >= 4;
                    if offsets.scale > 1 {
                        // Narrow offsets are from an instruction. The table lies elsewhere.
                        let base = sources.iter().find_map(|reg| address(before, *reg));
                        let Some(base) = base else {
                            return Switch::Sum;
                        };
                        offsets.base = Some(base);
                    }
                    return Switch::Table(Table {
                        addresses: addresses(before, all, place),
                        offsets: is_sum.then_some(offsets),
                        count: count(&before[position + 1..], index),
                    });
                }
                _ => {}
            }
        }
    }
    if is_sum { Switch::Sum } else { Switch::Unknown }
}

/// Returns the address that a register was set to last, if an instruction has it.
fn address(before: &[&Insn], reg: Reg) -> Option<u64> {
    let sets = |insn: &&&Insn| {
        let mut effects = insn.effects.iter();
        effects.any(|effect| matches!(effect, Effect::Set(to, _) if *to == reg))
    };
    // The sum itself is in the same register.
    let mut set = before.iter().filter(sets);
    set.find_map(|insn| match insn.relative {
        Some(Relative::Address(address)) => Some(address),
        _ => None,
    })
}

/// Returns whether a register has the address of a function as somebody else computed it: a parameter,
/// a result, or an address in the code. Nothing in the function adds to it.
fn is_pointer(before: &[&Insn], all: &[&Insn], reg: Reg, results: &[Reg]) -> bool {
    let mut reg = reg;
    let mut copies = vec![reg];
    let mut ends = before.len() == all.len();
    'insns: for insn in before {
        if matches!(insn.flow, Flow::Call(_)) {
            ends = results.contains(&reg);
            break;
        }
        for effect in insn.effects.iter().rev() {
            match effect {
                Effect::Set(to, Expr::Low(Operand::Reg(from), 8)) if *to == reg => {
                    reg = *from;
                    copies.push(reg);
                }
                Effect::Set(to, expr) if *to == reg => {
                    let is_address = matches!(insn.relative, Some(Relative::Address(_)));
                    ends = is_address && matches!(expr, Expr::Low(Operand::Const(_), _));
                    break 'insns;
                }
                _ => {}
            }
        }
    }
    let adds = |effect: &Effect| {
        matches!(effect, Effect::Set(to, Expr::Binary(Op::Add, Operand::Reg(_), Operand::Reg(_), 8))
            if copies.contains(to))
    };
    ends && !all.iter().any(|insn| insn.effects.iter().any(adds))
}

/// Returns where a table can be: what the base register was set to before.
fn addresses(before: &[&Insn], all: &[&Insn], place: &Place) -> Vec<u64> {
    let Some(base) = place.base else {
        return vec![place.offset as u64];
    };
    let sets = before.iter().filter(|insn| {
        let mut effects = insn.effects.iter();
        effects.any(|effect| matches!(effect, Effect::Set(to, _) if *to == base))
    });
    let mut found = Vec::new();
    let mut plus = 0;
    for insn in sets {
        match (insn.relative, &insn.effects[..]) {
            (Some(Relative::Address(address)), _) => found.push(address),
            (Some(Relative::Page(page)), _) => {
                found.push(page.wrapping_add(plus));
                break;
            }
            (None, [Effect::Set(_, Expr::Binary(Op::Add, _, Operand::Const(offset), _))]) => {
                plus = *offset;
            }
            _ => break,
        }
    }
    if found.is_empty() {
        let sets = all.iter().filter(|insn| {
            let mut effects = insn.effects.iter();
            effects.any(|effect| matches!(effect, Effect::Set(to, _) if *to == base))
        });
        found.extend(sets.filter_map(|insn| match insn.relative {
            Some(Relative::Address(address)) => Some(address),
            _ => None,
        }));
    }
    found
}

/// Returns how many entries a comparison of the index lets through.
fn count(before: &[&Insn], index: Reg) -> Option<u64> {
    let mut index = index;
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
                    return (number < ENTRIES).then_some(number + 1);
                }
                _ => continue,
            }
        }
        for effect in insn.effects.iter().rev() {
            match effect {
                // Arithmetic compares its result with zero.
                Effect::Compare(reg, number, _)
                    if *reg == index && insn.effects.len() == 1 && is_limit =>
                {
                    return (*number < ENTRIES).then_some(*number + 1);
                }
                Effect::Set(to, expr) if *to == index => match expr {
                    Expr::Low(Operand::Reg(from), _) | Expr::Signed(Operand::Reg(from), ..) => {
                        index = *from;
                    }
                    Expr::Binary(Op::And, _, Operand::Const(mask), _) => {
                        return (*mask < ENTRIES).then_some(*mask + 1);
                    }
                    Expr::Load(place, ..) => read = Some(*place),
                    _ => return None,
                },
                _ => {}
            }
        }
    }
    None
}

impl Table {
    /// Returns where the entries lead to. Without a count, it ends where another object begins, or with
    /// the first entry that leads to no code.
    pub(super) fn targets(&self, image: &Image) -> Vec<u64> {
        let mut targets = Vec::new();
        for table in &self.addresses {
            let entry = |index: u64| {
                let target = match self.offsets {
                    Some(offsets) => {
                        let Offsets { width, scale, .. } = offsets;
                        let slot = table.checked_add(index * u64::from(width))?;
                        let unused = 64 - 8 * u32::from(width);
                        let offset = image.number(slot, width)? << unused;
                        let offset = match offsets.is_signed {
                            true => ((offset as i64) >> unused) as u64,
                            false => offset >> unused,
                        };
                        let base = offsets.base.unwrap_or(*table);
                        base.wrapping_add(offset.wrapping_mul(scale))
                    }
                    None => match image.pointers.get(&table.checked_add(index * 8)?) {
                        Some(Pointer::Own(target)) => *target,
                        _ => return None,
                    },
                };
                let is_case =
                    image.is_code(target) && (self.count.is_some() || is_plausible(image, target));
                is_case.then_some(target)
            };
            let count = self.count.unwrap_or_else(|| {
                let size = objects::end(image, *table) - table;
                let width = self.offsets.map_or(8, |offsets| offsets.width);
                (size / u64::from(width)).min(ENTRIES)
            });
            targets.extend((0..count).map_while(entry));
        }
        targets
    }
}
