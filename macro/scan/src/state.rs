//! What is known before an instruction → [`State`]: of registers, of the stack, and of memory that
//! parameters point to.

mod memory;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::image::Image;
use crate::insn::{Effect, Expr, Op, Operand, REGISTERS, Reg};
use crate::value::{Atom, Start, Value, low};

/// A place in memory: what its address starts from, and the offset.
type Slot = (Start, i64);

/// What was written: how many bytes, and what they are.
type Written = (u8, Value);

type Slots = BTreeMap<Slot, Written>;

/// What is known at a point of a function, in terms of what was there when it was entered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct State {
    stack: Reg,
    /// Where the code of the module is.
    code: Range<u64>,
    regs: Vec<Value>,
    slots: Slots,
    /// The lowest place on the stack of which somebody else has the address: that and all above it
    /// can change when others run. Objects are not written below their address.
    escaped: i64,
    /// From here on, nothing of the stack is as it was at entry, but what is in `slots`.
    lost: i64,
    /// What was written through parameters and what is read through them is not known any more.
    blind: bool,
    /// What can be anywhere on the stack.
    anywhere: Value,
    /// Memory that parameters lead to can have been written.
    is_written: bool,
    compared: Option<(Reg, u64, u8)>,
}

/// Returns a value of which the callee can have taken 32 bits and extended them: the same only for
/// numbers of 31 bits.
fn narrow(value: Value) -> Value {
    let atoms = value.atoms().unwrap_or_default();
    let is_wide = |atom: &Atom| {
        atom.as_number()
            .is_some_and(|number| number > i32::MAX as u64)
    };
    if atoms.iter().any(is_wide) {
        Value::unknown(&[&value])
    } else {
        value
    }
}

/// More slots than this are given up.
const MOST: usize = 1024;

/// What all states of a function share: memory that does not change, and symbols.
pub(crate) struct Context<'a> {
    /// Which module it is.
    pub(crate) module: usize,
    pub(crate) image: &'a Image,
    /// Finds the code that a symbol stands for: module and address.
    pub(crate) symbol: &'a dyn Fn(&str) -> Vec<(usize, u64)>,
}

impl State {
    /// Returns the state when a function is entered.
    pub(crate) fn entry(image: &Image) -> State {
        let stack = image.arch.convention().stack;
        let regs = (0..REGISTERS).map(|reg| Value::atom(Atom::entry(Reg(reg as u8), 0)));
        State {
            stack,
            code: image.code_range(),
            regs: regs.collect(),
            slots: BTreeMap::new(),
            escaped: i64::MAX,
            lost: i64::MAX,
            blind: false,
            anywhere: Value::Any,
            is_written: false,
            compared: None,
        }
    }

    /// Returns a state of which nothing is known but the stack pointer.
    pub(crate) fn unknown(image: &Image, pointer: Value) -> State {
        let mut state = State::entry(image);
        state.regs.fill(Value::Any);
        (state.escaped, state.lost) = (i64::MIN, i64::MIN);
        state.set(state.stack, pointer);
        state
    }

    pub(crate) fn stack(&self) -> Reg {
        self.stack
    }

    /// Returns how many places are known.
    pub(crate) fn size(&self) -> usize {
        self.slots.len()
    }

    /// Gives up what is known of memory if that is too much.
    fn limit(&mut self) {
        if self.slots.len() > MOST {
            let values = self.slots.values().map(|(_, value)| value);
            let values = Value::unknown_within(values, &self.code);
            self.anywhere = self.anywhere.join(&values);
            self.slots.clear();
            (self.escaped, self.lost, self.blind) = (i64::MIN, i64::MIN, true);
        }
    }

    pub(crate) fn reg(&self, reg: Reg) -> &Value {
        &self.regs[usize::from(reg.0)]
    }

