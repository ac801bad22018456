//! Rule list → nodes that test its rules one after the other, condition after condition.
//!
//! The program is as long as the rules, but this needs no search, and the verifier proves it without
//! a search. It is for rule lists that are too hard for [`args`](super::args).
//!
//! A rule that is not [exact](Rule::exact) does not decide a call, but no later answer may be looser
//! than its action. `strictest` is the strictest action of such rules that have matched so far, or
//! `None`. The list is compiled once for each possible value of it.

use super::literal::{Literal, dnf};
use crate::graph::{Graph, NodeId, Predicate};
use crate::linux::action::Action;
use crate::linux::data::Word;
use crate::policy::Rule;
use crate::sorted;

/// Returns the node that tests the rules in their order.
pub(super) fn sequential(graph: &mut Graph, rules: &[Rule], default: Action) -> NodeId {
    // Every value that `strictest` can have.
    let mut possible = vec![None];
    possible.extend(
        rules
            .iter()
            .filter(|rule| !rule.exact)
            .map(|rule| Some(rule.action)),
    );
    sorted::sort_unique(&mut possible);
    let limited = |strictest: Option<Action>, action: Action| {
        strictest.map_or(action, |strictest: Action| strictest.stricter(action))
    };
    // The place of a value of `strictest` in `possible`.
    let place = |strictest| possible.partition_point(|known| *known < strictest);
    // The node that decides the rest of the list, for each value of `strictest`.
    let mut rest: Vec<NodeId> = Vec::with_capacity(possible.len());
    for &strictest in &possible {
        rest.push(graph.ret(limited(strictest, default)));
    }
    for rule in rules.iter().rev() {
        let mut with_rule = Vec::with_capacity(rest.len());
        for (&strictest, &otherwise) in possible.iter().zip(&rest) {
            let matched = if rule.exact {
                graph.ret(limited(strictest, rule.action))
            } else {
                rest[place(Some(limited(strictest, rule.action)))]
            };
            let conditions = rule.conditions.iter().rev();
            let node = conditions.fold(matched, |yes, condition| {
                holds(graph, &dnf(*condition), yes, otherwise)
            });
            with_rule.push(node);
        }
        rest = with_rule;
    }
    rest[place(None)]
}

/// Returns the node that tests a condition, an OR of terms.
fn holds(graph: &mut Graph, terms: &[Vec<(Word, Literal)>], yes: NodeId, no: NodeId) -> NodeId {
    match terms {
        // An order of 64 bits. Both terms are about the high half, which is loaded once: the
        // verifier forgets what it knows of a condition that is decided.
        [equal, other] if is_order(equal, other) => {
            let (high, equal_high) = equal[0];
            let (low, low_literal) = equal[1];
            let test_low = test(graph, low_literal, yes, no);
            let test_low = graph.load(low, test_low);
            let differs = test(graph, other[0].1, yes, no);
            let node = test(graph, equal_high, test_low, differs);
            graph.load(high, node)
        }
        _ => terms.iter().rev().fold(no, |no, term| {
            term.iter().rev().fold(yes, |yes, &(word, literal)| {
                let node = test(graph, literal, yes, no);
                graph.load(word, node)
            })
        }),
    }
}

/// Returns whether two terms say: the high half has one value and the low half fits, or the high
/// half has another value.
fn is_order(equal: &[(Word, Literal)], other: &[(Word, Literal)]) -> bool {
    match (equal, other) {
        ([(high, Literal::Within(first, last)), _], [(same, _)]) => high == same && first == last,
        _ => false,
    }
}

/// Returns the node that tests one literal on the word in A.
fn test(graph: &mut Graph, literal: Literal, yes: NodeId, no: NodeId) -> NodeId {
    match literal {
        Literal::Within(first, last) if first == last => {
            graph.test(Predicate::Equal(first), yes, no)
        }
        Literal::Within(first, last) => {
            let not_above = match last.checked_add(1) {
                Some(above) => graph.test(Predicate::AtLeast(above), no, yes),
                None => yes,
            };
            if first == 0 {
                not_above
            } else {
                graph.test(Predicate::AtLeast(first), not_above, no)
            }
        }
        Literal::Not(value) => graph.test(Predicate::Equal(value), no, yes),
        Literal::AnyOf(mask) => graph.test(Predicate::AnyOf(mask), yes, no),
        Literal::Bits { mask, value: 0 } => graph.test(Predicate::AnyOf(mask), no, yes),
        Literal::Bits { mask, value } => {
            let test = graph.test(Predicate::Equal(value), yes, no);
            graph.and(mask, test)
        }
    }
}
