//! A function → [`Body`]: every instruction that can be executed in it.
//!
//! Control flow is followed from the start. If the end of the function is known, what control flow
//! did not reach is decoded too, from one end to the other: cases of a `switch`, and landing pads of
//! exceptions, are reached in ways that instructions do not show.

mod limit;
mod switch;

use std::collections::{BTreeMap, BTreeSet};

use crate::image::{Image, Landing, Pad};
use crate::insn::{Flow, Insn, Target};
use crate::x86_64::FAR;
use switch::{Code, Switch};

/// The instructions of a function.
pub(crate) struct Body {
    pub(crate) start: u64,
    pub(crate) insns: BTreeMap<u64, Insn>,
    /// Where it goes on in another function without a call: from, to.
    pub(crate) exits: Vec<(u64, u64)>,
    /// Cases of a jump that lie within other functions: from, to.
    pub(crate) entries: Vec<(u64, u64)>,
    /// What no control flow reaches that is known: starts of code in order of address.
    pub(crate) unreached: Vec<u64>,
    /// Where the unwinder enters it, from where.
    pub(crate) pads: Vec<Pad>,
    /// The unwinder enters it in places that are not known.
    pub(crate) is_entered: bool,
    /// Where it ends with a call that may return: from, and what is behind.
    pub(crate) falls: Vec<(u64, u64)>,
    /// Jumps to what a register or memory has.
    pub(crate) indirect: Vec<u64>,
    /// The cases of a jump by a table.
    pub(crate) cases: BTreeMap<u64, BTreeSet<u64>>,
    /// Jumps to functions by pointers.
    pub(crate) pointers: BTreeSet<u64>,
    /// Jumps by a sum, which can go to every block of the function.
    pub(crate) computed: BTreeSet<u64>,
    /// Addresses that tables count from.
    pub(crate) bases: BTreeSet<u64>,
    /// What control flow reaches and is no instruction that is known.
    pub(crate) undecoded: Vec<u64>,
    /// Such a jump whose targets can lie outside of what was decoded.
    pub(crate) open: Vec<u64>,
}

/// How far before a jump its table is looked for.
const BEFORE: usize = 48;

/// The most instructions of a function: no real one has as many.
const MOST: usize = 1 << 21;

/// Returns whether what is at an address can be code: whether it gets to a jump without something that
/// faults. Tables lie between functions, and code has their addresses too.
pub(crate) fn is_plausible(image: &Image, address: u64) -> bool {
    let mut address = address;
    let mut insn = Insn::new();
    for _ in 0..64 {
        if !image.is_code(address) || !image.arch.lift(address, image.bytes(address), &mut insn) {
            return false;
        }
        match insn.flow {
            Flow::Fault | Flow::Foreign(FAR) => return false,
            Flow::Call(Target::At(target))
            | Flow::Jump(Target::At(target))
            | Flow::Branch(_, target)
                if !image.is_code(target) =>
            {
                return false;
            }
            // After a call and a system call, there can be data if they do not return.
            Flow::Jump(_) | Flow::Return | Flow::Stop | Flow::Call(_) | Flow::SystemCall => {
                return true;
            }
            _ => address = insn.next(),
        }
    }
    true
}

struct Decoder<'a> {
    image: &'a Image,
    body: Body,
    /// Where the function starts and ends, if that is known.
    bounds: Option<(u64, u64)>,
    /// What is decoded is code: it is reached from the start of a function that the file tells of.
    is_certain: bool,
}

