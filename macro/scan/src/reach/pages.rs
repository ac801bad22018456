//! The pages of which registers can have the address, before each instruction: on AArch64, another
//! instruction adds the rest of an address.

use std::collections::{BTreeMap, BTreeSet};

use crate::arch::Convention;
use crate::body::Body;
use crate::insn::{Effect, Expr, Flow, Insn, Reg, Relative, Target};

/// The pages of each register.
type State = BTreeMap<Reg, BTreeSet<u64>>;

/// What is known where code joins.
pub(super) struct Pages {
    /// Every page that an instruction has the address of.
    all: State,
    /// What registers have where code joins. None where they have any page.
    joins: BTreeMap<u64, Option<State>>,
    /// Jumps of the function can lead anywhere in it.
    is_open: bool,
    convention: &'static Convention,
    /// Before the instruction that was gone to.
    current: State,
    /// The instruction to which that leads on.
    next: Option<u64>,
}

fn goes_on(insn: &Insn) -> bool {
    !matches!(
        insn.flow,
        Flow::Jump(_) | Flow::Return | Flow::Stop | Flow::Fault
    )
}

/// Returns the page of which an instruction has the address, and the register that gets it.
fn page(insn: &Insn) -> Option<(Reg, u64)> {
    match (insn.relative, &insn.effects[..]) {
        (Some(Relative::Page(page)), [Effect::Set(to, _), ..]) => Some((*to, page)),
        _ => None,
    }
}

impl Pages {
    pub(super) fn of(body: &Body, convention: &'static Convention) -> Pages {
        let mut all = State::new();
        for (reg, page) in body.insns.values().filter_map(page) {
            all.entry(reg).or_default().insert(page);
        }
        let mut pages = Pages {
            all,
            joins: BTreeMap::new(),
            is_open: !body.computed.is_empty() || !body.open.is_empty() || body.is_entered,
            convention,
            current: State::new(),
            next: None,
        };
        if !pages.all.is_empty() && !pages.is_open {
            pages.follow(body);
        }
        pages
    }

    /// Follows control flow from where it starts. Where something else leads, registers have any of the
    /// pages.
    fn follow(&mut self, body: &Body) {
        let targets = body.insns.values().filter_map(|insn| match insn.flow {
            Flow::Jump(Target::At(target)) | Flow::Branch(_, target) => Some(target),
            _ => None,
        });
        let pads = body.pads.iter().map(|pad| pad.at);
        let others: BTreeSet<u64> = pads.chain(body.unreached.iter().copied()).collect();
        let cases = body.cases.values().flatten().copied();
        let leaders: BTreeSet<u64> = { targets.chain(cases) }
            .chain(others.iter().copied())
            .chain([body.start])
            .collect();
        self.joins.extend(others.iter().map(|at| (*at, None)));
        self.joins.entry(body.start).or_insert(Some(State::new()));
        let mut waiting: BTreeSet<u64> = self.joins.keys().copied().collect();
        while let Some(leader) = waiting.pop_first() {
            let mut state = self.joins[&leader].as_ref().unwrap_or(&self.all).clone();
            let mut address = leader;
            while let Some(insn) = body.insns.get(&address) {
                self.apply(&mut state, insn);
                let target = match insn.flow {
                    Flow::Jump(Target::At(target)) | Flow::Branch(_, target) => Some(target),
                    _ => None,
                };
                let next = insn.next();
                let is_join = goes_on(insn) && leaders.contains(&next);
                let cases = body.cases.get(&address).into_iter().flatten().copied();
                for to in cases.chain(target).chain(is_join.then_some(next)) {
                    if leaders.contains(&to) && self.join(to, &state) {
                        waiting.insert(to);
                    }
                }
                if !goes_on(insn) || is_join {
                    break;
                }
                address = next;
            }
        }
    }

    /// Joins a state; returns whether it is new.
    fn join(&mut self, at: u64, state: &State) -> bool {
        let known = match self.joins.get_mut(&at) {
            Some(Some(known)) => known,
            Some(None) => return false,
            None => {
                self.joins.insert(at, Some(state.clone()));
                return true;
            }
        };
        let mut is_new = false;
        for (reg, pages) in state {
            let known = known.entry(*reg).or_default();
            let before = known.len();
            known.extend(pages);
            is_new |= known.len() > before;
        }
        is_new
    }

    /// Takes what an instruction does.
    fn apply(&self, state: &mut State, insn: &Insn) {
        for effect in &insn.effects {
            let Effect::Set(to, expr) = effect else {
                continue;
            };
            // It can have been put there before.
            let is_on_stack = matches!(expr, Expr::Load(place, 8, None)
                if place.base == Some(self.convention.stack));
            match self.all.get(to).filter(|_| is_on_stack) {
                Some(pages) => drop(state.insert(*to, pages.clone())),
                None => drop(state.remove(to)),
            }
        }
        if let Some((to, page)) = page(insn) {
            state.insert(to, BTreeSet::from([page]));
        }
        if matches!(insn.flow, Flow::Call(_)) {
            for reg in self.convention.passed() {
                state.remove(&reg);
            }
        }
    }

    /// Goes to an instruction, of which all are gone to in order.
    pub(super) fn enter(&mut self, insn: &Insn) {
        match self.joins.get(&insn.address) {
            Some(Some(state)) => self.current.clone_from(state),
            None if self.next == Some(insn.address) => {}
            Some(None) | None => self.current.clone_from(&self.all),
        }
    }

    /// Leaves the instruction.
    pub(super) fn leave(&mut self, insn: &Insn) {
        let mut state = std::mem::take(&mut self.current);
        self.apply(&mut state, insn);
        self.current = state;
        self.next = goes_on(insn).then(|| insn.next());
    }

    /// Returns the pages that a register can have before the instruction.
    pub(super) fn get(&self, reg: &Reg) -> impl Iterator<Item = &u64> {
        let state = match self.is_open {
            true => &self.all,
            false => &self.current,
        };
        state.get(reg).into_iter().flatten()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}
