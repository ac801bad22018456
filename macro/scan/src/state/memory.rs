//! What a state knows of memory, and who can change it.

use super::{Context, Slot, State};
use crate::image::Pointer;
use crate::insn::{Op, Place, REGISTERS, Reg, TEMP};
use crate::value::{Atom, Start, Value};

/// How many bytes of parameters a call has on the stack at most, with where it returns to.
const PARAMETERS: i64 = 10 * 8;

impl State {
    /// Returns whether it is in the function's own part of the stack, where nothing is known that it
    /// did not write.
    pub(super) fn is_frame(&self, (start, offset): &Slot) -> bool {
        *start == Start::Entry(self.stack) && *offset < 0
    }

    /// Returns what is at a place.
    pub(super) fn at(&self, key: &Slot, width: u8) -> Value {
        if let Some((known, value)) = self.slots.get(key) {
            if *known >= width {
                return value.low(width);
            }
        }
        let mut parts = self.overlapping(key, width.into()).peekable();
        let is_stack = key.0 == Start::Entry(self.stack);
        let is_changed = is_stack && key.1 >= self.lost || !is_stack && self.blind;
        if parts.peek().is_some() || self.is_frame(key) || is_changed {
            let values = parts.filter_map(|slot| self.slots.get(&slot));
            let values = values.map(|(_, value)| value).chain([&self.anywhere]);
            return Value::unknown_within(values, &self.code);
        }
        let (start, plus) = key.clone();
        Value::atom(Atom::memory(Atom { start, plus }, width))
    }

