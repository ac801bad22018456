//! What is asked of a profile that is written, checked, and the profile that is extended.

use seccomp_profile_compiler::error::Span;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::{Decision, Rule};
use seccomp_profile_compiler::profile::Entry;
use seccomp_profile_compiler::resolve::origin;
use seccomp_profile_compiler::{Abi, Compiled, Options, compose};

use super::edit;
use super::file::Target;
use super::seen::Seen;
use crate::Failure;
use crate::options::ProfileOptions;
use crate::texts::{self, Texts};

/// How a profile is written.
pub(crate) struct Manner<'r> {
    /// To a file that can exist.
    pub(crate) merge: bool,
    /// Calls that are allowed if they are seen, whatever the rules of the file say.
    pub(crate) overrides: &'r [String],
    /// With conditions on arguments.
    pub(crate) arguments: bool,
    /// With names of constants.
    pub(crate) names: bool,
    /// Without what groups cover.
    pub(crate) groups: bool,
    /// Without what was not seen.
    pub(crate) exact: bool,
    pub(crate) profile: &'r ProfileOptions,
    pub(crate) origin: Origin,
}

/// Where it is known from which calls are made.
pub(crate) enum Origin {
    /// A command was run: which one, and where.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))] // nothing is run there
    Run(String),
    /// The code of a program was read: which one, and with what result.
    Code(String),
}

/// A profile that is to be written, checked.
pub(crate) struct Task<'r> {
    pub(crate) args: Manner<'r>,
    pub(crate) abi: Abi,
    pub(crate) options: Options,
    pub(crate) target: Target,
    /// The profile that is extended, or an empty one, with what `--with` names.
    pub(crate) base: Texts,
    /// The text of the first of these.
    pub(crate) text: String,
    pub(crate) compiled: Compiled,
    /// The numbers of the overridden calls.
    pub(crate) overrides: Vec<u32>,
}

