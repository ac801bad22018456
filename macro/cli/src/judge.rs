//! A profile × a call → the rules that can answer it, with their places.
//!
//! Of a call in a log some arguments are not known. Then several rules can answer it.

use std::fmt;

use seccomp_profile_compiler::linux::abi::X32_BIT;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::{errno, syscalls};
use seccomp_profile_compiler::policy::{Rule, SKIPPED};
use seccomp_profile_compiler::{Abi, Compiled, Options, Sources, compose};

use crate::Failure;
use crate::inspect::phrase::Call;
use crate::inspect::snippet::Text;
use crate::inspect::source::sources;

/// The arguments of a call; `None` if the value is not known.
pub(crate) type Arguments = [Option<u64>; 6];

/// A profile for a target.
pub(crate) struct Judge<'j> {
    pub(crate) compiled: Compiled,
    options: &'j Options,
    text: Text<'j>,
}

/// An answer that a call gets, or can get.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Answer {
    pub(crate) action: Action,
    /// Where it comes from.
    pub(crate) origin: Origin,
    /// `path:line:column`, unless no text says it.
    pub(crate) place: Option<String>,
    /// The conditions of the rule, or nothing.
    pub(crate) when: String,
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    Rule,
    /// A rule of a group.
    Group,
    Default,
    /// The option that replaces the default action.
    DefaultOption,
    /// The option for calls that are newer than the table.
    Newer,
    /// The call is of an ABI that the profile does not list.
    OtherAbi,
}

/// Whether a rule matches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Matches {
    Yes,
    No,
    /// It depends on arguments that are not known.
    Perhaps,
}

impl<'j> Judge<'j> {
    /// Compiles the profile. Its warnings are for other subcommands.
    pub(crate) fn new(
        sources: &'j Sources<'j>,
        target: Abi,
        options: &'j Options,
    ) -> Result<Judge<'j>, Failure> {
        let compiled = compose(sources, target, options)
            .map_err(|errors| Failure::Wrong(errors.render(sources).join("\n\n")))?;
        Ok(Judge {
            compiled,
            options,
            text: Text::new(sources),
        })
    }

    /// Returns the answers that a call can get, in the order of the rules; never none.
    pub(crate) fn answers(&self, arch: u32, nr: u32, args: &Arguments) -> Vec<Answer> {
        let policy = &self.compiled.policy;
        let Some(rules) = policy.abi_of(arch, nr) else {
            let skipped = nr == SKIPPED && policy.tokens().contains(&arch);
            return vec![if skipped {
                self.default()
            } else {
                without_place(policy.bad_arch, Origin::OtherAbi)
            }];
        };
        let newer = rules.newer.filter(|newer| newer.covers(rules.abi, nr));
        if let Some(newer) = newer {
            return vec![without_place(newer.action, Origin::Newer)];
        }
        let named = Call { abi: rules.abi, nr };
        let mut answers = Vec::new();
        let profile = &self.compiled.profile;
        for source in sources(&self.compiled, rules.abi, nr) {
            let origin = match profile.is_of_group(source.entry) {
                true => Origin::Group,
                false => Origin::Rule,
            };
            let matches = matches(source.rule, args);
            if matches == Matches::No {
                continue;
            }
            answers.push(Answer {
                action: source.rule.action,
                origin,
                place: Some(self.text.place(source.name.span)),
                when: named.conditions(&source),
            });
            if matches == Matches::Yes && source.rule.exact {
                return answers;
            }
        }
        answers.push(self.default());
        answers
    }

    /// Returns the answer to a call by the definition of the policy, and where it comes from.
    pub(crate) fn answer(&self, data: &SeccompData) -> Answer {
        let action = self.compiled.policy.decide(data);
        let answers = self.answers(data.arch, data.nr, &data.args.map(Some));
        // Behind a multiplexer the strictest of several answers counts.
        let mut candidates = answers.into_iter();
        let found = candidates.find(|answer| answer.action == action);
        found.unwrap_or_else(|| without_place(action, Origin::Rule))
    }

    /// Returns the arguments that the rules of a call have conditions on.
    pub(crate) fn tested(&self, arch: u32, nr: u32) -> Vec<u8> {
        let rules = self.compiled.policy.abi_of(arch, nr);
        let list = rules.and_then(|rules| rules.lists.get(&nr));
        let conditions = list.into_iter().flatten().flat_map(|rule| &rule.conditions);
        let mut tested: Vec<u8> = conditions.map(|condition| condition.arg).collect();
        tested.sort_unstable();
        tested.dedup();
        tested
    }

    /// Returns whether groups have rules for a call, which a rule of the profile would replace.
    pub(crate) fn is_of_groups(&self, arch: u32, nr: u32) -> bool {
        let (profile, origins) = (&self.compiled.profile, &self.compiled.origins);
        abi(arch, nr).is_some_and(|abi| {
            let mut origins = origins.of(abi, nr).iter();
            origins.any(|origin| profile.is_of_group(origin.entry(profile)))
        })
    }

    fn default(&self) -> Answer {
        let action = self.compiled.policy.default;
        match self.options.default_action {
            Some(_) => without_place(action, Origin::DefaultOption),
            None => Answer {
                place: Some(self.text.place(self.compiled.profile.default_action.span)),
                ..without_place(action, Origin::Default)
            },
        }
    }
}

