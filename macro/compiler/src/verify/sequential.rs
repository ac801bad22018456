//! A program that tests the rules of a list one after the other → its proof, without a search.
//!
//! What calls have behind them differs at every step of such a program and is of no use to it. So
//! it is forgotten: where all calls that come to a load are done with a rule, it is claimed that
//! *any* call there gets what the rest of the list says. Between two such loads stands one rule,
//! and of the calls only the arguments that are open in it are known. So the work grows with the
//! length of the program, whatever the rules say.
//!
//! To claim more than is needed is safe. Where it is too much, as in a program that makes use of
//! what it has learned, or that tests a rule which changes nothing, nothing is proved and nothing
//! known.

use std::collections::BTreeMap;

use super::answer::{gives, stricter};
use super::budget::Budget;
use super::calls::{Calls, Words};
use super::counterexample::find_wrong;
use super::decode::Step;
use super::mismatch::Mismatch;
use super::path::Path;
use super::rules::{Rule, Rules};
use crate::linux::action::Action;
use crate::linux::data::{SeccompData, Word};

/// Tells whether it is proved that all calls get, from the load at a step on, what the rules say.
pub(super) fn sequential(
    steps: &[Step],
    at: usize,
    rules: &Rules,
    budget: &Budget,
) -> Result<bool, Mismatch> {
    let list = List::new(rules, budget)?;
    let mut waiting = Waiting::new();
    let start = list.from(0, None, at);
    budget.keep(start.size())?;
    waiting.insert(at, vec![start]);
    let proved = list.prove(steps, &mut waiting, budget);
    for calls in waiting.values().flatten() {
        budget.free(calls.size());
    }
    proved
}

/// The calls that wait at each step.
type Waiting = BTreeMap<usize, Vec<Pending>>;

/// Pending that arrive at a load or a return, and what is still to decide them.
#[derive(Clone, PartialEq)]
struct Pending {
    path: Path,
    /// The index of the rule at hand; those before are done with.
    next: usize,
    /// What is open of it.
    rule: Option<Rule>,
    /// The strictest of the rules that matched, but were not exact.
    floor: Option<Action>,
}

impl Pending {
    /// How much memory they take, in values.
    fn size(&self) -> usize {
        self.path.calls.size() + self.rule.as_ref().map_or(0, Rule::size)
    }
}

/// What the rule at hand comes to for some calls.
enum Outcome {
    /// It matches and answers.
    Answer(Action),
    /// It is done with, and the list goes on behind it under this floor.
    Behind(Option<Action>),
    /// It depends on what is left of it.
    Open(Rule),
}

/// The rules that matter for some call.
struct List {
    rules: Vec<Rule>,
    otherwise: Action,
}

impl List {
    fn new(rules: &Rules, budget: &Budget) -> Result<List, Mismatch> {
        let Rules { list, otherwise } = rules.given(&Calls::all(), budget)?;
        let mut rules: Vec<Rule> = Vec::with_capacity(list.len());
        for rule in list.iter().rev() {
            // The stricter of two answers of which the second is never the looser one.
            let idle = |later: Action| stricter(rule.action, later) == later;
            let mut later = rules.iter().map(|rule| rule.action).chain([otherwise]);
            if rule.exact || !later.all(idle) {
                rules.push(rule.clone());
            }
        }
        rules.reverse();
        Ok(List { rules, otherwise })
    }

    /// All calls, at a load, before a rule.
    fn from(&self, mut next: usize, floor: Option<Action>, at: usize) -> Pending {
        let idle = |rule: &Rule| !rule.exact && floor == Some(under(floor, rule.action));
        while self.rules.get(next).is_some_and(idle) {
            next += 1;
        }
        Pending {
            path: Path {
                at,
                ..Path::start()
            },
            next,
            rule: self.rules.get(next).cloned(),
            floor,
        }
    }

