//! What is known before an instruction → [`State`]: of registers, of the stack, and of memory that
//! parameters point to.

use std::collections::BTreeMap;

use crate::image::Image;
use crate::image::Pointer;
use crate::insn::{Effect, Expr, Op, Operand, Place, REGISTERS, Reg};
use crate::value::{Atom, Start, Value, low};

/// A place in memory: what its address starts from, and the offset.
type Slot = (Start, i64);

/// What is known at a point of a function, in terms of what was there when it was entered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct State {
    stack: Reg,
    regs: Vec<Value>,
    /// What was written, and how many bytes.
    slots: BTreeMap<Slot, (u8, Value)>,
    /// The lowest place on the stack of which somebody else has the address: that and all above it
    /// can change when others run. Objects are not written below their address.
    escaped: i64,
    /// From here on, nothing of the stack is as it was at entry, but what is in `slots`.
    lost: i64,
    /// What was written through parameters and what is read through them is not known any more.
    blind: bool,
    compared: Option<(Reg, u64, u8)>,
}

/// More slots than this are given up.
const MOST: usize = 1024;

/// What all states of a function share: memory that does not change, and symbols.
pub(crate) struct Context<'a> {
    pub(crate) image: &'a Image,
    /// Finds the code that a symbol stands for: module and address.
    pub(crate) symbol: &'a dyn Fn(&str) -> Vec<(usize, u64)>,
}

impl State {
    /// Returns the state when a function is entered.
    pub(crate) fn entry(stack: Reg) -> State {
        let regs = (0..REGISTERS).map(|reg| Value::atom(Atom::entry(Reg(reg as u8), 0)));
        State {
            stack,
            regs: regs.collect(),
            slots: BTreeMap::new(),
            escaped: i64::MAX,
            lost: i64::MAX,
            blind: false,
            compared: None,
        }
    }

    /// Returns a state of which nothing is known but the stack pointer.
    pub(crate) fn unknown(stack: Reg, pointer: Value) -> State {
        let mut state = State::entry(stack);
        state.regs.fill(Value::Any);
        (state.escaped, state.lost) = (i64::MIN, i64::MIN);
        state.set(stack, pointer);
        state
    }

    /// Returns how many places are known.
    pub(crate) fn size(&self) -> usize {
        self.slots.len()
    }

    /// Gives up what is known of memory if that is too much.
    fn limit(&mut self) {
        if self.slots.len() > MOST {
            self.slots.clear();
            (self.escaped, self.lost, self.blind) = (i64::MIN, i64::MIN, true);
        }
    }

    pub(crate) fn reg(&self, reg: Reg) -> &Value {
        &self.regs[usize::from(reg.0)]
    }

    pub(crate) fn set(&mut self, reg: Reg, value: Value) {
        self.regs[usize::from(reg.0)] = value;
        if self.compared.is_some_and(|(compared, ..)| compared == reg) {
            self.compared = None;
        }
    }

    pub(crate) fn forget_comparison(&mut self) {
        self.compared = None;
    }

    pub(crate) fn forget_registers(&mut self) {
        self.regs.fill(Value::Any);
        self.compared = None;
    }

    pub(crate) fn operand(&self, operand: Operand) -> Value {
        match operand {
            Operand::Reg(reg) => self.reg(reg).clone(),
            Operand::Const(number) => Value::number(number),
        }
    }

    /// Joins another state into this; returns whether it changed. With `widen`, what changes is given
    /// up.
    pub(crate) fn join(&mut self, other: &State, widen: bool) -> bool {
        let stack = self.stack;
        let (mut changed, mut lost) = (false, false);
        for (own, new) in self.regs.iter_mut().zip(&other.regs) {
            let joined = own.join(new);
            if joined != *own {
                let joined = if widen { Value::Any } else { joined };
                let is_lost = joined == Value::Any && (own.is_from(stack) || new.is_from(stack));
                lost |= is_lost;
                *own = joined;
                changed = true;
            }
        }
        if lost {
            self.escaped = i64::MIN;
        }
        let keys: Vec<Slot> = self
            .slots
            .keys()
            .chain(other.slots.keys())
            .cloned()
            .collect();
        for key in keys {
            let width = |state: &State| state.slots.get(&key).map(|(width, _)| *width);
            let (a, b) = (width(self), width(other));
            let wide = a.or(b).unwrap_or(8);
            let is_same = a.unwrap_or(wide) == b.unwrap_or(wide);
            let joined = match is_same {
                true => self.at(&key, wide).join(&other.at(&key, wide)),
                false => Value::Any,
            };
            let known = self.slots.get(&key);
            if known.is_some_and(|(_, value)| *value == joined) {
                continue;
            }
            let is_new = known.is_none();
            let value = if widen && !is_new { Value::Any } else { joined };
            if self.is_frame(&key) && value == Value::Any {
                changed |= self.slots.remove(&key).is_some();
            } else {
                self.slots.insert(key, (wide, value));
                changed = true;
            }
        }
        let marks = (self.escaped.min(other.escaped), self.lost.min(other.lost));
        changed |= marks != (self.escaped, self.lost) || (other.blind && !self.blind);
        self.blind |= other.blind;
        (self.escaped, self.lost) = marks;
        if self.compared.is_some() && self.compared != other.compared {
            self.compared = None;
            changed = true;
        }
        self.limit();
        changed
    }

