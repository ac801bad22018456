//! States of functions, computed when they are needed.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use crate::arch::Convention;
use crate::body::Body;
use crate::flow::{self, Callee, Flow};
use crate::insn::Insn;
use crate::reach::{At, Id, Reach};
use crate::state::{Context, State};
use crate::value::Value;

/// A callee with more instructions than this has no results that its callers know: such as bring
/// numbers are small.
const SMALL: usize = 96;

/// The states of functions.
pub(crate) struct Flows<'a> {
    pub(crate) reach: &'a Reach,
    known: RefCell<HashMap<Id, Rc<Flow>>>,
    results: RefCell<HashMap<Id, Option<Vec<Value>>>>,
    active: RefCell<BTreeSet<Id>>,
}

impl<'a> Flows<'a> {
    pub(crate) fn new(reach: &'a Reach) -> Flows<'a> {
        Flows {
            reach,
            known: RefCell::default(),
            results: RefCell::default(),
            active: RefCell::default(),
        }
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
        let at = self.reach.functions[id].at;
        let body = Body::decode(&self.reach.modules.images[at.module], at.address);
        self.active.borrow_mut().insert(id);
        let flow = self.with(id, |context| {
            Rc::new(flow::flow(body, context, &|at| self.callee(id, at)))
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
        for insn in flow.executed() {
            if let Some(state) = self.before(id, insn.address) {
                self.with(id, |context| f(insn, &state, context));
            }
        }
    }

    /// Calls a function with what the states of a function share.
    pub(crate) fn with<T>(&self, id: Id, f: impl FnOnce(&Context) -> T) -> T {
        let modules = &self.reach.modules;
        let symbol = |name: &str| -> Vec<(usize, u64)> {
            let found = modules.lookup(name).into_iter();
            found.map(|at| (at.module, at.address)).collect()
        };
        f(&Context {
            image: &modules.images[self.reach.functions[id].at.module],
            symbol: &symbol,
        })
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
            results: match targets[..] {
                [to] => self.results(to),
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
