//! Where in the profile the rules of a policy come from.
//!
//! Origins are kept beside the policy, because a policy is pure meaning and the verifier must not
//! depend on them. Lints, errors of late stages and tools use origins; they never search a profile
//! by name.

use crate::error::{Span, Spanned};
use crate::linux::abi::Abi;
use crate::profile::{Arg, Entry, Profile};
use crate::sorted::Map;

/// Where one rule of a policy comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The index of the entry in the profile's `syscalls`.
    pub entry: usize,
    /// The index of the name in the entry's `names`.
    pub name: usize,
    /// The conditions of the entry that the rule has.
    pub group: Group,
}

/// The conditions of an entry that one of its rules has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// All conditions.
    All,
    /// Only the condition at this index of `args`: the entry tests an argument twice, which makes
    /// every condition an alternative.
    One(usize),
    /// No condition: the arguments are in memory, where a filter cannot see them. The call is made
    /// through a multiplexer, or the ABI passes its arguments so.
    Unseen,
    /// No condition: the default action, for what the rules before do not match of a call behind a
    /// multiplexer. A later text of the composition names the multiplexer, but must not decide about
    /// this call.
    Rest,
}

impl Origin {
    /// Returns the entry that the rule comes from.
    pub fn entry<'p>(&self, profile: &'p Profile) -> &'p Entry {
        &profile.syscalls[self.entry]
    }

    /// Returns the name that the rule comes from.
    pub fn name<'p>(&self, profile: &'p Profile) -> &'p Spanned<String> {
        &self.entry(profile).names[self.name]
    }

    /// Returns the conditions that the rule comes from.
    pub fn args<'p>(&self, profile: &'p Profile) -> &'p [Spanned<Arg>] {
        let args = &self.entry(profile).args;
        match self.group {
            Group::All => args,
            Group::One(at) => &args[at..=at],
            Group::Unseen | Group::Rest => &[],
        }
    }

    /// Returns the path of the name: `syscalls[3].names[1]`.
    pub fn path(&self, profile: &Profile) -> String {
        format!("{}.names[{}]", self.entry(profile).path.0, self.name)
    }
}

/// The origins of a policy's rules, and the names of the profile that became no rule.
///
/// Indices refer to the resolved profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    /// By ABI and number, in the order of the policy's rules.
    pub(super) lists: Vec<(Abi, Map<u32, Vec<Origin>>)>,
    /// The names that decide nothing, by ABI and in the order of the text.
    pub left_out: Vec<LeftOut>,
}

impl Origins {
    /// Returns the origins of the rules of one call, in the order of the policy's list.
    pub fn of(&self, abi: Abi, nr: u32) -> &[Origin] {
        let lists = self.lists.iter().find(|(of, _)| *of == abi);
        let list = lists.and_then(|(_, lists)| lists.get(&nr));
        list.map_or(&[], Vec::as_slice)
    }
}

/// A name of a rule that decides nothing on an ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The ABI.
    pub abi: Abi,
    /// The index of the entry in the profile's `syscalls`, or in its `excluded`.
    pub entry: usize,
    /// The index of the name in the entry's `names`.
    pub name: usize,
    /// The place of the name.
    pub span: Span,
    /// Why it decides nothing.
    pub reason: Reason,
}

/// Why a name of a rule decides nothing on an ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The ABI has no such call.
    NoNumber,
    /// The entry's `includes` or `excludes` disables it; `LeftOut::entry` is an index of `excluded`.
    Excluded,
    /// An earlier text of the composition decides about the call.
    Overridden {
        /// The name in that text.
        decided: Span,
    },
    /// An earlier rule in the list of the call has no conditions.
    Unreachable {
        /// The name in that earlier rule.
        decided: Span,
    },
}
