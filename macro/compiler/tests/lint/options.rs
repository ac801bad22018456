//! What options have to do with what is reported.

use seccomp_profile_compiler::error::{Kind, LINTS};
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::{Abi, Options, compile};

use crate::{HEALTHY, allow, condition, deny, found, profile, word};

#[test]
fn an_audit_filters_nothing_that_a_ring_does() {
    let ring = r#"{ "names": ["io_uring_setup"], "action": "SCMP_ACT_ALLOW" }"#;
    let text = allow(&[ring, &condition("socket", "ALLOW", 0, "EQ", 1, 0)]);
    for (action, wanted) in [
        ("SCMP_ACT_LOG", vec![]),
        ("SCMP_ACT_TRAP", vec![Kind::IoUring]),
    ] {
        let mut options = Options::default();
        options
            .set("deny_action", &Setting::Word(action.into()))
            .unwrap();
        let warnings = compile(&text, Abi::X86_64, &options).unwrap().warnings;
        let kinds: Vec<Kind> = warnings.iter().map(|warning| warning.kind).collect();
        assert_eq!(kinds, wanted, "{action}");
    }
}

#[test]
fn an_invocation_silences_and_raises() {
    let text = allow(&[&condition("prctl", "ALLOW", 1, "LT", 0, 0)]);
    let with = |key: &str, lint: &str| {
        let mut options = Options::default();
        options.set(key, &Setting::List(vec![lint.into()])).unwrap();
        compile(&text, Abi::X86_64, &options)
    };
    assert_eq!(with("allow", "never-true").unwrap().warnings, []);
    assert_eq!(with("allow", "never_true").unwrap().warnings, []);
    assert_eq!(with("allow", "always-true").unwrap().warnings.len(), 1);
    assert_eq!(with("deny", "always-true").unwrap().warnings.len(), 1);
    let errors = with("deny", "never-true").unwrap_err();
    assert_eq!(
        errors.iter().map(|error| error.kind).collect::<Vec<_>>(),
        [Kind::NeverTrue]
    );
    let unknown = Options::default().set("allow", &Setting::List(vec!["never-ture".into()]));
    assert_eq!(unknown.unwrap_err().label, "did you mean `never-true`?");
    assert!(LINTS.iter().all(|lint| Kind::ALL.contains(lint)));
}

#[test]
fn answers_of_options_are_looked_at() {
    let text = allow(&[]);
    let at_option = |lint, option: &str| vec![(lint, format!("option {option}"))];
    let zero = || word("SCMP_ACT_ERRNO(0)");
    for option in ["default_action", "deny_action", "bad_arch_action"] {
        let settings = [(option, zero())];
        assert_eq!(found(&text, &settings), at_option("errno-zero", option));
        assert_eq!(found(&text, &[(option, word("SCMP_ACT_ERRNO(1)"))]), []);
    }
    // An option that replaces a doubtful answer of the profile heals it.
    let doubtful = profile(
        "SCMP_ACT_KILL_PROCESS",
        "",
        &[
            HEALTHY,
            r#"{ "names": ["kill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 0 }"#,
        ],
    );
    let at = String::from(r#""SCMP_ACT_ERRNO""#);
    assert_eq!(found(&doubtful, &[]), [("errno-zero", at)]);
    assert_eq!(
        found(&doubtful, &[("deny_action", word("SCMP_ACT_TRAP"))]),
        []
    );

    let kill_thread = [("deny_action", word("SCMP_ACT_KILL"))];
    let threads = allow(&[r#"{ "names": ["clone"], "action": "SCMP_ACT_ALLOW" }"#]);
    assert_eq!(found(&text, &kill_thread), []);
    assert!(found(&threads, &kill_thread).contains(&at_option("kill-thread", "deny_action")[0]));
}

#[test]
fn calls_of_other_abis_that_run_are_reported() {
    let foreign = |text: &str, action: &str| {
        let found = found(text, &[("bad_arch_action", word(action))]);
        found
            .iter()
            .any(|(lint, _)| *lint == "default-allow-foreign-abi")
    };
    let denials = deny(
        "",
        &[r#"{ "names": ["reboot"], "action": "SCMP_ACT_ERRNO" }"#],
    );
    for text in [&allow(&[]), &denials] {
        for runs in ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"] {
            assert!(foreign(text, runs), "{runs}: {text}");
        }
        for denies in [
            "SCMP_ACT_KILL_PROCESS",
            "SCMP_ACT_ERRNO(38)",
            "SCMP_ACT_TRAP",
        ] {
            assert!(!foreign(text, denies), "{denies}: {text}");
        }
    }
    // Where everything runs, no rule is bypassed.
    assert!(!foreign(&deny("", &[]), "SCMP_ACT_ALLOW"));
}
