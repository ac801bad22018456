//! Options of an invocation → [`Options`], checked one by one.
//!
//! The description of each field of [`Options`] starts with the option of the macro that sets it. The
//! macro and the command-line tools set options by name with [`Options::set`], so that names, values
//! and error messages are the same everywhere.

pub mod weights;

use crate::error::{Error, Kind, LINTS, Span, Spanned, suggest};
use crate::linux::action::Action;
use crate::linux::action::{ACTIONS, with_number};
use crate::linux::capability::Capability;
use crate::linux::version::Kernel;
use crate::options::weights::Weights;

/// The options of one compilation; the default is an invocation without options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `capabilities = ["CAP_NET_RAW"]`: the capabilities that the process can get. Rules with
    /// `caps` depend on them; without the option such a rule is an error.
    pub capabilities: Option<Vec<Capability>>,
    /// `kernel = "5.10"`: the oldest kernel that may run the program. Rules with `minKernel` depend
    /// on it; without the option such a rule is an error.
    pub kernel: Option<Kernel>,
    /// `native_only = true`: leave out every listed architecture except the target.
    pub native_only: bool,
    /// `overlap = "first-match"`: what to do if two rules with different actions can match one
    /// call.
    pub overlap: Overlap,
    /// `unknown_names = "ignore"`: what to do with a name that no architecture has.
    pub unknown_names: UnknownNames,
    /// `newer_syscalls = "ENOSYS"`: the answer to calls that are newer than the syscall table.
    pub newer_syscalls: NewerSyscalls,
    /// `default_action = "SCMP_ACT_LOG"`: replaces the default action of the profile.
    pub default_action: Option<Action>,
    /// `deny_action = "SCMP_ACT_LOG"`: replaces every action that is stricter than ALLOW, for
    /// example to log what the profile would deny.
    pub deny_action: Option<Action>,
    /// `bad_arch_action = "SCMP_ACT_KILL_PROCESS"`: the answer to calls of an ABI that the policy
    /// does not know. KILL_THREAD without the option, as in runc and runsc.
    pub bad_arch_action: Option<Action>,
    /// `allow(int_argument)`: lints that report nothing.
    pub allow: Vec<Kind>,
    /// `deny(io_uring)`: lints that report errors instead of warnings.
    pub deny: Vec<Kind>,
    /// `weights = "weights.txt"`: how often each call is made. A guess without the option.
    pub weights: Weights,
    /// The limit of the search for the best order of tests. It is not an option of the macro.
    pub effort: Effort,
    /// `typed_arguments = true`: compare only the part of an argument that the kernel uses, instead
    /// of the full argument width of the ABI.
    pub typed_arguments: bool,
    /// `allow_notify_write = true`: accept NOTIFY for `write`. It is an error otherwise, because
    /// the process may need `write` to pass the listener to its supervisor.
    pub allow_notify_write: bool,
    /// `reporter = true`: require that some answer is TRAP, and that the profile allows the calls
    /// that the runtime's reporter of violations makes.
    pub reporter: bool,
}

/// What to do if two rules with different actions can match one call (`format`, *Overlapping
/// rules*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlap {
    /// Report the error `conflicting-rules`.
    #[default]
    Error,
    /// Take the first rule in the order of the profile, as runsc does.
    FirstMatch,
}

/// What to do with a name that is in no syscall table (`format`, *System call names*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownNames {
    /// Report the error `unknown-syscall`.
    #[default]
    Error,
    /// Ignore the name in rules that are not stricter than the default. In a stricter rule it stays
    /// an error, because the call would not be denied.
    Ignore,
}

/// The answer to numbers above the highest number in the syscall table (`format`, *Newer calls*).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NewerSyscalls {
    /// The default action, as for every call without a rule.
    #[default]
    Default,
    /// ERRNO(ENOSYS), so that a newer libc falls back to an older call. Does nothing if the default
    /// action lets calls run.
    Enosys,
}

/// The limit of the search for the best order of tests, in literals that are looked at for one rule
/// list. All rule lists of a policy together may use three times as much. Beyond the limit, the
/// rules of a list are tested one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort(pub usize);

impl Default for Effort {
    /// Returns ten times what the rule lists of real profiles need.
    fn default() -> Effort {
        Effort(20_000)
    }
}

/// The value of one option, as an invocation or a command line gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `true` or `false`.
    Bool(bool),
    /// A string.
    Word(String),
    /// A list of strings.
    List(Vec<String>),
}

/// The names of the options that [`Options::set`] knows. `weights` and `with` are missing, because
/// the caller must read their files.
pub const KEYS: [&str; 14] = [
    "capabilities",
    "kernel",
    "native_only",
    "overlap",
    "unknown_names",
    "newer_syscalls",
    "default_action",
    "deny_action",
    "bad_arch_action",
    "typed_arguments",
    "allow_notify_write",
    "reporter",
    "allow",
    "deny",
];

