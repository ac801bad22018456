//! What is shown of many findings.

use seccomp_profile_compiler::Errors;
use seccomp_profile_compiler::error::Kind;
use seccomp_profile_compiler::options::Setting;

use crate::{condition, deny, list, with};

/// Comparisons that high bits evade, and one that is never true behind them.
fn many(count: u64) -> String {
    let mut rules: Vec<String> = (0..count)
        .map(|value| condition("ioctl", "ERRNO", 1, "EQ", value, 0))
        .collect();
    rules.push(condition("prctl", "ERRNO", 1, "LT", 0, 0));
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    deny("", &rules)
}

#[test]
fn what_is_denied_is_never_lost_behind_what_is_allowed_or_shown() {
    let text = many(130);
    let (allowed, denied) = (list("int_argument"), list("never_true"));
    let kinds = |errors: &Errors| errors.iter().map(|e| e.kind).collect::<Vec<_>>();
    for settings in [
        vec![("deny", denied.clone())],
        vec![("allow", allowed.clone()), ("deny", denied)],
        // Denied as well as allowed is denied.
        vec![
            (
                "allow",
                Setting::List(vec!["int_argument".into(), "never_true".into()]),
            ),
            ("deny", list("never_true")),
        ],
    ] {
        let errors = with(&text, &settings).unwrap_err();
        assert_eq!(kinds(&errors), [Kind::NeverTrue], "{settings:?}");
    }
    let errors = with(&text, &[("deny", allowed)]).unwrap_err();
    assert!(errors.iter().all(|error| error.kind == Kind::IntArgument));
    assert!(errors.iter().len() >= 100);
}

#[test]
fn what_is_not_shown_is_counted() {
    for count in [3, 100, 130] {
        let text = many(count);
        let compiled = with(&text, &[("allow", list("io_uring"))]).unwrap();
        let shown = compiled.warnings.len();
        assert_eq!(
            shown + compiled.hidden_warnings,
            count as usize + 1,
            "{count}"
        );
        assert!(shown >= 100.min(count as usize + 1), "{shown} of {count}");
        let compiled = with(&text, &[("allow", list("int_argument"))]).unwrap();
        let kinds: Vec<Kind> = compiled.warnings.iter().map(|w| w.kind).collect();
        assert_eq!(
            (kinds, compiled.hidden_warnings),
            (vec![Kind::NeverTrue], 0)
        );
    }
}
