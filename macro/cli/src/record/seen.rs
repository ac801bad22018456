//! What a recording has seen of each call.

use std::collections::{BTreeMap, BTreeSet};

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;

use super::arguments::Choices;

/// The calls of a command.
#[derive(Clone, Debug, Default)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // what only a recording has
pub(crate) struct Seen {
    /// By number.
    pub(crate) calls: BTreeMap<u32, Call>,
    /// The first call of each number on other ABIs that the file does not let run.
    pub(crate) others: BTreeMap<(Abi, u32), SeccompData>,
    /// How many calls there were.
    pub(crate) total: u64,
    /// The call that was seen first most recently.
    pub(crate) last: Option<u32>,
}

/// What is known of all calls with one number.
#[derive(Clone, Debug, Default)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // what only a recording has
pub(crate) struct Call {
    /// Whether the recorder answered it with ENOSYS.
    pub(crate) enosys: bool,
    /// Whether the profile answers all these calls alike.
    pub(crate) decided: bool,
    /// The first call that the profile does not answer as the recording did.
    pub(crate) refused: Option<Refused>,
    /// The values of arguments, with `--arguments`.
    pub(crate) choices: Option<Choices>,
    /// For each call, the groups that let it run: one bit a group. With `--groups`.
    pub(crate) groups: BTreeSet<u32>,
}

/// A call that a profile does not answer as the recording did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused {
    pub(crate) args: [u64; 6],
    /// The answer of the profile.
    pub(crate) answer: Action,
}
