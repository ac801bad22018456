//! Where the rules of a policy come from in the profile.
//!
//! An origin travels beside its rule: a policy is pure meaning, and the verifier never sees an
//! origin. Lints, errors of late stages and tools ask here and never search a profile by name.

use std::collections::BTreeMap;

use crate::error::{Span, Spanned};
use crate::linux::abi::Abi;
use crate::profile::{Arg, Entry, Profile};

/// The place that one rule of a policy comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The index of the entry in the profile's `syscalls`.
    pub entry: usize,
    /// The index of the name in the entry's `names`.
    pub name: usize,
    /// Which conditions of the entry the rule has.
    pub group: Group,
}

/// The conditions of an entry that one of its rules has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// All of them.
    All,
    /// The one at this index of `args`: an argument is compared twice, which makes every
    /// condition an alternative.
    One(usize),
    /// None of them: the call is made through a multiplexer, where its arguments lie in memory.
    Unseen,
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
            Group::Unseen => &[],
        }
    }

    /// Returns the path of the name: `syscalls[3].names[1]`.
    pub fn path(&self, profile: &Profile) -> String {
        format!("{}.names[{}]", self.entry(profile).path.0, self.name)
    }
}

/// The origins of a policy's rules, and what of the profile is in none of them.
///
/// Indices are those of the profile that was resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    pub(super) lists: BTreeMap<(Abi, u32), Vec<Origin>>,
    /// What became no rule, by ABI and in the order of the text.
    pub left_out: Vec<LeftOut>,
}

impl Origins {
    /// Returns the origins of the rules of one call, in the order of the policy's list.
    pub fn of(&self, abi: Abi, nr: u32) -> &[Origin] {
        self.lists.get(&(abi, nr)).map_or(&[], Vec::as_slice)
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
    /// Where the name stands.
    pub span: Span,
    /// Why it decides nothing.
    pub reason: Reason,
}

/// Why a name of a rule decides nothing on an ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The ABI has no such call.
    NoNumber,
    /// The entry's `includes` or `excludes` leave it out; its index is that in `excluded`.
    Excluded,
    /// A rule without conditions stands before it in the list of the call.
    Unreachable {
        /// Where that rule is named.
        decided: Span,
    },
}
