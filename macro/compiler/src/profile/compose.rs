//! Several texts → one [`Profile`]: a profile, the profiles that extend it, and groups.
//!
//! Rules keep the text that they come from. Which text decides about a call is a question of call
//! numbers, so `resolve` answers it for each ABI (`format`, *Composition*). What a profile has once
//! for all rules comes from the first text that has it; a text that differs is an error.

use super::fields::Reader;
use super::parse::{Read, Shared};
use super::{Flag, Included, Profile};
use crate::error::{Error, Errors, Kind, Span, Spanned};
use crate::linux::abi::Abi;
use crate::linux::action::Action;
use crate::options::Options;
use crate::sorted::Set;
use crate::source::{Requested, Source, Sources};

impl Profile {
    /// Reads a profile, or the `linux.seccomp` of a whole `config.json`, for programs of the ABI
    /// `target`; keeps the rules that apply there with the options `capabilities` and `kernel`.
    ///
    /// # Errors
    /// Everything that is wrong with the text, up to a limit, with places.
    #[cfg(feature = "serde_json")]
    pub fn parse(text: &str, target: Abi, options: &Options) -> Result<Profile, Errors> {
        Profile::compose(&Sources::one("", text), target, options)
    }

    /// Reads a composition of profiles and groups, as [`parse`](Profile::parse) reads one profile.
    ///
    /// # Errors
    /// Everything that is wrong with the texts, up to a limit, with places; `conflicting-files` where
    /// two texts differ in what they must share.
    pub fn compose(
        sources: &Sources<'_>,
        target: Abi,
        options: &Options,
    ) -> Result<Profile, Errors> {
        let mut errors = Errors::default();
        let mut whole: Option<(Profile, Shared)> = None;
        let mut is_first = true;
        for (at, source) in sources.iter().enumerate() {
            let base = whole.as_ref().map(|(profile, _)| profile.default_action);
            // After an error in the first text nothing is compiled, so any action will do.
            let inherited = base.or((!is_first).then_some(Spanned {
                value: Action::KillProcess,
                span: Span::default(),
            }));
            is_first = false;
            let part = part(source, target, options, inherited, &mut errors);
            let Some((mut part, shared)) = part else {
                continue;
            };
            part.set_source(at);
            if let Some(Requested { group, by_name }) = source.group {
                part.strings.clear();
                part.groups.push(Included {
                    name: group.name,
                    source: at,
                    by_name,
                });
            }
            match &mut whole {
                None => whole = Some((part, shared)),
                Some((profile, known)) => {
                    if base.is_some() {
                        join(profile, known, part, shared, target, &mut errors);
                    }
                }
            }
        }
        errors.or(())?;
        // Without an error there is a profile: every value that was skipped has an error.
        let nothing = || Error::nowhere(Kind::MissingField, "the text contains no profile");
        Ok(whole.ok_or_else(nothing)?.0)
    }

    fn set_source(&mut self, source: usize) {
        for entry in &mut self.syscalls {
            entry.source = source;
        }
        for excluded in &mut self.excluded {
            excluded.entry.source = source;
        }
    }
}

/// Reads one text.
fn part(
    source: &Source<'_>,
    target: Abi,
    options: &Options,
    inherited: Option<Spanned<Action>>,
    errors: &mut Errors,
) -> Option<(Profile, Shared)> {
    let mut reader = Reader::new(source, target, options);
    reader.inherited = inherited;
    let read = reader.source();
    if let Some(error) = reader.needs.unanswered(source.text, source.start()) {
        reader.errors.push(error);
    }
    let is_read = reader.errors.iter().len() == 0;
    for error in reader.errors.sorted() {
        errors.push(error);
    }
    let Read { value, plain } = read.filter(|_| is_read)?;
    let (profile, shared) = value;
    match second_reader(&plain, &profile) {
        Ok(()) => Some((profile, shared)),
        Err(error) => {
            errors.push(error);
            None
        }
    }
}

#[cfg(feature = "oci-spec")]
fn second_reader(plain: &str, profile: &Profile) -> Result<(), Error> {
    super::oci::agree(plain, profile.default_action.span, profile)
}

#[cfg(not(feature = "oci-spec"))]
fn second_reader(_: &str, _: &Profile) -> Result<(), Error> {
    Ok(())
}

/// Adds a later text to a profile.
fn join(
    profile: &mut Profile,
    known: &mut Shared,
    later: Profile,
    shared: Shared,
    target: Abi,
    errors: &mut Errors,
) {
    // Returns whether the later text is the first that has a member.
    let mut is_new =
        |name: &str, first: &mut Option<Span>, here: Option<Span>, same: bool| match (*first, here)
        {
            (Some(first), Some(here)) if !same => {
                let message = format!("two files of the composition differ in `{name}`");
                let error = Error::new(Kind::ConflictingFiles, here, message)
                    .path(name)
                    .label(format!("remove `{name}` here"))
                    .related(first, "an earlier file has decided it");
                errors.push(error);
                false
            }
            (None, Some(_)) => {
                *first = here;
                true
            }
            _ => false,
        };
    let same = profile.default_action == later.default_action;
    let place = (&mut known.default_action, shared.default_action);
    is_new("defaultAction", place.0, place.1, same);
    let set = |abis: &[Spanned<Abi>]| {
        let mut all: Vec<Abi> = abis.iter().map(|abi| abi.value).collect();
        all.push(target);
        Set::from(all)
    };
    let same = set(&profile.architectures) == set(&later.architectures);
    let place = (&mut known.architectures, shared.architectures);
    if is_new("architectures", place.0, place.1, same) {
        profile.architectures = later.architectures;
    }
    let set = |flags: &[Spanned<Flag>]| Set::from(flags.iter().map(|flag| flag.value).collect());
    let same = set(&profile.flags) == set(&later.flags);
    if is_new("flags", &mut known.flags, shared.flags, same) {
        profile.flags = later.flags;
    }
    let same = profile.listener_path == later.listener_path;
    let place = (&mut known.listener_path, shared.listener_path);
    if is_new("listenerPath", place.0, place.1, same) {
        profile.listener_path = later.listener_path;
    }
    let same = profile.listener_metadata == later.listener_metadata;
    let place = (&mut known.listener_metadata, shared.listener_metadata);
    if is_new("listenerMetadata", place.0, place.1, same) {
        profile.listener_metadata = later.listener_metadata;
    }
    profile.is_composed = true;
    profile.syscalls.extend(later.syscalls);
    profile.excluded.extend(later.excluded);
    profile.min_kernels.extend(later.min_kernels);
    profile.strings.extend(later.strings);
    profile.groups.extend(later.groups);
}