impl Body {
    /// Decodes the function at an address, which others enter in these places too.
    pub(crate) fn decode(image: &Image, start: u64, entered: &BTreeSet<u64>) -> Body {
        let bounds = image.bounds(start);
        let landing = image.frame(start).map(|frame| &frame.landing);
        let body = Body {
            start,
            insns: BTreeMap::new(),
            exits: Vec::new(),
            entries: Vec::new(),
            unreached: Vec::new(),
            pads: match landing {
                Some(Landing::Pads(pads)) => pads.clone(),
                _ => Vec::new(),
            },
            is_entered: matches!(landing, Some(Landing::Unknown)),
            falls: Vec::new(),
            indirect: Vec::new(),
            cases: BTreeMap::new(),
            pointers: BTreeSet::new(),
            computed: BTreeSet::new(),
            bases: BTreeSet::new(),
            undecoded: Vec::new(),
            open: Vec::new(),
        };
        let mut decoder = Decoder {
            image,
            body,
            bounds,
            is_certain: image.functions.contains_key(&start),
        };
        decoder.follow(start);
        decoder.is_certain = false;
        // A thunk jumps to what the loader has written. Its neighbours are other thunks.
        let whole = bounds.filter(|(first, _)| *first == start && !decoder.is_thunk());
        if let Some((first, end)) = whole {
            decoder.sweep(first, end);
        }
        for address in entered {
            decoder.follow(*address);
        }
        decoder.tables();
        decoder.body.exits.sort_unstable();
        decoder.body.exits.dedup();
        decoder.body
    }

    /// Returns where the unwinder goes on if a call, or a signal in a system call, raises an exception.
    pub(crate) fn pad(&self, insn: &Insn) -> Option<u64> {
        if !matches!(insn.flow, Flow::Call(_) | Flow::SystemCall) {
            return None;
        }
        let last = insn.next().wrapping_sub(1);
        let behind = self.pads.partition_point(|pad| pad.start <= last);
        let pad = self.pads[..behind].last()?;
        (last < pad.end).then_some(pad.at)
    }
}