fn without_place(action: Action, origin: Origin) -> Answer {
    Answer {
        action,
        origin,
        place: None,
        when: String::new(),
    }
}

fn matches(rule: &Rule, args: &Arguments) -> Matches {
    let mut matches = Matches::Yes;
    for condition in &rule.conditions {
        match args[usize::from(condition.arg)] {
            None => matches = Matches::Perhaps,
            Some(value) if condition.test.holds(value & condition.width.max()) => {}
            Some(_) => return Matches::No,
        }
    }
    matches
}

/// The answer if all are the same.
pub(crate) fn certain(answers: &[Answer]) -> Option<Action> {
    let (first, rest) = answers.split_first()?;
    let same = rest.iter().all(|answer| answer.action == first.action);
    same.then_some(first.action)
}

impl Answer {
    /// Returns whether a group answers a call of an ABI with ENOSYS, or a rule does so for `clone3`,
    /// so that C libraries make another call.
    pub(crate) fn is_fallback(&self, abi: Abi, nr: u32) -> bool {
        let enosys = errno::number(abi, "ENOSYS").map(Action::Errno);
        let meant = match self.origin {
            Origin::Group => true,
            // As recordings and guides write it.
            Origin::Rule => syscalls::number(abi, "clone3") == Some(nr),
            _ => false,
        };
        meant && Some(self.action) == enosys
    }

    /// Where the answer comes from, without the answer.
    pub(crate) fn from(&self) -> String {
        let place = self.place.as_deref().unwrap_or("the profile");
        match self.origin {
            Origin::Rule | Origin::Group => place.to_string(),
            Origin::Default => format!("{place}, the default action"),
            Origin::DefaultOption => "the option --default-action".into(),
            Origin::Newer => "the option --newer-syscalls".into(),
            Origin::OtherAbi => "the answer to ABIs that the profile does not list".into(),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.from(), self.action)?;
        match self.when.as_str() {
            "" => Ok(()),
            when if when.starts_with('(') => write!(f, " {when}"),
            when => write!(f, " if {when}"),
        }
    }
}

/// Returns the ABI that a number under an audit token belongs to.
pub(crate) fn abi(arch: u32, nr: u32) -> Option<Abi> {
    let x32 = nr & X32_BIT != 0 && nr != u32::MAX;
    let mut abis = Abi::ALL.into_iter().filter(|abi| abi.token() == arch);
    abis.find(|abi| match abi {
        Abi::X32 => x32,
        Abi::X86_64 => !x32,
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_abi() {
        assert_eq!(abi(0xc000_003e, 1), Some(Abi::X86_64));
        assert_eq!(abi(0xc000_003e, X32_BIT | 1), Some(Abi::X32));
        assert_eq!(abi(0xc000_003e, u32::MAX), Some(Abi::X86_64));
        assert_eq!(abi(0x4000_0003, 1), Some(Abi::X86));
        assert_eq!(abi(0, 1), None);
    }
}
