//! What an invocation can say beside the profile.

pub mod weights;

use std::collections::BTreeSet;

use crate::error::LINTS;
use crate::error::{Error, Kind, Span, Spanned};
use crate::linux::action::Action;
use crate::linux::action::{ACTIONS, with_number};
use crate::linux::capability::Capability;
use crate::linux::version::Kernel;
use crate::options::weights::Weights;

/// The options of one compilation; the default is the strictest reading of the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The capabilities that the process may come to hold (`capabilities = [...]`); what rules of
    /// Docker's form ask for.
    pub capabilities: Option<BTreeSet<Capability>>,
    /// The oldest kernel to run on (`kernel = ...`); what rules of Docker's form ask for.
    pub kernel: Option<Kernel>,
    /// Leave out every listed architecture but the target's own (`native_only = true`).
    pub native_only: bool,
    /// What to do where runtimes disagree about two rules (`overlap = …`).
    pub overlap: Overlap,
    /// What to do with a name that no architecture has (`unknown_names = …`).
    pub unknown_names: UnknownNames,
    /// What calls get that are newer than the syscall table (`newer_syscalls = …`).
    pub newer_syscalls: NewerSyscalls,
    /// What calls without a rule get instead of the profile's default (`default_action = ...`).
    pub default_action: Option<Action>,
    /// What every answer stricter than ALLOW becomes (`deny_action = ...`), as to see what a
    /// profile would deny.
    pub deny_action: Option<Action>,
    /// What calls of an ABI outside the set get (`bad_arch_action = ...`); KILL_THREAD if absent,
    /// as in runc and runsc.
    pub bad_arch_action: Option<Action>,
    /// The lints that are silent (`allow(...)`).
    pub allow: Vec<Kind>,
    /// The lints that are errors (`deny(...)`).
    pub deny: Vec<Kind>,
    /// How often each call is made (`weights = …`); a guess if absent.
    pub weights: Weights,
    /// How hard the best order of a rule list is searched for. No invocation can say it.
    pub effort: Effort,
    /// Accept a NOTIFY rule for `write`, which a supervisor may need to get the listener.
    pub allow_notify_write: bool,
    /// Stop unless TRAP is among the answers and the runtime's reporter of violations may make the
    /// calls that it needs (`reporter = true`).
    pub reporter: bool,
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

/// The work within which every word of a list is tried, in literals looked at. The rules of a list
/// that is too hard are tested one by one. All lists of a policy together get three times as much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort(pub usize);

impl Default for Effort {
    /// Ten times what lists of real profiles need.
    fn default() -> Effort {
        Effort(20_000)
    }
}

/// The value of one option, as an invocation or a command line writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `true` or `false`.
    Bool(bool),
    /// A string.
    Word(String),
    /// A list of strings.
    List(Vec<String>),
}

/// The options that [`Options::set`] knows. The file of `weights` is the caller's to read.
pub const KEYS: [&str; 13] = [
    "capabilities",
    "kernel",
    "native_only",
    "overlap",
    "unknown_names",
    "newer_syscalls",
    "default_action",
    "deny_action",
    "bad_arch_action",
    "allow_notify_write",
    "reporter",
    "allow",
    "deny",
];

impl Options {
    /// Sets one option by its name.
    ///
    /// # Errors
    /// `unknown-option` and `bad-option`, without a place.
    pub fn set(&mut self, key: &str, value: &Setting) -> Result<(), Error> {
        match key {
            "capabilities" => {
                let names = list(key, value)?
                    .iter()
                    .map(|name| Capability::from_name(name));
                self.capabilities = Some(names.collect::<Result<_, _>>()?);
            }
            "kernel" => match value {
                Setting::Word(version) => self.kernel = Some(Kernel::parse(version)?),
                _ => {
                    return Err(bad(format!(
                        "`{key}` takes a version of Linux, such as \"5.10\""
                    )));
                }
            },
            "allow" => self.allow.append(&mut lints(list(key, value)?)?),
            "deny" => self.deny.append(&mut lints(list(key, value)?)?),
            "native_only" => self.native_only = flag(key, value)?,
            "allow_notify_write" => self.allow_notify_write = flag(key, value)?,
            "reporter" => self.reporter = flag(key, value)?,
            "overlap" => {
                let words = [
                    ("error", Overlap::Error),
                    ("first-match", Overlap::FirstMatch),
                ];
                self.overlap = word(key, value, &words)?;
            }
            "unknown_names" => {
                let words = [
                    ("error", UnknownNames::Error),
                    ("ignore", UnknownNames::Ignore),
                ];
                self.unknown_names = word(key, value, &words)?;
            }
            "newer_syscalls" => {
                let words = [
                    ("default", NewerSyscalls::Default),
                    ("ENOSYS", NewerSyscalls::Enosys),
                ];
                self.newer_syscalls = word(key, value, &words)?;
            }
            "default_action" => self.default_action = Some(action(key, value, &[])?),
            "deny_action" => self.deny_action = Some(action(key, value, &[Action::Allow])?),
            "bad_arch_action" => self.bad_arch_action = Some(action(key, value, &[])?),
            _ => {
                let known = KEYS.iter().copied().chain(["weights"]);
                return Err(
                    Error::nowhere(Kind::UnknownOption, format!("unknown option `{key}`"))
                        .did_you_mean(key, known.clone(), "no such option")
                        .note(format!(
                            "known are {}",
                            known.collect::<Vec<_>>().join(", ")
                        )),
                );
            }
        }
        Ok(())
    }
}