    /// Returns whether it is in the function's own part of the stack, where nothing is known that it
    /// did not write.
    fn is_frame(&self, (start, offset): &Slot) -> bool {
        *start == Start::Entry(self.stack) && *offset < 0
    }

    /// Returns what is at a place.
    fn at(&self, key: &Slot, width: u8) -> Value {
        if let Some((known, value)) = self.slots.get(key) {
            return if *known >= width {
                value.low(width)
            } else {
                Value::Any
            };
        }
        if self.overlapping(key, width.into()).next().is_some() || self.is_frame(key) {
            return Value::Any;
        }
        let is_stack = key.0 == Start::Entry(self.stack);
        if is_stack && key.1 >= self.lost || !is_stack && self.blind {
            return Value::Any;
        }
        let (start, plus) = key.clone();
        Value::atom(Atom::memory(Atom { start, plus }, width))
    }

    /// Returns the slots that share bytes with a range.
    fn overlapping(&self, key: &Slot, size: i64) -> impl Iterator<Item = Slot> + '_ {
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

    fn read(&self, address: &Atom, width: u8, context: &Context) -> Value {
        let Some(number) = address.as_number() else {
            return self.at(&(address.start.clone(), address.plus), width);
        };
        let image = context.image;
        if !image.is_fixed(number) {
            return Value::atom(Atom::memory(address.clone(), width));
        }
        match image.pointers.get(&number).filter(|_| width == 8) {
            Some(Pointer::Own(target)) => Value::number(*target),
            Some(Pointer::Resolved(_)) => Value::Any,
            Some(Pointer::Symbol(name, plus)) => {
                let found = (context.symbol)(name).into_iter();
                let atoms: Vec<Atom> = found
                    .map(|(module, address)| Atom {
                        start: Start::Module(module),
                        plus: (address as i64).wrapping_add(*plus),
                    })
                    .collect();
                if atoms.is_empty() {
                    Value::Any
                } else {
                    Value::from_atoms(atoms)
                }
            }
            None => image
                .number(number, width)
                .map_or(Value::Any, Value::number),
        }
    }

