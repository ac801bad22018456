//! Instructions → steps, after all structural checks.
//!
//! The checks are those of the kernel (`net/core/filter.c: bpf_check_classic`, `kernel/seccomp.c:
//! seccomp_check_filter`) and two more:
//! - A is loaded before it is read. Without a load, the kernel reads 0.
//! - Every instruction is reachable. The kernel accepts dead code, but this compiler never emits it
//!   on purpose, so it is a sign of a defect.
//!
//! A *step* is one checked and decoded instruction. Every jump goes forward, and every path ends at
//! a return.

use super::mismatch::Mismatch;
use super::values::Relation;
use crate::bpf::{AND, Insn, JA, JEQ, JGE, JGT, JSET, LD, MAX_LEN, RET};
use crate::linux::abi::Endian;
use crate::linux::data::Word;

/// One instruction, checked and decoded. The target of a jump is the index of a later step.
#[derive(Clone, Copy)]
pub(super) enum Step {
    /// A = word
    Load(Word),
    /// A &= mask
    And(u32),
    Jump(usize),
    /// Continue at `yes` if `A & mask` *relation* `value`, otherwise at `no`.
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

/// Checks that A is loaded before it is read. There is only one path to the first load, because no
/// step can branch before it.
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

/// Checks that every step is reachable. One pass is enough, because jumps only go forward.
fn check_reached(steps: &[Step]) -> Result<(), Mismatch> {
    let mut reached = vec![false; steps.len()];
    reached[0] = true;
    for (at, &step) in steps.iter().enumerate() {
        if !reached[at] {
            return Err(Mismatch::Unreachable(at));
        }
        match step {
            // There is a next step, because the last one is a return.
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
