//! Steps × rules → whether the steps test one rule after the other and give the right answers.
//!
//! The claims of [`proof`](super::proof) do not work for such a program: at every step the calls differ
//! in which rules they have failed, so no two claims are equal. But this program never uses that
//! knowledge. So it is forgotten: when all calls that reach a load have finished a rule, the proof
//! continues with *every* call there, which must get the answer of the rest of the list. Between two
//! such loads there is one rule, and only the arguments that it still tests are known of the calls.
//! So the work grows with the length of the program, whatever the rules are.
//!
//! It is safe to prove more than necessary. If that fails, as for a program that uses what it knows
//! from earlier rules, nothing is proved and nothing is known: the caller must try claims.
//!
//! A rule that is not exact ([`policy::Rule::exact`](crate::policy::Rule::exact)) does not decide a
//! call, but no later answer may be looser than its action. `strictest` is the strictest action of
//! such rules that have matched so far, or `None`.

use super::answer::{is_answer, stricter};
use super::budget::Budget;
use super::calls::{Calls, Words};
use super::counterexample::find_counterexample;
use super::decode::Step;
use super::mismatch::Mismatch;
use super::path::Path;
use super::rules::{Rule, Rules};
use crate::linux::action::Action;
use crate::linux::data::{SeccompData, Word};

/// Returns whether it is proved that all calls get the answer of the rules, from the load at a step
/// on.
pub(super) fn sequential(
    steps: &[Step],
    at: usize,
    rules: &Rules,
    budget: &Budget,
) -> Result<bool, Mismatch> {
    let list = List::new(rules, budget)?;
    let mut waiting: Waiting = steps.iter().map(|_| Vec::new()).collect();
    let start = list.every_call(0, None, at);
    budget.reserve(start.size())?;
    waiting[at].push(start);
    let proved = list.prove(steps, &mut waiting, budget);
    for pending in waiting.iter().flatten() {
        budget.release(pending.size());
    }
    proved
}

/// What is pending at each step.
type Waiting = Vec<Vec<Pending>>;

/// Calls that have reached a load or a return, and the rest of the list that decides them.
#[derive(Clone, PartialEq)]
struct Pending {
    path: Path,
    /// The index of the current rule. The calls have finished all rules before it.
    next: usize,
    /// The current rule, without the conditions that are known to hold.
    rule: Option<Rule>,
    strictest: Option<Action>,
}

impl Pending {
    /// Returns how much memory this needs, in sets of values.
    fn size(&self) -> usize {
        self.path.calls.size() + self.rule.as_ref().map_or(0, Rule::size)
    }
}

/// The result of the current rule for a set of calls.
enum Outcome {
    /// It decides all of them.
    Answer(Action),
    /// All of them have finished it; the list continues with this `strictest`.
    Finished(Option<Action>),
    /// It depends on this rest of the rule.
    Open(Rule),
}

/// The rules that can change the answer of some call.
struct List {
    rules: Vec<Rule>,
    default: Action,
}

impl List {
    fn new(rules: &Rules, budget: &Budget) -> Result<List, Mismatch> {
        let Rules { list, default } = rules.restricted(&Calls::all(), budget)?;
        let mut rules: Vec<Rule> = Vec::with_capacity(list.len());
        for rule in list.iter().rev() {
            // A rule that is not exact has no effect if every later action is at least as strict.
            let no_effect = |later: Action| stricter(rule.action, later) == later;
            let is_needless =
                || rules.iter().all(|rule| no_effect(rule.action)) && no_effect(default);
            if rule.exact || !is_needless() {
                rules.push(rule.clone());
            }
        }
        rules.reverse();
        Ok(List { rules, default })
    }

    /// Returns every call, at a load, before a rule.
    fn every_call(&self, mut next: usize, strictest: Option<Action>, at: usize) -> Pending {
        let no_effect =
            |rule: &Rule| !rule.exact && strictest == Some(limited(strictest, rule.action));
        while self.rules.get(next).is_some_and(no_effect) {
            next += 1;
        }
        Pending {
            path: Path {
                at,
                ..Path::start()
            },
            next,
            rule: self.rules.get(next).cloned(),
            strictest,
        }
    }

