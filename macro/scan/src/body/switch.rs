//! The instructions before an indirect jump → the table that it reads.
//!
//! Compilers load an offset from a table by an index, add the address of the table, and jump there; or
//! they load an address.

use std::collections::{BTreeMap, BTreeSet};

use super::is_plausible;
use super::limit::{ENTRIES, limit};
use crate::image::{Image, Pointer};
use crate::insn::{Effect, Expr, Flow, Insn, Op, Operand, Place, Reg, Relative, Target};
use crate::objects;

/// The most entries one after the other that lead nowhere, where no comparison says how many there are.
const HOLES: u64 = 64;

/// What an indirect jump reads.
pub(super) enum Switch {
    Table(Table),
    /// An address in memory. Where such addresses come from reaches the function there.
    Pointer,
    /// A sum. What the function has the address of can be its table: [`any`].
    Sum,
    Unknown,
}

/// A table of jumps.
pub(super) struct Table {
    /// Where it can be.
    addresses: Vec<u64>,
    /// It need not be there: each is an address of something that the function reads.
    is_guess: bool,
    /// Where in it the first entry is.
    offset: u64,
    /// What entries are; none if they are addresses.
    offsets: Option<Offsets>,
    /// How many entries there are, if a comparison says so.
    count: Option<u64>,
}

impl Table {
    /// Returns whether it has addresses, and no instruction has the address of it.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.offsets.is_none() && self.addresses.is_empty()
    }

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

/// The instructions of a function around a jump.
pub(super) struct Code<'a> {
    /// Those before it in reverse order, the jump first.
    pub(super) before: &'a [&'a Insn],
    /// All: one can have set the address of the table long before.
    pub(super) all: &'a [&'a Insn],
    /// All by address, and which come before each.
    pub(super) insns: &'a BTreeMap<u64, Insn>,
    pub(super) preceding: &'a BTreeMap<u64, Vec<u64>>,
}

impl Code<'_> {
    /// Returns what can have set a register last before an instruction.
    fn setting(&self, reg: Reg, before: u64) -> Vec<&Insn> {
        let mut found = Vec::new();
        let (mut waiting, mut seen) = (vec![before], BTreeSet::new());
        while let Some(address) = waiting.pop() {
            for from in self.preceding.get(&address).into_iter().flatten() {
                if !seen.insert(*from) {
                    continue;
                }
                match self.insns.get(from) {
                    Some(insn) if sets(insn, reg) => found.push(insn),
                    _ => waiting.push(*from),
                }
            }
        }
        found
    }
}

fn sets(insn: &Insn, reg: Reg) -> bool {
    let mut effects = insn.effects.iter();
    effects.any(|effect| matches!(effect, Effect::Set(to, _) if *to == reg))
}

/// Finds what a jump reads. `results` are the registers in which functions return.
pub(super) fn switch(code: &Code, target: Target, results: &[Reg]) -> Switch {
    let Code { before, all, .. } = *code;
    match target {
        Target::At(_) => Switch::Unknown,
        Target::Memory(place) => match place.index {
            None => Switch::Pointer,
            Some((index, _)) => Switch::Table(Table {
                offset: offset(&place),
                offsets: None,
                count: limit(before, index),
                ..addresses(code, &place, 0)
            }),
        },
        Target::Reg(reg) if is_pointer(before, all, reg, results) => Switch::Pointer,
        Target::Reg(reg) => of_register(code, reg),
    }
}

fn of_register(code: &Code, reg: Reg) -> Switch {
    let before = code.before;
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
                // `lea` is one of these, or several.
                Expr::Low(Operand::Reg(from), _)
                | Expr::Binary(Op::Add, Operand::Reg(from), Operand::Const(0), 8)
                | Expr::Binary(Op::ShiftLeft, Operand::Reg(from), Operand::Const(0), 8) => {
                    sources.push(*from);
                }
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
                        offset: offset(place),
                        offsets: is_sum.then_some(offsets),
                        count: limit(&before[position + 1..], index),
                        ..addresses(code, place, position)
                    });
                }
                _ => {}
            }
        }
    }
    if is_sum { Switch::Sum } else { Switch::Unknown }
}

