//! What an invocation can say beside the profile.

use crate::error::{Error, Kind};
use crate::lower::Weights;
use crate::policy::Action;
use crate::profile::ACTIONS;

/// The options of one compilation; the default is the strictest reading of the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Leave out every listed architecture but the target's own (`native_only = true`).
    pub native_only: bool,
    /// What to do where runtimes disagree about two rules (`overlap = …`).
    pub overlap: Overlap,
    /// What to do with a name that no architecture has (`unknown_names = …`).
    pub unknown_names: UnknownNames,
    /// What calls get that are newer than the syscall table (`newer_syscalls = …`).
    pub newer_syscalls: NewerSyscalls,
    /// What calls of an ABI outside the set get; KILL_THREAD if absent, as in runc and runsc.
    pub bad_arch_action: Option<Action>,
    /// How often each call is made (`weights = …`); a guess if absent.
    pub weights: Weights,
    /// Accept a NOTIFY rule for `write`, which a supervisor may need to get the listener.
    pub allow_notify_write: bool,
}

/// What to do with two rules whose conditions can hold together and whose actions differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlap {
    /// Stop with `conflicting-rules`.
    #[default]
    Error,
    /// Take the first in profile order, as runsc does.
    FirstMatch,
}

/// What to do with a name that is in no architecture's table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownNames {
    /// Stop with `unknown-syscall`.
    #[default]
    Error,
    /// Pass it over in rules that are no stricter than the default; a stricter rule that does
    /// nothing stays an error.
    Ignore,
}

/// What to do with numbers above the highest that the table knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NewerSyscalls {
    /// The default action, like any other call without a rule.
    #[default]
    Default,
    /// ERRNO(ENOSYS), so that a newer libc falls back; not where the default lets calls run.
    Enosys,
}

/// The value of one option, as an invocation or a command line writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `true` or `false`.
    Bool(bool),
    /// A string.
    Word(String),
}

/// The options that [`Options::set`] knows. The file of `weights` is the caller's to read.
pub const KEYS: [&str; 6] = [
    "native_only",
    "overlap",
    "unknown_names",
    "newer_syscalls",
    "bad_arch_action",
    "allow_notify_write",
];

impl Options {
    /// Sets one option by its name.
    ///
    /// # Errors
    /// `unknown-option` and `bad-option`, without a place.
    pub fn set(&mut self, key: &str, value: &Setting) -> Result<(), Error> {
        match key {
            "native_only" => self.native_only = flag(key, value)?,
            "allow_notify_write" => self.allow_notify_write = flag(key, value)?,
            "overlap" => {
                let words = [("error", Overlap::Error), ("first-match", Overlap::FirstMatch)];
                self.overlap = word(key, value, &words)?;
            }
            "unknown_names" => {
                let words = [("error", UnknownNames::Error), ("ignore", UnknownNames::Ignore)];
                self.unknown_names = word(key, value, &words)?;
            }
            "newer_syscalls" => {
                let words = [("default", NewerSyscalls::Default), ("ENOSYS", NewerSyscalls::Enosys)];
                self.newer_syscalls = word(key, value, &words)?;
            }
            "bad_arch_action" => {
                let words = ACTIONS.map(|(name, action)| (name, action));
                let words = words.into_iter().filter(|(_, action)| *action != Action::Notify);
                self.bad_arch_action = Some(word(key, value, &words.collect::<Vec<_>>())?);
            }
            _ => {
                let known = KEYS.iter().copied().chain(["weights"]);
                return Err(Error::nowhere(Kind::UnknownOption, format!("unknown option `{key}`"))
                    .did_you_mean(key, known.clone(), "no such option")
                    .note(format!("known are {}", known.collect::<Vec<_>>().join(", "))));
            }
        }
        Ok(())
    }
}

fn flag(key: &str, value: &Setting) -> Result<bool, Error> {
    match value {
        Setting::Bool(value) => Ok(*value),
        Setting::Word(_) => Err(bad(format!("`{key}` takes `true` or `false`"))),
    }
}

fn word<T: Copy>(key: &str, value: &Setting, words: &[(&str, T)]) -> Result<T, Error> {
    let names = || words.iter().map(|(name, _)| *name);
    let all = names().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    match value {
        Setting::Word(given) => match words.iter().find(|(name, _)| name == given) {
            Some((_, value)) => Ok(*value),
            None => Err(bad(format!("`{key}` is no `{given}`")).did_you_mean(given, names(), "no such value").note(format!("known are {all}"))),
        },
        Setting::Bool(_) => Err(bad(format!("`{key}` takes one of {all}"))),
    }
}

fn bad(message: String) -> Error {
    Error::nowhere(Kind::BadOption, message)
}
