//! What the instructions of a function say without knowing values.

use std::collections::BTreeMap;

use super::imports::Imports;
use super::pages::Pages;
use crate::body::Body;
use crate::image::Image;
use crate::insn::{Effect, Expr, Flow, Insn, Op, Operand, Place, Reg, Relative, Target};
use crate::objects;
use crate::warnings::VSYSCALL;

/// How much an instruction reads at most where its operand says where: a vector register.
const WIDEST: u64 = 64;

/// Returns how many bytes an instruction reads at an address relative to it.
fn width(insn: &Insn, size: u32) -> u64 {
    let mut widths = insn.effects.iter().filter_map(|effect| match effect {
        Effect::Set(_, Expr::Load(place, width, _)) if place.fixed().is_some() => {
            Some(u64::from(*width))
        }
        _ => None,
    });
    widths.next().unwrap_or(match size {
        0 => WIDEST,
        size => size.into(),
    })
}

/// Returns what a register has of which parts are set one after the other, as code has it for large
/// numbers on AArch64.
fn joined(expr: &Expr, numbers: &BTreeMap<Reg, u64>) -> Option<u64> {
    match expr {
        Expr::Low(Operand::Const(number), 8) => Some(*number),
        Expr::Insert(from, Operand::Const(part), 2, shift) => {
            let mask = 0xffff << shift;
            Some(numbers.get(from)? & !mask | part << shift & mask)
        }
        _ => None,
    }
}

/// Facts of a function.
pub(super) struct Facts {
    pub(super) sites: Vec<(u64, u64)>,
    pub(super) foreign: Vec<(u64, &'static str)>,
    /// Calls, and jumps that are not to an own instruction.
    pub(super) transfers: Vec<(u64, Flow)>,
    pub(super) returns: bool,
    /// The registers that it changes itself: a bit each.
    pub(super) changes: u64,
    /// Those that it stores, and those that it sets to what it does not load: a bit each.
    pub(super) stores: u64,
    pub(super) sets: u64,
    /// An instruction has an address of the vsyscall page.
    pub(super) uses_vsyscall: bool,
    /// Writes to a known address: from which instruction, where.
    pub(super) writes: Vec<(u64, u64)>,
    /// Addresses in instructions: from which, what, and how many bytes are read there; none if the
    /// address becomes a value.
    pub(super) addresses: Vec<(u64, u64, Option<u64>)>,
    /// Addresses to which instructions add to read there.
    pub(super) tables: Vec<(u64, u64)>,
}

/// What registers can have, on AArch64.
struct Known {
    pages: Pages,
    /// Addresses of objects, from which their neighbours are used too. Code is read from one end to the
    /// other.
    derived: BTreeMap<Reg, Vec<u64>>,
}

impl Known {
    fn of(&self, reg: &Reg) -> impl Iterator<Item = &u64> {
        let derived = self.derived.get(reg).into_iter().flatten();
        self.pages.get(reg).chain(derived)
    }

    /// Returns the addresses that are between instructions, where code reads them.
    fn literals(&self, image: &Image, place: &Place) -> Vec<u64> {
        let base = place.base.into_iter().flat_map(|base| {
            let pages = self.pages.get(&base).copied();
            pages.collect::<Vec<u64>>()
        });
        let at = base.map(|page| page.wrapping_add(place.offset as u64));
        let is_literal = |at: &u64| image.absolute && image.is_code(*at);
        let at = at.chain(place.fixed()).filter(is_literal);
        let numbers = at.filter_map(|at| image.number(at, 8));
        numbers.filter(|number| image.is_mapped(*number)).collect()
    }

