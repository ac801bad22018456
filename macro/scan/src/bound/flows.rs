//! States of functions, computed when they are needed.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use crate::arch::{Convention, SHORT};
use crate::body::Body;
use crate::flow::{self, Callee, Flow, Part};
use crate::image::Image;
use crate::insn::{Insn, Reg};
use crate::reach::{At, Id, Reach, Reached};
use crate::state::{Context, State};
use crate::value::{Atom, FIRST_CODE, Start, Value};

/// A callee with more instructions than this has no results that its callers know: such as bring
/// numbers are small.
const SMALL: usize = 96;

/// After so many steps, functions have no states that are known.
const MOST: usize = 60_000_000;

/// What arguments can take, when all numbers are bounded.
const EXTRA: usize = 6_000_000;

/// Returns a result of a function of a module as another module knows it: addresses of one mean nothing
/// in the other.
fn elsewhere(result: Value, image: &Image) -> Value {
    fn is_same(atom: &Atom, image: &Image) -> bool {
        match &atom.start {
            Start::Zero => (atom.plus as u64) < FIRST_CODE || !image.is_mapped(atom.plus as u64),
            Start::Entry(_) => true,
            Start::Memory(address, _) => {
                !matches!(address.start, Start::Zero) && is_same(address, image)
            }
            Start::Module(_) | Start::Code => false,
        }
    }
    match result.atoms() {
        Some(atoms) if atoms.iter().all(|atom| is_same(atom, image)) => result,
        // A function that returns an address of code passes it on.
        _ => Value::Any,
    }
}

/// The states of functions.
pub(crate) struct Flows<'a> {
    pub(crate) reach: &'a Reach,
    known: RefCell<HashMap<Id, Rc<Flow>>>,
    results: RefCell<HashMap<Id, Option<Vec<Value>>>>,
    parts: RefCell<HashMap<Id, Option<Part>>>,
    sharing: RefCell<HashMap<Id, bool>>,
    /// What it took to find them.
    steps: Cell<usize>,
    most: usize,
    pub(super) looks: RefCell<HashMap<(Id, Reg), bool>>,
    pub(super) active: RefCell<BTreeSet<Id>>,
}

impl<'a> Flows<'a> {
    pub(crate) fn new(reach: &'a Reach) -> Flows<'a> {
        Flows {
            reach,
            known: RefCell::default(),
            results: RefCell::default(),
            parts: RefCell::default(),
            sharing: RefCell::default(),
            steps: Cell::default(),
            most: MOST,
            looks: RefCell::default(),
            active: RefCell::default(),
        }
    }

    /// Leaves little for what follows.
    pub(crate) fn limit(&mut self) {
        self.most = self.most.min(self.steps.get() + EXTRA);
    }

    /// Returns whether nothing is left: no more states will be known.
    pub(crate) fn is_over(&self) -> bool {
        self.steps.get() >= self.most
    }

    pub(crate) fn convention(&self) -> &'static Convention {
        self.reach.modules.images[0].arch.convention()
    }

    /// Returns the name of a function, or where it is.
    pub(crate) fn name(&self, id: Id) -> String {
        let At { module, address } = self.reach.functions[id].at;
        let image = &self.reach.modules.images[module];
        image
            .name(address)
            .map_or_else(|| format!("{address:#x}"), String::from)
    }

    /// Returns the states of a function.
    pub(crate) fn of(&self, id: Id) -> Rc<Flow> {
        if let Some(flow) = self.known.borrow().get(&id) {
            return flow.clone();
        }
        let function = &self.reach.functions[id];
        let image = &self.reach.modules.images[function.at.module];
        let body = Body::decode(image, function.at.address, &function.entered);
        self.active.borrow_mut().insert(id);
        let flow = self.with(id, |context| {
            let rest = self.most.saturating_sub(self.steps.get());
            let flow = flow::flow(body, &function.entered, rest, context, &|at| {
                self.callee(id, at)
            });
            self.steps.set(self.steps.get() + flow.steps);
            Rc::new(flow)
        });
        self.active.borrow_mut().remove(&id);
        self.known.borrow_mut().insert(id, flow.clone());
        flow
    }

    /// Returns the state before an instruction of a function.
    pub(crate) fn before(&self, id: Id, address: u64) -> Option<State> {
        let flow = self.of(id);
        self.with(id, |context| {
            flow.before(address, context, &|at| self.callee(id, at))
        })
    }

    /// Returns the state when an instruction of a function has done all but to go elsewhere: as a call
    /// or a jump, or to what lies behind it.
    pub(crate) fn after(&self, id: Id, address: u64, is_call: bool) -> Option<State> {
        let flow = self.of(id);
        let mut state = self.before(id, address)?;
        let insn = flow.body.insns.get(&address)?;
        self.with(id, |context| {
            state.execute(&insn.effects, context);
            if !is_call {
                flow::pass(&mut state, insn, context, &|at| self.callee(id, at));
            }
        });
        Some(state)
    }