    pub(crate) fn set(&mut self, reg: Reg, value: Value) {
        self.regs[usize::from(reg.0)] = value.within(&self.code);
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
        let (stack, code) = (self.stack, self.code.clone());
        let (mut changed, mut lost) = (false, false);
        for (own, new) in self.regs.iter_mut().zip(&other.regs) {
            if own == new {
                continue;
            }
            let mut joined = own.join(new);
            if widen && joined != *own {
                joined = Value::unknown(&[own, new]);
            }
            let joined = joined.within(&code);
            if joined != *own {
                lost |= joined.is_open() && (own.is_from(stack) || new.is_from(stack));
                *own = joined;
                changed = true;
            }
        }
        for (key, a, b) in differences(&self.slots, &other.slots) {
            let width = a.as_ref().or(b.as_ref()).map_or(8, |(width, _)| *width);
            let is_same = [&a, &b].into_iter().flatten().all(|(own, _)| *own == width);
            let value = |state: &State, slot: &Option<Written>| match slot {
                Some((_, value)) => value.clone(),
                None => state.at(&key, width),
            };
            let (own, new) = (value(self, &a), value(other, &b));
            let mut joined = match is_same {
                true => own.join(&new),
                false => Value::unknown(&[&own, &new]),
            };
            if widen && a.is_some() && joined != own {
                joined = Value::unknown(&[&own, &new]);
            }
            let joined = joined.within(&code);
            if a.is_some_and(|(_, value)| value == joined) {
                continue;
            }
            lost |= joined.is_open() && (own.is_from(stack) || new.is_from(stack));
            if self.is_frame(&key) && joined == Value::Any {
                changed |= self.slots.remove(&key).is_some();
            } else {
                self.slots.insert(key, (width, joined));
                changed = true;
            }
        }
        let escaped = if lost { i64::MIN } else { other.escaped };
        let marks = (self.escaped.min(escaped), self.lost.min(other.lost));
        changed |= marks != (self.escaped, self.lost) || (other.blind && !self.blind);
        self.blind |= other.blind;
        (self.escaped, self.lost) = marks;
        let anywhere = self.anywhere.join(&other.anywhere);
        changed |= anywhere != self.anywhere || (other.is_written && !self.is_written);
        self.is_written |= other.is_written;
        self.anywhere = anywhere;
        if self.compared.is_some() && self.compared != other.compared {
            self.compared = None;
            changed = true;
        }
        self.limit();
        changed
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
                let value = self.load_place(place, *width, context);
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

    /// Returns whether what an expression reads from registers or the stack can be a value.
    pub(crate) fn has(&self, expr: &Expr, is_it: impl Fn(&Value) -> bool) -> bool {
        let has = |operand: &Operand| is_it(&self.operand(*operand));
        match expr {
            Expr::Unknown => false,
            Expr::Low(value, _) | Expr::Signed(value, ..) => has(value),
            Expr::Binary(_, left, right, _) | Expr::Either(left, right, _) => {
                has(left) || has(right)
            }
            // Without its low byte, which nobody has read, no address can be made of it again.
            Expr::Insert(_, value, 1, 0) => has(value),
            Expr::Insert(to, value, ..) => has(&Operand::Reg(*to)) || has(value),
            Expr::Load(place, width, _) => self.parts_at(place, *width).any(is_it),
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
                    let mut value = self.eval(expr, context);
                    let aligns = matches!(expr, Expr::Binary(Op::And, ..));
                    if aligns && *to != self.stack && value.is_from(self.stack) {
                        // Only the stack pointer is taken for as low as it can be: others write there.
                        value = Value::unknown(&[&value]);
                    }
                    let is_unseen = value.is_open()
                        && match expr {
                            Expr::Load(place, width, _) => self.hides_place(place, *width),
                            _ => self.is_from_stack(expr),
                        };
                    if is_unseen {
                        // A place on the stack that is not known: any that is not.
                        self.escaped = i64::MIN;
                    }
                    if aligns && *to == self.stack {
                        // Where it was is above where it is taken to be.
                        self.forget_below();
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
                    if address.is_open() && self.is_on_stack(place) {
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

    /// Takes what a comparison says of the way that is gone. If no known value goes it, another does:
    /// a thread or a handler can have changed what was read from memory.
    pub(crate) fn refine(&mut self, is_equal: bool) {
        let Some((reg, number, width)) = self.compared else {
            return;
        };
        let number = low(number, width);
        let numbers: Option<Vec<u64>> =
            { self.reg(reg).atoms() }.and_then(|atoms| atoms.iter().map(Atom::as_number).collect());
        let Some(numbers) = numbers else {
            // A parameter that is the address of a function is still that parameter.
            if is_equal && width == 8 && !self.code.contains(&number) {
                self.regs[usize::from(reg.0)] = Value::number(number);
            }
            return;
        };
        let kept = numbers
            .into_iter()
            .filter(|known| (low(*known, width) == number) == is_equal);
        let kept: Vec<Atom> = kept.map(Atom::number).collect();
        if !kept.is_empty() {
            self.regs[usize::from(reg.0)] = Value::from_atoms(kept);
        }
    }

    /// Returns a callee's value in terms of this function.
    pub(crate) fn translate(&self, value: &Value, context: &Context) -> Value {
        let mut all = Value::One([].into());
        for atom in value.parts() {
            let own = match &atom.start {
                Start::Zero | Start::Module(_) | Start::Code => Value::atom(atom.clone()),
                Start::Entry(reg) => narrow(self.plus(self.reg(*reg), atom.plus)),
                Start::Memory(address, width) => {
                    let address = self.translate(&Value::atom((**address).clone()), context);
                    narrow(self.plus(&self.load(&address, *width, context), atom.plus))
                }
            };
            all = all.join(&own);
        }
        match value.is_open() {
            true => Value::unknown(&[&all]),
            false => all,
        }
    }

    /// Returns the value of a register where the function returns. What it has read through parameters
    /// is not what their callers know, if something was written since.
    pub(crate) fn result(&self, reg: Reg) -> Value {
        let value = self.reg(reg);
        let atoms = value.atoms().unwrap_or_default();
        let is_read = |atom: &Atom| matches!(atom.start, Start::Memory(..));
        match self.is_written && atoms.iter().any(is_read) {
            true => Value::unknown(&[value]),
            false => value.clone(),
        }
    }

    fn plus(&self, value: &Value, plus: i64) -> Value {
        Value::compute(Op::Add, value, &Value::number(plus as u64), 8, self.stack)
    }
}

/// Returns the places of which two states know something else, with what they know.
fn differences(one: &Slots, other: &Slots) -> Vec<(Slot, Option<Written>, Option<Written>)> {
    let mut found = Vec::new();
    let (mut ones, mut others) = (one.iter().peekable(), other.iter().peekable());
    loop {
        let order = match (ones.peek(), others.peek()) {
            (Some((one, _)), Some((other, _))) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return found,
        };
        let one = if order.is_le() { ones.next() } else { None };
        let other = if order.is_ge() { others.next() } else { None };
        let key = one.or(other).map(|(key, _)| key);
        let (one, other) = (one.map(|(_, it)| it), other.map(|(_, it)| it));
        if let Some(key) = key.filter(|_| one != other) {
            found.push((key.clone(), one.cloned(), other.cloned()));
        }
    }
}