impl Decoder<'_> {
    /// Returns whether an address belongs to the function.
    fn is_own(&self, address: u64) -> bool {
        match self.bounds {
            Some((start, end)) => address >= start && address < end,
            None => address == self.body.start || !self.image.functions.contains_key(&address),
        }
    }

    /// Decodes from an address on, as control flow goes.
    fn follow(&mut self, start: u64) {
        let mut waiting = vec![start];
        while let Some(mut address) = waiting.pop() {
            let mut before: Option<(u64, Flow)> = None;
            loop {
                if self.body.insns.contains_key(&address) || self.body.insns.len() >= MOST {
                    break;
                }
                if !self.is_own(address) {
                    if let Some((from, flow)) = before.filter(|_| self.image.is_code(address)) {
                        match flow {
                            // A call that ends what can be unwound does not return.
                            Flow::Call(_) => {
                                let frame = self.image.frame(from);
                                if frame.is_none_or(|frame| frame.end != address) {
                                    self.body.falls.push((from, address));
                                }
                            }
                            _ => self.body.exits.push((from, address)),
                        }
                    }
                    break;
                }
                let mut insn = Insn::new();
                let bytes = self.image.bytes(address);
                let decoded =
                    self.image.is_code(address) && self.image.arch.lift(address, bytes, &mut insn);
                if !decoded || insn.length == 0 {
                    // Behind a call that does not return there can be data.
                    let is_reached = matches!(before, Some((_, Flow::Next | Flow::Branch(..))));
                    if is_reached && self.is_certain {
                        self.body.undecoded.push(address);
                    }
                    break;
                }
                let (flow, next) = (insn.flow, insn.next());
                if let Some(pad) = self.body.pad(&insn) {
                    self.jump(address, pad, &mut waiting);
                }
                // Most have one, and bodies are kept.
                insn.effects.shrink_to_fit();
                self.body.insns.insert(address, insn);
                let goes_on = match flow {
                    Flow::Jump(Target::At(target)) => {
                        self.jump(address, target, &mut waiting);
                        false
                    }
                    Flow::Branch(_, target) => {
                        self.jump(address, target, &mut waiting);
                        true
                    }
                    Flow::Jump(_) => {
                        self.body.indirect.push(address);
                        false
                    }
                    Flow::Return | Flow::Stop | Flow::Fault => false,
                    Flow::Next | Flow::Call(_) | Flow::SystemCall | Flow::Foreign(_) => true,
                };
                if !goes_on {
                    break;
                }
                before = Some((address, flow));
                address = next;
            }
        }
    }

    fn jump(&mut self, from: u64, target: u64, waiting: &mut Vec<u64>) {
        if self.is_own(target) {
            waiting.push(target);
        } else if self.image.is_code(target) {
            self.body.exits.push((from, target));
        }
    }

    fn is_thunk(&self) -> bool {
        let mut insns = self.body.insns.values().take(4);
        insns.any(|insn| matches!(insn.flow, Flow::Jump(Target::Memory(place)) if place.fixed().is_some()))
            && self.body.insns.len() <= 4
    }

    /// Decodes what lies between the instructions that were reached.
    fn sweep(&mut self, start: u64, end: u64) {
        let mut address = start;
        while address < end {
            if let Some(insn) = self.body.insns.get(&address) {
                address = insn.next();
                continue;
            }
            // What a hostile file says of a function can end far behind its code.
            match self.image.next_bytes(address) {
                Some(next) if next < end => address = next,
                _ => break,
            }
            let mut insn = Insn::new();
            let valid = self
                .image
                .arch
                .lift(address, self.image.bytes(address), &mut insn);
            if !valid || insn.padding || insn.length == 0 || !is_plausible(self.image, address) {
                address += u64::from(insn.length.max(1));
                continue;
            }
            self.body.unreached.push(address);
            self.follow(address);
            if !self.body.insns.contains_key(&address) {
                break;
            }
        }
    }

    /// Reads the tables of indirect jumps: their cases can lie in other parts of the function.
    fn tables(&mut self) {
        let jumps = self.body.indirect.clone();
        let results = self.image.arch.convention().results;
        let mut preceding: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for insn in self.body.insns.values().filter(|_| !jumps.is_empty()) {
            let (target, goes_on) = match insn.flow {
                Flow::Jump(Target::At(target)) => (Some(target), false),
                Flow::Branch(_, target) => (Some(target), true),
                Flow::Jump(_) | Flow::Return | Flow::Stop | Flow::Fault => (None, false),
                _ => (None, true),
            };
            for to in target.into_iter().chain(goes_on.then(|| insn.next())) {
                preceding.entry(to).or_default().push(insn.address);
            }
        }
        let mut sums: Option<Vec<(u64, bool)>> = None;
        for jump in jumps {
            let Some(Flow::Jump(target)) = self.body.insns.get(&jump).map(|insn| insn.flow) else {
                continue;
            };
            let before = self.body.insns.range(..=jump).rev().take(BEFORE);
            let before: Vec<&Insn> = before.map(|(_, insn)| insn).collect();
            let all: Vec<&Insn> = self.body.insns.values().collect();
            let known = self.bounds.is_some();
            let code = Code {
                before: &before,
                all: &all,
                insns: &self.body.insns,
                preceding: &preceding,
            };
            let targets = match switch::switch(&code, target, results) {
                Switch::Pointer => {
                    self.body.pointers.insert(jump);
                    continue;
                }
                // Functions are chosen from an array that somebody else has.
                Switch::Table(table) if known && table.is_elsewhere() => {
                    self.body.pointers.insert(jump);
                    continue;
                }
                Switch::Table(table) => {
                    let mut targets = table.targets(self.image);
                    if let Some(base) = table.base() {
                        self.body.bases.insert(base);
                        // Entries that count instructions are narrow: what leads out of the function
                        // comes after the table.
                        let end = targets.iter().position(|(target, _)| !self.is_own(*target));
                        targets.truncate(end.unwrap_or(targets.len()));
                    }
                    targets
                }
                Switch::Unknown if known => continue,
                Switch::Sum if known => {
                    // It can also be a distance in the code.
                    self.body.computed.insert(jump);
                    let image = self.image;
                    sums.get_or_insert_with(|| switch::any(&all).targets(image))
                        .clone()
                }
                Switch::Sum | Switch::Unknown => Vec::new(),
            };
            if targets.is_empty() && known {
                self.body.computed.insert(jump);
            } else if targets.is_empty() {
                self.body.open.push(jump);
            }
            for (target, is_counted) in targets {
                let inside = self.is_own(target);
                if inside {
                    self.body.cases.entry(jump).or_default().insert(target);
                }
                if !inside && known && !is_counted {
                    self.body.entries.push((jump, target));
                } else if !inside {
                    self.body.exits.push((jump, target));
                } else if !self.body.insns.contains_key(&target) {
                    self.body.unreached.push(target);
                    self.follow(target);
                }
            }
        }
    }
}
