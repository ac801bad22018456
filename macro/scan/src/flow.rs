//! A function → [`Flow`]: the state before each of its instructions, as a fixed point.

mod part;
mod pass;

use std::collections::{BTreeMap, BTreeSet};

use crate::body::Body;
use crate::insn::{Condition, Effect, Flow as Control, Insn, Reg, Target};
use crate::state::{Context, State};
use crate::value::Value;
pub(crate) use part::{Part, part, shares_frame};
use pass::call;
pub(crate) use pass::pass;

/// A state is joined so often before what changes in it is given up.
const PATIENCE: u32 = 24;

/// A function is given up after so many steps, of which a join of states costs one for each place on
/// the stack.
const MOST: usize = 4_000_000;

/// What is called at an instruction.
pub(crate) struct Callee {
    /// What is done before, in a part of the caller that is a function of its own.
    pub(crate) part: Option<Part>,
    /// Whether it can return.
    pub(crate) returns: bool,
    /// Whether it can return once more, when the stack has changed.
    pub(crate) returns_twice: bool,
    /// The registers that it can change: a bit each.
    pub(crate) changes: u64,
    /// Those that it should keep, and does not.
    pub(crate) unsaved: u64,
    /// It writes to the frame of its caller.
    pub(crate) shares_frame: bool,
    /// Its results in terms of its entry, if they are known.
    pub(crate) results: Option<Vec<Value>>,
}

impl Callee {
    /// Returns what it is where it raises an exception: the results are the unwinder's.
    fn raises(&self) -> Callee {
        Callee {
            results: None,
            part: self.part.clone(),
            ..*self
        }
    }
}

/// The states of a function.
pub(crate) struct Flow {
    pub(crate) body: Body,
    /// Before the first instruction of each block.
    states: BTreeMap<u64, State>,
    /// The block of each instruction that was executed.
    blocks: BTreeMap<u64, u64>,
    /// The state before every instruction, if nothing is known anywhere.
    unknown: Option<State>,
    /// Nothing is known anywhere, or code is entered in ways that are not known.
    pub(crate) is_given_up: bool,
    /// What it took to find them.
    pub(crate) steps: usize,
    /// The values of the result registers where the function returns, in terms of its entry.
    pub(crate) results: Vec<Value>,
}