    /// Follows the calls to the returns.
    fn prove(
        &self,
        steps: &[Step],
        waiting: &mut Waiting,
        budget: &Budget,
    ) -> Result<bool, Mismatch> {
        // Every step is after those that lead to it.
        for at in 0..steps.len() {
            let pending = std::mem::take(&mut waiting[at]);
            if pending.is_empty() {
                continue;
            }
            budget.release(pending.iter().map(Pending::size).sum());
            if let Step::Return(got) = steps[at] {
                for pending in pending {
                    if !self.is_right(pending, got, budget)? {
                        return Ok(false);
                    }
                }
                continue;
            }
            for pending in self.generalize(at, pending, budget)? {
                let mut open = vec![pending.path.clone()];
                while let Some(path) = open.pop() {
                    let step = steps[path.at];
                    for path in path.advance(step, budget)? {
                        if matches!(steps[path.at], Step::Load(_) | Step::Return(_)) {
                            let rule = pending.rule.clone();
                            let reached = Pending {
                                path,
                                rule,
                                ..pending
                            };
                            budget.reserve(reached.size())?;
                            waiting[reached.path.at].push(reached);
                        } else {
                            open.push(path);
                        }
                    }
                }
            }
        }
        Ok(true)
    }

    fn outcome(&self, pending: &Pending, budget: &Budget) -> Result<Outcome, Mismatch> {
        let strictest = pending.strictest;
        let Some(rule) = &pending.rule else {
            return Ok(Outcome::Answer(limited(strictest, self.default)));
        };
        let action = limited(strictest, rule.action);
        Ok(match rule.restricted(&pending.path.calls, budget)? {
            None => Outcome::Finished(strictest),
            Some(rule) if !rule.conditions.is_empty() => Outcome::Open(rule),
            Some(rule) if rule.exact => Outcome::Answer(action),
            Some(_) => Outcome::Finished(Some(action)),
        })
    }

    /// Generalises what has reached a load: to every call where all calls have finished the current
    /// rule, and else to the calls with the same values in the words that the rule still tests.
    fn generalize(
        &self,
        at: usize,
        all: Vec<Pending>,
        budget: &Budget,
    ) -> Result<Vec<Pending>, Mismatch> {
        let mut generalized: Vec<Pending> = Vec::new();
        let mut outcomes = Vec::with_capacity(all.len());
        // The first rule that some of the calls have not finished.
        let mut first = usize::MAX;
        for pending in &all {
            let outcome = self.outcome(pending, budget)?;
            let next = match outcome {
                Outcome::Finished(strictest) => {
                    self.every_call(pending.next + 1, strictest, at).next
                }
                _ => pending.next,
            };
            first = first.min(next);
            outcomes.push(outcome);
        }
        for (mut pending, outcome) in all.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Finished(strictest) => {
                    let every_call = self.every_call(pending.next + 1, strictest, at);
                    // Otherwise this load belongs to a rule that other calls have not finished.
                    if every_call.next == first {
                        pending = every_call;
                    }
                }
                Outcome::Open(rule) => pending.rule = Some(rule),
                Outcome::Answer(_) => {}
            }
            // Both halves of an argument stay: the program can test one again after the other.
            let words = pending
                .rule
                .as_ref()
                .map_or(Words::default(), Rule::arguments);
            let mut forgotten = SeccompData::default();
            pending.path.calls.forget_except(words, &mut forgotten);
            // A load overwrites A.
            pending.path.a = (Word::Nr, 0);
            budget.spend(1 + generalized.len())?;
            if !generalized.contains(&pending) {
                generalized.push(pending);
            }
        }
        Ok(generalized)
    }

    /// Returns whether `got` is the right answer for calls that have reached a return.
    fn is_right(&self, pending: Pending, got: u32, budget: &Budget) -> Result<bool, Mismatch> {
        let (strictest, open) = match self.outcome(&pending, budget)? {
            Outcome::Answer(action) => return Ok(is_answer(got, action)),
            Outcome::Finished(strictest) => (strictest, None),
            Outcome::Open(rule) => (pending.strictest, Some(rule)),
        };
        let rest = &self.rules[pending.next + 1..];
        if open.is_none() && rest.is_empty() {
            return Ok(is_answer(got, limited(strictest, self.default)));
        }
        // The program does not test the rest of the list, so all of it must give the same answer.
        let mut list = Vec::with_capacity(2 + rest.len());
        if let Some(action) = strictest {
            list.push(Rule {
                conditions: Vec::new(),
                action,
                exact: false,
            });
        }
        list.extend(open);
        list.extend_from_slice(rest);
        let rest = Rules {
            list: list.into(),
            default: self.default,
        };
        budget.spend(rest.size())?;
        Ok(find_counterexample(pending.path.calls, rest, got, budget)?.is_none())
    }
}

/// Returns an action after rules with this `strictest` have matched.
fn limited(strictest: Option<Action>, action: Action) -> Action {
    strictest.map_or(action, |strictest| stricter(strictest, action))
}
