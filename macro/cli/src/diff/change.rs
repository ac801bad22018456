//! Two compiled profiles → the calls that they answer differently.

use std::ops::RangeInclusive;

use seccomp_profile_compiler::Compiled;
use seccomp_profile_compiler::linux::abi::{Abi, X32_BIT};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::{call, syscalls};
use seccomp_profile_compiler::policy::SKIPPED;
use seccomp_profile_compiler::profile::Flag;
use seccomp_profile_compiler::verify::{Differing, differences};

use crate::Failure;
use crate::inspect::snippet::Text;

/// What two profiles mean differently on one target.
#[derive(PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) target: Abi,
    /// The ABI sets, if they differ.
    pub(super) abis: Option<[Vec<Abi>; 2]>,
    /// Other differences than of answers, in words.
    pub(super) others: Vec<Other>,
    pub(super) looser: Vec<Change>,
    pub(super) stricter: Vec<Change>,
    /// Neither looser nor stricter: another errno.
    pub(super) different: Vec<Change>,
}

/// A difference that is not of an answer.
#[derive(PartialEq, Eq)]
pub(super) struct Other {
    pub(super) name: &'static str,
    pub(super) values: [String; 2],
    pub(super) is_looser: bool,
}

/// A call, or numbers without a call, with two answers.
#[derive(PartialEq, Eq)]
pub(super) struct Change {
    /// The ABI; `None` for all that neither profile nor the target has.
    pub(super) abi: Option<Abi>,
    pub(super) what: What,
    pub(super) answers: [Action; 2],
    /// Whether these are the answers for all arguments.
    pub(super) always: bool,
    /// One call with these answers.
    pub(super) data: SeccompData,
    /// The places of the rules, if the answers are of rules.
    pub(super) places: [Option<String>; 2],
}

