//! Which functions return, and what lies behind the calls of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{At, Id, Reach, Reached};
use crate::Link;

/// Functions that go on elsewhere than where they were called, although they end like those that do:
/// Itanium C++ ABI, *Exception Handling*, 1.6.
const ENDS: [&str; 1] = ["_Unwind_Resume"];

/// Functions that return once more. In a program without symbols they are not known.
const TWICE: [&str; 11] = [
    "setjmp",
    "_setjmp",
    "__setjmp",
    "sigsetjmp",
    "__sigsetjmp",
    "vfork",
    "__vfork",
    "__libc_vfork",
    "getcontext",
    "swapcontext",
    "__swapcontext",
];

impl Reach {
    fn is_named(&self, id: Id, names: &[&str]) -> bool {
        let At { module, address } = self.functions[id].at;
        let name = self.modules.images[module].name(address);
        name.is_some_and(|name| names.contains(&name))
    }

    /// Finds the functions that return: those with a `ret`, and those that end in such a function; and
    /// those that return twice.
    pub(super) fn returning(&mut self) {
        let mut tails: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
        let (mut waiting, mut twice) = (Vec::new(), Vec::new());
        for (id, function) in self.functions.iter().enumerate() {
            for (_, to, is_call) in &function.edges {
                if !is_call {
                    tails.entry(*to).or_default().push(id);
                }
            }
            if function.is_returning {
                waiting.push(id);
            }
            if self.is_named(id, &TWICE) {
                twice.push(id);
            }
        }
        while let Some(id) = twice.pop() {
            if !std::mem::replace(&mut self.functions[id].returns_twice, true) {
                twice.extend(tails.get(&id).into_iter().flatten());
            }
        }
        for (id, users) in &self.mentions {
            if self.functions[*id].returns_twice {
                self.twice.extend(users.iter().map(|(user, _)| *user));
            }
        }
        while let Some(id) = waiting.pop() {
            if self.is_named(id, &ENDS) {
                continue;
            }
            if std::mem::replace(&mut self.functions[id].returns, true) {
                continue;
            }
            waiting.extend(tails.get(&id).into_iter().flatten());
        }
    }

    /// Finds the registers that functions and what they call can change. Of a function whose code a
    /// compiler knows, callers can expect that it keeps others than it must.
    pub(super) fn changing(&mut self) {
        let mut callers: BTreeMap<Id, BTreeSet<(Id, bool)>> = BTreeMap::new();
        for (id, function) in self.functions.iter().enumerate() {
            for (_, to, is_call) in &function.edges {
                callers.entry(*to).or_default().insert((id, *is_call));
            }
        }
        let mut waiting: Vec<Id> = (0..self.functions.len()).collect();
        while let Some(id) = waiting.pop() {
            let Reached {
                changes, unsaved, ..
            } = self.functions[id];
            for (caller, is_call) in callers.get(&id).into_iter().flatten() {
                let known = &mut self.functions[*caller];
                // What a function that it calls sets is for the function itself.
                let unsaved = match is_call {
                    true => 0,
                    false => unsaved & !known.stores,
                };
                if known.changes | changes != known.changes
                    || known.unsaved | unsaved != known.unsaved
                {
                    known.changes |= changes;
                    known.unsaved |= unsaved;
                    waiting.push(*caller);
                }
            }
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
