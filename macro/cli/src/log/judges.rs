//! Calls of a log → the profile for the machine that made them.

use std::collections::BTreeMap;

use seccomp_profile_compiler::{Abi, Options, Sources};

use crate::Failure;
use crate::judge::{self, Judge};

/// The profile, for each target that the log needs.
pub(super) struct Judges<'t> {
    sources: &'t Sources<'t>,
    options: &'t Options,
    /// The ABI of the command line.
    given: Option<Abi>,
    host: Abi,
    judges: BTreeMap<Abi, Judge<'t>>,
}

impl<'t> Judges<'t> {
    pub(super) fn new(
        sources: &'t Sources<'t>,
        options: &'t Options,
        given: Option<Abi>,
        host: Abi,
    ) -> Result<Judges<'t>, Failure> {
        let mut judges = Judges {
            sources,
            options,
            given,
            host,
            judges: BTreeMap::new(),
        };
        // A mistake in the profile is reported for an empty log, too.
        judges.of(given.unwrap_or(host).token(), 0)?;
        Ok(judges)
    }

    /// The profile for the program that makes a call: for this host, if it can make the call.
    pub(super) fn of(&mut self, arch: u32, nr: u32) -> Result<&Judge<'t>, Failure> {
        let own = judge::abi(arch, nr).unwrap_or(self.host);
        let here = self.host.family().contains(&own);
        let usual = self.given.unwrap_or(self.host);
        let target = if here {
            usual
        } else {
            self.given.unwrap_or(own)
        };
        if !self.judges.contains_key(&target) {
            let judge = Judge::new(self.sources, target, self.options);
            let judge = match judge {
                // It is no profile for a machine that this record comes from.
                Err(_) if target != usual => Judge::new(self.sources, usual, self.options)?,
                judge => judge?,
            };
            self.judges.insert(target, judge);
        }
        Ok(&self.judges[&target])
    }
}
