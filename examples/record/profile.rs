//! Recorded calls → a profile in the format of the OCI runtime spec, or additions to a profile.

use std::collections::BTreeSet;
use std::path::Path;

use seccomp_profile::syscall;
use seccomp_profile_compiler::linux::abi::X32_BIT;
use seccomp_profile_compiler::linux::{siblings, syscalls};
use seccomp_profile_compiler::policy::{Decision, Policy};
use seccomp_profile_compiler::{Abi, Errors, Options, Sources, compile};
use serde_json::{Map, Value, json};

/// The calls of a command.
pub(crate) struct Recording {
    /// The command, as it was given.
    pub(crate) command: String,
    /// The numbers of the calls.
    pub(crate) calls: BTreeSet<u32>,
}

/// A profile, and what a recording added to it.
pub(crate) struct Extended {
    pub(crate) text: String,
    /// How many of the recorded calls were added.
    pub(crate) new: usize,
    /// The calls that were added although they were not recorded.
    pub(crate) always: Vec<&'static str>,
}

/// Calls that every program must be able to make, but not in every run: it ends, it returns from a
/// signal handler, the kernel restarts a call that a signal interrupted, or it crashes: Rust's
/// handler of a fault restores the default action, and `abort` sends a signal to itself.
const ALWAYS: [&str; 11] = [
    "exit",
    "exit_group",
    "getpid",
    "gettid",
    "restart_syscall",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigreturn",
    "tgkill",
    "tkill",
];

/// The keys of a profile in the order of the spec. Other keys follow, sorted by name.
const KEYS: [&str; 14] = [
    "defaultAction",
    "defaultErrnoRet",
    "architectures",
    "archMap",
    "flags",
    "listenerPath",
    "listenerMetadata",
    "syscalls",
    "comment",
    "names",
    "action",
    "errnoRet",
    "args",
    "index",
];

const NO_RULES: &str = "the profile has no `syscalls`";

/// Reads a profile that can be extended.
pub(crate) fn read(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let profile: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    match profile.get("syscalls") {
        Some(Value::Array(_)) => Ok(profile),
        _ => Err(NO_RULES.into()),
    }
}

impl Recording {
    /// Returns a profile that allows the calls, and everything that `before` allows.
    ///
    /// # Errors
    /// A call without a name, and every reason why the profile cannot be compiled, such as a rule
    /// of `before` that denies a recorded call.
    pub(crate) fn extend(&self, before: Option<Value>) -> Result<Extended, String> {
        let mut profile = before.unwrap_or_else(|| self.empty());
        let mut names = self.names()?;
        // Where `clone3` gets ENOSYS, as in many containers, C libraries call `clone`.
        let beside = names
            .iter()
            .filter_map(|name| siblings::beside(target(), name));
        let always = ALWAYS
            .into_iter()
            .chain(beside)
            .filter(|name| syscalls::number(target(), name).is_some() && !names.contains(*name));
        let always: BTreeSet<&str> = always.collect();
        let mut always: Vec<&str> = always.into_iter().collect();
        let rules = profile.get_mut("syscalls").and_then(Value::as_array_mut);
        let rules = rules.ok_or(NO_RULES)?;
        let allowed = rules.iter().filter(|rule| plainly_allows(rule));
        for allowed in allowed.flat_map(listed) {
            names.remove(allowed);
            always.retain(|name| *name != allowed);
        }
        let new = names.len();
        // The new calls go to a rule that allows its calls without conditions, if there is one.
        let at = rules.iter().position(plainly_allows);
        let mut rule = match at {
            Some(at) => rules.remove(at),
            None => json!({ "comment": "", "names": [], "action": "SCMP_ACT_ALLOW" }),
        };
        let others = listed(&rule).chain(always.iter().copied());
        names.extend(others.map(String::from));
        rule["names"] = names.into_iter().collect();
        let comment = rule["comment"].as_str().unwrap_or_default();
        if !comment.split("; ").any(|command| command == self.command) {
            let commands = [comment, &self.command].into_iter();
            let commands: Vec<&str> = commands.filter(|command| !command.is_empty()).collect();
            rule["comment"] = commands.join("; ").into();
        }
        rules.insert(at.unwrap_or(rules.len()), rule);
        let text = format!("{}\n", written(&profile, 0));
        let compiled = compile(&text, target(), &Options::default());
        let policy = compiled.map_err(|errors| refused(&errors, &text))?.policy;
        let denied = self.calls.iter().find(|nr| !runs(&policy, **nr));
        match denied.and_then(|nr| syscalls::name(target(), *nr)) {
            None => Ok(Extended { text, new, always }),
            Some(name) => Err(format!(
                "`{name}` was called, and a rule of the profile does not let it run: \
                 nothing was written"
            )),
        }
    }

