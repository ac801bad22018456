//! What memory has: who writes there.

use std::rc::Rc;

use super::{Bounds, Found, Unbounded};
use crate::image::Pointer;
use crate::insn::Effect;
use crate::reach::{At, Id};
use crate::state::State;
use crate::value::{Atom, Start, Value};

impl Bounds<'_> {
    /// Returns what can be in memory at an address that a function uses.
    pub(super) fn memory(
        &mut self,
        found: &Found,
        address: &Atom,
        width: u8,
    ) -> Result<Vec<Found>, Unbounded> {
        match &address.start {
            Start::Zero => self.global(found.function, address.plus as u64, width),
            Start::Module(_) => Err("it is read from another file".into()),
            Start::Code => Err(self.unknown(found.function)),
            Start::Entry(_) => {
                let stack = self.flows.convention().stack;
                let is_stack = address.offset_from(stack).is_some();
                if !is_stack {
                    self.assumed.insert(UNCHANGED);
                }
                let callers = self.callers(found.function, !is_stack)?;
                let Start::Entry(reg) = address.start else {
                    return Ok(Vec::new());
                };
                let mut all = Vec::new();
                for caller in callers.iter() {
                    let place = caller.parameter(reg, address.plus);
                    let Some(places) = place.atoms() else {
                        return Err(self.unknown(caller.function));
                    };
                    for place in places {
                        let pointed = Found {
                            function: caller.function,
                            state: caller.state.clone(),
                            value: Value::Any,
                        };
                        all.push(self.read(&pointed, place, width));
                    }
                }
                Ok(all)
            }
            Start::Memory(..) => {
                self.assumed.insert(UNCHANGED);
                let mut pointers = self.sources(found, address)?;
                let mut all = Vec::new();
                // One step back is not enough where the pointer is a parameter.
                for pointer in std::mem::take(&mut pointers) {
                    let Some(places) = pointer.value.atoms() else {
                        return Err(self.unknown(pointer.function));
                    };
                    for place in places {
                        all.push(self.read(&pointer, place, width));
                    }
                }
                Ok(all)
            }
        }
    }

    /// Reads memory at a place, as a function knows it at a point.
    fn read(&self, at: &Found, place: &Atom, width: u8) -> Found {
        let value = self.flows.with(at.function, |context| {
            at.state.load(&Value::atom(place.clone()), width, context)
        });
        Found {
            value,
            ..at.clone()
        }
    }

    /// Returns what can be in memory at a fixed address: what the file has, and what is written.
    fn global(&mut self, function: Id, address: u64, width: u8) -> Result<Vec<Found>, Unbounded> {
        let module = self.flows.reach.functions[function].at.module;
        let image = &self.flows.reach.modules.images[module];
        if image.is_null(address) {
            return Ok(Vec::new());
        }
        if !image.is_mapped(address) {
            // A parameter of 32 bits can be negative.
            return Err(format!("it is read at {address:#x}, where nothing is"));
        }
        let at = |address| At { module, address };
        let start = image.object_start(address);
        let taken = &self.flows.reach.taken;
        let is_taken = taken.range(at(start)..=at(address)).next_back().is_some();
        let is_fixed = match image.pointers.contains_key(&address) {
            true => image.is_fixed(address),
            false => image.is_constant(address),
        };
        if is_taken && !is_fixed {
            return Err(format!(
                "it is read at {address:#x}, where a pointer can write"
            ));
        }
        if !is_fixed && !image.has_object(address) {
            self.assumed.insert(NAMELESS);
        }
        if image.copied(address).is_some() {
            return Err(format!(
                "it is read at {address:#x}, where the loader copies to"
            ));
        }
        let mut all = Vec::new();
        let initial = match image.pointers.get(&address) {
            Some(Pointer::Own(target)) => Some(*target),
            Some(_) => {
                return Err(format!(
                    "it is read at {address:#x}, which the loader writes"
                ));
            }
            None => image.number(address, width),
        };
        if let Some(number) = initial {
            let state = Rc::new(State::entry(image));
            all.push(Found {
                function,
                state,
                value: Value::number(number),
            });
        }
        if is_fixed {
            return Ok(all);
        }
        let reach = self.flows.reach;
        let near = reach
            .writers
            .range(at(address.saturating_sub(63))..at(address + u64::from(width)));
        for (place, writers) in near {
            for (writer, from) in writers {
                let Some(state) = self.flows.before(*writer, *from) else {
                    continue;
                };
                let flow = self.flows.of(*writer);
                let Some(insn) = flow.body.insns.get(from) else {
                    continue;
                };
                let mut now = state;
                for effect in &insn.effects {
                    if let Effect::Store(target, value, size) = effect {
                        let is_here = now.address(target).only_number() == Some(place.address);
                        let end = place.address.saturating_add((*size).into());
                        if is_here && end > address {
                            if place.address != address || *size < width.into() {
                                return Err(format!(
                                    "it is read at {address:#x}, which is written in parts"
                                ));
                            }
                            let value = value.map_or(Value::Any, |value| now.operand(value));
                            let value = value.low(width);
                            let state = Rc::new(now.clone());
                            all.push(Found {
                                function: *writer,
                                state,
                                value,
                            });
                        }
                    }
                    self.flows.with(*writer, |context| {
                        now.execute(std::slice::from_ref(effect), context)
                    });
                }
            }
        }
        Ok(all)
    }
}

const UNCHANGED: &str = "a number in a structure is not changed after a function has passed the structure to others or left its address for them";

const NAMELESS: &str = "where no symbol says which object a word is part of, the address of another word does not lead to it";
