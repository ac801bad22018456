//! What an invocation says changes the policy as documented, or is an error.

#![allow(missing_docs)]

use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::options::{KEYS, Setting};
use seccomp_profile_compiler::{Abi, Compiled, Options, compile};

const PROFILE: &str = r#"{
    "defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X86"],
    "flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
    "syscalls": [
        { "names": ["exit_group", "rt_sigreturn"], "action": "SCMP_ACT_ALLOW" },
        { "names": ["kill"], "action": "SCMP_ACT_TRACE" },
        { "names": ["mount"], "action": "SCMP_ACT_NOTIFY" },
        { "names": ["bpf"], "action": "SCMP_ACT_KILL_PROCESS" }
    ]
}"#;

fn word(value: &str) -> Setting {
    Setting::Word(value.into())
}

fn with(settings: &[(&str, &str)]) -> Compiled {
    let mut options = Options::default();
    for (key, value) in settings {
        options
            .set(key, &word(value))
            .unwrap_or_else(|error| panic!("{key}: {}", error.message));
    }
    compile(PROFILE, Abi::X86_64, &options).unwrap()
}

/// The answers to two calls of rules, two without, one too new, and one of another ABI.
fn answers(compiled: &Compiled) -> String {
    let number = |name| syscalls::number(Abi::X86_64, name).unwrap();
    let native = |nr| (Abi::X86_64.token(), nr);
    let calls = ["exit_group", "kill", "mount", "bpf", "getpid"].map(|name| native(number(name)));
    let others = [native(100_000), (Abi::Aarch64.token(), 0)];
    let answers = calls.into_iter().chain(others).map(|(arch, nr)| {
        compiled
            .policy
            .decide(&SeccompData {
                arch,
                nr,
                ..SeccompData::default()
            })
            .to_string()
    });
    answers.collect::<Vec<_>>().join(" ")
}

#[test]
fn actions_are_replaced_as_documented() {
    for (settings, wanted, flags) in [
        (
            &[][..],
            "ALLOW TRACE(1) NOTIFY KILL_PROCESS ERRNO(1) ERRNO(1) KILL_THREAD",
            32 | 8,
        ),
        (
            &[("default_action", "SCMP_ACT_LOG")],
            "ALLOW TRACE(1) NOTIFY KILL_PROCESS LOG LOG KILL_THREAD",
            32 | 8,
        ),
        (
            &[("default_action", "SCMP_ACT_ERRNO(38)")],
            "ALLOW TRACE(1) NOTIFY KILL_PROCESS ERRNO(38) ERRNO(38) KILL_THREAD",
            32 | 8,
        ),
        (
            &[("deny_action", "SCMP_ACT_LOG")],
            "ALLOW LOG LOG LOG LOG LOG LOG",
            0,
        ),
        (
            &[
                ("deny_action", "SCMP_ACT_TRAP"),
                ("newer_syscalls", "ENOSYS"),
            ],
            "ALLOW TRAP TRAP TRAP TRAP TRAP TRAP",
            0,
        ),
        (
            &[
                ("deny_action", "SCMP_ACT_TRACE(7)"),
                ("bad_arch_action", "SCMP_ACT_KILL_PROCESS"),
            ],
            "ALLOW TRACE(7) TRACE(7) TRACE(7) TRACE(7) TRACE(7) KILL_PROCESS",
            0,
        ),
        (
            &[
                ("newer_syscalls", "ENOSYS"),
                ("bad_arch_action", "SCMP_ACT_ERRNO(1)"),
            ],
            "ALLOW TRACE(1) NOTIFY KILL_PROCESS ERRNO(1) ERRNO(38) ERRNO(1)",
            32 | 8,
        ),
        (
            &[
                ("newer_syscalls", "ENOSYS"),
                ("default_action", "SCMP_ACT_LOG"),
            ],
            "ALLOW TRACE(1) NOTIFY KILL_PROCESS LOG LOG KILL_THREAD",
            32 | 8,
        ),
    ] {
        let compiled = with(settings);
        assert_eq!(answers(&compiled), wanted, "{settings:?}");
        assert_eq!(compiled.policy.flags, flags, "{settings:?}");
    }
}

#[test]
fn the_kernel_is_remembered() {
    assert_eq!(with(&[]).kernel, None);
    assert_eq!(
        with(&[("kernel", "5.10")])
            .kernel
            .map(|kernel| kernel.to_string()),
        Some("5.10".into())
    );
}

#[test]
fn wrong_values_say_what_is_right() {
    let list = |words: &[&str]| Setting::List(words.iter().map(|word| word.to_string()).collect());
    for (key, value, kind, said) in [
        (
            "overlapp",
            Setting::Bool(true),
            "unknown-option",
            "did you mean `overlap`?",
        ),
        (
            "overlap",
            word("first_match"),
            "bad-option",
            "did you mean `first-match`?",
        ),
        (
            "overlap",
            Setting::Bool(true),
            "bad-option",
            "\"first-match\"",
        ),
        (
            "native_only",
            word("true"),
            "bad-option",
            "`true` or `false`",
        ),
        (
            "capabilities",
            word("CAP_BPF"),
            "bad-option",
            "a list of strings",
        ),
        (
            "capabilities",
            list(&["CAP_BFP"]),
            "unknown-capability",
            "did you mean `CAP_BPF`?",
        ),
        (
            "capabilities",
            list(&["net_raw"]),
            "unknown-capability",
            "did you mean `CAP_NET_RAW`?",
        ),
        (
            "kernel",
            word("5.10_3"),
            "bad-kernel-version",
            "such as `5.10`",
        ),
        (
            "kernel",
            list(&["5.10"]),
            "bad-option",
            "a version of Linux",
        ),
        (
            "default_action",
            word("SCMP_ACT_ERNO"),
            "bad-option",
            "did you mean `SCMP_ACT_ERRNO`?",
        ),
        (
            "default_action",
            word("SCMP_ACT_NOTIFY"),
            "bad-option",
            "cannot be `\"SCMP_ACT_NOTIFY\"`",
        ),
        (
            "default_action",
            word("SCMP_ACT_ERRNO(4096)"),
            "bad-option",
            "0 to 4095",
        ),
        (
            "default_action",
            word("SCMP_ACT_ERRNO(EPERM)"),
            "bad-option",
            "a number in parentheses",
        ),
        (
            "default_action",
            word("SCMP_ACT_ERRNO(+1)"),
            "bad-option",
            "a number in parentheses",
        ),
        (
            "default_action",
            word("SCMP_ACT_LOG(1)"),
            "bad-option",
            "cannot be used with the action LOG",
        ),
        (
            "deny_action",
            word("SCMP_ACT_ALLOW"),
            "bad-option",
            "cannot be `\"SCMP_ACT_ALLOW\"`",
        ),
        (
            "bad_arch_action",
            word("ERRNO"),
            "bad-option",
            "SCMP_ACT_ERRNO",
        ),
        (
            "allow",
            list(&["int_argumnet"]),
            "unknown-lint",
            "did you mean `int-argument`?",
        ),
    ] {
        let Err(error) = Options::default().set(key, &value) else {
            panic!("{key}: {value:?}");
        };
        assert_eq!(error.kind.name(), kind, "{key}");
        let all = format!(
            "{} {} {}",
            error.message,
            error.label,
            error.notes.join(" ")
        );
        assert!(all.contains(said), "{key}: {all}");
    }
    for key in KEYS {
        // Every key is known, whatever it takes.
        let error = Options::default().set(key, &word("?")).unwrap_err();
        assert_ne!(error.kind.name(), "unknown-option", "{key}");
    }
}
