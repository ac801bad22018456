//! Steps × calls → the calls that arrive where the walk is to stop.
//!
//! Every path is walked once, with exactly the calls that take it. Jumps go forward only, so the
//! steps are visited in their order, and when a step's turn comes, all that can arrive there has
//! arrived: regions that differ in one word only are joined and go on as one. That keeps the
//! number of walks small where many paths meet, as behind a search among many values.

use super::budget::Budget;
use super::check::Step;
use super::mismatch::Mismatch;
use super::region::Region;
use super::slice::Question;
use crate::bpf::Word;

/// Calls that are to go on at a step.
pub(super) struct Arrival {
    /// Index of the step.
    pub at: usize,
    /// What A holds: a word under a mask. At the start A is 0, any word under the mask 0.
    pub a: (Word, u32),
    /// The calls.
    pub calls: Region,
}

/// Walks on from an arrival, and hands what arrives at the steps that `stops` names, returns
/// among them, to `visit`.
pub(super) fn walk(
    steps: &[Step],
    start: Arrival,
    budget: &mut Budget,
    stops: fn(Step) -> bool,
    mut visit: impl FnMut(Arrival, &mut Budget) -> Result<(), Mismatch>,
) -> Result<(), Mismatch> {
    let first = start.at;
    let mut waiting: Vec<Vec<Arrival>> = Vec::new();
    waiting.resize_with(steps.len() - first, Vec::new);
    budget.keep(start.calls.size())?;
    waiting[0].push(start);
    for at in first..steps.len() {
        for arrival in std::mem::take(&mut waiting[at - first]) {
            budget.free(arrival.calls.size());
            if stops(steps[at]) {
                visit(arrival, budget)?;
                continue;
            }
            for next in go(steps[at], arrival, budget)?.into_iter().flatten() {
                let list = &mut waiting[next.at - first];
                let next = match stops(steps[next.at]) {
                    true => next,
                    false => join(next, list, budget)?,
                };
                budget.keep(next.calls.size())?;
                list.push(next);
            }
        }
    }
    Ok(())
}

/// One step.
fn go(step: Step, from: Arrival, budget: &mut Budget) -> Result<[Option<Arrival>; 2], Mismatch> {
    let (word, left) = from.a;
    let next = from.at + 1;
    let to = |at, a, calls| Some(Arrival { at, a, calls });
    Ok(match step {
        Step::Load(word) => [to(next, (word, u32::MAX), from.calls), None],
        Step::And(mask) => [to(next, (word, left & mask), from.calls), None],
        Step::Jump(target) => [to(target, from.a, from.calls), None],
        Step::Test {
            mask,
            value,
            holds,
            yes,
            no,
        } => {
            let question = Question {
                word,
                mask: left & mask,
                value,
                holds,
            };
            let parts = from.calls.split(question, budget)?;
            [
                parts.yes.and_then(|calls| to(yes, from.a, calls)),
                parts.no.and_then(|calls| to(no, from.a, calls)),
            ]
        }
        Step::Return(_) => [None, None],
    })
}

/// Joins what newly arrives with what waits there already, as often as that goes.
fn join(
    mut new: Arrival,
    waiting: &mut Vec<Arrival>,
    budget: &mut Budget,
) -> Result<Arrival, Mismatch> {
    let mut index = 0;
    while index < waiting.len() {
        budget.spend(1)?;
        let other = &mut waiting[index];
        let size = other.calls.size();
        if other.a == new.a && other.calls.join(&new.calls) {
            budget.free(size);
            new = waiting.swap_remove(index);
            index = 0;
        } else {
            index += 1;
        }
    }
    Ok(new)
}
