//! Who calls a function, and with what.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{Bounds, Unbounded};
use crate::insn::{Effect, Expr, Flow, Operand, Reg, Relative, Target};
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

/// What a function uses below the stack pointer: System V ABI, AMD64 supplement, 3.2.2.
const RED_ZONE: i64 = 128;

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
        for (caller, at) in self.flows.reach.callers[id].clone() {
            // Where no state is, no control flow leads.
            if let Some(state) = self.flows.after(caller, at) {
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
        let is_it = |value: &Value| value.can_be(&wanted);
        // Where it was known last, nobody may have it on the stack.
        let passed: Vec<Reg> = convention.passed().collect();
        let is_shown = |state: &State, pushed: i64| {
            let shown = state.shown(&passed, pushed);
            shown.iter().any(&is_it)
        };
        let flow = self.flows.of(user);
        let mut wrong = flow.is_given_up || !flow.body.entries.is_empty();
        let exits: BTreeSet<u64> = flow.body.exits.iter().map(|(from, _)| *from).collect();
        let mut found = Vec::new();
        // Where a page is that another instruction adds to, on AArch64.
        let mut pages = BTreeSet::new();
        self.flows.each(user, |insn, before, context| {
            let mut state = before.clone();
            // The target of a call is read before the call pushes.
            let target = match insn.flow {
                Flow::Call(Target::Reg(reg)) | Flow::Jump(Target::Reg(reg)) => {
                    state.reg(reg).clone()
                }
                Flow::Call(Target::Memory(place)) | Flow::Jump(Target::Memory(place)) => {
                    state.load_place(&place, 8, context)
                }
                _ => Value::Any,
            };
            for effect in &insn.effects {
                let changed = match effect {
                    Effect::Set(_, Expr::Binary(_, Operand::Reg(page), Operand::Const(_), 8))
                        if pages.contains(page) =>
                    {
                        None
                    }
                    Effect::Set(to, Expr::Binary(_, left, right, _)) => {
                        let mut operands = [left, right].into_iter();
                        let has = operands.any(|operand| is_it(&state.operand(*operand)));
                        has.then_some(*to)
                    }
                    _ => None,
                };
                if let Effect::Store(place, Some(value), _) = effect {
                    let stack = convention.stack;
                    let to = state.address(place);
                    let is_own = to
                        .only()
                        .is_some_and(|atom| atom.offset_from(stack).is_some());
                    let is_elsewhere = !is_own || place.thread;
                    wrong |= is_elsewhere && is_it(&state.operand(*value));
                }
                state.execute(std::slice::from_ref(effect), context);
                if let Effect::Set(to, _) = effect {
                    match insn.relative {
                        Some(Relative::Page(_)) => pages.insert(*to),
                        _ => pages.remove(to),
                    };
                }
                // What it was changed to can be changed back.
                wrong |= changed.is_some_and(|to| !is_it(state.reg(to)));
                // Whoever has the address of the place can read it.
                if matches!(effect, Effect::Store(..)) {
                    wrong |= state.exposed().any(&is_it);
                }
            }
            let parameters = convention.parameters;
            // Another part of the function goes on. What is a parameter, another function can get too.
            if exits.contains(&insn.address) {
                let over = state.handed_over(parameters);
                wrong |= over.into_iter().any(&is_it);
            }
            wrong |= match insn.flow {
                Flow::Call(_) => is_shown(&state, convention.pushed),
                Flow::SystemCall => is_shown(&state, -RED_ZONE),
                _ => false,
            };
            match insn.flow {
                Flow::Branch(..) | Flow::Next if !exits.contains(&insn.address) => {}
                Flow::Branch(..) | Flow::Next | Flow::Call(_) | Flow::Jump(_) => {
                    let is_called = is_it(&target);
                    if is_called {
                        let state = Rc::new(state.clone());
                        found.push(Caller {
                            function: user,
                            state,
                            context: None,
                        });
                    }
                    let leaves = match insn.flow {
                        // Inside of the function, values are followed.
                        Flow::Jump(Target::At(_)) => exits.contains(&insn.address),
                        _ => true,
                    };
                    let only = target.only() == Some(&wanted);
                    // What a register leads to does not look at it.
                    let through = match insn.flow {
                        Flow::Call(Target::Reg(reg)) | Flow::Jump(Target::Reg(reg)) => Some(reg),
                        _ => None,
                    };
                    let passes = |reg: &Reg| {
                        is_it(state.reg(*reg))
                            && (through != Some(*reg) || parameters.contains(reg))
                            && match only {
                                true => self.flows.looks_at(id, *reg),
                                false => self.flows.takes(user, insn.address, *reg),
                            }
                    };
                    for reg in passed.iter().filter(|reg| leaves && passes(reg)) {
                        let index = parameters.iter().position(|parameter| parameter == reg);
                        let next = index.and_then(|index| parameters.get(index + 1));
                        match next.filter(|_| with_context) {
                            Some(next) => {
                                let first = (parameters[0], state.reg(*next).clone());
                                let state = Rc::new(state.clone());
                                found.push(Caller {
                                    function: user,
                                    state,
                                    context: Some(first),
                                });
                            }
                            None => wrong = true,
                        }
                    }
                }
                Flow::Return => {
                    wrong |= convention.results.iter().any(|reg| is_it(state.reg(*reg)))
                }
                _ => {}
            }
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
