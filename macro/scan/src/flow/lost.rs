//! Whether an address of code can be used where it is not known any more.

use std::collections::BTreeSet;

use super::{Flow, targets};
use crate::insn::{Effect, Flow as Control, Insn, Reg, TEMP, Target};
use crate::value::Atom;

impl Flow {
    /// Returns whether a value could be this one at a place where that is not known any more. Where the
    /// unwinder jumps to, what was kept for others is read too: there only calls count.
    pub(crate) fn has_lost(&self, atom: &Atom) -> bool {
        let lost = self.lost.iter().filter(|(.., lost)| lost == atom);
        let kept = self.kept.iter().filter(|(.., kept)| kept == atom);
        self.is_given_up
            || lost
                .into_iter()
                .any(|(at, place, _)| place.is_none_or(|reg| self.is_used(reg, *at, reads)))
            || kept.into_iter().any(|(at, place, _)| match place {
                Some(reg) => self.is_used(*reg, *at, calls),
                None => self.is_used(TEMP, *at, calls_memory),
            })
    }

    /// Returns whether an instruction can use a register before it is written, from an address on.
    fn is_used(&self, reg: Reg, from: u64, uses: fn(&Insn, Reg) -> bool) -> bool {
        let (mut waiting, mut seen) = (vec![from], BTreeSet::new());
        'ways: while let Some(mut address) = waiting.pop() {
            while let Some(insn) = self.body.insns.get(&address) {
                if !seen.insert(address) {
                    break;
                }
                if uses(insn, reg) {
                    return true;
                }
                let mut effects = insn.effects.iter();
                if reg != TEMP
                    && effects.any(|effect| matches!(effect, Effect::Set(to, _) if *to == reg))
                {
                    continue 'ways;
                }
                waiting.extend(targets(insn));
                let ends = self.ends.contains(&address);
                if ends
                    || matches!(
                        insn.flow,
                        Control::Jump(_) | Control::Return | Control::Stop
                    )
                {
                    break;
                }
                address = insn.next();
            }
        }
        false
    }
}

/// Returns whether an instruction reads a register before it writes it.
fn reads(insn: &Insn, reg: Reg) -> bool {
    for effect in &insn.effects {
        if effect.reads(reg) {
            return true;
        }
        if matches!(effect, Effect::Set(to, _) if *to == reg) {
            return false;
        }
    }
    matches!(insn.flow, Control::Call(target) | Control::Jump(target) if target.reads(reg))
}

/// Returns whether an instruction goes to what a register has.
fn calls(insn: &Insn, reg: Reg) -> bool {
    matches!(insn.flow, Control::Call(Target::Reg(to)) | Control::Jump(Target::Reg(to)) if to == reg)
}

/// Returns whether an instruction goes to what memory has that is not at a fixed place.
fn calls_memory(insn: &Insn, _: Reg) -> bool {
    matches!(insn.flow, Control::Call(Target::Memory(place)) | Control::Jump(Target::Memory(place))
        if place.base.is_some())
}
