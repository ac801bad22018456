//! States of functions, computed when they are needed.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use crate::arch::Convention;
use crate::body::Body;
use crate::flow::{self, Callee, Flow};
use crate::image::Image;
use crate::insn::{Effect, Expr, Flow as Control, Insn, Operand, Place, REGISTERS, Reg, Target};
use crate::reach::{At, Id, Reach};
use crate::state::{Context, State};
use crate::value::{Atom, FIRST_CODE, Start, Value};

/// A callee with more instructions than this has no results that its callers know: such as bring
/// numbers are small.
const SMALL: usize = 96;

/// After so many steps, functions have no states that are known.
const MOST: usize = 60_000_000;

/// What arguments can take, when all numbers are bounded.
const EXTRA: usize = 6_000_000;

/// A callee with more instructions than this is taken to look at all its parameters.
const LARGE: usize = 2000;

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

/// Returns whether a value is made of what an operand or a place has.
fn reads(expr: &Expr, operand: impl Fn(Operand) -> bool, place: impl Fn(&Place) -> bool) -> bool {
    match expr {
        Expr::Unknown => false,
        Expr::Low(value, _) | Expr::Signed(value, ..) => operand(*value),
        Expr::Binary(_, left, right, _) | Expr::Either(left, right, _) => {
            operand(*left) || operand(*right)
        }
        Expr::Load(at, ..) => place(at),
        Expr::Insert(to, value, ..) => operand(Operand::Reg(*to)) || operand(*value),
    }
}

/// The states of functions.
pub(crate) struct Flows<'a> {
    pub(crate) reach: &'a Reach,
    known: RefCell<HashMap<Id, Rc<Flow>>>,
    results: RefCell<HashMap<Id, Option<Vec<Value>>>>,
    /// What it took to find them.
    steps: Cell<usize>,
    most: usize,
    looks: RefCell<HashMap<(Id, Reg), bool>>,
    active: RefCell<BTreeSet<Id>>,
}

impl<'a> Flows<'a> {
    pub(crate) fn new(reach: &'a Reach) -> Flows<'a> {
        Flows {
            reach,
            known: RefCell::default(),
            results: RefCell::default(),
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

    /// Returns the state when an instruction of a function has done all but to go elsewhere.
    pub(crate) fn after(&self, id: Id, address: u64) -> Option<State> {
        let flow = self.of(id);
        let mut state = self.before(id, address)?;
        let insn = flow.body.insns.get(&address)?;
        self.with(id, |context| state.execute(&insn.effects, context));
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

    /// Returns whether what an instruction of a function calls takes a register as a parameter. What
    /// a caller left in it does not count as passed if nothing looks at it.
    pub(crate) fn takes(&self, id: Id, at: u64, reg: Reg) -> bool {
        let function = &self.reach.functions[id];
        let edges = function.edges.iter().filter(|(from, ..)| *from == at);
        let targets: Vec<Id> = edges.map(|(_, to, _)| *to).collect();
        targets.is_empty() || targets.iter().any(|to| self.looks_at(*to, reg))
    }

    /// Returns whether a function does anything with what a register has when it is entered.
    pub(crate) fn looks_at(&self, id: Id, reg: Reg) -> bool {
        let function = &self.reach.functions[id];
        if self.active.borrow().contains(&id)
            || self.active.borrow().len() > 6
            || function.instructions > LARGE
        {
            return true;
        }
        if let Some(known) = self.looks.borrow().get(&(id, reg)) {
            return *known;
        }
        self.active.borrow_mut().insert(id);
        let convention = self.convention();
        let is_it = |value: &Value| value.is_from(reg);
        let (mut looks, mut stored, mut shares) = (false, false, false);
        let flow = self.of(id);
        let exits: BTreeSet<u64> = flow.body.exits.iter().map(|(from, _)| *from).collect();
        self.each(id, |insn, before, context| {
            let mut state = before.clone();
            let place = |state: &State, place: &Place| {
                let index = place.index.map(|(index, _)| index);
                let used = place.base.into_iter().chain(index);
                used.into_iter().any(|used| is_it(state.reg(used)))
            };
            // What it spilled can be what is called here.
            shares |= match insn.flow {
                Control::Call(Target::Reg(target)) | Control::Jump(Target::Reg(target)) => {
                    state.reg(target).is_open()
                }
                Control::Call(Target::Memory(target)) | Control::Jump(Target::Memory(target)) => {
                    state.load_place(&target, 8, context).is_open()
                }
                _ => false,
            };
            looks |= match insn.flow {
                Control::Call(Target::Reg(target)) | Control::Jump(Target::Reg(target)) => {
                    is_it(state.reg(target))
                }
                Control::Call(Target::Memory(target)) | Control::Jump(Target::Memory(target)) => {
                    place(&state, &target)
                }
                // The kernel calls no address that it gets in a register.
                Control::Return => convention
                    .results
                    .iter()
                    .any(|result| is_it(state.reg(*result))),
                _ => false,
            };
            for effect in &insn.effects {
                looks |= match effect {
                    Effect::Set(_, Expr::Low(Operand::Reg(_), 8)) => false,
                    Effect::Set(to, expr) => {
                        reads(
                            expr,
                            |operand| is_it(&state.operand(operand)),
                            |at| place(&state, at),
                        ) && *to != convention.stack
                    }
                    Effect::Store(at, value, _) => {
                        let is_written = value.is_some_and(|value| is_it(&state.operand(value)));
                        let is_own = state.address(at).is_from(convention.stack) && !at.thread;
                        stored |= is_written && is_own;
                        place(&state, at) || (is_written && !is_own)
                    }
                    Effect::Compare(compared, ..) => is_it(state.reg(*compared)),
                    Effect::Flags => false,
                };
                state.execute(std::slice::from_ref(effect), context);
            }
            // Another part of the function has all that this one has.
            if exits.contains(&insn.address) && !matches!(insn.flow, Control::Call(_)) {
                looks |= state.handed_over(&[]).into_iter().any(is_it);
            }
            let goes = match insn.flow {
                Control::Call(_) => true,
                Control::Jump(Target::At(target)) | Control::Branch(_, target) => {
                    !self.of(id).body.insns.contains_key(&target)
                }
                Control::Jump(_) => true,
                _ => false,
            };
            if goes {
                let mut parameters = convention.parameters.iter();
                shares |= parameters.any(|reg| state.reg(*reg).is_from(convention.stack));
                let passed = (0..REGISTERS as u8)
                    .map(Reg)
                    .filter(|passed| is_it(state.reg(*passed)));
                for passed in passed.filter(|passed| !convention.saved.contains(passed)) {
                    looks |= self.takes(id, insn.address, passed);
                }
            }
        });
        // What it spilled is looked at by those that get a place on its stack.
        looks |= stored && shares;
        self.active.borrow_mut().remove(&id);
        self.looks.borrow_mut().insert((id, reg), looks);
        looks
    }

    fn callee(&self, id: Id, at: u64) -> Callee {
        let edges = self.reach.functions[id].edges.iter();
        let targets: Vec<Id> = { edges }
            .filter(|(from, _, is_call)| *from == at && *is_call)
            .map(|(_, to, _)| *to)
            .collect();
        Callee {
            returns: targets.is_empty()
                || targets.iter().any(|to| self.reach.functions[*to].returns),
            returns_twice: targets
                .iter()
                .any(|to| self.reach.functions[*to].returns_twice),
            results: match targets[..] {
                [to] => self.results(to).map(|results| {
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