fn flag(key: &str, value: &Setting) -> Result<bool, Error> {
    match value {
        Setting::Bool(value) => Ok(*value),
        _ => Err(bad(format!("`{key}` takes `true` or `false`"))),
    }
}

fn list<'a>(key: &str, value: &'a Setting) -> Result<&'a [String], Error> {
    match value {
        Setting::List(words) => Ok(words),
        _ => Err(bad(format!(
            "`{key}` takes a list of strings, `[]` if there is none"
        ))),
    }
}

/// Lints by name; `_` stands for `-`, as in Rust's own.
fn lints(names: &[String]) -> Result<Vec<Kind>, Error> {
    let known = || LINTS.iter().map(|lint| lint.name());
    let lint = |name: &String| {
        let name = name.replace('_', "-");
        LINTS
            .into_iter()
            .find(|lint| lint.name() == name)
            .ok_or_else(|| {
                Error::nowhere(Kind::UnknownLint, format!("unknown lint `{name}`"))
                    .did_you_mean(&name, known(), "no such lint")
                    .note(format!(
                        "known are {}",
                        known().collect::<Vec<_>>().join(", ")
                    ))
            })
    };
    names.iter().map(lint).collect()
}

fn word<T: Copy>(key: &str, value: &Setting, words: &[(&str, T)]) -> Result<T, Error> {
    let names = || words.iter().map(|(name, _)| *name);
    let all = names()
        .map(|name| format!("\"{name}\""))
        .collect::<Vec<_>>()
        .join(", ");
    match value {
        Setting::Word(given) => match words.iter().find(|(name, _)| name == given) {
            Some((_, value)) => Ok(*value),
            None => Err(bad(format!("`{key}` is no `{given}`"))
                .did_you_mean(given, names(), "no such value")
                .note(format!("known are {all}"))),
        },
        _ => Err(bad(format!("`{key}` takes one of {all}"))),
    }
}

/// An action as a profile names it; with an errno, or the number for a tracer, in parentheses:
/// `SCMP_ACT_ERRNO(38)`. NOTIFY answers only rules: what gets it would wait for the listener.
fn action(key: &str, value: &Setting, without: &[Action]) -> Result<Action, Error> {
    let allowed = |action: &Action| *action != Action::Notify && !without.contains(action);
    let words = ACTIONS.into_iter().filter(|(_, action)| allowed(action));
    let words: Vec<(&str, Action)> = words.collect();
    let Setting::Word(given) = value else {
        return word(key, value, &words);
    };
    let Some((name, number)) = given
        .strip_suffix(')')
        .and_then(|rest| rest.split_once('('))
    else {
        return word(key, value, &words);
    };
    let named = word(key, &Setting::Word(name.into()), &words)?;
    let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number = if plain { number.parse().ok() } else { None };
    let number =
        number.ok_or_else(|| bad(format!("`{given}` has no number in its parentheses")))?;
    let nowhere = Span::default();
    let named = Spanned {
        value: named,
        span: nowhere,
    };
    let number = Spanned {
        value: number,
        span: nowhere,
    };
    let joined = with_number(named, Some(number), key);
    // The place is the option, not the text of the profile.
    joined.map(|action| action.value).map_err(|error| Error {
        kind: Kind::BadOption,
        span: None,
        ..error
    })
}

fn bad(message: String) -> Error {
    Error::nowhere(Kind::BadOption, message)
}