    fn empty(&self) -> Value {
        json!({
            "defaultAction": "SCMP_ACT_ERRNO",
            "defaultErrnoRet": libc::ENOSYS,
            "architectures": [target().oci_name()],
            "syscalls": [],
        })
    }

    fn names(&self) -> Result<BTreeSet<String>, String> {
        let target = target();
        let name = |&nr: &u32| match syscalls::name(target, nr) {
            Some(name) => Ok(name.to_string()),
            None => Err(format!("call {nr} of {target} has no name")),
        };
        self.calls.iter().map(name).collect()
    }
}

/// The ABI of this program, and of the commands that it records.
fn target() -> Abi {
    let call = syscall!(execve);
    let x32 = call.nr & X32_BIT != 0;
    let same = |abi: &Abi| abi.token() == call.arch && (*abi == Abi::X32) == x32;
    Abi::ALL.into_iter().find(same).unwrap_or(Abi::X86_64)
}

/// Returns whether a call runs for all arguments.
fn runs(policy: &Policy, nr: u32) -> bool {
    match policy.lookup(target().token(), nr) {
        Decision::Always(action) => action.runs(),
        Decision::ByRules(rules) => {
            rules.iter().all(|rule| rule.action.runs())
                && rules.iter().any(|rule| rule.conditions.is_empty())
        }
    }
}

/// Returns whether a rule allows its calls for all arguments and on every host.
fn plainly_allows(rule: &Value) -> bool {
    let plain = ["comment", "names", "action"];
    rule["action"] == "SCMP_ACT_ALLOW"
        && rule.as_object().is_some_and(|rule| {
            let mut others = rule
                .iter()
                .filter(|(key, _)| !plain.contains(&key.as_str()));
            others.all(|(key, value)| key == "args" && value.as_array().is_some_and(Vec::is_empty))
        })
}

fn listed(rule: &Value) -> impl Iterator<Item = &str> {
    rule["names"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn refused(errors: &Errors, text: &str) -> String {
    let errors = errors.render(&Sources::one("the profile would not compile", text));
    format!("{}\nnothing was written", errors.join("\n"))
}

/// Writes each key of an object in a line of its own, and wraps lists of words.
fn written(value: &Value, depth: usize) -> String {
    let indent = "    ".repeat(depth + 1);
    let end = "    ".repeat(depth);
    match value {
        Value::Object(object) => {
            let entries = in_order(object).into_iter().map(|(key, value)| {
                format!("{indent}{}: {}", json!(key), written(value, depth + 1))
            });
            block('{', entries.collect(), &end, '}')
        }
        Value::Array(list) if list.iter().any(Value::is_object) => {
            let entries = list
                .iter()
                .map(|value| format!("{indent}{}", written(value, depth + 1)));
            block('[', entries.collect(), &end, ']')
        }
        Value::Array(list) => {
            let mut lines = vec![String::new()];
            for word in list.iter().map(Value::to_string) {
                match lines.last_mut() {
                    Some(line) if line.len() + word.len() < 76 => {
                        let space = if line.is_empty() { "" } else { ", " };
                        line.push_str(&format!("{space}{word}"));
                    }
                    _ => lines.push(word),
                }
            }
            match &lines[..] {
                [line] => format!("[{line}]"),
                lines => {
                    let lines = lines.iter().map(|line| format!("{indent}{line}"));
                    block('[', lines.collect(), &end, ']')
                }
            }
        }
        plain => plain.to_string(),
    }
}

fn block(open: char, lines: Vec<String>, indent: &str, close: char) -> String {
    if lines.is_empty() {
        return format!("{open}{close}");
    }
    format!("{open}\n{}\n{indent}{close}", lines.join(",\n"))
}

fn in_order(object: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = object.iter().collect();
    let place = |key: &str| {
        KEYS.iter()
            .position(|known| *known == key)
            .unwrap_or(KEYS.len())
    };
    entries.sort_by_key(|(key, _)| place(key));
    entries
}
