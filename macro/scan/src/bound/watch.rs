//! What becomes of a value in a function: who gets it.

use std::collections::BTreeSet;

use super::flows::Flows;
use crate::arch::SHORT;
use crate::insn::{Effect, Expr, Flow, Operand, Place, Reg, Relative, Target};
use crate::reach::Id;
use crate::state::{Context, State};
use crate::value::{Atom, Value};

/// A callee with more instructions than this is taken to look at all its parameters.
const LARGE: usize = 2000;

/// What a function uses below the stack pointer: System V ABI, AMD64 supplement, 3.2.2.
const RED_ZONE: i64 = 128;

/// A call or a jump: of which function, from which instruction, and whether it is a call.
type Edge = (Id, u64, bool);

/// What is done with a value. The states are those when a call or a jump has done all but to go there.
pub(super) enum Seen<'s> {
    /// It is called or jumped to.
    Called(&'s State),
    /// Somebody who is called or jumped to gets it in a register, and looks at it.
    Passed(Reg, &'s State),
    /// It gets to where it is not followed.
    Lost,
}

impl Flows<'_> {
    /// Tells what a function does with a value, which is the address of a function if that is given.
    pub(super) fn watch(
        &self,
        user: Id,
        wanted: &Atom,
        of: Option<Id>,
        seen: &mut dyn FnMut(Seen),
    ) {
        let convention = self.convention();
        let passed: Vec<Reg> = convention.passed().collect();
        let is_it = |value: &Value| value.can_be(wanted);
        // Where it was known last, nobody may have it on the stack.
        let is_shown = |state: &State, on_stack: bool, pushed: i64| {
            let shown = state.shown(&passed, on_stack, pushed);
            shown.iter().any(is_it)
        };
        let flow = self.of(user);
        if flow.is_given_up || !flow.body.entries.is_empty() {
            seen(Seen::Lost);
        }
        let exits = { flow.body.exits.iter() }.chain(&flow.body.falls);
        let exits: BTreeSet<u64> = exits.map(|(from, _)| *from).collect();
        // Where a page is that another instruction adds to, on AArch64.
        let mut pages = BTreeSet::new();
        self.each(user, |insn, before, context| {
            let mut state = before.clone();
            let mut is_lost = false;
            // The target of a call is read before the call pushes.
            let target = target(insn.flow, &state, context);
            // A part of the function that is one of its own does more before that.
            let part = match insn.flow {
                Flow::Call(_) => self.part(user, insn.address),
                _ => None,
            };
            let more = part.iter().flat_map(|(_, part)| part.effects.iter());
            for effect in insn.effects.iter().chain(more) {
                let has = match effect {
                    Effect::Set(_, Expr::Binary(_, Operand::Reg(page), Operand::Const(_), 8))
                        if pages.contains(page) =>
                    {
                        None
                    }
                    Effect::Set(to, expr) => state.has(expr, is_it).then_some(*to),
                    _ => None,
                };
                if let Effect::Store(place, Some(value), _) = effect {
                    is_lost |=
                        !is_own(&state, place, convention.pushed) && is_it(&state.operand(*value));
                }
                state.execute(std::slice::from_ref(effect), context);
                if let Effect::Set(to, _) = effect {
                    match insn.relative {
                        Some(Relative::Page(_)) => pages.insert(*to),
                        _ => pages.remove(to),
                    };
                }
                // What it was changed to can be changed back.
                is_lost |= has.is_some_and(|to| !is_it(state.reg(to)));
                // Whoever has the address of the place can read it.
                if matches!(effect, Effect::Store(..)) {
                    is_lost |= state.exposed().any(is_it);
                }
            }
            let is_exit = exits.contains(&insn.address);
            // What goes on in this function is followed.
            let is_followed = match insn.flow {
                Flow::Branch(..) | Flow::Next | Flow::Jump(Target::At(_)) => !is_exit,
                Flow::Jump(_) => {
                    let body = &flow.body;
                    body.cases.contains_key(&insn.address) || body.computed.contains(&insn.address)
                }
                Flow::SystemCall | Flow::Foreign(_) => !is_exit,
                Flow::Call(_) => part.as_ref().is_some_and(|(_, part)| part.jump.is_none()),
                Flow::Return | Flow::Stop | Flow::Fault => true,
            };
            // Another part of the function goes on with all that it has, and can be where a jump
            // leads. What is in a register that callees get is looked at below.
            let goes_on =
                is_exit || matches!(insn.flow, Flow::Jump(Target::Reg(_) | Target::Memory(_)));
            if goes_on && !is_followed {
                is_lost |= state.handed_over(&passed).into_iter().any(is_it);
            }
            // Where it goes, from where.
            let is_call = matches!(insn.flow, Flow::Call(_));
            let jump = part.and_then(|(part, it)| it.jump.map(|from| (part, from, false)));
            let edge = jump.unwrap_or((user, insn.address, is_call));
            is_lost |= match insn.flow {
                Flow::Call(_) if is_followed => false,
                Flow::Call(_) => {
                    // Only if that is needed: it takes the states of another function.
                    is_shown(&state, false, convention.pushed)
                        || is_shown(&state, true, convention.pushed) && self.takes_on_stack(edge)
                }
                Flow::SystemCall => is_shown(&state, false, -RED_ZONE),
                Flow::Return => convention.results.iter().any(|reg| is_it(state.reg(*reg))),
                _ => false,
            };
            if is_lost {
                seen(Seen::Lost);
            }
            if is_followed {
                return;
            }
            if is_it(&target) {
                seen(Seen::Called(&state));
            }
            // What a register leads to does not look at it.
            let through = match insn.flow {
                Flow::Call(Target::Reg(reg)) | Flow::Jump(Target::Reg(reg)) => Some(reg),
                _ => None,
            };
            let callee = of.filter(|_| target.only() == Some(wanted));
            let used = self.used(edge);
            for reg in passed.iter().chain(&used) {
                let is_target = through == Some(*reg) && !convention.parameters.contains(reg);
                let looks = || match callee {
                    Some(callee) => self.looks_at(callee, *reg),
                    None => self.takes(edge, *reg),
                };
                if is_it(state.reg(*reg)) && !is_target && looks() {
                    seen(Seen::Passed(*reg, &state));
                }
            }
        });
    }

    /// Returns the registers beside parameters in which what is called can get a value: a short function
    /// that does not save those that it should keep can be a part of its callers.
    fn used(&self, edge: Edge) -> Vec<Reg> {
        let convention = self.convention();
        let to = match self.targets(edge.0, edge.1, edge.2)[..] {
            [to] if convention.has_parts() => to,
            _ => return Vec::new(),
        };
        let function = &self.reach.functions[to];
        let can_be =
            |reg: &&Reg| function.instructions <= SHORT && function.stores & reg.bit() == 0;
        let saved = convention.saved.iter();
        saved.filter(can_be).copied().collect()
    }

    /// Returns whether what is called takes a register as a parameter. What a caller left in it does not
    /// count as passed if nothing looks at it.
    fn takes(&self, edge: Edge, reg: Reg) -> bool {
        let targets = self.targets(edge.0, edge.1, edge.2);
        targets.is_empty() || targets.iter().any(|to| self.looks_at(*to, reg))
    }

    /// Returns whether what is called has parameters on the stack.
    fn takes_on_stack(&self, edge: Edge) -> bool {
        let targets = self.targets(edge.0, edge.1, edge.2);
        targets.is_empty() || targets.iter().any(|to| self.looks_at_stack(*to))
    }

    /// Returns whether a function uses what its caller has on the stack.
    fn looks_at_stack(&self, id: Id) -> bool {
        // Nobody has parameters in the stack pointer: in its place stands what it leads to.
        let convention = self.convention();
        let key = (id, convention.stack);
        let function = &self.reach.functions[id];
        let is_too_much = self.active.borrow().len() > 6 || function.instructions > LARGE;
        if is_too_much || self.active.borrow().contains(&id) {
            return true;
        }
        if let Some(known) = self.looks.borrow().get(&key) {
            return *known;
        }
        self.active.borrow_mut().insert(id);
        let flow = self.of(id);
        let exits: BTreeSet<u64> = flow.body.exits.iter().map(|(from, _)| *from).collect();
        let is_above = |value: &Value| {
            let atoms = value.parts().iter();
            let mut places = atoms.filter_map(|atom| atom.offset_from(convention.stack));
            places.any(|place| place >= convention.pushed)
        };
        let mut looks = flow.is_given_up || !flow.body.entries.is_empty();
        self.each(id, |insn, before, context| {
            let mut state = before.clone();
            let uses = |state: &State, place: &Place| {
                let to = state.address(place);
                is_above(&to) || to.is_open() && state.is_on_stack(place)
            };
            if let Flow::Call(Target::Memory(place)) | Flow::Jump(Target::Memory(place)) = insn.flow
            {
                looks |= uses(&state, &place);
            }
            for effect in &insn.effects {
                looks |= match effect {
                    Effect::Set(_, Expr::Load(place, ..)) | Effect::Store(place, ..) => {
                        uses(&state, place)
                    }
                    _ => false,
                };
                state.execute(std::slice::from_ref(effect), context);
                if let Effect::Set(to, _) = effect {
                    looks |= *to != convention.stack && is_above(state.reg(*to));
                }
            }
            // They are still there when it ends in another function.
            looks |= match insn.flow {
                Flow::Jump(Target::Reg(_) | Target::Memory(_)) => {
                    !flow.body.cases.contains_key(&insn.address)
                        && self.takes_on_stack((id, insn.address, false))
                }
                Flow::Call(_) => false,
                _ => {
                    exits.contains(&insn.address) && self.takes_on_stack((id, insn.address, false))
                }
            };
        });
        self.active.borrow_mut().remove(&id);
        self.looks.borrow_mut().insert(key, looks);
        looks
    }

    /// Returns whether a function calls what a register has when it is entered, or gives it to others.
    fn looks_at(&self, id: Id, reg: Reg) -> bool {
        let function = &self.reach.functions[id];
        let is_too_much = self.active.borrow().len() > 6 || function.instructions > LARGE;
        if is_too_much || self.active.borrow().contains(&id) {
            return true;
        }
        if let Some(known) = self.looks.borrow().get(&(id, reg)) {
            return *known;
        }
        self.active.borrow_mut().insert(id);
        let mut looks = false;
        self.watch(id, &Atom::entry(reg, 0), None, &mut |_| looks = true);
        self.active.borrow_mut().remove(&id);
        self.looks.borrow_mut().insert((id, reg), looks);
        looks
    }
}

/// Returns what an instruction calls or jumps to, if a register or memory has it.
fn target(flow: Flow, state: &State, context: &Context) -> Value {
    match flow {
        Flow::Call(Target::Reg(reg)) | Flow::Jump(Target::Reg(reg)) => state.reg(reg).clone(),
        Flow::Call(Target::Memory(place)) | Flow::Jump(Target::Memory(place)) => {
            state.load_place(&place, 8, context)
        }
        _ => Value::Any,
    }
}

/// Returns whether a place is one in the function's own frame, which is known.
fn is_own(state: &State, place: &Place, pushed: i64) -> bool {
    let to = state.address(place);
    let offset = to.only().and_then(|atom| atom.offset_from(state.stack()));
    offset.is_some_and(|offset| offset < pushed) && !place.thread
}