impl<'r> Task<'r> {
    pub(crate) fn new(args: Manner<'r>, abi: Abi, target: Target) -> Result<Task<'r>, Failure> {
        let number = |name: &String| {
            syscalls::require(abi, name).map_err(|error| {
                Failure::Usage(format!("--override: {}; {}", error.message, error.label))
            })
        };
        let overrides = args.overrides.iter().map(number);
        let overrides = overrides.collect::<Result<Vec<u32>, Failure>>()?;
        let text = match (target.path.exists(), args.merge) {
            (true, false) => {
                return Err(Failure::Wrong(format!(
                    "{target}: the file exists; add to it with --merge, or name another with -o"
                )));
            }
            (true, true) => {
                let text = texts::read_file(&target.path)?;
                target.has(&text);
                text
            }
            (false, _) => edit::empty(abi),
        };
        let options = args.profile.options()?;
        let base = Texts::of(&target.to_string(), text.clone(), &args.profile.with)?;
        let compiled = compiled(&base, abi, &options)?;
        target.check()?;
        Ok(Task {
            args,
            abi,
            options,
            target,
            base,
            text,
            compiled,
            overrides,
        })
    }

    /// Returns whether a rule of a file, not of a group, names a call, by this name or another one.
    pub(crate) fn names(&self, name: &str) -> bool {
        let nr = syscalls::number(self.abi, name);
        let same =
            |other: &str| other == name || nr.is_some() && syscalls::number(self.abi, other) == nr;
        self.entries()
            .any(|(entry, _)| entry.names.iter().any(|name| same(&name.value)))
    }

    /// Returns whether the profile lets all calls of a name run.
    pub(crate) fn lets_run(&self, name: &str) -> bool {
        let policy = &self.compiled.policy;
        let Some(nr) = syscalls::number(self.abi, name) else {
            return policy.default.runs();
        };
        match policy.lookup(self.abi.token(), nr) {
            Decision::Always(action) => action.runs(),
            Decision::ByRules(_) => false,
        }
    }

    /// Returns whether a rule of a file names the call with a number.
    pub(crate) fn names_number(&self, nr: u32) -> bool {
        syscalls::name(self.abi, nr).is_some_and(|name| self.names(name))
    }

    /// Returns the rules of the files, with those that do not apply, and whether they apply.
    fn entries(&self) -> impl Iterator<Item = (&Entry, bool)> {
        let profile = &self.compiled.profile;
        let entries = profile.syscalls.iter().map(|entry| (entry, true));
        let excluded = profile.excluded.iter().map(|it| (&it.entry, false));
        let entries = entries.chain(excluded);
        entries.filter(|(entry, _)| !profile.is_of_group(entry))
    }

    /// Returns the rule of a file that is about a call, and why it does not let this one run;
    /// nothing if no rule of a file names the call.
    pub(crate) fn rule_for(&self, nr: u32, args: &[u64; 6]) -> Option<(Span, &'static str)> {
        let (policy, profile) = (&self.compiled.policy, &self.compiled.profile);
        let origins = self.compiled.origins.of(self.abi, nr);
        let decision = policy.lookup(self.abi.token(), nr);
        let matching = matching(decision, args);
        let of_file = |origin: &&origin::Origin| !profile.is_of_group(origin.entry(profile));
        let at = matching.and_then(|at| origins.get(at)).filter(of_file);
        if let Some(origin) = at {
            return Some((
                origin.name(profile).span,
                "is answered otherwise by this rule",
            ));
        }
        if let Some(origin) = origins.iter().find(of_file) {
            return Some((
                origin.name(profile).span,
                "is allowed on conditions that this call does not meet",
            ));
        }
        let same = |name: &str| syscalls::number(self.abi, name) == Some(nr);
        self.entries().find_map(|(entry, _)| {
            let name = entry.names.iter().find(|name| same(&name.value))?;
            Some((
                name.span,
                "is in a rule that does not apply with these capabilities, architecture and kernel",
            ))
        })
    }

    /// Returns a rule of a group for a call, which a rule of the file would replace, and what to say
    /// of it.
    pub(crate) fn group_rule_for(&self, nr: u32) -> Option<(Span, &'static str)> {
        let profile = &self.compiled.profile;
        let mut origins = self.compiled.origins.of(self.abi, nr).iter();
        let origin = origins.find(|origin| profile.is_of_group(origin.entry(profile)))?;
        let why = "is in rules of a group that do not allow this call, and a rule of the file would \
                   replace them all";
        Some((origin.name(profile).span, why))
    }

    /// Returns the place of the rule by which `clone3` was answered.
    pub(crate) fn clone3(&self, seen: &Seen) -> Option<String> {
        let nr = syscalls::number(self.abi, "clone3")?;
        let call = seen.calls.get(&nr)?;
        let answered = call.enosys && call.refused.is_none() && !self.overrides.contains(&nr);
        let (span, _) = self.rule_for(nr, &[0; 6]).filter(|_| answered)?;
        Some(self.place(span))
    }

    /// Returns the place of a rule on disk: `file:line:column`.
    pub(crate) fn place(&self, span: Span) -> String {
        let Ok(sources) = self.base.sources() else {
            return self.target.to_string();
        };
        let (source, span) = sources.find(span);
        let before = source.text.get(..span.start).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        format!("{}:{line}:{column}", source.name)
    }
}

impl Origin {
    /// Returns the comment of the rule for what was seen.
    pub(crate) fn comment(&self) -> String {
        match self {
            Origin::Run(what) => format!("Recorded: {what}"),
            Origin::Code(what) => format!("Scanned: {what}"),
        }
    }

    /// Returns how comments of rules for something else begin.
    pub(crate) fn unseen(&self) -> &'static str {
        match self {
            Origin::Run(_) => "Not recorded",
            Origin::Code(_) => "Not in the code",
        }
    }
}

/// Compiles a composition.
pub(crate) fn compiled(texts: &Texts, abi: Abi, options: &Options) -> Result<Compiled, Failure> {
    let sources = texts.sources()?;
    compose(&sources, abi, options)
        .map_err(|errors| Failure::Wrong(errors.render(&sources).join("\n\n")))
}

/// Returns which rule of a list answers a call: its index, if one matches.
fn matching(decision: Decision<'_>, args: &[u64; 6]) -> Option<usize> {
    match decision {
        Decision::Always(_) => Some(0),
        Decision::ByRules(rules) => rules.iter().position(|rule: &Rule| rule.matches(args)),
    }
}
