//! Failures of `assemble` and `verify` → errors with a place in the profile.
//!
//! These stages know instructions, not JSON. If a program becomes too long or too complex, the
//! cause is nearly always one long rule list, so the error points to the longest list.

use crate::bpf;
use crate::error::{Error, Kind};
use crate::linux::syscalls;
use crate::policy::Policy;
use crate::profile::Profile;
use crate::resolve::origin::Origins;
use crate::verify::Mismatch;

/// A resolved profile, in which the place of a failure is found.
pub(crate) struct Blame<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) policy: &'a Policy,
    pub(crate) origins: &'a Origins,
}

impl Blame<'_> {
    /// Returns the error for a program that was not proved.
    pub(crate) fn not_proved(&self, mismatch: &Mismatch) -> Error {
        match mismatch {
            Mismatch::TooComplex => {
                let message = "the rules are too complex: the program cannot be proved within the \
                               limits of the verifier";
                self.at_longest_list(Error::nowhere(Kind::RulesTooHard, message))
            }
            _ => {
                let message = format!("the program is not proved equal to the profile: {mismatch}");
                Error::nowhere(Kind::InternalMismatch, message)
                    .note("this is a defect of the compiler, not of the profile: please report it")
            }
        }
    }

    /// Returns the error for a program that is longer than the kernel accepts.
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
            return error.note("the profile has no rules");
        };
        let call = syscalls::name(abi, nr).unwrap_or("?");
        let error = error.note(format!(
            "the longest rule list is that of `{call}` on {abi}: {length} rules"
        ));
        match self.origins.of(abi, nr).first() {
            Some(origin) => error
                .span(origin.name(self.profile).span)
                .path(origin.path(self.profile))
                .label(format!("the first rule for `{call}`")),
            None => error,
        }
    }
}