    /// Calls a function for each instruction that is executed, with the state before it.
    pub(crate) fn each(&self, id: Id, mut f: impl FnMut(&Insn, &State, &Context)) {
        let flow = self.of(id);
        self.with(id, |context| {
            let callee = |at| self.callee(id, at);
            flow.each(context, &callee, &mut |insn, state| f(insn, state, context));
        });
    }

    /// Calls a function with what the states of a function share.
    pub(crate) fn with<T>(&self, id: Id, f: impl FnOnce(&Context) -> T) -> T {
        let modules = &self.reach.modules;
        let symbol = |name: &str| -> Vec<(usize, u64)> {
            let found = modules.lookup(name).into_iter();
            found.map(|at| (at.module, at.address)).collect()
        };
        let module = self.reach.functions[id].at.module;
        f(&Context {
            module,
            image: &modules.images[module],
            symbol: &symbol,
        })
    }

    /// Returns what an instruction calls or jumps to, as far as that is known.
    pub(super) fn targets(&self, id: Id, at: u64, is_call: bool) -> Vec<Id> {
        let edges = self.reach.functions[id].edges.iter();
        // What lies behind a call is no target of it.
        let edges = edges.filter(|(from, _, calls)| *from == at && (*calls || !is_call));
        edges.map(|(_, to, _)| *to).collect()
    }

    /// Returns the part of a function that a call instruction calls, if it is only a part of it.
    pub(super) fn part(&self, id: Id, at: u64) -> Option<(Id, Part)> {
        let [to] = self.targets(id, at, true)[..] else {
            return None;
        };
        if let Some(known) = self.parts.borrow().get(&to) {
            return known.clone().map(|part| (to, part));
        }
        let function = &self.reach.functions[to];
        let can_be = function.instructions <= SHORT
            && function.sites.is_empty()
            && function.foreign.is_empty()
            && function.entered.is_empty()
            && function.at.module == self.reach.functions[id].at.module
            && self.convention().has_parts();
        let part = can_be.then(|| {
            let image = &self.reach.modules.images[function.at.module];
            flow::part(&Body::decode(image, function.at.address, &function.entered))
        });
        let part = part.flatten();
        self.parts.borrow_mut().insert(to, part.clone());
        part.map(|part| (to, part))
    }

    fn callee(&self, id: Id, at: u64) -> Callee {
        match self.part(id, at) {
            Some((to, part)) => {
                let targets = part.jump.map(|from| self.targets(to, from, false));
                Callee {
                    part: Some(part),
                    ..self.summary(id, &targets.unwrap_or(vec![to]))
                }
            }
            None => self.summary(id, &self.targets(id, at, true)),
        }
    }

    /// Returns what those do together that a function calls at an instruction.
    fn summary(&self, id: Id, targets: &[Id]) -> Callee {
        let returns_twice = match targets.is_empty() {
            true => self.reach.twice.contains(&id),
            false => { targets.iter() }.any(|to| self.reach.functions[*to].returns_twice),
        };
        let all = |bits: fn(&Reached) -> u64| {
            let targets = targets.iter().map(|to| &self.reach.functions[*to]);
            targets.fold(0, |all, function| all | bits(function))
        };
        Callee {
            part: None,
            returns: targets.is_empty()
                || targets.iter().any(|to| self.reach.functions[*to].returns),
            // The second time, registers have what they had where `longjmp` was called.
            changes: match targets.is_empty() || returns_twice {
                true => u64::MAX,
                false => all(|function| function.changes),
            },
            unsaved: all(|function| function.unsaved),
            shares_frame: targets.iter().any(|to| self.shares_frame(*to)),
            returns_twice,
            results: match targets[..] {
                [to] if !returns_twice => self.results(to).map(|results| {
                    let module = |id: Id| self.reach.functions[id].at.module;
                    let image = &self.reach.modules.images[module(to)];
                    let is_own = module(to) == module(id);
                    let results = results.into_iter();
                    results
                        .map(|result| match is_own {
                            true => result,
                            false => elsewhere(result, image),
                        })
                        .collect()
                }),
                _ => None,
            },
        }
    }

    /// Returns whether a short function, which can be a part of its callers, writes to their frames.
    fn shares_frame(&self, id: Id) -> bool {
        let convention = self.convention();
        let function = &self.reach.functions[id];
        if function.instructions > SHORT || !convention.has_parts() {
            return false;
        }
        if let Some(known) = self.sharing.borrow().get(&id) {
            return *known;
        }
        let image = &self.reach.modules.images[function.at.module];
        let body = Body::decode(image, function.at.address, &function.entered);
        let shares = flow::shares_frame(&body, convention.stack);
        self.sharing.borrow_mut().insert(id, shares);
        shares
    }

    fn results(&self, id: Id) -> Option<Vec<Value>> {
        if let Some(known) = self.results.borrow().get(&id) {
            return known.clone();
        }
        let function = &self.reach.functions[id];
        let is_small = function.instructions <= SMALL && function.sites.is_empty();
        if !is_small || self.active.borrow().contains(&id) || self.active.borrow().len() > 6 {
            return None;
        }
        let results = Some(self.of(id).results.clone());
        self.results.borrow_mut().insert(id, results.clone());
        results
    }
}
