//! The rules of one call, each beside what it was written as in the profile.

use seccomp_profile_compiler::Compiled;
use seccomp_profile_compiler::error::Spanned;
use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::policy::Rule;
use seccomp_profile_compiler::profile::{Arg, Entry};
use seccomp_profile_compiler::resolve::origin::{Group, Origin};

/// A rule and what it was written as.
pub(crate) struct Source<'c> {
    pub(crate) rule: &'c Rule,
    pub(crate) entry: &'c Entry,
    pub(crate) name: &'c Spanned<String>,
    /// What the conditions were written as, one by one; none behind a multiplexer.
    pub(crate) args: &'c [Spanned<Arg>],
    /// The call that the rule is for, if it is made through a multiplexer.
    pub(crate) subcall: Option<&'c str>,
    /// Whether it is the default action for what the rules before do not match of such a call.
    pub(crate) is_rest: bool,
}

/// Returns the rules of a call, in the order of the profile.
pub(crate) fn sources(compiled: &Compiled, abi: Abi, nr: u32) -> Vec<Source<'_>> {
    let mut abis = compiled.policy.abis.iter();
    let rules = abis
        .find(|rules| rules.abi == abi)
        .and_then(|rules| rules.lists.get(&nr));
    let origins = compiled.origins.of(abi, nr);
    let profile = &compiled.profile;
    let source = |(rule, origin): (_, &Origin)| {
        let name = origin.name(profile);
        Source {
            rule,
            entry: origin.entry(profile),
            name,
            args: origin.args(profile),
            subcall: matches!(origin.group, Group::Unseen | Group::Rest)
                .then_some(name.value.as_str()),
            is_rest: origin.group == Group::Rest,
        }
    };
    rules
        .into_iter()
        .flatten()
        .zip(origins)
        .map(source)
        .collect()
}
