//! Which functions return, and what lies behind the calls of them.

use std::collections::BTreeMap;

use super::{At, Id, Reach};
use crate::Link;

/// Functions that go on elsewhere than where they were called, although they end like those that do:
/// Itanium C++ ABI, *Exception Handling*, 1.6.
const ENDS: [&str; 1] = ["_Unwind_Resume"];

impl Reach {
    /// Finds the functions that return: those with a `ret`, and those that end in such a function.
    pub(super) fn returning(&mut self) {
        let mut tails: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
        let mut waiting = Vec::new();
        for (id, function) in self.functions.iter().enumerate() {
            for (_, to, is_call) in &function.edges {
                if !is_call {
                    tails.entry(*to).or_default().push(id);
                }
            }
            if function.is_returning {
                waiting.push(id);
            }
        }
        while let Some(id) = waiting.pop() {
            let At { module, address } = self.functions[id].at;
            let name = self.modules.images[module].name(address);
            if name.is_some_and(|name| ENDS.contains(&name)) {
                continue;
            }
            if std::mem::replace(&mut self.functions[id].returns, true) {
                continue;
            }
            waiting.extend(tails.get(&id).into_iter().flatten());
        }
    }

    /// Adds what is behind calls that end a function, if they return; returns whether there is some.
    pub(super) fn fall(&mut self) -> bool {
        let mut found = Vec::new();
        for (id, function) in self.functions.iter_mut().enumerate() {
            let falls = std::mem::take(&mut function.falls);
            for (from, behind) in falls {
                found.push((id, from, behind));
            }
        }
        let before = found.len();
        for (id, from, behind) in found {
            let calls = self.functions[id].edges.iter();
            let mut calls = calls
                .filter(|(at, _, is_call)| *at == from && *is_call)
                .peekable();
            // Who is called by a pointer can return.
            let is_known = calls.peek().is_some();
            if is_known && !calls.any(|(_, to, _)| self.functions[*to].returns) {
                self.functions[id].falls.push((from, behind));
                continue;
            }
            let at = At {
                address: behind,
                ..self.functions[id].at
            };
            let to = self.function(at, Some((id, Link::Call)));
            self.functions[id].edges.push((from, to, false));
        }
        self.functions
            .iter()
            .map(|function| function.falls.len())
            .sum::<usize>()
            < before
    }
}