    /// Follows the calls to the returns.
    fn prove(
        &self,
        steps: &[Step],
        waiting: &mut Waiting,
        budget: &Budget,
    ) -> Result<bool, Mismatch> {
        while let Some((at, calls)) = waiting.pop_first() {
            budget.free(calls.iter().map(Pending::size).sum());
            if let Step::Return(got) = steps[at] {
                for calls in calls {
                    if !self.gives(calls, got, budget)? {
                        return Ok(false);
                    }
                }
                continue;
            }
            for calls in self.settle(at, calls, budget)? {
                let mut open = vec![calls.path.clone()];
                while let Some(path) = open.pop() {
                    let step = steps[path.at];
                    for path in path.go(step, budget)? {
                        if matches!(steps[path.at], Step::Load(_) | Step::Return(_)) {
                            let rule = calls.rule.clone();
                            let there = Pending {
                                path,
                                rule,
                                ..calls
                            };
                            budget.keep(there.size())?;
                            waiting.entry(there.path.at).or_default().push(there);
                        } else {
                            open.push(path);
                        }
                    }
                }
            }
        }
        Ok(true)
    }

    fn outcome(&self, calls: &Pending, budget: &Budget) -> Result<Outcome, Mismatch> {
        let Pending { rule, floor, .. } = calls;
        let Some(rule) = rule else {
            return Ok(Outcome::Answer(under(*floor, self.otherwise)));
        };
        let action = under(*floor, rule.action);
        Ok(match rule.given(&calls.path.calls, budget)? {
            None => Outcome::Behind(*floor),
            Some(rule) if !rule.conditions.is_empty() => Outcome::Open(rule),
            Some(rule) if rule.exact => Outcome::Answer(action),
            Some(_) => Outcome::Behind(Some(action)),
        })
    }

    /// Forgets what is no longer needed of the calls that come to a load.
    fn settle(
        &self,
        at: usize,
        calls: Vec<Pending>,
        budget: &Budget,
    ) -> Result<Vec<Pending>, Mismatch> {
        let mut settled: Vec<Pending> = Vec::new();
        let mut outcomes = Vec::with_capacity(calls.len());
        let mut least = usize::MAX;
        for calls in &calls {
            let outcome = self.outcome(calls, budget)?;
            let behind = match outcome {
                Outcome::Behind(floor) => self.from(calls.next + 1, floor, at).next,
                _ => calls.next,
            };
            least = least.min(behind);
            outcomes.push(outcome);
        }
        for (mut calls, outcome) in calls.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Behind(floor) => {
                    let behind = self.from(calls.next + 1, floor, at);
                    // Else others are not done, and the step is theirs.
                    if behind.next == least {
                        calls = behind;
                    }
                }
                Outcome::Open(rule) => calls.rule = Some(rule),
                Outcome::Answer(_) => {}
            }
            // Both halves of an argument: one may be asked again behind the other.
            let open = calls.rule.as_ref();
            let words = open.map_or(Words::default(), Rule::arguments);
            let mut forgotten = SeccompData::default();
            calls.path.calls.forget_but(words, &mut forgotten);
            // A load does not ask what A holds.
            calls.path.a = (Word::Nr, 0);
            budget.spend(1 + settled.len())?;
            if !settled.contains(&calls) {
                settled.push(calls);
            }
        }
        Ok(settled)
    }

    /// Tells whether calls that get this answer are to get it.
    fn gives(&self, calls: Pending, got: u32, budget: &Budget) -> Result<bool, Mismatch> {
        let (floor, open) = match self.outcome(&calls, budget)? {
            Outcome::Answer(action) => return Ok(gives(got, action)),
            Outcome::Behind(floor) => (floor, None),
            Outcome::Open(rule) => (calls.floor, Some(rule)),
        };
        let rest = &self.rules[calls.next + 1..];
        if open.is_none() && rest.is_empty() {
            return Ok(gives(got, under(floor, self.otherwise)));
        }
        // The end of the list, where all rules have one answer and none is tested.
        let floor = floor.map(|action| Rule {
            conditions: Vec::new(),
            action,
            exact: false,
        });
        let rest = Rules {
            list: floor
                .into_iter()
                .chain(open)
                .chain(rest.iter().cloned())
                .collect(),
            otherwise: self.otherwise,
        };
        budget.spend(rest.size())?;
        Ok(find_wrong(calls.path.calls, rest, got, budget)?.is_none())
    }
}

fn under(floor: Option<Action>, action: Action) -> Action {
    floor.map_or(action, |floor| stricter(floor, action))
}
