//! Each lint speaks up where it should and nowhere else.

#![allow(missing_docs)]

use seccomp_profile_compiler::error::Kind;
use seccomp_profile_compiler::error::LINTS;
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

fn lints(text: &str) -> Vec<&'static str> {
    let compiled = compile(text, Abi::X86_64, &Options::default());
    let compiled = compiled.unwrap_or_else(|errors| panic!("{text}: {errors}"));
    compiled
        .warnings
        .iter()
        .map(|warning| warning.kind.name())
        .collect()
}

#[test]
fn each_lint_speaks_where_it_should() {
    let x86 = r#""architectures": ["SCMP_ARCH_X86"],"#;
    let cond = condition;
    let clone = r#"{ "names": ["clone"], "action": "SCMP_ACT_ALLOW" }"#;
    let ring = r#"{ "names": ["io_uring_setup"], "action": "SCMP_ACT_ALLOW" }"#;
    // A ring that another process made is enough, but nothing enters it by registering buffers.
    let enter = r#"{ "names": ["io_uring_enter"], "action": "SCMP_ACT_ALLOW" }"#;
    let register = r#"{ "names": ["io_uring_register"], "action": "SCMP_ACT_ALLOW" }"#;
    let socket = cond("socket", "ALLOW", 0, "EQ", 1, 0);
    let socketcall = r#"{ "names": ["socketcall"], "action": "SCMP_ACT_ALLOW" }"#;
    let settime = r#"{ "names": ["clock_settime", "settimeofday"], "action": "SCMP_ACT_ERRNO" }"#;
    let both = r#"{ "names": ["clock_settime", "settimeofday", "clock_settime64", "stime"],
        "action": "SCMP_ACT_ERRNO" }"#;
    let mut wrong = Vec::new();
    for (text, wanted) in [
        (allow(&[]), &[][..]),
        (
            allow(&[r#"{ "names": ["kill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 0 }"#]),
            &["errno-zero"],
        ),
        (profile("SCMP_ACT_KILL", "", &[HEALTHY]), &[]),
        (
            profile("SCMP_ACT_KILL", "", &[HEALTHY, ENOSYS, clone]),
            &["kill-thread"],
        ),
        (
            profile("SCMP_ACT_KILL_PROCESS", "", &[HEALTHY, ENOSYS, clone]),
            &[],
        ),
        (profile("SCMP_ACT_ERRNO", "", &[HEALTHY]), &[]),
        (
            profile("SCMP_ACT_ERRNO", "", &[HEALTHY, clone]),
            &["clone3-errno"],
        ),
        (
            profile("SCMP_ACT_ERRNO", "", &[HEALTHY, ENOSYS, clone]),
            &[],
        ),
        (
            profile("SCMP_ACT_ERRNO", "", &[]),
            &["exit-denied", "exit-denied", "crash-denied"],
        ),
        (
            profile(
                "SCMP_ACT_TRAP",
                "",
                &[r#"{ "names": ["exit_group"], "action": "SCMP_ACT_ALLOW" }"#],
            ),
            &[],
        ),
        (profile("SCMP_ACT_LOG", "", &[]), &[]),
        (allow(&[ring]), &["io-uring"]),
        (allow(&[enter]), &["io-uring"]),
        (allow(&[register]), &[]),
        (profile("SCMP_ACT_LOG", "", &[ring, &socket]), &[]),
        (
            deny("", &[&cond("socket", "ERRNO", 0, "EQ", 1, 0)]),
            &["io-uring", "int-argument"],
        ),
        (
            deny(
                "",
                &[r#"{ "names": ["reboot"], "action": "SCMP_ACT_ERRNO" }"#],
            ),
            &[],
        ),
        (
            deny(
                "",
                &[r#"{ "names": ["connect"], "action": "SCMP_ACT_ERRNO" }"#],
            ),
            &["io-uring"],
        ),
        // A deny list that high bits evade, and that they do not.
        (
            deny("", &[&cond("ioctl", "ERRNO", 1, "EQ", 0x5412, 0)]),
            &["int-argument"],
        ),
        (
            deny(
                "",
                &[&cond("ioctl", "ERRNO", 1, "MASKED_EQ", 0xffff_ffff, 0x5412)],
            ),
            &[],
        ),
        (
            deny(
                "",
                &[&cond("ioctl", "ERRNO", 1, "MASKED_EQ", u64::MAX, 0x5412)],
            ),
            &["int-argument"],
        ),
        (deny("", &[&cond("ioctl", "ERRNO", 2, "EQ", 1, 0)]), &[]),
        (deny("", &[&cond("ioctl", "ERRNO", 1, "GE", 7, 0)]), &[]),
        (
            deny("", &[&cond("ioctl", "ERRNO", 1, "LE", 7, 0)]),
            &["int-argument"],
        ),
        // An allow list that admits them, and that does not.
        (allow(&[&cond("prctl", "ALLOW", 0, "EQ", 4, 0)]), &[]),
        (
            allow(&[&cond("prctl", "ALLOW", 0, "NE", 4, 0)]),
            &["int-argument"],
        ),
        (
            allow(&[&cond("prctl", "ALLOW", 0, "GT", 4, 0)]),
            &["int-argument"],
        ),
        (allow(&[&cond("prctl", "ALLOW", 1, "NE", 4, 0)]), &[]),
        (allow(&[&cond("prctl", "ALLOW", 0, "LT", 4, 0)]), &[]),
        (
            allow(&[&cond("prctl", "ALLOW", 1, "MASKED_EQ", 0, 0)]),
            &["always-true"],
        ),
        (
            allow(&[&cond("prctl", "ALLOW", 1, "GE", 0, 0)]),
            &["always-true"],
        ),
        (
            allow(&[&cond("prctl", "ALLOW", 1, "LT", 0, 0)]),
            &["never-true"],
        ),
        // True on 32 bits, and made for 64.
        (
            profile(
                "SCMP_ACT_ERRNO",
                x86,
                &[
                    HEALTHY,
                    ENOSYS,
                    &cond("prctl", "ALLOW", 1, "MASKED_EQ", 0xffff_ffff_0000_0000, 0),
                ],
            ),
            &[],
        ),
        (
            allow(&[
                clone,
                r#"{ "names": ["clone"], "action": "SCMP_ACT_TRAP" }"#,
            ]),
            &["unreachable-rule"],
        ),
        (allow(&[clone, clone]), &[]),
        (
            profile(
                "SCMP_ACT_ERRNO",
                x86,
                &[HEALTHY, socketcall, &cond("socket", "ALLOW", 0, "EQ", 1, 0)],
            ),
            &["mux-bypass"],
        ),
        (
            profile(
                "SCMP_ACT_ERRNO",
                "",
                &[HEALTHY, socketcall, &cond("socket", "ALLOW", 0, "EQ", 1, 0)],
            ),
            &[],
        ),
        (
            profile(
                "SCMP_ACT_ERRNO",
                x86,
                &[HEALTHY, &cond("socket", "ALLOW", 0, "EQ", 1, 0)],
            ),
            &[],
        ),
        // `stime` and `clock_settime64`.
        (
            deny(x86, &[settime]),
            &["default-allow-foreign-abi", "default-allow-foreign-abi"],
        ),
        (deny("", &[settime]), &[]),
        (deny(x86, &[both]), &[]),
        (profile("SCMP_ACT_ERRNO", x86, &[HEALTHY, settime]), &[]),
    ] {
        let found = lints(&text);
        if found != wanted {
            wrong.push(format!("{found:?}, not {wanted:?}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

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
