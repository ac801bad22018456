//! Each lint speaks up where it should and nowhere else.

#![allow(missing_docs)]

use seccomp_profile_compiler::error::Kind;
use seccomp_profile_compiler::error::LINTS;
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::{Abi, Options, compile};

/// What a healthy allow list begins with.
const HEALTHY: &str =
    r#"{ "names": ["exit_group", "rt_sigreturn", "read"], "action": "SCMP_ACT_ALLOW" }"#;
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
    let socket = cond("socket", "ALLOW", 0, "EQ", 1, 0);
    let socketcall = r#"{ "names": ["socketcall"], "action": "SCMP_ACT_ALLOW" }"#;
    let settime = r#"{ "names": ["clock_settime"], "action": "SCMP_ACT_ERRNO" }"#;
    let both = r#"{ "names": ["clock_settime", "clock_settime64"], "action": "SCMP_ACT_ERRNO" }"#;
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
        (profile("SCMP_ACT_ERRNO", "", &[]), &["exit-denied"]),
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
        (profile("SCMP_ACT_LOG", "", &[ring, &socket]), &[]),
        (
            deny("", &[&cond("socket", "ERRNO", 0, "EQ", 1, 0)]),
            &["io-uring", "int-argument"],
        ),
        (
            deny(
                "",
                &[r#"{ "names": ["mount"], "action": "SCMP_ACT_ERRNO" }"#],
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
        (deny(x86, &[settime]), &["default-allow-foreign-abi"]),
        (deny("", &[settime]), &[]),
        (deny(x86, &[both]), &[]),
        (profile("SCMP_ACT_ERRNO", x86, &[HEALTHY, settime]), &[]),
    ] {
        assert_eq!(lints(&text), wanted, "{text}");
    }
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
