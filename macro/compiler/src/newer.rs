//! A filter for `kernel = "…"` also runs on every newer kernel: would the profile deny more there?
//!
//! For each `minKernel` above the option, the policy that a container engine would use there is
//! resolved too and compared with the one to be compiled, call by call. A filter that allows what
//! the profile denies on the kernel it runs on must not be built.

use crate::error::{Error, Errors, Kind, Span, Spanned};
use crate::linux::abi::Abi;
use crate::linux::call;
use crate::linux::data::SeccompData;
use crate::linux::version::Kernel;
use crate::options::Options;
use crate::policy::Policy;
use crate::profile::Profile;
use crate::resolve::{self, Resolved};
use crate::sorted;
use crate::source::Sources;
use crate::verify::{Difference, compare};

/// How many versions of a profile are compared: each is read and resolved anew. Real profiles name
/// two or three.
const MOST: usize = 16;

/// Checks that no newer kernel makes the profile stricter than a policy.
///
/// # Errors
/// `newer-kernel-stricter`, with a call and both answers; what is wrong with the profile for a newer
/// kernel; `rules-too-hard` if the comparison takes too many steps.
pub(crate) fn check(
    sources: &Sources<'_>,
    target: Abi,
    options: &Options,
    profile: &Profile,
    policy: &Policy,
) -> Result<(), Errors> {
    let Some(kernel) = options.kernel else {
        return Ok(());
    };
    let mut newer: Vec<Spanned<Kernel>> = profile.min_kernels.clone();
    newer.retain(|version| version.value > kernel);
    sorted::sort_by_key(&mut newer, |version| (version.value, version.span));
    newer.dedup_by_key(|version| version.value);
    if let Some(version) = newer.get(MOST) {
        let message = format!("the profile names more than {MOST} kernels newer than {kernel}");
        let error = Error::new(Kind::TooLarge, version.span, message);
        return Err(error
            .label(format!(
                "at most {MOST} `minKernel` above the option `kernel`"
            ))
            .into());
    }
    for version in newer {
        let options = Options {
            kernel: Some(version.value),
            ..options.clone()
        };
        let there = Profile::compose(sources, target, &options)?;
        let resolved = resolve::resolve(&there, target, &options)?;
        let stricter = compare(policy, &resolved.policy, |here, there| {
            there.rank() < here.rank()
        });
        match stricter {
            Ok(None) => {}
            Ok(Some(difference)) => {
                let stricter = Stricter {
                    kernel,
                    version,
                    profile: &there,
                    resolved: &resolved,
                };
                return Err(stricter.report(&difference).into());
            }
            Err(_) => {
                let message = format!(
                    "the rules for Linux {} are too complex to compare with those for {kernel}",
                    version.value
                );
                return Err(Error::new(Kind::RulesTooHard, version.span, message).into());
            }
        }
    }
    Ok(())
}

/// A newer kernel whose policy is stricter.
struct Stricter<'a> {
    kernel: Kernel,
    version: Spanned<Kernel>,
    profile: &'a Profile,
    resolved: &'a Resolved,
}

impl Stricter<'_> {
    fn report(&self, difference: &Difference) -> Error {
        let Difference {
            data,
            first,
            second,
        } = difference;
        let rules = self.resolved.policy.abi_of(data.arch, data.nr);
        let shown = match rules {
            Some(rules) => call::text(rules.abi, data.nr, &data.args),
            None => format!("system call {}", data.nr),
        };
        let (kernel, version) = (self.kernel, self.version.value);
        let message = format!(
            "for Linux {kernel} the filter answers `{shown}` with {first}, but from Linux {version} on the profile answers it with {second}"
        );
        let error = Error::new(Kind::NewerKernelStricter, self.version.span, message)
            .label(format!("the profile is stricter from Linux {version} on"))
            .note("the filter would run on these kernels too, and let through what the profile denies there")
            .note(format!(
                "require a newer kernel: `kernel = \"{version}\"`; or remove this condition from the rule"
            ));
        match rules.and_then(|rules| self.rule(rules.abi, data)) {
            Some((span, path)) => error
                .related(span, format!("{second} by this rule"))
                .path(path),
            None => error,
        }
    }

    /// The place of the first rule that matches a call there.
    fn rule(&self, abi: Abi, data: &SeccompData) -> Option<(Span, String)> {
        let rules = self.resolved.policy.abi_of(data.arch, data.nr)?;
        let list = rules.lists.get(&data.nr)?;
        let at = list.iter().position(|rule| rule.matches(&data.args))?;
        let origin = self.resolved.origins.of(abi, data.nr).get(at)?;
        Some((origin.name(self.profile).span, origin.path(self.profile)))
    }
}
