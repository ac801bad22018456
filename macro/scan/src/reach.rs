//! What can be reached from where the kernel and the loader start → [`Reach`].
//!
//! A function is reached by a call, by a jump, or by its address: in an instruction of a function
//! that is reached, or in data that such a function uses. So the targets of calls through pointers
//! need not be known. Data are used object by object: one begins where a symbol says so, or at an
//! address that code or other data have.

mod data;
mod distances;
mod facts;
mod imports;
mod modules;
mod pages;
mod returns;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::Link;
use crate::body::{self, Body};
use crate::image::Image;
use crate::insn::{Flow, Target};
use distances::Tables;

pub(crate) use modules::Modules;

/// So many instructions are decoded at most, beside some for each byte: those of functions of which
/// the end is not known are decoded for each that jumps to them.
const MOST: u64 = 4_000_000;

/// A function that jumps into others in more places is no part of each that is precise.
const MANY: usize = 64;

/// An address of a module.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct At {
    pub(crate) module: usize,
    pub(crate) address: u64,
}

/// Index of [`Reach::functions`].
pub(crate) type Id = usize;

/// What is known of a function that is reached.
pub(crate) struct Reached {
    pub(crate) at: At,
    pub(crate) from: Option<(Id, Link)>,
    /// Calls and jumps to other functions: from which instruction, to which.
    pub(crate) edges: Vec<(u64, Id, bool)>,
    /// Instructions that enter the kernel, each with the address that the kernel reports of it.
    pub(crate) sites: Vec<(u64, u64)>,
    pub(crate) foreign: Vec<(u64, &'static str)>,
    pub(crate) uses_vsyscall: bool,
    /// The unwinder enters it in places that are not known.
    pub(crate) is_entered: bool,
    /// Where decoding ended.
    pub(crate) undecoded: Vec<u64>,
    /// Jumps of which the targets are not known.
    pub(crate) open: Vec<u64>,
    /// Called or jumped to through a pointer that somebody else has.
    pub(crate) is_taken: bool,
    /// The loader or the kernel starts it.
    pub(crate) is_root: bool,
    pub(crate) returns: bool,
    /// Once more, when the stack has changed.
    pub(crate) returns_twice: bool,
    pub(crate) instructions: usize,
    /// The registers that it can change, or what it calls: a bit each.
    pub(crate) changes: u64,
    /// Those that it should keep, and sets without saving them first: it is a part of others.
    pub(crate) unsaved: u64,
    /// The registers that it stores.
    pub(crate) stores: u64,
    is_returning: bool,
    tables: Tables,
    /// Some code calls it or jumps to it.
    is_called: bool,
    /// Where it ends with a call: from, and what is behind.
    falls: Vec<(u64, u64)>,
    /// Where jumps of others enter it, with whatever in registers.
    pub(crate) entered: BTreeSet<u64>,
}

/// All that can be reached.
pub(crate) struct Reach {
    pub(crate) modules: Modules,
    pub(crate) functions: Vec<Reached>,
    pub(crate) ids: HashMap<At, Id>,
    /// For each function, who calls or jumps to it: the function and the instruction, and whether that
    /// is a call.
    pub(crate) callers: Vec<Vec<(Id, u64, bool)>>,
    /// Instructions that have the address of a function, which is no root: what is done with it, only
    /// the flow of values tells.
    pub(crate) mentions: BTreeMap<Id, BTreeSet<(Id, u64)>>,
    /// Instructions that write to a known address, by it.
    pub(crate) writers: BTreeMap<At, Vec<(Id, u64)>>,
    /// Functions that have the address of one that returns twice.
    pub(crate) twice: BTreeSet<Id>,
    /// Addresses of data that are values somewhere: memory behind them can be written by anyone.
    pub(crate) taken: BTreeSet<At>,
    pub(crate) missing: BTreeSet<(String, Id)>,
    pub(crate) decoded: u64,
    /// How many words of data were looked at.
    looked: u64,
    /// So many of both are too many.
    most: u64,
    /// There is too much of both for a real program.
    pub(crate) is_exhausted: bool,
    /// Objects that were looked at as a whole.
    whole: BTreeSet<At>,
    /// Words of data that were looked at, and whether by an instruction that reads only them.
    seen: BTreeSet<(At, bool)>,
    queue: VecDeque<Id>,
    /// What only pointers lead to and does not look like code.
    skipped: BTreeSet<Id>,
}

impl Reach {
    /// Finds what can be reached.
    pub(crate) fn find(modules: Modules, cautious: bool, progress: &mut dyn FnMut(u64)) -> Reach {
        let mut reach = Reach {
            modules,
            functions: Vec::new(),
            ids: HashMap::new(),
            callers: Vec::new(),
            mentions: BTreeMap::new(),
            writers: BTreeMap::new(),
            twice: BTreeSet::new(),
            taken: BTreeSet::new(),
            missing: BTreeSet::new(),
            decoded: 0,
            looked: 0,
            most: 0,
            is_exhausted: false,
            whole: BTreeSet::new(),
            seen: BTreeSet::new(),
            queue: VecDeque::new(),
            skipped: BTreeSet::new(),
        };
        let sizes = reach.modules.images.iter().map(Image::size);
        reach.most = MOST + 16 * sizes.sum::<u64>();
        for at in reach.modules.roots() {
            let id = reach.function(at, None);
            reach.functions[id].is_root = true;
        }
        // Where nothing starts, nobody gets to any of this.
        let modules = match reach.functions.is_empty() {
            true => 0,
            false => reach.modules.images.len(),
        };
        for module in 0..modules {
            reach.thread_data(module);
            reach.personalities(module);
        }
        if cautious {
            for module in 0..modules {
                reach.all_data(module);
            }
        }
        reach.follow(progress);
        reach
    }