#[derive(PartialEq, Eq)]
pub(super) enum What {
    /// The call with this name.
    Call(&'static str),
    /// Numbers that no call in the table has.
    Unknown(RangeInclusive<u32>),
    /// Every call of an ABI.
    Every,
}

impl Changes {
    /// Compares two profiles that were compiled for one target.
    pub(super) fn between(
        sides: [&Compiled; 2],
        texts: &[Text<'_>; 2],
    ) -> Result<Changes, Failure> {
        let [old, new] = sides.map(|side| &side.policy);
        let list = |differ: fn(Action, Action) -> bool| {
            let found = differences(old, new, differ).map_err(|error| {
                Failure::Wrong(format!("the profiles are too complex to compare: {error}"))
            })?;
            let changes = found.iter().flat_map(|found| changes(found, sides, texts));
            let mut changes: Vec<Change> = changes.collect();
            // The target first, and what is of no ABI last.
            changes.sort_by_key(|change| {
                let other = change.abi != Some(old.target);
                (other, change.abi.is_none(), change.abi, change.data.nr)
            });
            Ok::<Vec<Change>, Failure>(changes)
        };
        let abis = [old, new].map(|policy| {
            let abis = policy.abis.iter().map(|rules| rules.abi);
            abis.collect::<Vec<Abi>>()
        });
        Ok(Changes {
            target: old.target,
            others: others(sides),
            looser: list(|old, new| new.rank() > old.rank())?,
            stricter: list(|old, new| new.rank() < old.rank())?,
            different: list(|old, new| new.rank() == old.rank() && new != old)?,
            abis: (abis[0] != abis[1]).then_some(abis),
        })
    }

    /// Returns whether something got looser.
    pub(super) fn is_looser(&self) -> bool {
        !self.looser.is_empty() || self.others.iter().any(|other| other.is_looser)
    }

    /// Returns whether the profiles mean the same.
    pub(super) fn is_empty(&self) -> bool {
        let lists = [&self.looser, &self.stricter, &self.different];
        lists.iter().all(|list| list.is_empty()) && self.others.is_empty()
    }
}

impl What {
    /// Returns whether it is one call.
    pub(super) fn is_call(&self) -> bool {
        matches!(self, What::Call(_))
    }
}

impl Change {
    /// The example as a tracer shows it.
    pub(super) fn example(&self) -> Option<String> {
        self.abi
            .map(|abi| call::text(abi, self.data.nr, &self.data.args))
    }
}

/// The flags, and what a container engine is told.
fn others(sides: [&Compiled; 2]) -> Vec<Other> {
    let flags = sides.map(|side| {
        let all = Flag::ALL.into_iter();
        let set = all.filter(|flag| side.policy.flags & flag.bit() != 0);
        set.map(Flag::name).collect::<Vec<_>>()
    });
    let spec_allow = Flag::SpecAllow.name();
    let flags_looser = flags[1].contains(&spec_allow) && !flags[0].contains(&spec_allow);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let path = sides.map(|side| text(&side.profile.listener_path));
    let metadata = sides.map(|side| text(&side.profile.listener_metadata));
    let all = [
        ("flags", flags.map(|flags| flags.join(", ")), flags_looser),
        ("listenerPath", path, false),
        ("listenerMetadata", metadata, false),
    ];
    let differ = all
        .into_iter()
        .filter(|(_, values, _)| values[0] != values[1]);
    let other = |(name, values, is_looser)| Other {
        name,
        values,
        is_looser,
    };
    differ.map(other).collect()
}

/// The calls among some numbers.
fn changes(found: &Differing, sides: [&Compiled; 2], texts: &[Text<'_>; 2]) -> Vec<Change> {
    let change = |abi: Option<Abi>, what: What, nr: u32| {
        let data = SeccompData {
            nr,
            ..found.example.data
        };
        let place = |i: usize| place(sides[i], &texts[i], &data);
        Change {
            abi,
            what,
            answers: [found.example.first, found.example.second],
            always: found.always,
            data,
            places: [place(0), place(1)],
        }
    };
    let Some(arch) = found.arch else {
        return vec![change(None, What::Every, *found.numbers.start())];
    };
    let mut list = Vec::new();
    for (abi, numbers) in abis(arch, &found.numbers) {
        let known = sides.iter().any(|side| {
            let mut abis = side.policy.abis.iter();
            abis.any(|rules| rules.abi == abi)
        });
        if !known && *numbers.start() != SKIPPED {
            list.push(change(Some(abi), What::Every, *numbers.start()));
            continue;
        }
        let mut next = Some(*numbers.start());
        let mut unknown = None;
        for &(nr, name) in syscalls::calls(abi) {
            if numbers.contains(&nr) {
                unknown = unknown.or(next.filter(|next| *next < nr));
                list.push(change(Some(abi), What::Call(name), nr));
                next = nr.checked_add(1);
            }
        }
        unknown = unknown.or(next.filter(|next| next <= numbers.end()));
        if let Some(nr) = unknown {
            list.push(change(Some(abi), What::Unknown(numbers), nr));
        }
    }
    list
}

/// The ABIs to which numbers of a token belong.
fn abis(arch: u32, numbers: &RangeInclusive<u32>) -> Vec<(Abi, RangeInclusive<u32>)> {
    if arch != Abi::X86_64.token() {
        let abi = Abi::ALL.into_iter().find(|abi| abi.token() == arch);
        return abi.map(|abi| (abi, numbers.clone())).into_iter().collect();
    }
    let parts = [
        (Abi::X86_64, 0..=X32_BIT - 1),
        (Abi::X32, X32_BIT..=SKIPPED - 1),
        (Abi::X86_64, SKIPPED..=SKIPPED),
    ];
    let common = |part: RangeInclusive<u32>| {
        let start = *part.start().max(numbers.start());
        start..=*part.end().min(numbers.end())
    };
    { parts.into_iter() }
        .map(|(abi, part)| (abi, common(part)))
        .filter(|(_, part)| !part.is_empty())
        .collect()
}

/// The place of the first rule that matches a call.
fn place(compiled: &Compiled, text: &Text<'_>, data: &SeccompData) -> Option<String> {
    let rules = compiled.policy.abi_of(data.arch, data.nr)?;
    let list = rules.lists.get(&data.nr)?;
    let at = list.iter().position(|rule| rule.matches(&data.args))?;
    let origin = compiled.origins.of(rules.abi, data.nr).get(at)?;
    Some(text.place(origin.name(&compiled.profile).span))
}
