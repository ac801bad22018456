//! Which text of a composition decides about a call of an ABI.
//!
//! Of the texts that name a call, the first decides it alone, also where its rule is disabled by
//! `includes` or `excludes` (`format`, *Composition*). A call is a number, or a call behind a
//! multiplexer; two names with one number are one call. The *rank* of a text is its place in the
//! order of precedence; all groups have the same, so their permissions are united.

use super::origin::{Group, Origin};
use crate::error::{Span, Spanned};
use crate::linux::abi::{self, Abi, Multiplexer};
use crate::linux::syscalls;
use crate::profile::{Entry, Profile};
use crate::sorted::Map;

/// A call of an ABI, as a profile can name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    /// A number.
    Number(u32),
    /// A call of the multiplexer with this number.
    Behind(u32, u32),
}

/// The first name for a call.
#[derive(Clone, Copy)]
pub(super) struct Named {
    pub(super) rank: usize,
    /// The name, if its rule is not disabled.
    at: Option<(usize, usize)>,
    /// The place of the name.
    pub(super) span: Span,
}

/// The text that decides about each call of an ABI.
pub(super) struct Precedence(Map<Call, Named>);

impl Precedence {
    /// Finds the first text for each call. A single text decides about all calls, so nothing is
    /// recorded.
    pub(super) fn of(profile: &Profile, abi: Abi) -> Precedence {
        let mut first = Precedence(Map::new());
        let (applied, excluded) = (&profile.syscalls, &profile.excluded);
        let is_single = applied.iter().all(|entry| entry.source == 0)
            && excluded.iter().all(|excluded| excluded.entry.source == 0);
        if is_single {
            return first;
        }
        for (at, entry) in applied.iter().enumerate() {
            first.add(profile, abi, Some(at), entry);
        }
        for excluded in excluded {
            first.add(profile, abi, None, &excluded.entry);
        }
        first
    }

    /// Adds the names of an entry. `at` is its place among those that apply.
    fn add(&mut self, profile: &Profile, abi: Abi, at: Option<usize>, entry: &Entry) {
        let rank = profile.rank(entry.source);
        for (i, Spanned { value: name, span }) in entry.names.iter().enumerate() {
            let named = Named {
                rank,
                at: at.map(|at| (at, i)),
                span: *span,
            };
            if let Some(nr) = syscalls::number(abi, name) {
                self.add_call(Call::Number(nr), named);
            }
            if let Some((nr, _, call)) = behind(abi, name) {
                self.add_call(Call::Behind(nr, call), named);
            }
        }
    }

    fn add_call(&mut self, call: Call, named: Named) {
        let known = self.0.get_or_insert(call, named);
        if known.rank > named.rank {
            *known = named;
        }
    }

    /// Returns the name by which an earlier text has decided about a call.
    pub(super) fn earlier(&self, rank: usize, call: Call) -> Option<Named> {
        let multiplexer = match call {
            Call::Number(_) => None,
            // A text that names a multiplexer decides about all of its calls.
            Call::Behind(nr, _) => self.0.get(&Call::Number(nr)),
        };
        let is_earlier = |named: &&Named| named.rank < rank;
        let own = self.0.get(&call).filter(is_earlier);
        own.or(multiplexer.filter(is_earlier)).copied()
    }

    /// Returns the calls of a multiplexer about which earlier texts have decided.
    pub(super) fn behind(&self, rank: usize, nr: u32) -> impl Iterator<Item = (u32, Named)> + '_ {
        let calls = self.0.iter();
        calls.filter_map(move |(call, named)| match call {
            Call::Behind(of, call) if *of == nr && named.rank < rank => Some((*call, *named)),
            _ => None,
        })
    }
}

impl Named {
    /// Returns the origin for what the rules of this text do not match; the place of `other` if the
    /// text has no rule.
    pub(super) fn rest(self, other: Origin) -> Origin {
        let (entry, name) = self.at.unwrap_or((other.entry, other.name));
        Origin {
            entry,
            name,
            group: Group::Rest,
        }
    }
}

/// Returns the number of the multiplexer, the multiplexer, and the call of a name on an ABI that
/// multiplexes it.
pub(super) fn behind(abi: Abi, name: &str) -> Option<(u32, Multiplexer, u32)> {
    let (multiplexer, call) = abi::subcall(name).filter(|_| abi.multiplexed())?;
    let nr = syscalls::number(abi, multiplexer.name())?;
    Some((nr, multiplexer, call))
}
