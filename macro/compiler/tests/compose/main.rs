//! A composition says what `format`, *Composition*, says of it: the first file that names a call
//! decides it alone, groups come last and are one.

#![allow(missing_docs)]

mod files;
#[path = "../support/golden.rs"]
mod golden;
mod group;
#[path = "../support/profiles.rs"]
mod profiles;
#[path = "../support/skip.rs"]
mod skip;
mod told;

use seccomp_profile_compiler::error::Kind;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::resolve::origin::Reason;
use seccomp_profile_compiler::{Abi, Compiled, Errors, Options, Sources, compile, compose, groups};

const EPERM: Action = Action::Errno(1);

/// Compiles files, of which the first is the profile, with groups.
fn composed(
    files: &[&str],
    groups: &[&str],
    target: Abi,
    options: &Options,
) -> Result<Compiled, Errors> {
    let mut others = (1..).zip(&files[1..]);
    let others = std::iter::from_fn(|| {
        let (at, text) = others.next()?;
        Some((format!("{at}.json"), *text))
    });
    let sources = Sources::compose(("0.json", files[0]), others, groups)?;
    compose(&sources, target, options)
}

/// A profile with a default action of EPERM and some rules.
fn profile(rules: &str) -> String {
    format!(r#"{{ "defaultAction": "SCMP_ACT_ERRNO", {rules} }}"#)
}

/// One rule without conditions for each pair of names and action.
fn rules(rules: &[(&str, &str)]) -> String {
    let rule = |(names, action): &(&str, &str)| {
        let names: Vec<String> = names.split(' ').map(|name| format!("{name:?}")).collect();
        let names = names.join(", ");
        format!(r#"{{ "names": [{names}], "action": "SCMP_ACT_{action}" }}"#)
    };
    let rules: Vec<String> = rules.iter().map(rule).collect();
    format!(r#""syscalls": [{}]"#, rules.join(", "))
}

/// A later file with some rules.
fn later(list: &[(&str, &str)]) -> String {
    format!("{{ {} }}", rules(list))
}

const X86: &str = r#""architectures": ["SCMP_ARCH_X86"]"#;

fn answer(compiled: &Compiled, abi: Abi, call: &str, args: [u64; 6]) -> Action {
    let nr = syscalls::number(abi, call).unwrap_or_else(|| panic!("{abi} has no {call}"));
    let data = SeccompData {
        arch: abi.token(),
        nr,
        args,
        ..SeccompData::default()
    };
    compiled.policy.decide(&data)
}

/// The answer to the first argument of a call.
fn first(compiled: &Compiled, abi: Abi, call: &str, arg: u64) -> Action {
    answer(compiled, abi, call, [arg, 0, 0, 0, 0, 0])
}

fn two(a: &str, b: &str, target: Abi) -> Compiled {
    let composed = composed(&[a, b], &[], target, &Options::default());
    composed.unwrap_or_else(|errors| panic!("{errors}"))
}
