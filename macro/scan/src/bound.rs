//! A system call instruction → the numbers that can be in the register there.
//!
//! A value is followed back through the functions: what a function got as a parameter comes from its
//! callers, and what it reads from memory from those that write there. It ends in numbers, or at
//! something that cannot be known.

mod callers;
mod flows;
mod memory;
mod watch;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use crate::arch::Arch;
use crate::insn::{Flow, Target};
use crate::reach::{Id, Reach};
use crate::state::State;
use crate::value::{Atom, Start, Value};
pub(crate) use flows::Flows;

/// A value in a function, and what was known there.
#[derive(Clone)]
struct Found {
    function: Id,
    state: Rc<State>,
    value: Value,
}

/// The most steps for a value.
const MOST: usize = 20_000;

/// Why a value is not bounded.
pub(crate) type Unbounded = String;

/// Numbers, each with the functions that decide it.
pub(crate) type Decided = BTreeMap<u64, BTreeSet<Id>>;

/// Follows values.
pub(crate) struct Bounds<'a> {
    flows: Flows<'a>,
    known: HashMap<(Id, bool), callers::Known>,
    /// What had to be assumed.
    pub(crate) assumed: BTreeSet<&'static str>,
}

impl<'a> Bounds<'a> {
    pub(crate) fn new(reach: &'a Reach) -> Bounds<'a> {
        Bounds {
            flows: Flows::new(reach),
            known: HashMap::new(),
            assumed: BTreeSet::new(),
        }
    }

    pub(crate) fn arch(&self) -> Arch {
        self.flows.reach.modules.images[0].arch
    }

    /// Returns the numbers at a system call instruction of a function. Only 32 bits of the register
    /// count.
    pub(crate) fn site(&mut self, function: Id, address: u64) -> Result<Decided, Unbounded> {
        let number = self.flows.convention().number;
        let Some(state) = self.flows.before(function, address) else {
            return Ok(Decided::new());
        };
        let value = state.reg(number).clone();
        if value.atoms().is_some_and(<[Atom]>::is_empty) {
            return Err(self.unknown(function));
        }
        let found = Found {
            function,
            state: Rc::new(state),
            value,
        };
        let decided = self.numbers(found)?;
        let mut low = Decided::new();
        for (number, functions) in decided {
            low.entry(number & 0xffff_ffff)
                .or_default()
                .extend(functions);
        }
        Ok(low)
    }

    /// Returns whether an indirect jump of a function can lead to code. Through a null pointer, which is
    /// what is left of a weak symbol that a static program does not have, it does not.
    pub(crate) fn leads_somewhere(&self, function: Id, address: u64) -> bool {
        let Some(state) = self.flows.before(function, address) else {
            return true;
        };
        let flow = self.flows.of(function);
        let insn = flow.body.insns.get(&address);
        let Some(Flow::Jump(Target::Reg(reg))) = insn.map(|insn| insn.flow) else {
            return true;
        };
        state.reg(reg).only_number() != Some(0)
    }

    /// From now on, little more is spent: arguments are an extra.
    pub(crate) fn limit(&mut self) {
        self.flows.limit();
    }

    /// Returns the values of an argument at a system call instruction, if they are bounded.
    pub(crate) fn argument(
        &mut self,
        function: Id,
        address: u64,
        index: usize,
    ) -> Option<BTreeSet<u64>> {
        if self.flows.is_over() {
            return None;
        }
        let reg = self.flows.convention().arguments[index];
        let state = self.flows.before(function, address)?;
        let value = state.reg(reg).clone();
        let found = Found {
            function,
            state: Rc::new(state),
            value,
        };
        let decided = self.numbers(found).ok()?;
        // A parameter of 32 bits can be extended in either way before it gets here.
        let extended = |number: u64| {
            let both = [number & 0xffff_ffff, number as i32 as u64];
            match both.contains(&number) {
                true => both,
                false => [number; 2],
            }
        };
        Some(decided.into_keys().flat_map(extended).collect())
    }

    /// Returns what a function gets as its second parameter, if that is bounded.
    pub(crate) fn second_parameter(&mut self, function: Id) -> Option<Decided> {
        let convention = self.flows.convention();
        let found = Found {
            function,
            state: Rc::new(
                self.flows
                    .with(function, |context| State::entry(context.image)),
            ),
            value: Value::atom(Atom::entry(convention.parameters[1], 0)),
        };
        self.numbers(found).ok()
    }

    /// Follows a value to its numbers.
    fn numbers(&mut self, found: Found) -> Result<Decided, Unbounded> {
        let mut decided = Decided::new();
        let mut seen: BTreeSet<(Id, Atom)> = BTreeSet::new();
        let mut waiting = vec![found];
        let mut steps = 0;
        while let Some(found) = waiting.pop() {
            let Some(atoms) = found.value.atoms() else {
                return Err(self.unknown(found.function));
            };
            for atom in atoms {
                steps += 1;
                if steps > MOST {
                    return Err("too many ways lead here".into());
                }
                if let Some(number) = atom.as_number() {
                    decided.entry(number).or_default().insert(found.function);
                } else if seen.insert((found.function, atom.clone())) {
                    waiting.extend(self.sources(&found, atom)?);
                }
            }
        }
        Ok(decided)
    }

    /// Returns where a value comes from, one step back.
    fn sources(&mut self, found: &Found, atom: &Atom) -> Result<Vec<Found>, Unbounded> {
        match &atom.start {
            Start::Zero => Ok(Vec::new()),
            Start::Module(_) => Err("it is an address of another file".into()),
            Start::Code => Err(self.unknown(found.function)),
            Start::Entry(reg) if *reg == self.flows.convention().stack => {
                Err("it is an address on the stack".into())
            }
            Start::Entry(reg) => {
                let reg = *reg;
                let callers = self.callers(found.function, false)?;
                let plus = atom.plus;
                Ok(callers
                    .iter()
                    .map(|caller| Found {
                        value: caller.parameter(reg, plus),
                        function: caller.function,
                        state: caller.state.clone(),
                    })
                    .collect())
            }
            Start::Memory(address, width) => {
                let read = self.memory(found, address, *width)?;
                let add = |found: Found| {
                    let atoms = found
                        .value
                        .atoms()
                        .map(|atoms| atoms.iter().map(|known| known.add(atom.plus)).collect());
                    Found {
                        value: atoms.map_or(Value::Any, Value::from_atoms),
                        ..found
                    }
                };
                Ok(read.into_iter().map(add).collect())
            }
        }
    }

    fn unknown(&self, function: Id) -> Unbounded {
        format!(
            "the number is computed or read in `{}` in a way that is not followed",
            self.flows.name(function)
        )
    }
}
