//! Texts of a composition → a compiled profile, with its warnings on standard error.

use seccomp_profile_compiler::{Abi, Compiled, Options, Sources, compose};

use crate::Failure;
use crate::failure::complain;

/// Compiles a composition. Warnings go to standard error.
pub(crate) fn compiled(
    sources: &Sources<'_>,
    target: Abi,
    options: &Options,
) -> Result<Compiled, Failure> {
    let compiled = without_warnings(sources, target, options)?;
    for warning in &compiled.warnings {
        complain(&format!("{}\n", warning.render_warning(sources)));
    }
    Ok(compiled)
}

/// Compiles a composition, for a subcommand that judges something else than the profile.
pub(crate) fn without_warnings(
    sources: &Sources<'_>,
    target: Abi,
    options: &Options,
) -> Result<Compiled, Failure> {
    compose(sources, target, options)
        .map_err(|errors| Failure::Wrong(errors.render(sources).join("\n\n")))
}
