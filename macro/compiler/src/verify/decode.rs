//! Instructions → steps: the kernel's structural rules (`net/core/filter.c: bpf_check_classic`,
//! `kernel/seccomp.c: seccomp_check_filter`), and two of our own.
//!
//! Steps can only be walked forward and always end at a return. The two rules more: A is loaded
//! before it is read (the kernel would read 0), and every instruction lies on some path. The
//! kernel takes dead code; a compiler that emits it has lost track of what it does.

use super::mismatch::Mismatch;
use super::values::Relation;
use crate::bpf::{AND, Insn, JA, JEQ, JGE, JGT, JSET, LD, MAX_LEN, RET};
use crate::linux::abi::Endian;
use crate::linux::data::Word;

/// One instruction, checked and decoded; targets are indices, greater than the step's own.
#[derive(Clone, Copy)]
pub(super) enum Step {
    /// A = word
    Load(Word),
    /// A &= mask
    And(u32),
    Jump(usize),
    /// To `yes` if `A & mask` stands in the relation to the value, else to `no`.
    Test {
        mask: u32,
        relation: Relation,
        value: u32,
        yes: usize,
        no: usize,
    },
    Return(u32),
}

/// Checks and decodes a program.
pub(super) fn check(insns: &[Insn], endian: Endian) -> Result<Vec<Step>, Mismatch> {
    if insns.is_empty() || insns.len() > MAX_LEN {
        return Err(Mismatch::Length(insns.len()));
    }
    let mut steps = Vec::with_capacity(insns.len());
    for (at, &insn) in insns.iter().enumerate() {
        steps.push(decode(at, insn, insns.len(), endian)?);
    }
    if !matches!(steps.last(), Some(Step::Return(_))) {
        return Err(Mismatch::NoReturn);
    }
    check_loaded(&steps)?;
    check_reached(&steps)?;
    Ok(steps)
}

fn decode(at: usize, insn: Insn, len: usize, endian: Endian) -> Result<Step, Mismatch> {
    let unknown = Mismatch::Unknown { at, insn };
    let target = |distance: u64| {
        let target = at as u64 + 1 + distance;
        if target < len as u64 {
            Ok(target as usize)
        } else {
            Err(Mismatch::Leaves(at))
        }
    };
    let test = |mask, relation, value| {
        Ok(Step::Test {
            mask,
            relation,
            value,
            yes: target(insn.jt.into())?,
            no: target(insn.jf.into())?,
        })
    };
    match insn.code {
        LD => Ok(Step::Load(Word::at(insn.k, endian).ok_or(unknown)?)),
        AND => Ok(Step::And(insn.k)),
        JA => Ok(Step::Jump(target(insn.k.into())?)),
        JEQ => test(u32::MAX, Relation::Eq, insn.k),
        JGT => test(u32::MAX, Relation::Gt, insn.k),
        JGE => test(u32::MAX, Relation::Ge, insn.k),
        JSET => test(insn.k, Relation::Ne, 0),
        RET => Ok(Step::Return(insn.k)),
        _ => Err(unknown),
    }
}

/// Before the first load nothing can branch, so there is one path to look at.
fn check_loaded(steps: &[Step]) -> Result<(), Mismatch> {
    let mut at = 0;
    while let Step::Jump(target) = steps[at] {
        at = target;
    }
    match steps[at] {
        Step::And(_) | Step::Test { .. } => Err(Mismatch::Unloaded(at)),
        _ => Ok(()),
    }
}

/// What leads to a step stands before it, so one pass is enough.
fn check_reached(steps: &[Step]) -> Result<(), Mismatch> {
    let mut reached = vec![false; steps.len()];
    reached[0] = true;
    for (at, &step) in steps.iter().enumerate() {
        if !reached[at] {
            return Err(Mismatch::Unreachable(at));
        }
        match step {
            // The last step is a return, so these have a next one.
            Step::Load(_) | Step::And(_) => reached[at + 1] = true,
            Step::Jump(target) => reached[target] = true,
            Step::Test { yes, no, .. } => {
                reached[yes] = true;
                reached[no] = true;
            }
            Step::Return(_) => {}
        }
    }
    Ok(())
}
