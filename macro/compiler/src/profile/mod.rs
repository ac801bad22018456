//! The profile as the OCI runtime spec defines it (`config-linux.md`, "Seccomp"): every field with
//! its place, and only values that the spec and the kernel accept.
//!
//! There are two readers, one of text and `oci` for the types of the oci-spec crate. Both make
//! their values with the functions here, so that each check exists once.
//!
//! A *rule* of a profile is an entry of its `syscalls`.

mod args;
mod argument;
mod compose;
mod docker;
mod fields;
mod forms;
mod hint;
pub mod json;
mod number;
#[cfg(feature = "oci-spec")]
pub mod oci;
mod parse;
mod questions;
#[cfg(feature = "schema")]
pub mod schema;

pub use argument::{Arg, Datum, Names};

use crate::error::{Error, Kind, Span, Spanned};
use crate::linux::abi::Abi;
use crate::linux::action::Action;
use crate::linux::version::Kernel;
use crate::sorted;

/// A profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The action if no rule matches.
    pub default_action: Spanned<Action>,
    /// The listed architectures; the target's own ABI is included even if it is not listed.
    pub architectures: Vec<Spanned<Abi>>,
    /// The listed flags.
    pub flags: Vec<Spanned<Flag>>,
    /// The socket to which a container runtime sends the listener; nothing here connects to it.
    pub listener_path: Option<String>,
    /// What a container runtime sends with the listener.
    pub listener_metadata: Option<String>,
    /// The rules that apply to the target with the options.
    pub syscalls: Vec<Entry>,
    /// The rules that their `includes` or `excludes` disables.
    pub excluded: Vec<Excluded>,
    /// The version and the place of every `minKernel`.
    pub min_kernels: Vec<Spanned<Kernel>>,
    /// In each file, the first number of a condition that is written as a string.
    pub strings: Vec<Span>,
    /// The groups of the composition, in the order of their sources.
    pub groups: Vec<Included>,
    /// Whether it consists of several files, or of files and groups.
    pub is_composed: bool,
}

/// A group of a composition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Included {
    /// The name.
    pub name: &'static str,
    /// The index of its text in [`Sources`](crate::source::Sources).
    pub source: usize,
    /// Whether the invocation names it. Otherwise another group builds on it.
    pub by_name: bool,
}

/// A rule that its `includes` or `excludes` disables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// The rule.
    pub entry: Entry,
    /// Its `includes`, as JSON.
    pub includes: Option<String>,
    /// Its `excludes`, as JSON.
    pub excludes: Option<String>,
}

/// One entry of `syscalls`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path to the entry: `syscalls[3]`.
    pub path: JsonPath,
    /// The system calls.
    pub names: Vec<Spanned<String>>,
    /// The action for these calls.
    pub action: Spanned<Action>,
    /// The conditions.
    pub args: Vec<Spanned<Arg>>,
    /// The index of the entry's text in [`Sources`](crate::source::Sources).
    pub source: usize,
}

/// The path to an entry. Any two are equal, because the path does not change the meaning.
#[derive(Clone, Debug, Default)]
pub struct JsonPath(pub String);

impl PartialEq for JsonPath {
    fn eq(&self, _: &JsonPath) -> bool {
        true
    }
}

impl Eq for JsonPath {}

/// A flag of the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// Install on all threads of the process.
    Tsync,
    /// Log every action but ALLOW.
    Log,
    /// Do not disable speculative store bypass.
    SpecAllow,
    /// Only a fatal signal interrupts a call that waits for the listener.
    WaitKillableRecv,
}

impl Flag {
    /// Every flag that a profile can list.
    pub const ALL: [Flag; 4] = [
        Flag::Tsync,
        Flag::Log,
        Flag::SpecAllow,
        Flag::WaitKillableRecv,
    ];

    /// Returns the OCI name.
    pub const fn name(self) -> &'static str {
        match self {
            Flag::Tsync => "SECCOMP_FILTER_FLAG_TSYNC",
            Flag::Log => "SECCOMP_FILTER_FLAG_LOG",
            Flag::SpecAllow => "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
            Flag::WaitKillableRecv => "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
        }
    }

    /// Returns the bit (`include/uapi/linux/seccomp.h`).
    pub const fn bit(self) -> u32 {
        match self {
            Flag::Tsync => 1,
            Flag::Log => 2,
            Flag::SpecAllow => 4,
            Flag::WaitKillableRecv => 32,
        }
    }
}

/// `SECCOMP_FILTER_FLAG_NEW_LISTENER`: installing the filter returns a listener.
pub const NEW_LISTENER: u32 = 8;
/// `SECCOMP_FILTER_FLAG_TSYNC_ESRCH`: TSYNC fails with ESRCH. Without it the kernel returns the
/// thread id, which looks like the descriptor of the listener.
pub const TSYNC_ESRCH: u32 = 16;

impl Profile {
    /// Returns the constants that conditions name, sorted, each once.
    pub fn constants(&self) -> Vec<&str> {
        let mut constants = Vec::new();
        for entry in &self.syscalls {
            for arg in &entry.args {
                if let Some(names) = &arg.value.names {
                    constants.extend(names.value.constants());
                    constants.extend(names.value_two.constants());
                }
            }
        }
        sorted::sort_unique(&mut constants);
        constants
    }

    /// Returns the place of a text in the order of precedence: the first of a composition has 0, and
    /// all groups have the same.
    pub fn rank(&self, source: usize) -> usize {
        { self.groups.first() }.map_or(source, |group| source.min(group.source))
    }

    /// Returns whether a rule is a group's.
    pub fn is_of_group(&self, entry: &Entry) -> bool {
        { self.groups.first() }.is_some_and(|group| entry.source >= group.source)
    }

    /// Checks that the default action is not NOTIFY (`format`, *Supervised calls*).
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.default_action.value == Action::Notify {
            let message = "the default action cannot be SCMP_ACT_NOTIFY: the supervisor's own calls would wait for it";
            return Err(
                Error::new(Kind::NotifyDefault, self.default_action.span, message)
                    .label("use SCMP_ACT_NOTIFY only in rules"),
            );
        }
        Ok(())
    }
}
