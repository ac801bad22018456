//! Calls × rules → those calls to which the rules do not give a certain answer.

use super::answer::{gives, stricter};
use super::budget::Budget;
use super::calls::Calls;
use super::mismatch::Mismatch;
use super::rules::Rules;
use super::values::Question;
use crate::linux::action::Action;

/// Finds calls to which the rules do not give the answer `got`.
pub(super) fn find_wrong(
    calls: Calls,
    rules: Rules,
    got: u32,
    budget: &Budget,
) -> Result<Option<Calls>, Mismatch> {
    budget.keep(calls.size() + rules.size())?;
    let mut open = vec![(calls, rules)];
    while let Some((calls, rules)) = open.pop() {
        budget.free(calls.size() + rules.size());
        let rules = rules.given(&calls, budget)?;
        let question = match judge(&rules, got) {
            Verdict::Right => continue,
            Verdict::Wrong => return Ok(Some(calls)),
            Verdict::Ask(question) => question,
        };
        let parts = calls.split(question, budget)?;
        // The part that is looked at first is mostly the smaller one.
        for part in [parts.no, parts.yes].into_iter().flatten() {
            budget.keep(part.size() + rules.size())?;
            open.push((part, rules.clone()));
        }
    }
    Ok(None)
}

/// What can be said of all calls.
enum Verdict {
    /// All get the answer.
    Right,
    /// None gets it.
    Wrong,
    /// The parts for which this question has one answer are easier.
    Ask(Question),
}

/// Judges rules each condition of which holds for some calls only.
///
/// A rule that agrees with `got` is stepped over: as long as the rest gives `got` too, it does not
/// matter whether it matches. One that disagrees has to be looked into. If the end disagrees, all
/// is wrong, unless a rule that was stepped over comes before it.
fn judge(rules: &Rules, got: u32) -> Verdict {
    let mut strictest: Option<Action> = None;
    let mut agreeing = None;
    for rule in &*rules.list {
        let action = strictest.map_or(rule.action, |action| stricter(action, rule.action));
        match rule.conditions.first() {
            // Matches all, but is not exact: the end of the list would not be behind it.
            None => strictest = Some(action),
            Some(condition) if gives(got, action) => agreeing = agreeing.or(Some(condition)),
            Some(condition) => return Verdict::Ask(condition.question()),
        }
    }
    let end = strictest.map_or(rules.otherwise, |action| stricter(action, rules.otherwise));
    match agreeing {
        _ if gives(got, end) => Verdict::Right,
        None => Verdict::Wrong,
        Some(condition) => Verdict::Ask(condition.question()),
    }
}
