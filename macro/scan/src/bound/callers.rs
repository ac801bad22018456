//! Who calls a function, and with what.

use std::rc::Rc;

use super::watch::Seen;
use super::{Bounds, Unbounded};
use crate::insn::Reg;
use crate::reach::{At, Id};
use crate::state::State;
use crate::value::{Atom, Start, Value};

/// A call of a function.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) function: Id,
    /// When the call has done all but to go there.
    pub(super) state: Rc<State>,
    /// The function is passed to another, with a context that becomes its first parameter.
    context: Option<(Reg, Value)>,
}

/// The calls of a function, if they are known.
pub(super) type Known = Result<Rc<[Caller]>, Unbounded>;

impl Caller {
    /// Returns what a register has when the function starts, and more.
    pub(super) fn parameter(&self, reg: Reg, plus: i64) -> Value {
        let value = match &self.context {
            Some((first, value)) if *first == reg => value,
            Some(_) => &Value::Any,
            None => self.state.reg(reg),
        };
        match value.atoms() {
            Some(atoms) => Value::from_atoms(atoms.iter().map(|atom| atom.add(plus)).collect()),
            None => Value::Any,
        }
    }
}

impl Bounds<'_> {
    /// Returns the calls of a function. If it is wanted for what a first parameter points to, a
    /// function that is passed with a context counts as called with that.
    pub(super) fn callers(&mut self, id: Id, with_context: bool) -> Known {
        if let Some(known) = self.known.get(&(id, with_context)) {
            return known.clone();
        }
        let found = self.find_callers(id, with_context).map(Rc::from);
        self.known.insert((id, with_context), found.clone());
        found
    }

    fn find_callers(&mut self, id: Id, with_context: bool) -> Result<Vec<Caller>, Unbounded> {
        let function = &self.flows.reach.functions[id];
        let name = self.flows.name(id);
        if function.is_root {
            return Err(format!("it is what `{name}` starts with"));
        }
        if function.is_taken {
            return Err(format!("`{name}` gets it from who has its address in data"));
        }
        let mut callers = Vec::new();
        for (caller, at, is_call) in self.flows.reach.callers[id].clone() {
            // Where no state is, no control flow leads.
            if let Some(state) = self.flows.after(caller, at, is_call) {
                callers.push(Caller {
                    function: caller,
                    state: Rc::new(state),
                    context: None,
                });
            }
        }
        let mentions = self
            .flows
            .reach
            .mentions
            .get(&id)
            .cloned()
            .unwrap_or_default();
        let mut users: Vec<Id> = mentions.into_iter().map(|(user, _)| user).collect();
        users.dedup();
        for user in users {
            self.uses(user, id, with_context, &mut callers)?;
        }
        // What pages and offsets are taken for an address is most often none, on AArch64.
        let At { module, address } = self.flows.reach.functions[id].at;
        let is_known =
            { &self.flows.reach.modules.images[module].functions }.contains_key(&address);
        if callers.is_empty() && is_known && self.flows.reach.mentions.contains_key(&id) {
            return Err(format!(
                "nothing that is seen calls `{name}`, of which code has the address"
            ));
        }
        Ok(callers)
    }

    /// Finds what a function does with the address of another. It can call it.
    fn uses(
        &mut self,
        user: Id,
        id: Id,
        with_context: bool,
        callers: &mut Vec<Caller>,
    ) -> Result<(), Unbounded> {
        let convention = self.flows.convention();
        let own = self.flows.reach.functions[user].at.module;
        let At { module, address } = self.flows.reach.functions[id].at;
        let wanted = Atom {
            start: Start::of(module, own),
            plus: address as i64,
        };
        let (mut wrong, mut found) = (false, Vec::new());
        let parameters = convention.parameters;
        self.flows
            .watch(user, &wanted, Some(id), &mut |seen| match seen {
                Seen::Called(state) => found.push(Caller {
                    function: user,
                    state: Rc::new(state.clone()),
                    context: None,
                }),
                Seen::Passed(reg, state) => {
                    let index = parameters.iter().position(|parameter| *parameter == reg);
                    let next = index.and_then(|index| parameters.get(index + 1));
                    match next.filter(|_| with_context) {
                        Some(next) => found.push(Caller {
                            function: user,
                            state: Rc::new(state.clone()),
                            context: Some((parameters[0], state.reg(*next).clone())),
                        }),
                        None => wrong = true,
                    }
                }
                Seen::Lost => wrong = true,
            });
        if wrong {
            let (name, user) = (self.flows.name(id), self.flows.name(user));
            return Err(format!(
                "`{name}` gets it through a pointer that `{user}` passes on"
            ));
        }
        if found.iter().any(|caller| caller.context.is_some()) {
            self.assumed.insert("a function that is passed to another together with a context gets that as its first parameter");
        }
        callers.extend(found);
        Ok(())
    }
}