    /// Writes to memory.
    fn store(&mut self, address: &Value, value: Option<Value>, size: u32) {
        let value = value.unwrap_or(Value::Any);
        let Some(addresses) = address.atoms() else {
            self.others_write();
            self.escape(&value);
            return;
        };
        let only = addresses.len() == 1;
        for address in addresses {
            if address.as_number().is_some() {
                // Globals are known by all that write to them, wherever.
                self.escape(&value);
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
            let overlapping: Vec<Slot> = self.overlapping(&key, size.into()).collect();
            for slot in overlapping {
                self.forget(&slot);
            }
            if size > 8 && is_stack {
                self.lost = self.lost.min(key.1.max(0));
                continue;
            }
            let new = if size > 8 {
                Value::Any
            } else {
                old.join(&value)
            };
            if self.is_frame(&key) && new == Value::Any {
                self.slots.remove(&key);
            } else {
                self.slots.insert(key, (width, new));
            }
        }
        self.limit();
    }

    fn forget(&mut self, slot: &Slot) {
        if self.is_frame(slot) {
            self.slots.remove(slot);
        } else if let Some((_, value)) = self.slots.get_mut(slot) {
            *value = Value::Any;
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
        let range =
            (Start::Entry(self.stack), top)..(Start::Entry(self.stack), top.saturating_add(64));
        self.slots
            .range(range)
            .map(|(_, (_, value))| value.clone())
            .collect()
    }

    fn eval(&self, expr: &Expr, context: &Context) -> Value {
        match expr {
            Expr::Unknown => Value::Any,
            Expr::Low(value, width) => self.operand(*value).low(*width),
            Expr::Signed(value, from, to) => self.operand(*value).signed(*from, *to),
            Expr::Binary(op, left, right, width) => {
                let (left, right) = (self.operand(*left), self.operand(*right));
                Value::compute(*op, &left, &right, *width, self.stack)
            }
            Expr::Load(place, width, signed) => {
                let value = self.load(&self.address(place), *width, context);
                signed.map_or(value.clone(), |to| value.signed(*width, to))
            }
            Expr::Either(left, right, width) => self
                .operand(*left)
                .low(*width)
                .join(&self.operand(*right).low(*width)),
            Expr::Insert(to, value, width, shift) => {
                self.reg(*to).insert(&self.operand(*value), *width, *shift)
            }
        }
    }

    fn is_from_stack(&self, expr: &Expr) -> bool {
        let is = |operand: &Operand| self.operand(*operand).is_from(self.stack);
        match expr {
            Expr::Unknown | Expr::Load(..) => false,
            Expr::Low(value, _) | Expr::Signed(value, ..) => is(value),
            Expr::Binary(_, left, right, _) | Expr::Either(left, right, _) => is(left) || is(right),
            Expr::Insert(to, value, ..) => is(&Operand::Reg(*to)) || is(value),
        }
    }

    /// Executes what an instruction does, but for where it goes.
    pub(crate) fn execute(&mut self, effects: &[Effect], context: &Context) {
        for effect in effects {
            match effect {
                Effect::Set(to, expr) => {
                    let value = self.eval(expr, context);
                    if value == Value::Any && self.is_from_stack(expr) {
                        // A place on the stack that is not known: any that is not.
                        self.escaped = i64::MIN;
                    }
                    self.set(*to, value);
                }
                Effect::Store(place, value, size) => {
                    let value = value.map(|value| self.operand(value));
                    // The thread's own block is no place that other addresses lead to.
                    if place.thread {
                        self.escape(&value.unwrap_or(Value::Any));
                        continue;
                    }
                    let address = self.address(place);
                    let base = place
                        .base
                        .is_some_and(|reg| self.reg(reg).is_from(self.stack));
                    let index = place
                        .index
                        .is_some_and(|(reg, _)| self.reg(reg).is_from(self.stack));
                    if address == Value::Any && (base || index) {
                        self.escaped = i64::MIN;
                    }
                    self.store(&address, value, *size);
                }
                Effect::Compare(reg, number, width) => {
                    self.compared = Some((*reg, *number, *width))
                }
                Effect::Flags => self.compared = None,
            }
        }
    }

    /// Takes what a comparison says of the way that is gone; returns whether it can be gone.
    pub(crate) fn refine(&mut self, is_equal: bool) -> bool {
        let Some((reg, number, width)) = self.compared else {
            return true;
        };
        let number = low(number, width);
        let numbers: Option<Vec<u64>> =
            { self.reg(reg).atoms() }.and_then(|atoms| atoms.iter().map(Atom::as_number).collect());
        let Some(numbers) = numbers else {
            if is_equal && width >= 4 {
                self.regs[usize::from(reg.0)] = Value::number(number);
            }
            return true;
        };
        let kept = numbers
            .into_iter()
            .filter(|known| (low(*known, width) == number) == is_equal);
        let kept: Vec<Atom> = kept.map(Atom::number).collect();
        let can = !kept.is_empty();
        self.regs[usize::from(reg.0)] = Value::from_atoms(kept);
        can
    }

    /// Returns a callee's value in terms of this function.
    pub(crate) fn translate(&self, value: &Value, context: &Context) -> Value {
        let Some(atoms) = value.atoms() else {
            return Value::Any;
        };
        let mut all = Value::One([].into());
        for atom in atoms {
            let own = match &atom.start {
                Start::Zero | Start::Module(_) => Value::atom(atom.clone()),
                Start::Entry(reg) => self.plus(self.reg(*reg), atom.plus),
                Start::Memory(address, width) => {
                    let address = self.translate(&Value::atom((**address).clone()), context);
                    self.plus(&self.load(&address, *width, context), atom.plus)
                }
            };
            all = all.join(&own);
        }
        all
    }

    fn plus(&self, value: &Value, plus: i64) -> Value {
        Value::compute(Op::Add, value, &Value::number(plus as u64), 8, self.stack)
    }
}