/// Computes the states, in at most so many steps. Others enter the function in some places too, with
/// whatever in registers.
pub(crate) fn flow(
    body: Body,
    entered: &BTreeSet<u64>,
    most: usize,
    context: &Context,
    callee: &dyn Fn(u64) -> Callee,
) -> Flow {
    let convention = context.image.arch.convention();
    let mut leaders: BTreeSet<u64> = body.insns.values().flat_map(targets).collect();
    leaders.insert(body.start);
    leaders.extend(&body.unreached);
    leaders.extend(body.cases.values().flatten());
    leaders.extend(body.pads.iter().map(|pad| pad.at));
    leaders.extend(shared(&body));
    let is_given_up = body.is_entered;
    let none = Value::One([].into());
    let mut flow = Flow {
        body,
        states: BTreeMap::new(),
        blocks: BTreeMap::new(),
        unknown: None,
        is_given_up,
        steps: 0,
        results: vec![none; convention.results.len()],
    };
    let mut visits: BTreeMap<u64, u32> = BTreeMap::new();
    let mut pointers: Vec<Value> = Vec::new();
    let start = flow.body.start;
    let mut waiting = BTreeSet::from([start]);
    let mut steps = 0;
    flow.states.insert(start, State::entry(context.image));
    leaders.extend(entered);
    for address in entered {
        let state = State::unknown(context.image, Value::Any);
        flow.states.insert(*address, state);
        waiting.insert(*address);
    }
    let mut unreached = flow.body.unreached.clone().into_iter();
    let mut cases = Cases {
        state: None,
        count: 0,
        seeds: Vec::new(),
    };
    loop {
        if steps > most.min(MOST) {
            flow.give_up(context);
            break;
        }
        let Some(leader) = waiting.pop_first() else {
            // Whatever leads there: nothing is known but the place of the stack.
            let next = unreached.find(|address| !flow.blocks.contains_key(address));
            let Some(next) = next else { break };
            if let Some(state) = &cases.state {
                flow.states.insert(next, state.clone());
                cases.seeds.push(next);
                waiting.insert(next);
                continue;
            }
            let pointer = match &pointers[..] {
                [first, rest @ ..] if rest.iter().all(|other| other == first) => first.clone(),
                _ => Value::Any,
            };
            flow.states
                .insert(next, State::unknown(context.image, pointer));
            waiting.insert(next);
            continue;
        };
        let Some(mut state) = flow.states.get(&leader).cloned() else {
            continue;
        };
        let mut address = leader;
        let mut out: Vec<(u64, State)> = Vec::new();
        while let Some(insn) = flow.body.insns.get(&address) {
            if address != leader && leaders.contains(&address) {
                out.push((address, state));
                break;
            }
            flow.blocks.insert(address, leader);
            steps += 1;
            state.execute(&insn.effects, context);
            if matches!(insn.flow, Control::Call(_)) {
                let pointer = state.reg(convention.stack).clone();
                if !pointers.contains(&pointer) {
                    pointers.push(pointer);
                }
            }
            let next = insn.next();
            match insn.flow {
                Control::Next | Control::Foreign(_) | Control::SystemCall => {
                    pass(&mut state, insn, context, callee);
                    if let Some(pad) = flow.body.pad(insn) {
                        let mut raised = state.clone();
                        for reg in convention.results {
                            raised.set(*reg, Value::Any);
                        }
                        out.push((pad, raised));
                    }
                    address = next;
                    continue;
                }
                Control::Call(_) => {
                    let callee = callee(address);
                    if let Some(pad) = flow.body.pad(insn) {
                        let mut raised = state.clone();
                        call(&mut raised, &callee.raises(), context);
                        out.push((pad, raised));
                    }
                    if !callee.returns {
                        break;
                    }
                    call(&mut state, &callee, context);
                    address = next;
                    continue;
                }
                Control::Jump(Target::At(target)) => out.push((target, state)),
                Control::Branch(condition, target) => {
                    let mut taken = state.clone();
                    let is_equal = match condition {
                        Condition::Equal => Some(true),
                        Condition::NotEqual => Some(false),
                        Condition::Other => None,
                    };
                    if let Some(is_equal) = is_equal {
                        taken.refine(is_equal);
                        state.refine(!is_equal);
                    }
                    // What compares and branches at once leaves the flags as they were.
                    if insn
                        .effects
                        .iter()
                        .any(|effect| matches!(effect, Effect::Compare(..)))
                    {
                        taken.forget_comparison();
                        state.forget_comparison();
                    }
                    out.extend([(target, taken), (next, state)]);
                }
                Control::Jump(_) if flow.body.computed.contains(&address) => {
                    out.extend(leaders.iter().map(|leader| (*leader, state.clone())));
                }
                Control::Jump(_) if flow.body.cases.contains_key(&address) => {
                    let known = &flow.body.cases[&address];
                    out.extend(known.iter().map(|case| (*case, state.clone())));
                }
                Control::Jump(_) => {
                    if !flow.body.pointers.contains(&address) && cases.join(&state) {
                        out.extend(cases.seeds.iter().map(|seed| (*seed, state.clone())));
                    }
                    flow.end(convention.results, |_| Value::Any);
                }
                Control::Return => {
                    let state = &state;
                    flow.end(convention.results, |reg| state.result(reg));
                }
                Control::Stop | Control::Fault => {}
            }
            break;
        }
        if !flow.body.insns.contains_key(&address) {
            // Goes on behind the function.
            flow.end(convention.results, |_| Value::Any);
        }
        for (target, state) in out {
            steps += 1 + state.size();
            if !flow.body.insns.contains_key(&target) {
                // Goes on in another function.
                flow.end(convention.results, |_| Value::Any);
                continue;
            }
            let count = visits.entry(target).or_default();
            let widen = *count > PATIENCE;
            let changed = match flow.states.get_mut(&target) {
                Some(known) => known.join(&state, widen),
                None => {
                    flow.states.insert(target, state);
                    true
                }
            };
            if changed {
                *count += 1;
                waiting.insert(target);
            }
        }
    }
    flow.steps = steps;
    flow
}

