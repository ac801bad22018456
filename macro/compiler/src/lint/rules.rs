//! Lints about single rules and conditions.

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
                    "errno 0 means success: the kernel skips the call, but the caller sees no error",
                )
                .path(path)
                .label("returns errno 0")
                .note("return an error, such as 1 (EPERM)"),
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
                "this action kills only the calling thread",
            )
            .path(path)
            .label("other threads continue, and can wait forever for its locks")
            .note("use SCMP_ACT_KILL_PROCESS to kill the whole process"),
        );
    }

    /// A rule after one without conditions whose action is not the default (`format`, *Overlapping
    /// rules*).
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
                                .label(format!("{action} is never used"))
                                .related(span, format!("{first} for every call"))
                                .note("remove the call from one of the two rules"),
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

    /// Conditions that are always or never true, and conditions that high bits of an `int` argument
    /// bypass (`format`, *Argument width*).
    pub(super) fn conditions(&mut self) {
        for entry in self.entries() {
            for (i, arg) in entry.args.iter().enumerate() {
                let path = format!("{}.args[{i}]", entry.path.0);
                let on_all = |is: fn(Test, Width) -> bool| {
                    self.policy.abis.iter().all(|rules| {
                        let test = narrow(arg.value.test, rules.abi.width());
                        test.is_ok_and(|test| is(test, rules.abi.width()))
                    })
                };
                if on_all(admits::is_full) {
                    self.found.push(
                        Error::new(Kind::AlwaysTrue, arg.span, "this condition is always true")
                            .path(path)
                            .label("matches every value")
                            .note("remove the condition"),
                    );
                } else if on_all(admits::is_empty) {
                    self.found.push(
                        Error::new(Kind::NeverTrue, arg.span, "this condition is never true")
                            .path(path)
                            .label("matches no value")
                            .note("the rule has no effect: remove it, or correct the condition"),
                    );
                } else {
                    self.int_argument(entry, &arg.value, arg.span, path);
                }
            }
        }
    }

    fn int_argument(&mut self, entry: &Entry, arg: &Arg, span: Span, path: String) {
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
        let bypassed = (action < default && lost_by_high_bits(arg.test))
            || (action > default && gained_by_high_bits(arg.test));
        if !bypassed {
            return;
        }
        let fix = match arg.test {
            Test::Eq(value) => format!(
                "compare the low 32 bits: \"op\": \"SCMP_CMP_MASKED_EQ\", \"value\": 4294967295, \"valueTwo\": {value}"
            ),
            _ => String::from(
                "list the intended values: SCMP_CMP_MASKED_EQ with \"value\": 4294967295 compares the low 32 bits",
            ),
        };
        let message = format!(
            "the kernel uses 32 bits of argument {} of `{}`, but the condition compares 64",
            arg.index, call.value
        );
        self.found.push(
            Error::new(Kind::IntArgument, span, message)
                .path(path)
                .label("setting a high bit bypasses the condition")
                .note(fix),
        );
    }
}

/// Returns whether a test matches some 32-bit value, but not another value with the same low half.
fn lost_by_high_bits(test: Test) -> bool {
    match test {
        Test::Eq(value) => value <= Width::W32.max(),
        Test::Lt(_) | Test::Le(_) => true,
        Test::Masked { mask, value } => mask > Width::W32.max() && value <= Width::W32.max(),
        Test::Ne(_) | Test::Ge(_) | Test::Gt(_) => false,
    }
}

/// Returns whether a test does not match some 32-bit value, but matches another value with the same
/// low half.
fn gained_by_high_bits(test: Test) -> bool {
    match test {
        Test::Ne(value) => value <= Width::W32.max(),
        Test::Ge(_) | Test::Gt(_) => true,
        Test::Eq(_) | Test::Lt(_) | Test::Le(_) | Test::Masked { .. } => false,
    }
}