    /// Takes the addresses that registers get by adding to others.
    fn derive(&mut self, image: &Image, insn: &Insn) {
        for effect in &insn.effects {
            let Effect::Set(to, expr) = effect else {
                continue;
            };
            let sum = match expr {
                Expr::Low(Operand::Reg(from), 8) => Some((from, 0)),
                Expr::Binary(Op::Add, Operand::Reg(from), Operand::Const(offset), 8) => {
                    Some((from, *offset))
                }
                _ => None,
            };
            let sums: Vec<u64> = match (sum, expr) {
                (Some((from, offset)), _) => {
                    let add = |address: &u64| address.wrapping_add(offset);
                    match self.derived.get(from) {
                        Some(derived) => derived.iter().map(add).collect(),
                        None => self.pages.get(from).map(add).collect(),
                    }
                }
                (None, Expr::Load(place, 8, None)) => self.literals(image, place),
                _ => Vec::new(),
            };
            match sums.is_empty() {
                true => drop(self.derived.remove(to)),
                false => drop(self.derived.insert(*to, sums)),
            }
        }
    }
}

impl Facts {
    pub(super) fn of(image: &Image, body: &Body) -> Facts {
        let mut facts = Facts {
            sites: Vec::new(),
            foreign: Vec::new(),
            transfers: Vec::new(),
            returns: false,
            changes: match body.undecoded.is_empty() && body.open.is_empty() {
                true => 0,
                false => u64::MAX,
            },
            stores: 0,
            sets: 0,
            uses_vsyscall: false,
            writes: Vec::new(),
            addresses: Vec::new(),
            tables: Vec::new(),
        };
        let mut known = Known {
            pages: Pages::of(body, image.arch.convention()),
            derived: BTreeMap::new(),
        };
        let imports = Imports::new(body);
        // What instructions have put together of parts, on AArch64.
        let mut numbers: BTreeMap<Reg, u64> = BTreeMap::new();
        for insn in body.insns.values() {
            let at = insn.address;
            known.pages.enter(insn);
            match insn.flow {
                Flow::SystemCall => {
                    let convention = image.arch.convention();
                    let clobbers = convention.entry_clobbers.iter();
                    for reg in clobbers.chain([&convention.result]) {
                        facts.changes |= reg.bit();
                    }
                    // Prefixes are not part of what a tracer takes for the instruction.
                    let short = image.arch.entry_length();
                    facts.sites.push((at, insn.next() - short));
                }
                Flow::Foreign(how) => {
                    facts.changes = u64::MAX;
                    facts.foreign.push((at, how));
                }
                Flow::Return => facts.returns = true,
                Flow::Call(target) | Flow::Jump(target @ (Target::Memory(_) | Target::Reg(_))) => {
                    if let Target::Memory(place) = target {
                        if place.fixed().is_none() {
                            facts.place(image, at, &place, 8, &known);
                        }
                    }
                    facts.transfers.push((at, imports.resolved(insn)));
                }
                _ => {}
            }
            if let [Effect::Set(_, Expr::Low(Operand::Const(number), 8))] = insn.effects[..] {
                facts.far(image, insn, number);
            }
            match insn.relative {
                Some(Relative::Address(address)) => facts.addresses.push((at, address, None)),
                // What a call or a jump finds there is an edge, not a mention.
                Some(Relative::Memory(address, size)) if matches!(insn.flow, Flow::Next) => {
                    facts.addresses.push((at, address, Some(width(insn, size))));
                }
                _ => {}
            }
            let returns_to = match insn.flow {
                Flow::Call(_) => Some(insn.next()),
                _ => None,
            };
            for effect in &insn.effects {
                if let Effect::Store(_, Some(Operand::Reg(reg)), _) = effect {
                    facts.stores |= reg.bit();
                }
                if let Effect::Set(to, expr) = effect {
                    facts.changes |= to.bit();
                    if !matches!(expr, Expr::Load(..)) {
                        facts.sets |= to.bit();
                    }
                    match joined(expr, &numbers) {
                        Some(number) => {
                            numbers.insert(*to, number);
                            if matches!(expr, Expr::Insert(..)) {
                                facts.number(image, at, &Operand::Const(number));
                            }
                        }
                        None => drop(numbers.remove(to)),
                    }
                }
                // Where a call returns to is in the same function.
                let is_own = matches!(returns_to, Some(next) if effect.has(next));
                if !is_own && !imports.tells_loader(image, insn) {
                    facts.effect(image, at, effect, &known);
                }
            }
            if !known.pages.is_empty() {
                known.derive(image, insn);
                known.pages.leave(insn);
            }
        }
        // Numbers between instructions.
        let read: Vec<(u64, u64)> = { facts.addresses.iter() }
            .filter(|(_, address, _)| image.absolute && image.is_code(*address))
            .filter_map(|(at, address, _)| Some((*at, image.number(*address, 8)?)))
            .collect();
        for (at, number) in read {
            facts.number(image, at, &Operand::Const(number));
        }
        facts
    }

