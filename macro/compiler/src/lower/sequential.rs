//! A rule list → nodes that test its rules one after the other, condition after condition.
//!
//! The program is no shorter than the rules, but it needs no search, and the verifier proves it
//! without one. It is for lists that are too hard for [`args`](super::args).

use std::collections::HashMap;

use super::literal::{Literal, dnf};
use crate::graph::{Graph, NodeId, Predicate};
use crate::linux::abi::Width;
use crate::linux::action::Action;
use crate::linux::data::Word;
use crate::policy::Rule;

/// Tests rule after rule, condition after condition: long, but no longer than the rules, and
/// proved without a search.
pub(super) fn sequential(
    graph: &mut Graph,
    rules: &[Rule],
    default: Action,
    width: Width,
) -> NodeId {
    // What the rest of the list gives, by the strictest rule so far that could not be evaluated;
    // that is always one of these.
    let mut floors = vec![None];
    floors.extend(
        rules
            .iter()
            .filter(|rule| !rule.exact)
            .map(|rule| Some(rule.action)),
    );
    floors.sort_unstable();
    floors.dedup();
    let under = |floor: Option<Action>, action: Action| {
        floor.map_or(action, |floor: Action| floor.stricter(action))
    };
    let mut rest: HashMap<Option<Action>, NodeId> = HashMap::new();
    for &floor in &floors {
        rest.insert(floor, graph.ret(under(floor, default)));
    }
    for rule in rules.iter().rev() {
        let mut before = HashMap::with_capacity(rest.len());
        for &floor in &floors {
            let matched = if rule.exact {
                graph.ret(under(floor, rule.action))
            } else {
                rest[&Some(under(floor, rule.action))]
            };
            let node = rule
                .conditions
                .iter()
                .rev()
                .fold(matched, |yes, condition| {
                    let terms = dnf(condition.arg, condition.test, width);
                    terms.iter().rev().fold(rest[&floor], |otherwise, term| {
                        term.iter().rev().fold(yes, |yes, &(word, literal)| {
                            test(graph, word, literal, yes, otherwise)
                        })
                    })
                });
            before.insert(floor, node);
        }
        rest = before;
    }
    rest[&None]
}

/// The node that tests one literal, whatever A holds.
fn test(graph: &mut Graph, word: Word, literal: Literal, yes: NodeId, no: NodeId) -> NodeId {
    let test = match literal {
        Literal::Within(first, last) if first == last => {
            graph.test(Predicate::Equal(first), yes, no)
        }
        Literal::Within(first, last) => {
            let inside = match last.checked_add(1) {
                Some(behind) => graph.test(Predicate::AtLeast(behind), no, yes),
                None => yes,
            };
            if first == 0 {
                inside
            } else {
                graph.test(Predicate::AtLeast(first), inside, no)
            }
        }
        Literal::Not(value) => graph.test(Predicate::Equal(value), no, yes),
        Literal::AnyOf(mask) => graph.test(Predicate::AnyOf(mask), yes, no),
        Literal::Bits { mask, value: 0 } => graph.test(Predicate::AnyOf(mask), no, yes),
        Literal::Bits { mask, value } => {
            let test = graph.test(Predicate::Equal(value), yes, no);
            graph.and(mask, test)
        }
    };
    graph.load(word, test)
}
