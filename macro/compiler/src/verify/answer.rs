//! Calls × rules → whether all of them get one answer from the rules.

use std::cmp::Ordering;

use super::budget::Budget;
use super::mismatch::Mismatch;
use super::region::Region;
use super::slice::Question;
use crate::abi::Width;
use crate::bpf::Word;
use crate::policy::{Action, Condition, Decision, Rule, Test};

/// What the policy says of calls whose number is known: the first rule that matches, compared on
/// this width, else `otherwise`.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Rules<'p> {
    list: &'p [Rule],
    width: Width,
    otherwise: Action,
}

impl<'p> Rules<'p> {
    /// The rules of a decision.
    pub(super) const fn new(decision: Decision<'p>, default: Action) -> Rules<'p> {
        match decision {
            Decision::Always(otherwise) => Rules {
                list: &[],
                width: Width::W64,
                otherwise,
            },
            Decision::ByRules(list, width) => Rules {
                list,
                width,
                otherwise: default,
            },
        }
    }
}

/// Finds calls to which the rules do not give the answer `got`.
///
/// The rules are walked once for each part of the calls. One that may match some calls of the
/// part and agrees with `got` is stepped over; one that disagrees splits the part. What disagrees
/// for all calls of the part shows a mistake, unless a rule that was stepped over hides it: then
/// that one splits the part.
pub(super) fn find_wrong(
    calls: Region,
    rules: Rules<'_>,
    got: u32,
    budget: &mut Budget,
) -> Result<Option<Region>, Mismatch> {
    budget.keep(calls.size())?;
    let mut open = vec![calls];
    while let Some(part) = open.pop() {
        budget.free(part.size());
        let question = match judge(&part, rules, got, budget)? {
            Verdict::Right => continue,
            Verdict::Wrong => return Ok(Some(part)),
            Verdict::Ask(question) => question,
        };
        let parts = part.split(question, budget)?;
        for part in [parts.yes, parts.no].into_iter().flatten() {
            budget.keep(part.size())?;
            open.push(part);
        }
    }
    Ok(None)
}

/// What can be said of all calls of a part.
enum Verdict {
    /// All get the answer.
    Right,
    /// None gets it.
    Wrong,
    /// The answer to this question, which is not the same for all, would help.
    Ask(Question),
}

fn judge(
    part: &Region,
    rules: Rules<'_>,
    got: u32,
    budget: &mut Budget,
) -> Result<Verdict, Mismatch> {
    let mut strictest = None;
    let mut stepped_over = None;
    let answer = |strictest: Option<Action>, action: Action| match strictest {
        Some(strictest) => strictest.stricter(action),
        None => action,
    };
    let mut last = answer(strictest, rules.otherwise);
    for rule in rules.list {
        let action = answer(strictest, rule.action);
        match matches(rule, part, rules.width, budget)? {
            Matches::None => {}
            Matches::All if rule.exact => {
                last = action;
                break;
            }
            Matches::All => {
                strictest = Some(action);
                last = answer(strictest, rules.otherwise);
            }
            Matches::Some(question) if rule.exact && action.word() == got => {
                stepped_over.get_or_insert(question);
            }
            Matches::Some(question) => return Ok(Verdict::Ask(question)),
        }
    }
    Ok(match stepped_over {
        _ if last.word() == got => Verdict::Right,
        None => Verdict::Wrong,
        Some(question) => Verdict::Ask(question),
    })
}

/// Which calls of a part a rule or a condition holds for.
enum Matches {
    None,
    All,
    /// Those tell apart by this question, among others.
    Some(Question),
}

fn matches(
    rule: &Rule,
    part: &Region,
    width: Width,
    budget: &mut Budget,
) -> Result<Matches, Mismatch> {
    let mut result = Matches::All;
    for &condition in &rule.conditions {
        match holds(condition, part, width, budget)? {
            Matches::None => return Ok(Matches::None),
            Matches::All => {}
            Matches::Some(question) => {
                if matches!(result, Matches::All) {
                    result = Matches::Some(question);
                }
            }
        }
    }
    Ok(result)
}

/// A 64-bit comparison is one of the high halves, and where these are equal, of the low halves.
fn holds(
    condition: Condition,
    part: &Region,
    width: Width,
    budget: &mut Budget,
) -> Result<Matches, Mismatch> {
    let (mask, value, order): (u64, u64, fn(Ordering) -> bool) = match condition.test {
        Test::Ne(value) => (u64::MAX, value, Ordering::is_ne),
        Test::Lt(value) => (u64::MAX, value, Ordering::is_lt),
        Test::Le(value) => (u64::MAX, value, Ordering::is_le),
        Test::Eq(value) => (u64::MAX, value, Ordering::is_eq),
        Test::Ge(value) => (u64::MAX, value, Ordering::is_ge),
        Test::Gt(value) => (u64::MAX, value, Ordering::is_gt),
        Test::Masked { mask, value } => (mask, value, Ordering::is_eq),
    };
    let mask = mask & width.max();
    let high = |holds| Question {
        word: Word::ArgHigh(condition.arg),
        mask: (mask >> 32) as u32,
        value: (value >> 32) as u32,
        holds,
    };
    let low = Question {
        word: Word::ArgLow(condition.arg),
        mask: mask as u32,
        value: value as u32,
        holds: order,
    };
    Ok(match part.answers(high(Ordering::is_eq), budget)? {
        (true, true) => Matches::Some(high(Ordering::is_eq)),
        (true, false) => match part.answers(low, budget)? {
            (true, true) => Matches::Some(low),
            (true, false) => Matches::All,
            (false, _) => Matches::None,
        },
        (false, _) => match part.answers(high(order), budget)? {
            (true, true) => Matches::Some(high(order)),
            (true, false) => Matches::All,
            (false, _) => Matches::None,
        },
    })
}
