//! Policy → the places of its rules in the profile's text.
//!
//! A policy keeps meanings alone. But its lists are in the profile's order, so a profile that is
//! resolved again, one name at a time, gives the same rules one after the other, each with the
//! name it stands for. That both agree is checked, not assumed.

use std::collections::BTreeMap;

use seccomp_profile_compiler::abi::{self, Abi};
use seccomp_profile_compiler::error::Spanned;
use seccomp_profile_compiler::policy::{Policy, Rule};
use seccomp_profile_compiler::profile::{Arg, Entry, Profile};
use seccomp_profile_compiler::resolve::resolve;
use seccomp_profile_compiler::{Errors, Options, syscalls};

use crate::Failure;

/// A rule and what it was written as.
pub(crate) struct Source<'p> {
    pub(crate) rule: Rule,
    pub(crate) entry: &'p Entry,
    pub(crate) name: &'p Spanned<String>,
    /// What the conditions were written as, one by one; none behind a multiplexer.
    pub(crate) args: &'p [Spanned<Arg>],
    /// The call that a multiplexer is asked for.
    pub(crate) subcall: Option<&'p str>,
}

/// Every rule of a policy.
pub(crate) struct Sources<'p> {
    lists: BTreeMap<(Abi, u32), Vec<Source<'p>>>,
}

impl<'p> Sources<'p> {
    /// Finds the places of a policy's rules in the profile it is the meaning of.
    pub(crate) fn of(
        profile: &'p Profile,
        policy: &Policy,
        options: &Options,
    ) -> Result<Sources<'p>, Failure> {
        let mut lists = BTreeMap::new();
        for entry in &profile.syscalls {
            for name in &entry.names {
                let alone = only(profile, entry, name, policy.target, options).map_err(defect)?;
                for rules in alone.abis {
                    for (nr, list) in rules.lists {
                        let sources = sources(rules.abi, nr, list, entry, name);
                        let whole: &mut Vec<_> = lists.entry((rules.abi, nr)).or_default();
                        whole.extend(sources);
                    }
                }
            }
        }
        let found = Sources { lists };
        let same = policy.abis.iter().all(|rules| {
            let same = |(nr, list): (&u32, &Vec<Rule>)| {
                let found = found.list(rules.abi, *nr);
                found.iter().map(|source| &source.rule).eq(list)
            };
            rules.lists.iter().all(same)
        });
        let counted: usize = policy.abis.iter().map(|rules| rules.lists.len()).sum();
        if same && counted == found.lists.len() {
            Ok(found)
        } else {
            Err(Failure::Wrong(
                "the rules are not those of the profile: a defect".into(),
            ))
        }
    }

    /// The rules of one call, in profile order.
    pub(crate) fn list(&self, abi: Abi, nr: u32) -> &[Source<'p>] {
        self.lists.get(&(abi, nr)).map_or(&[], Vec::as_slice)
    }
}

/// The meaning of one name of one rule. Flags are judged by all rules together, so none are left.
fn only(
    profile: &Profile,
    entry: &Entry,
    name: &Spanned<String>,
    target: Abi,
    options: &Options,
) -> Result<Policy, Errors> {
    let entry = Entry {
        names: vec![name.clone()],
        ..entry.clone()
    };
    let alone = Profile {
        default_action: profile.default_action,
        architectures: profile.architectures.clone(),
        flags: Vec::new(),
        listener_path: None,
        listener_metadata: None,
        syscalls: vec![entry],
    };
    resolve(&alone, target, options)
}

fn sources<'p>(
    abi: Abi,
    nr: u32,
    list: Vec<Rule>,
    entry: &'p Entry,
    name: &'p Spanned<String>,
) -> Vec<Source<'p>> {
    let multiplexer = abi::subcall(&name.value)
        .filter(|(multiplexer, _)| syscalls::number(abi, multiplexer.name()) == Some(nr));
    // An index that occurs twice makes a rule of each condition.
    let apart = list.len() > 1;
    let source = |(i, rule): (usize, Rule)| Source {
        rule,
        entry,
        name,
        args: match (multiplexer, apart) {
            (Some(_), _) => &[],
            (None, true) => entry.args.get(i..=i).unwrap_or_default(),
            (None, false) => &entry.args,
        },
        subcall: multiplexer.map(|_| name.value.as_str()),
    };
    list.into_iter().enumerate().map(source).collect()
}

fn defect(errors: Errors) -> Failure {
    Failure::Wrong(format!("a rule alone has no meaning: a defect: {errors}"))
}
