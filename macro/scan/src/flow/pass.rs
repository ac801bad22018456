//! Who runs between an instruction and the next: the kernel, or a function that is called.

use super::Callee;
use crate::arch::Arch;
use crate::insn::{Flow as Control, Insn, Op, REGISTERS, Reg, TEMP};
use crate::state::{Context, State};
use crate::value::{Atom, Value};

/// The kernel has run.
fn kernel(state: &mut State, context: &Context) {
    let convention = context.image.arch.convention();
    if shares_stack(state, context) {
        state.forget_stack();
    }
    for reg in convention.arguments {
        let value = state.reg(reg).clone();
        state.escape(&value);
    }
    state.others_write();
    state.set(convention.result, Value::Any);
    for reg in convention.entry_clobbers {
        state.set(*reg, Value::Any);
    }
}

/// Returns whether a child can run on this stack before the parent goes on: after `vfork`, and
/// `clone` with CLONE_VM.
fn shares_stack(state: &State, context: &Context) -> bool {
    let convention = context.image.arch.convention();
    let (vfork, clone): (&[u64], u64) = match context.image.arch {
        Arch::X86_64 => (&[58, 435], 56),
        Arch::Aarch64 => (&[435], 220),
    };
    let Some(numbers) = state.reg(convention.number).atoms() else {
        return false;
    };
    const CLONE_VM: u64 = 0x100;
    let is = |number: u64| move |atom: &Atom| atom.as_number() == Some(number);
    if numbers.iter().any(is(clone)) {
        // A child with a copy of memory can have another part of it as stack.
        if state.reg(convention.arguments[1]).only_number() != Some(0) {
            return true;
        }
        let flags = state.reg(convention.arguments[0]).atoms();
        let shares = |atom: &Atom| atom.as_number().is_none_or(|flags| flags & CLONE_VM != 0);
        return flags.is_none_or(|flags| flags.iter().any(shares));
    }
    vfork.iter().any(|number| numbers.iter().any(is(*number)))
}

/// Another function has run.
pub(super) fn call(state: &mut State, callee: &Callee, context: &Context) {
    if let Some(part) = &callee.part {
        state.execute(&part.effects, context);
        if part.jump.is_none() {
            return;
        }
    }
    let convention = context.image.arch.convention();
    let results: Option<Vec<Value>> = callee.results.as_ref().map(|results| {
        let results = results.iter();
        results
            .map(|value| state.translate(value, context))
            .collect()
    });
    for reg in convention.passed() {
        let value = state.reg(reg).clone();
        state.escape(&value);
    }
    for value in state.parameters_on_stack() {
        state.escape(&value);
    }
    if callee.returns_twice || callee.shares_frame {
        state.forget_stack();
    }
    state.others_write();
    let pointer = state.reg(convention.stack).clone();
    let is_kept = |reg: &Reg| match convention.saved.contains(reg) {
        true => callee.unsaved & reg.bit() == 0,
        false => callee.changes & reg.bit() == 0,
    };
    let kept: Vec<(Reg, Value)> = { (0..REGISTERS as u8).map(Reg) }
        .filter(|reg| is_kept(reg) && *reg != convention.stack && *reg != TEMP)
        .map(|reg| (reg, state.reg(reg).clone()))
        .collect();
    state.forget_registers();
    for (reg, value) in kept {
        state.set(reg, value);
    }
    let pushed = Value::number(convention.pushed as u64);
    let pointer = Value::compute(Op::Add, &pointer, &pushed, 8, convention.stack);
    state.set(convention.stack, pointer);
    state.forget_below();
    for (reg, value) in convention.results.iter().zip(results.into_iter().flatten()) {
        state.set(*reg, value);
    }
}

/// What an instruction that goes on to the next has changed outside of the function.
pub(crate) fn pass(
    state: &mut State,
    insn: &Insn,
    context: &Context,
    callee: &dyn Fn(u64) -> Callee,
) {
    match insn.flow {
        Control::SystemCall => kernel(state, context),
        Control::Foreign(_) => {
            state.set(context.image.arch.convention().result, Value::Any);
            state.others_write();
        }
        Control::Call(_) => call(state, &callee(insn.address), context),
        _ => {}
    }
}