    /// Adds what is reached by pointers that are made at run time, each from a function; returns
    /// whether something is new.
    pub(crate) fn add(
        &mut self,
        found: &BTreeSet<(Id, At)>,
        progress: &mut dyn FnMut(u64),
    ) -> bool {
        let before = self.functions.len();
        let mut is_new = false;
        for (from, at) in found {
            if self.modules.images[at.module].is_code(at.address) {
                let id = self.function(*at, Some((*from, Link::Pointer)));
                is_new |= !std::mem::replace(&mut self.functions[id].is_taken, true);
            } else {
                self.taken.insert(*at);
                self.data(*at, None, None, *from);
            }
        }
        self.follow(progress);
        is_new || self.functions.len() > before
    }

    /// Follows what is waiting, and what is behind calls that end a function and return.
    fn follow(&mut self, progress: &mut dyn FnMut(u64)) {
        loop {
            self.decode(progress);
            self.returning();
            let is_new = [self.fall(), self.read_tables()];
            if self.is_exhausted || is_new == [false; 2] {
                break;
            }
        }
        self.changing();
        self.callers = vec![Vec::new(); self.functions.len()];
        for id in 0..self.functions.len() {
            for (at, to, is_call) in &self.functions[id].edges {
                self.callers[*to].push((id, *at, *is_call));
            }
        }
    }

    /// Decodes what is waiting.
    fn decode(&mut self, progress: &mut dyn FnMut(u64)) {
        let mut told = self.decoded;
        while let Some(id) = self.queue.pop_front() {
            if self.is_over() {
                return;
            }
            let at = self.functions[id].at;
            let image = &self.modules.images[at.module];
            let is_named = image.functions.contains_key(&at.address);
            let is_pointed = !self.functions[id].is_called
                && matches!(self.functions[id].from, Some((_, Link::Pointer)));
            if is_pointed && !is_named && !body::is_plausible(image, at.address) {
                self.skipped.insert(id);
                continue;
            }
            let body = Body::decode(image, at.address, &self.functions[id].entered);
            self.decoded += body.insns.len() as u64;
            self.learn(id, &body);
            if self.decoded - told > 10_000 {
                told = self.decoded;
                progress(told);
            }
        }
    }

    /// Returns whether there is too much.
    fn is_over(&mut self) -> bool {
        self.is_exhausted |= self.decoded > self.most || self.looked > self.most;
        self.is_exhausted
    }

    /// Returns the function at an address. If it is new, it is reached from another.
    fn function(&mut self, at: At, from: Option<(Id, Link)>) -> Id {
        if let Some(id) = self.ids.get(&at).copied() {
            // What does not look like code is code if it is called.
            if matches!(from, Some((_, Link::Call))) {
                self.functions[id].is_called = true;
                if self.skipped.remove(&id) {
                    self.queue.push_back(id);
                }
            }
            return id;
        }
        let id = self.functions.len();
        self.ids.insert(at, id);
        self.functions.push(Reached {
            at,
            from,
            edges: Vec::new(),
            sites: Vec::new(),
            foreign: Vec::new(),
            uses_vsyscall: false,
            is_entered: false,
            undecoded: Vec::new(),
            open: Vec::new(),
            is_taken: false,
            is_root: false,
            returns: false,
            returns_twice: false,
            instructions: 0,
            changes: u64::MAX,
            unsaved: 0,
            stores: 0,
            is_returning: false,
            tables: Tables::default(),
            is_called: false,
            falls: Vec::new(),
            entered: BTreeSet::new(),
        });
        self.queue.push_back(id);
        id
    }