/// What an indirect jump leads to if nothing else does: the cases of a `switch`.
struct Cases {
    /// What is known at all indirect jumps.
    state: Option<State>,
    count: u32,
    seeds: Vec<u64>,
}

impl Cases {
    /// Adds what is known at an indirect jump; returns whether that is new.
    fn join(&mut self, state: &State) -> bool {
        self.count += 1;
        match &mut self.state {
            Some(known) => known.join(state, self.count > PATIENCE),
            None => {
                self.state = Some(state.clone());
                true
            }
        }
    }
}

/// Returns where several instructions go on to: behind a prefix that some jump over.
fn shared(body: &Body) -> Vec<u64> {
    let mut found = Vec::new();
    let mut ends: BTreeSet<u64> = BTreeSet::new();
    for insn in body.insns.values() {
        // Only instructions that overlap end at the same place.
        let next = insn.next();
        if !ends.insert(next) {
            found.push(next);
        }
        while ends
            .first()
            .is_some_and(|end| end.saturating_add(15) < insn.address)
        {
            ends.pop_first();
        }
    }
    found
}

/// Where control flow can go that is no call.
fn targets(insn: &Insn) -> impl Iterator<Item = u64> {
    let (target, next) = match insn.flow {
        Control::Jump(Target::At(target)) => (Some(target), None),
        Control::Branch(_, target) => (Some(target), Some(insn.next())),
        _ => (None, None),
    };
    target.into_iter().chain(next)
}

impl Flow {
    fn end(&mut self, results: &[Reg], value: impl Fn(Reg) -> Value) {
        for (reg, known) in results.iter().zip(&mut self.results) {
            *known = known.join(&value(*reg));
        }
    }

    /// Returns the state before an instruction, or nothing if no control flow leads there.
    pub(crate) fn before(
        &self,
        address: u64,
        context: &Context,
        callee: &dyn Fn(u64) -> Callee,
    ) -> Option<State> {
        if let Some(unknown) = &self.unknown {
            return self
                .body
                .insns
                .contains_key(&address)
                .then(|| unknown.clone());
        }
        let leader = *self.blocks.get(&address)?;
        let mut state = self.states.get(&leader)?.clone();
        let mut at = leader;
        while at != address {
            let insn = self.body.insns.get(&at)?;
            state.execute(&insn.effects, context);
            pass(&mut state, insn, context, callee);
            at = insn.next();
        }
        Some(state)
    }

    /// Calls a function for each instruction that is executed, with the state before it.
    pub(crate) fn each(
        &self,
        context: &Context,
        callee: &dyn Fn(u64) -> Callee,
        f: &mut dyn FnMut(&Insn, &State),
    ) {
        if let Some(unknown) = &self.unknown {
            self.body.insns.values().for_each(|insn| f(insn, unknown));
            return;
        }
        let mut states: BTreeMap<u64, State> = BTreeMap::new();
        for (address, leader) in &self.blocks {
            let Some(insn) = self.body.insns.get(address) else {
                continue;
            };
            if address == leader {
                states.extend(
                    self.states
                        .get(leader)
                        .map(|state| (*leader, state.clone())),
                );
            }
            let Some(mut state) = states.remove(address) else {
                continue;
            };
            f(insn, &state);
            state.execute(&insn.effects, context);
            pass(&mut state, insn, context, callee);
            // Where instructions overlap, another block can have the next address.
            if self.blocks.get(&insn.next()) == Some(leader) {
                states.insert(insn.next(), state);
            }
        }
    }

    /// Nothing is known anywhere.
    fn give_up(&mut self, context: &Context) {
        self.is_given_up = true;
        self.states.clear();
        self.blocks.clear();
        self.unknown = Some(State::unknown(context.image, Value::Any));
        self.results.fill(Value::Any);
    }
}
