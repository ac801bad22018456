//! Each lint speaks up where it should and nowhere else.

#![allow(missing_docs)]

mod options;
mod profile;
mod shown;

use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::{Abi, Compiled, Errors, Options, compile};

/// What a healthy allow list begins with.
const HEALTHY: &str = r#"{ "names": ["exit_group", "rt_sigreturn", "rt_sigaction", "rt_sigprocmask",
    "getpid", "gettid", "tgkill", "read"], "action": "SCMP_ACT_ALLOW" }"#;
const ENOSYS: &str = r#"{ "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 }"#;

fn profile(default: &str, more: &str, rules: &[&str]) -> String {
    let rules = rules.join(",");
    format!(r#"{{ "defaultAction": "{default}", {more} "syscalls": [{rules}] }}"#)
}

fn allow(rules: &[&str]) -> String {
    profile("SCMP_ACT_ERRNO", "", &[&[HEALTHY, ENOSYS], rules].concat())
}

fn deny(more: &str, rules: &[&str]) -> String {
    profile("SCMP_ACT_ALLOW", more, rules)
}

fn condition(name: &str, action: &str, index: u8, op: &str, value: u64, two: u64) -> String {
    format!(
        r#"{{ "names": ["{name}"], "action": "SCMP_ACT_{action}", "args": [
            {{ "index": {index}, "op": "SCMP_CMP_{op}", "value": {value}, "valueTwo": {two} }}] }}"#
    )
}

fn word(word: &str) -> Setting {
    Setting::Word(word.into())
}

fn list(word: &str) -> Setting {
    Setting::List(vec![word.into()])
}

fn with(text: &str, settings: &[(&str, Setting)]) -> Result<Compiled, Errors> {
    let mut options = Options::default();
    for (key, value) in settings {
        options.set(key, value).unwrap();
    }
    compile(text, Abi::X86_64, &options)
}

/// The names of the lints, each with the place of its finding.
fn found(text: &str, settings: &[(&str, Setting)]) -> Vec<(&'static str, String)> {
    let warnings = with(text, settings).unwrap().warnings;
    let found = warnings.iter().map(|warning| {
        let place = match warning.span {
            Some(span) => &text[span.start..span.end],
            None => &warning.path,
        };
        (warning.kind.name(), place.into())
    });
    found.collect()
}