/// Returns the tables of offsets that a function can have.
pub(super) fn any(all: &[&Insn]) -> Table {
    let addresses = all.iter().filter_map(|insn| match insn.relative {
        Some(Relative::Address(address)) => Some(address),
        _ => None,
    });
    let mut addresses: Vec<u64> = addresses.collect();
    addresses.sort_unstable();
    addresses.dedup();
    let offsets = Offsets {
        width: 4,
        is_signed: true,
        scale: 1,
        base: None,
    };
    Table {
        addresses,
        is_guess: true,
        offset: 0,
        offsets: Some(offsets),
        count: None,
    }
}

/// Returns where the first entry is, from the address that a register has.
fn offset(place: &Place) -> u64 {
    place.base.map_or(0, |_| place.offset as u64)
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

/// Returns where a table can be that the instruction at a position reads: what the base register was
/// set to before.
fn addresses(code: &Code, place: &Place, position: usize) -> Table {
    let mut found = Table {
        addresses: Vec::new(),
        is_guess: false,
        offset: 0,
        offsets: None,
        count: None,
    };
    let Some(base) = place.base else {
        found.addresses.push(place.offset as u64);
        return found;
    };
    let address = |insn: &&Insn| match insn.relative {
        Some(Relative::Address(address)) => Some(address),
        _ => None,
    };
    if let Some(reads) = code.before.get(position) {
        let setting = code.setting(base, reads.address);
        found.addresses.extend(setting.iter().filter_map(address));
    }
    // On AArch64, a page and what is added.
    let mut plus = 0;
    let before = code.before.iter().skip(position + 1);
    for insn in before.filter(|insn| sets(insn, base)) {
        match (insn.relative, &insn.effects[..]) {
            (Some(Relative::Page(page)), _) => {
                found.addresses.push(page.wrapping_add(plus));
                break;
            }
            (None, [Effect::Set(_, Expr::Binary(Op::Add, _, Operand::Const(offset), _))]) => {
                plus = *offset;
            }
            _ => break,
        }
    }
    if found.addresses.is_empty() {
        found.is_guess = true;
        let all = code.all.iter().filter(|insn| sets(insn, base));
        found.addresses.extend(all.filter_map(address));
    }
    found.addresses.sort_unstable();
    found.addresses.dedup();
    found
}

impl Table {
    /// Returns where the entries lead to, and whether a comparison lets the jump read them. The table goes
    /// on to the next object, or to the first entry that leads to no code: a comparison can be of another.
    pub(super) fn targets(&self, image: &Image) -> Vec<(u64, bool)> {
        let mut targets = Vec::new();
        let counted = self.count.unwrap_or(0);
        for table in &self.addresses {
            let start = table.wrapping_add(self.offset);
            let width = u64::from(self.offsets.map_or(8, |offsets| offsets.width));
            let size = objects::end(image, *table).saturating_sub(start);
            let mut holes = 0;
            for index in 0..counted.max((size / width).min(ENTRIES)) {
                let Some(slot) = start.checked_add(index * width) else {
                    break;
                };
                let is_counted = index < counted;
                match self.entry(image, *table, slot) {
                    Some(target)
                        if image.is_code(target)
                            && (is_counted && !self.is_guess || is_plausible(image, target)) =>
                    {
                        targets.push((target, is_counted));
                        holes = 0;
                    }
                    // Nothing goes there.
                    _ if is_counted => {}
                    _ if holes < HOLES && image.number(slot, width as u8) == Some(0) => holes += 1,
                    _ => break,
                }
            }
        }
        targets
    }

    /// Returns where an entry leads to.
    fn entry(&self, image: &Image, table: u64, slot: u64) -> Option<u64> {
        let Some(offsets) = self.offsets else {
            return match image.pointers.get(&slot) {
                Some(Pointer::Own(target)) => Some(*target),
                _ => None,
            };
        };
        let unused = 64 - 8 * u32::from(offsets.width);
        let offset = image.number(slot, offsets.width)? << unused;
        let offset = match offsets.is_signed {
            true => ((offset as i64) >> unused) as u64,
            false => offset >> unused,
        };
        let base = offsets.base.unwrap_or(table);
        Some(base.wrapping_add(offset.wrapping_mul(offsets.scale)))
    }
}
