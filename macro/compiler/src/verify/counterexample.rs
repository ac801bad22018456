//! Calls × rules × answer → calls for which the rules give another answer, if there are any.
//!
//! The search splits the calls by the conditions of the rules until the rules agree or disagree with
//! the answer for all calls of a part. A rule *agrees* if its action is that answer.

use super::answer::{is_answer, stricter};
use super::budget::Budget;
use super::calls::Calls;
use super::mismatch::Mismatch;
use super::rules::Rules;
use super::values::Comparison;
use crate::linux::action::Action;

/// Finds calls for which the rules do not give the answer `got`.
pub(super) fn find_counterexample(
    calls: Calls,
    rules: Rules,
    got: u32,
    budget: &Budget,
) -> Result<Option<Calls>, Mismatch> {
    budget.reserve(calls.size() + rules.size())?;
    let mut open = vec![(calls, rules)];
    while let Some((calls, rules)) = open.pop() {
        budget.release(calls.size() + rules.size());
        let rules = rules.restricted(&calls, budget)?;
        let comparison = match judge(&rules, got) {
            Verdict::Right => continue,
            Verdict::Wrong => return Ok(Some(calls)),
            Verdict::Split(comparison) => comparison,
        };
        let parts = calls.split(comparison, budget)?;
        let mut push = |part: Option<Calls>| {
            if let Some(part) = part {
                budget.reserve(part.size() + rules.size())?;
                open.push((part, rules.clone()));
            }
            Ok(())
        };
        // The part pushed last is examined first, and is mostly the smaller one.
        push(parts.no)?;
        push(parts.yes)?;
    }
    Ok(None)
}

/// What the rules imply for a set of calls.
enum Verdict {
    /// All calls get the answer.
    Right,
    /// No call gets the answer.
    Wrong,
    /// Unknown: split the calls by this comparison first.
    Split(Comparison),
}

/// Judges restricted rules: every condition holds for some of the calls, but not for all.
///
/// A rule that agrees with `got` is skipped: if the rest of the list agrees too, it does not matter
/// whether the rule matches. At a rule that disagrees, the calls are split. If only the default
/// disagrees, all calls get a wrong answer, unless a skipped rule comes before it.
fn judge(rules: &Rules, got: u32) -> Verdict {
    let mut strictest: Option<Action> = None;
    let mut agreeing = None;
    for rule in &*rules.list {
        let action = strictest.map_or(rule.action, |action| stricter(action, rule.action));
        match rule.conditions.first() {
            // The rule matches all calls but is not exact: `restricted` would have ended the list at
            // an exact one.
            None => strictest = Some(action),
            Some(condition) if is_answer(got, action) => agreeing = agreeing.or(Some(condition)),
            Some(condition) => return Verdict::Split(condition.comparison()),
        }
    }
    let default = strictest.map_or(rules.default, |action| stricter(action, rules.default));
    match agreeing {
        _ if is_answer(got, default) => Verdict::Right,
        None => Verdict::Wrong,
        Some(condition) => Verdict::Split(condition.comparison()),
    }
}
