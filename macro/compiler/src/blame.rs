//! Failures of the late stages → errors with a place in the profile.

use crate::bpf;
use crate::error::{Error, Kind};
use crate::linux::syscalls;
use crate::policy::Policy;
use crate::profile::Profile;
use crate::resolve::origin::Origins;
use crate::verify::Mismatch;

/// A resolved profile, to find the place of a failure in.
pub(crate) struct Blame<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) policy: &'a Policy,
    pub(crate) origins: &'a Origins,
}

impl Blame<'_> {
    /// Returns why there is no proof.
    pub(crate) fn not_proved(&self, mismatch: &Mismatch) -> Error {
        match mismatch {
            Mismatch::TooComplex => {
                let message = "the rules are too hard to prove a program for within bounds";
                self.at_longest_list(Error::nowhere(Kind::RulesTooHard, message))
            }
            _ => {
                let message = format!("the program is not proved: {mismatch}");
                Error::nowhere(Kind::InternalMismatch, message)
                    .note("this is a defect of the compiler, not of the profile: please report it")
            }
        }
    }

    /// Returns what is large in a policy that needs a longer program than the kernel takes.
    pub(crate) fn too_long(&self) -> Error {
        let most = bpf::MAX_LEN;
        let message = format!("the program would have more than {most} instructions");
        self.at_longest_list(Error::nowhere(Kind::ProgramTooLong, message))
    }

    /// Sets the place of an error to the first rule of the longest list.
    fn at_longest_list(&self, error: Error) -> Error {
        let lists = self.policy.abis.iter().flat_map(|rules| {
            let length = |(&nr, list): (&u32, &Vec<_>)| (list.len(), rules.abi, nr);
            rules.lists.iter().map(length)
        });
        let Some((length, abi, nr)) = lists.max_by_key(|(length, ..)| *length) else {
            return error.note("there are no rules");
        };
        let call = syscalls::name(abi, nr).unwrap_or("?");
        let error = error.note(format!(
            "the longest list is that of `{call}` on {abi}: {length} rules"
        ));
        match self.origins.of(abi, nr).first() {
            Some(origin) => error
                .span(origin.name(self.profile).span)
                .path(origin.path(self.profile))
                .label("its first rule"),
            None => error,
        }
    }
}