    fn effect(&mut self, image: &Image, at: u64, effect: &Effect, known: &Known) {
        match effect {
            Effect::Store(place, value, size) => {
                self.place(image, at, place, (*size).into(), known);
                if let Some(address) = place.fixed() {
                    self.writes.push((at, address));
                }
                if let Some(base) = place.base {
                    for page in known.of(&base) {
                        self.writes
                            .push((at, page.wrapping_add(place.offset as u64)));
                    }
                }
                if let Some(value) = value {
                    self.number(image, at, value);
                }
            }
            Effect::Set(_, expr) => match expr {
                Expr::Low(value, width) if *width >= 4 => {
                    if let Operand::Reg(reg) = value {
                        for page in known.of(reg) {
                            self.addresses.push((at, *page, None));
                        }
                    }
                    self.number(image, at, value);
                }
                Expr::Binary(op, left, right, _) => {
                    if *op == Op::Add {
                        for (reg, offset) in [(left, right), (right, left)] {
                            if let (Operand::Reg(reg), Operand::Const(offset)) = (reg, offset) {
                                for page in known.of(reg) {
                                    self.addresses.push((at, page.wrapping_add(*offset), None));
                                }
                            }
                        }
                    }
                    self.number(image, at, left);
                    self.number(image, at, right);
                }
                Expr::Either(left, right, _) => {
                    self.number(image, at, left);
                    self.number(image, at, right);
                }
                Expr::Load(place, width, _) => self.place(image, at, place, (*width).into(), known),
                _ => {}
            },
            Effect::Compare(..) | Effect::Flags => {}
        }
    }

    /// In the large code models of x86-64, an instruction with eight bytes of a number has the distance
    /// of an address from the global offset table, even if it is small.
    fn far(&mut self, image: &Image, insn: &Insn, number: u64) {
        let is_long = insn.length == 10 && i32::try_from(number as i64).is_ok();
        let Some(table) = image.offset_table.filter(|_| is_long && !image.absolute) else {
            return;
        };
        let address = table.wrapping_add(number);
        if image.is_mapped(address) {
            self.addresses.push((insn.address, address, None));
        }
    }

    /// At a fixed address a number can be an address.
    fn number(&mut self, image: &Image, at: u64, value: &Operand) {
        if let Operand::Const(number) = value {
            self.uses_vsyscall |= number & !0xfff == VSYSCALL;
        }
        if let (true, Operand::Const(number)) = (image.absolute, value) {
            if image.is_mapped(*number) {
                self.addresses.push((at, *number, None));
            }
        }
    }

    fn place(&mut self, image: &Image, at: u64, place: &Place, size: u64, known: &Known) {
        if let Some(base) = place.base {
            let read = place.index.is_none().then_some(size);
            for page in known.of(&base) {
                let address = page.wrapping_add(place.offset as u64);
                self.addresses.push((at, address, read));
            }
        }
        let address = place.offset as u64;
        let is_alone = place.base.is_none() && place.index.is_none();
        if image.absolute && image.is_mapped(address) && (is_alone || !image.is_code(address)) {
            self.addresses.push((at, address, is_alone.then_some(size)));
        }
        if image.absolute && !is_alone {
            let behind = objects::behind(image, address);
            self.addresses.extend(behind.map(|start| (at, start, None)));
            self.tables.push((at, address));
        }
    }
}
