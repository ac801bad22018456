//! Lints on what a rule or a condition says by itself.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;

use super::Lints;
use crate::error::{Error, Kind, Span};
use crate::linux::abi::Width;
use crate::linux::action::Action;
use crate::linux::int_args;
use crate::policy::Test;
use crate::policy::admits;
use crate::policy::narrow;
use crate::profile::{Arg, Entry};

impl Lints<'_> {
    pub(super) fn errno_zero(&mut self) {
        for (_, span, path) in self
            .actions()
            .filter(|(action, ..)| *action == Action::Errno(0))
        {
            self.found.push(
                Error::new(
                    Kind::ErrnoZero,
                    span,
                    "errno 0 is success: the call is skipped and seems to have worked",
                )
                .path(path)
                .label("with errno 0")
                .note("let callers see a failure, such as 1 (EPERM) or 38 (ENOSYS)"),
            );
        }
    }

    pub(super) fn kill_thread(&mut self) {
        let mut places = self
            .actions()
            .filter(|(action, ..)| *action == Action::KillThread);
        let Some((_, span, path)) = places.next().filter(|_| self.can_have_threads()) else {
            return;
        };
        self.found.push(
            Error::new(
                Kind::KillThread,
                span,
                "only the thread that makes the call is killed",
            )
            .path(path)
            .label("the others go on, and wait for its locks for ever")
            .note("SCMP_ACT_KILL_PROCESS ends the whole process"),
        );
    }

    /// Rule 20: behind a rule that always answers, and not with the default, none is reached.
    pub(super) fn unreachable_rule(&mut self) {
        let mut decided: BTreeMap<&str, (Action, Span)> = BTreeMap::new();
        for entry in self.entries() {
            let action = entry.action.value;
            for name in &entry.names {
                let decides = entry.args.is_empty() && action != self.default;
                match decided.entry(&name.value) {
                    MapEntry::Occupied(at) if at.get().0 != action => {
                        let (first, span) = *at.get();
                        let message = format!("this rule for `{}` is never reached", name.value);
                        self.found.push(
                            Error::new(Kind::UnreachableRule, name.span, message)
                                .path(entry.path.0.as_str())
                                .label(format!("{action} never"))
                                .related(span, format!("{first} always"))
                                .note("remove one of them"),
                        );
                    }
                    MapEntry::Vacant(at) if decides => {
                        at.insert((action, name.span));
                    }
                    MapEntry::Occupied(_) | MapEntry::Vacant(_) => {}
                }
            }
        }
    }

    /// Rule 27: conditions that say nothing, and those that high bits evade.
    pub(super) fn conditions(&mut self) {
        for entry in self.entries() {
            for (i, arg) in entry.args.iter().enumerate() {
                let path = format!("{}.args[{i}]", entry.path.0);
                let on_all = |holds: fn(Test, Width) -> bool| {
                    self.policy.abis.iter().all(|rules| {
                        let test = narrow(arg.value.test, rules.abi);
                        test.is_ok_and(|test| holds(test, rules.abi.width()))
                    })
                };
                if on_all(admits::is_full) {
                    self.found.push(
                        Error::new(Kind::AlwaysTrue, arg.span, "a condition that always holds")
                            .path(path)
                            .label("every argument is like this")
                            .note("remove it"),
                    );
                } else if on_all(admits::is_empty) {
                    self.found.push(
                        Error::new(Kind::NeverTrue, arg.span, "a condition that never holds")
                            .path(path)
                            .label("no argument is like this")
                            .note("the rule does nothing: remove it, or mend the condition"),
                    );
                } else {
                    self.int_argument(entry, arg.value, arg.span, path);
                }
            }
        }
    }

    fn int_argument(&mut self, entry: &Entry, arg: Arg, span: Span, path: String) {
        let wide = self
            .policy
            .abis
            .iter()
            .any(|rules| rules.abi.width() == Width::W64);
        let call = entry
            .names
            .iter()
            .find(|name| int_args::is_int(&name.value, arg.index));
        let Some(call) = call.filter(|_| wide) else {
            return;
        };
        let (action, default) = (entry.action.value.rank(), self.default.rank());
        let evaded =
            (action < default && escapes(arg.test)) || (action > default && admits(arg.test));
        if !evaded {
            return;
        }
        let fix = match arg.test {
            Test::Eq(value) => format!(
                "compare the low half: \"op\": \"SCMP_CMP_MASKED_EQ\", \"value\": 4294967295, \"valueTwo\": {value}"
            ),
            _ => String::from(
                "name the values that are meant: SCMP_CMP_MASKED_EQ with \"value\": 4294967295 compares the low half",
            ),
        };
        let message = format!(
            "the kernel takes argument {} of `{}` as 32 bits, but the condition compares 64",
            arg.index, call.value
        );
        self.found.push(
            Error::new(Kind::IntArgument, span, message)
                .path(path)
                .label("evaded with any of the high bits set")
                .note(fix),
        );
    }
}

/// Whether a test that holds for some 32-bit value fails for one with the same low half.
fn escapes(test: Test) -> bool {
    match test {
        Test::Eq(value) => value <= Width::W32.max(),
        Test::Lt(_) | Test::Le(_) => true,
        Test::Masked { mask, value } => mask > Width::W32.max() && value <= Width::W32.max(),
        Test::Ne(_) | Test::Ge(_) | Test::Gt(_) => false,
    }
}

/// Whether a test that fails for some 32-bit value holds for one with the same low half.
fn admits(test: Test) -> bool {
    match test {
        Test::Ne(value) => value <= Width::W32.max(),
        Test::Ge(_) | Test::Gt(_) => true,
        Test::Eq(_) | Test::Lt(_) | Test::Le(_) | Test::Masked { .. } => false,
    }
}