    /// Returns the slots that share bytes with a range.
    pub(super) fn overlapping(&self, key: &Slot, size: i64) -> impl Iterator<Item = Slot> + '_ {
        let (start, from) = key.clone();
        let end = from.saturating_add(size);
        let slots = self.slots.range((start.clone(), from.saturating_sub(8))..);
        slots
            .take_while(move |((own, offset), _)| *own == start && *offset < end)
            .filter(move |((_, offset), (width, _))| offset.saturating_add((*width).into()) > from)
            .map(|(slot, _)| slot.clone())
    }

    /// Returns the addresses of a place.
    pub(crate) fn address(&self, place: &Place) -> Value {
        if place.thread {
            return Value::Any;
        }
        let mut sum = Value::number(place.offset as u64);
        if let Some(base) = place.base {
            sum = Value::compute(Op::Add, self.reg(base), &sum, 8, self.stack);
        }
        if let Some((index, scale)) = place.index {
            let shift = Value::number(scale.trailing_zeros().into());
            let scaled = Value::compute(Op::ShiftLeft, self.reg(index), &shift, 8, self.stack);
            sum = Value::compute(Op::Add, &sum, &scaled, 8, self.stack);
        }
        sum
    }

    /// Returns whether the address of a place is made of one on the stack.
    pub(crate) fn is_on_stack(&self, place: &Place) -> bool {
        let index = place.index.map(|(index, _)| index);
        let mut used = place.base.into_iter().chain(index);
        used.any(|reg| self.reg(reg).is_from(self.stack))
    }

    /// Returns what is in memory at a place.
    pub(crate) fn load_place(&self, place: &Place, width: u8, context: &Context) -> Value {
        let address = self.address(place);
        if address.is_open() && self.is_on_stack(place) {
            let slots = self.slots.values().map(|(_, value)| value);
            return Value::unknown_within(slots.chain([&self.anywhere]), &self.code);
        }
        self.load(&address, width, context)
    }

    /// Returns whether what is read at a place can be an address on the stack, in a way that is not known
    /// any more.
    pub(super) fn hides_place(&self, place: &Place, width: u8) -> bool {
        if !self.is_on_stack(place) {
            return false;
        }
        let is_place = |(_, value): &(u8, Value)| value.is_from(self.stack);
        match self.address(place).atoms() {
            None => self.slots.values().any(is_place),
            Some(addresses) => addresses.iter().any(|address| {
                let key = (address.start.clone(), address.plus);
                let mut parts = self.overlapping(&key, width.into());
                parts.any(|slot| self.slots.get(&slot).is_some_and(is_place))
            }),
        }
    }

    /// Returns what some of the bytes at a place are part of, if the place is known.
    pub(super) fn parts_at(&self, place: &Place, width: u8) -> impl Iterator<Item = &Value> {
        let address = self.address(place);
        let keys: Vec<Slot> = { address.parts().iter() }
            .map(|atom| (atom.start.clone(), atom.plus))
            .collect();
        keys.into_iter().flat_map(move |key| {
            let parts: Vec<Slot> = self.overlapping(&key, width.into()).collect();
            let values = parts.into_iter().filter_map(|slot| self.slots.get(&slot));
            values.map(|(_, value)| value)
        })
    }

    /// Returns what is on the stack where others can read it: from there on, it is in their hands.
    pub(crate) fn exposed(&self) -> impl Iterator<Item = &Value> {
        let stack = Start::Entry(self.stack);
        let slots = self.slots.range((stack.clone(), self.escaped)..);
        let slots = slots.take_while(move |((start, _), _)| *start == stack);
        slots.map(|(_, (_, value))| value)
    }

    /// Returns what is in memory at an address.
    pub(crate) fn load(&self, address: &Value, width: u8, context: &Context) -> Value {
        let Some(addresses) = address.atoms() else {
            return Value::Any;
        };
        let mut all: Option<Value> = None;
        for address in addresses {
            let value = self.read(address, width, context);
            all = Some(all.map_or_else(|| value.clone(), |all| all.join(&value)));
        }
        all.unwrap_or(Value::Any)
    }

    pub(super) fn read(&self, address: &Atom, width: u8, context: &Context) -> Value {
        let Some(number) = address.as_number() else {
            return self.at(&(address.start.clone(), address.plus), width);
        };
        let image = context.image;
        if !image.is_fixed(number) || image.is_null(number) {
            return Value::atom(Atom::memory(address.clone(), width));
        }
        match image.pointers.get(&number).filter(|_| width == 8) {
            Some(Pointer::Own(target)) => Value::number(*target),
            Some(Pointer::Resolved(_) | Pointer::Copied(_)) => Value::Any,
            Some(Pointer::Symbol(name, plus)) => {
                let found = (context.symbol)(name).into_iter();
                let atoms: Vec<Atom> = found
                    .map(|(module, address)| Atom {
                        start: Start::of(module, context.module),
                        plus: (address as i64).wrapping_add(*plus),
                    })
                    .collect();
                if atoms.is_empty() {
                    Value::Any
                } else {
                    Value::from_atoms(atoms)
                }
            }
            // The start of a program can write there what no relocation does.
            None if !image.is_constant(number) => Value::atom(Atom::memory(address.clone(), width)),
            None => image
                .number(number, width)
                .map_or(Value::Any, Value::number),
        }
    }

    /// Writes to memory.
    pub(super) fn store(&mut self, address: &Value, value: Option<Value>, size: u32) {
        let value = value.unwrap_or(Value::Any);
        let Some(addresses) = address.atoms() else {
            self.others_write();
            self.escape(&value);
            return;
        };
        let only = addresses.len() == 1;
        let stack = Start::Entry(self.stack);
        for address in addresses {
            if address.as_number().is_some() {
                // Globals are known by all that write to them, wherever. A pointer of which nothing is
                // known can lead to this one, or be this one.
                self.escape(&value);
                let changed = self.slots.keys().filter(|(start, _)| *start != stack);
                for slot in changed.cloned().collect::<Vec<_>>() {
                    self.forget(&slot);
                }
                self.is_written = true;
                continue;
            }
            let key = (address.start.clone(), address.plus);
            let is_stack = key.0 == Start::Entry(self.stack);
            if !is_stack || key.1 >= self.escaped || size > 8 {
                self.escape(&value);
            }
            let width = size.min(8) as u8;
            let old = if only {
                Value::One([].into())
            } else {
                self.at(&key, width)
            };
            let mut changed: Vec<Slot> = self.overlapping(&key, size.into()).collect();
            if !is_stack {
                // Two pointers of which nothing is known can be to the same place, also to one on the
                // stack that somebody has the address of.
                let escaped = self.escaped;
                let others = self
                    .slots
                    .keys()
                    .filter(|(start, offset)| match *start == stack {
                        true => *offset >= escaped,
                        false => *start != key.0,
                    });
                changed.extend(others.cloned());
                self.lost = self.lost.min(escaped.max(0));
                self.is_written = true;
            } else if key.1.saturating_add(size.into()) > self.escaped {
                // Pointers that were loaded since can lead here.
                let loaded = |(start, _): &&Slot| matches!(start, Start::Memory(..));
                changed.extend(self.slots.keys().filter(loaded).cloned());
                self.is_written = true;
            }
            let end = key.1.saturating_add(size.into());
            for slot in changed {
                let width = self.slots.get(&slot).map_or(8, |(width, _)| *width);
                let is_covered = slot.0 == key.0
                    && slot.1 >= key.1
                    && slot.1.saturating_add(width.into()) <= end;
                if only && is_covered && self.is_frame(&slot) {
                    self.slots.remove(&slot);
                } else {
                    self.forget(&slot);
                }
            }
            if size > 8 && is_stack {
                self.lost = self.lost.min(key.1.max(0));
                continue;
            }
            let new = if size > 8 {
                Value::Any
            } else {
                old.join(&value).within(&self.code)
            };
            if new.is_open() {
                // Where it is kept, nobody knows any more that it is a place on the stack.
                self.escape(&old);
                self.escape(&value);
            }
            if self.is_frame(&key) && new == Value::Any {
                self.slots.remove(&key);
            } else {
                self.slots.insert(key, (width, new));
            }
        }
        self.limit();
    }

    /// Takes a value for one that can have changed.
    pub(super) fn forget(&mut self, slot: &Slot) {
        let Some((_, value)) = self.slots.get_mut(slot) else {
            return;
        };
        *value = Value::unknown_within([&*value], &self.code);
        if *value == Value::Any && self.is_frame(slot) {
            self.slots.remove(slot);
        }
    }

    /// Gives a value to somebody else. If it is a place on the stack, that and what is above it can
    /// change from now on; and so can the places of which it has addresses.
    pub(crate) fn escape(&mut self, value: &Value) {
        let stack = self.stack;
        let Some(atoms) = value.atoms() else { return };
        let mut lowest = atoms
            .iter()
            .filter_map(|atom| atom.offset_from(stack))
            .min();
        while let Some(place) = lowest.filter(|place| *place < self.escaped) {
            self.escaped = place;
            let above = self.slots.range((Start::Entry(stack), place)..);
            let above = above.take_while(|((start, _), _)| *start == Start::Entry(stack));
            let values = above.filter_map(|(_, (_, value))| value.atoms());
            let places = values.flatten().filter_map(|atom| atom.offset_from(stack));
            lowest = places.min();
        }
    }

    /// Whatever is on the stack can have changed.
    pub(crate) fn forget_stack(&mut self) {
        (self.escaped, self.lost) = (i64::MIN, i64::MIN);
        self.others_write();
    }

    /// What lies below the stack pointer is somebody else's.
    pub(crate) fn forget_below(&mut self) {
        let stack = Start::Entry(self.stack);
        let top = self.reg(self.stack).only();
        let top = top.and_then(|atom| atom.offset_from(self.stack));
        let below = (stack.clone(), i64::MIN)..(stack, top.unwrap_or(i64::MAX));
        let below: Vec<Slot> = { self.slots.range(below) }
            .map(|(slot, _)| slot.clone())
            .collect();
        for slot in below {
            self.forget(&slot);
        }
    }

    /// Somebody else runs, or a write goes to a place that is not known.
    pub(crate) fn others_write(&mut self) {
        let stack = Start::Entry(self.stack);
        let escaped = self.escaped;
        let changed: Vec<Slot> = self
            .slots
            .keys()
            .filter(|(start, offset)| *start != stack || *offset >= escaped)
            .cloned()
            .collect();
        for slot in changed {
            self.forget(&slot);
        }
        self.lost = self.lost.min(escaped.max(0));
        self.is_written = true;
    }

    /// Returns what is on the stack where somebody else sees it when others run, who get what is in some
    /// registers, and parameters on the stack or not.
    pub(crate) fn shown(&self, to: &[Reg], on_stack: bool, pushed: i64) -> Vec<Value> {
        let mut state = self.clone();
        let top = self.reg(self.stack).only();
        if let Some(top) = top.and_then(|atom| atom.offset_from(self.stack)) {
            // Where it returns to is no value of the function, nor is what lies below.
            let top = top.saturating_add(pushed);
            let stack = Start::Entry(self.stack);
            state
                .slots
                .retain(|(start, offset), _| *start != stack || *offset >= top);
        }
        for reg in to {
            state.escape(&self.reg(*reg).clone());
        }
        let mut values = match on_stack {
            true => state.parameters_on_stack(),
            false => Vec::new(),
        };
        for value in &values {
            state.escape(value);
        }
        let from = (Start::Entry(self.stack), state.escaped);
        let above = state.slots.range(from..);
        let above = above.take_while(|((start, _), _)| *start == Start::Entry(self.stack));
        values.extend(above.map(|(_, (_, value))| value.clone()));
        values
    }

    /// Returns what code has that goes on with the registers and the stack of the function: all that is
    /// known, but for some registers.
    pub(crate) fn handed_over(&self, but: &[Reg]) -> Vec<&Value> {
        let stack = Start::Entry(self.stack);
        let top = self.reg(self.stack).only();
        let top = top.and_then(|atom| atom.offset_from(self.stack));
        let from = (stack.clone(), top.unwrap_or(i64::MIN));
        let slots = self.slots.range(from..);
        let slots = slots.take_while(|((start, _), _)| *start == stack);
        let regs = (0..REGISTERS as u8).map(Reg);
        let regs = regs.filter(|reg| *reg != TEMP && !but.contains(reg));
        regs.map(|reg| self.reg(reg))
            .chain(slots.map(|(_, (_, value))| value))
            .chain([&self.anywhere])
            .collect()
    }

    /// Returns the stack slots at and above a place that can hold parameters of a call.
    pub(crate) fn parameters_on_stack(&self) -> Vec<Value> {
        let Some(top) = self
            .reg(self.stack)
            .only()
            .and_then(|atom| atom.offset_from(self.stack))
        else {
            return Vec::new();
        };
        let end = top.saturating_add(PARAMETERS);
        let range = (Start::Entry(self.stack), top)..(Start::Entry(self.stack), end);
        self.slots
            .range(range)
            .map(|(_, (_, value))| value.clone())
            .collect()
    }
}