    /// Takes the facts of a function.
    fn learn(&mut self, id: Id, body: &Body) {
        let module = self.functions[id].at.module;
        let facts = facts::Facts::of(&self.modules.images[module], body);
        let function = &mut self.functions[id];
        function.instructions = body.insns.len();
        function.changes = facts.changes;
        function.stores = facts.stores;
        let convention = self.modules.images[module].arch.convention();
        if convention.has_parts() {
            let saved = convention.saved.iter();
            let saved = saved.fold(0, |saved, reg| saved | reg.bit());
            function.unsaved = facts.sets & saved & !facts.stores;
        }
        function.sites = facts.sites;
        function.foreign = facts.foreign;
        function.uses_vsyscall = facts.uses_vsyscall;
        function.open = body.open.clone();
        function.undecoded = body.undecoded.clone();
        function.is_entered = body.is_entered;
        function.is_returning = facts.returns;
        function.tables = Tables::of(body);
        function.falls = body.falls.clone();
        // It is learnt anew if it is entered in more places.
        function.edges.clear();
        self.enter(id, &body.entries);
        // Each is a function of its own, unless there are many.
        let exits: &[(u64, u64)] = match body.exits.len() > MANY {
            true => {
                self.enter(id, &body.exits);
                &[]
            }
            false => &body.exits,
        };
        for (from, to) in exits {
            let to = self.function(
                At {
                    module,
                    address: *to,
                },
                Some((id, Link::Call)),
            );
            self.functions[id].edges.push((*from, to, false));
        }
        for (from, flow) in facts.transfers {
            let (target, is_call) = match flow {
                Flow::Call(target) => (target, true),
                Flow::Jump(target) => (target, false),
                _ => continue,
            };
            let targets = match target {
                Target::At(address) if is_call => self.code(At { module, address }),
                Target::Memory(place) => self.slot(module, place, id),
                _ => Some(Vec::new()),
            };
            let is_known = targets.as_ref().is_some_and(|targets| !targets.is_empty());
            if !is_call && !is_known {
                self.functions[id].is_returning = true;
            }
            if let (Target::Memory(place), None) = (target, &targets) {
                if let Some(address) = place.fixed() {
                    self.data(At { module, address }, Some(8), None, id);
                }
            }
            if !is_known {
                self.functions[id].changes = u64::MAX;
            }
            for to in targets.unwrap_or_default() {
                let to = self.function(to, Some((id, Link::Call)));
                self.functions[id].edges.push((from, to, is_call));
            }
        }
        for (from, address) in facts.writes {
            self.writers
                .entry(At { module, address })
                .or_default()
                .push((id, from));
        }
        for (from, address) in facts.tables {
            self.table(At { module, address }, (id, from));
        }
        let own = |(_, address, _): &(u64, u64, Option<u64>)| body.bases.contains(address);
        for (from, address, read) in facts.addresses.into_iter().filter(|it| !own(it)) {
            let at = At { module, address };
            if self.modules.images[module].is_code(address) {
                let to = self.function(at, Some((id, Link::Pointer)));
                self.mentions.entry(to).or_default().insert((id, from));
                self.table(at, (id, from));
            } else if self.modules.images[module].is_mapped(address) {
                if read.is_none() {
                    self.taken.insert(at);
                }
                self.data(at, read, Some((id, from)), id);
            }
        }
    }

    /// Takes jumps into other functions.
    fn enter(&mut self, id: Id, entries: &[(u64, u64)]) {
        let module = self.functions[id].at.module;
        for (from, target) in entries {
            let functions = &self.modules.images[module].functions;
            let start = functions.range(..=*target).next_back();
            let address = start.map_or(*target, |(start, _)| *start);
            let to = self.function(At { module, address }, Some((id, Link::Call)));
            self.functions[id].edges.push((*from, to, false));
            let is_new = address != *target && self.functions[to].entered.insert(*target);
            if is_new && !self.queue.contains(&to) {
                self.queue.push_back(to);
            }
        }
    }
}
