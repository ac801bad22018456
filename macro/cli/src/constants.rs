//! `constants`: the names that a profile can write for numbers.

use clap::Args;
use seccomp_profile_compiler::linux::constants;
use seccomp_profile_compiler::nearest;

use crate::options::Target;
use crate::{Failure, Output};

/// Lists the families of constants, or the constants of one with their values.
///
/// Example: seccomp-profile constants O --target aarch64
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Constants {
    /// The family to list
    family: Option<String>,
    #[command(flatten)]
    target: Target,
}

impl Constants {
    pub(crate) fn run(&self) -> Result<Output, Failure> {
        let mut families: Vec<&str> = constants::names().flat_map(constants::families).collect();
        families.sort_unstable();
        families.dedup();
        let Some(family) = &self.family else {
            return Ok(format!("{}\n", families.join("\n")).into());
        };
        if !families.contains(&family.as_str()) {
            let near = nearest(family, &families);
            let known = if near.is_empty() { families } else { near };
            let message = format!("no family `{family}`; there are {}", known.join(", "));
            return Err(Failure::Wrong(message));
        }
        let lines = constants::of_family(self.target.abi()?, family);
        let lines = lines.map(|(name, value)| format!("{value:#x} {name}\n"));
        Ok(lines.collect::<String>().into())
    }
}