impl Options {
    /// Sets one option by its name.
    ///
    /// # Errors
    /// `unknown-option`, or an error about the value; without a place.
    pub fn set(&mut self, key: &str, value: &Setting) -> Result<(), Error> {
        match key {
            "capabilities" => {
                let names = list(key, value)?
                    .iter()
                    .map(|name| Capability::from_name(name));
                self.capabilities = Some(names.collect::<Result<_, _>>()?);
            }
            "kernel" => match value {
                Setting::Word(version) => self.kernel = Some(Kernel::parse_release(version)?),
                _ => {
                    return Err(bad(format!(
                        "`{key}` must be a version of Linux, such as `\"5.10\"`"
                    )));
                }
            },
            "allow" => self.allow.append(&mut lints(list(key, value)?)?),
            "deny" => self.deny.append(&mut lints(list(key, value)?)?),
            "typed_arguments" => self.typed_arguments = flag(key, value)?,
            "native_only" => self.native_only = flag(key, value)?,
            "allow_notify_write" => self.allow_notify_write = flag(key, value)?,
            "reporter" => self.reporter = flag(key, value)?,
            "overlap" => {
                let words = [
                    ("error", Overlap::Error),
                    ("first-match", Overlap::FirstMatch),
                ];
                self.overlap = one_of(key, value, &words)?;
            }
            "unknown_names" => {
                let words = [
                    ("error", UnknownNames::Error),
                    ("ignore", UnknownNames::Ignore),
                ];
                self.unknown_names = one_of(key, value, &words)?;
            }
            "newer_syscalls" => {
                let words = [
                    ("default", NewerSyscalls::Default),
                    ("ENOSYS", NewerSyscalls::Enosys),
                ];
                self.newer_syscalls = one_of(key, value, &words)?;
            }
            "default_action" => self.default_action = Some(action(key, value, &[])?),
            "deny_action" => self.deny_action = Some(action(key, value, &[Action::Allow])?),
            "bad_arch_action" => self.bad_arch_action = Some(action(key, value, &[])?),
            _ => {
                let known = [&KEYS[..], &["weights", "with"]].concat();
                return Err(
                    Error::nowhere(Kind::UnknownOption, format!("unknown option `{key}`"))
                        .did_you_mean(key, &known, "no such option")
                        .note(format!("known options: {}", known.join(", "))),
                );
            }
        }
        Ok(())
    }
}

fn flag(key: &str, value: &Setting) -> Result<bool, Error> {
    match value {
        Setting::Bool(value) => Ok(*value),
        _ => Err(bad(format!("`{key}` must be `true` or `false`"))),
    }
}

fn list<'a>(key: &str, value: &'a Setting) -> Result<&'a [String], Error> {
    match value {
        Setting::List(words) => Ok(words),
        _ => Err(bad(format!(
            "`{key}` must be a list of strings; `[]` is the empty list"
        ))),
    }
}

/// Finds lints by name. `_` stands for `-`, as in the names of rustc's lints.
fn lints(names: &[String]) -> Result<Vec<Kind>, Error> {
    let lint = |name: &String| {
        let name = name.replace('_', "-");
        let lint = LINTS.iter().find(|lint| lint.name() == name);
        lint.copied().ok_or_else(|| {
            let known: Vec<&str> = LINTS.iter().map(|lint| lint.name()).collect();
            Error::nowhere(Kind::UnknownLint, format!("unknown lint `{name}`"))
                .did_you_mean(&name, &known, "no such lint")
                .note(format!("known lints: {}", known.join(", ")))
        })
    };
    names.iter().map(lint).collect()
}

/// Finds the value that a string names.
fn one_of<T: Copy>(key: &str, value: &Setting, known: &[(&str, T)]) -> Result<T, Error> {
    let at = word(key, value, &suggest::names(known))?;
    Ok(known[at].1)
}

/// Finds the place of a string among some words.
fn word(key: &str, value: &Setting, words: &[&str]) -> Result<usize, Error> {
    let quoted: Vec<String> = { words.iter() }
        .map(|name| format!("`\"{name}\"`"))
        .collect();
    let Setting::Word(given) = value else {
        return Err(bad(match &quoted[..] {
            [first, second] => format!("`{key}` must be {first} or {second}"),
            all => format!("`{key}` must be one of {}", all.join(", ")),
        }));
    };
    if let Some(at) = words.iter().position(|name| name == given) {
        return Ok(at);
    }
    let error = match &quoted[..] {
        [first, second] => bad(format!(
            "`{key}` must be {first} or {second}, not `\"{given}\"`"
        )),
        all => bad(format!("`{key}` cannot be `\"{given}\"`"))
            .note(format!("possible values: {}", all.join(", "))),
    };
    Err(error.did_you_mean(given, words, "not a possible value"))
}

/// Reads an action by its name in a profile. An errno, or the number for a tracer, can follow in
/// parentheses: `SCMP_ACT_ERRNO(38)`. NOTIFY is not possible: such a call would wait for a listener
/// that no rule of the profile asked for.
fn action(key: &str, value: &Setting, without: &[Action]) -> Result<Action, Error> {
    let allowed = |action: &Action| *action != Action::Notify && !without.contains(action);
    let mut words = ACTIONS.to_vec();
    words.retain(|(_, action)| allowed(action));
    let Setting::Word(given) = value else {
        return one_of(key, value, &words);
    };
    let Some((name, number)) = given
        .strip_suffix(')')
        .and_then(|rest| rest.split_once('('))
    else {
        return one_of(key, value, &words);
    };
    let named = one_of(key, &Setting::Word(name.into()), &words)?;
    let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number = if plain { number.parse().ok() } else { None };
    let number = number.ok_or_else(|| {
        bad(format!(
            "`{given}` must have a number in parentheses, such as `SCMP_ACT_ERRNO(38)`"
        ))
    })?;
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
    // The error is about the option, so it has no place in the profile.
    joined.map(|action| action.value).map_err(|error| Error {
        kind: Kind::BadOption,
        span: None,
        ..error
    })
}

fn bad(message: String) -> Error {
    Error::nowhere(Kind::BadOption, message)
}
