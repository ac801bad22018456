//! The first file that names a call decides it.

use super::*;

#[test]
fn the_first_file_that_names_a_call_decides_it_alone() {
    let a = profile(
        r#""syscalls": [
            { "names": ["read"], "action": "SCMP_ACT_KILL_PROCESS" },
            { "names": ["ioctl"], "action": "SCMP_ACT_ALLOW",
              "args": [{ "index": 1, "value": 7, "op": "SCMP_CMP_EQ" }] }]"#,
    );
    let b = later(&[("read ioctl write", "ALLOW"), ("close", "LOG")]);
    let compiled = two(&a, &b, Abi::X86_64);
    let answer = |call, args| answer(&compiled, Abi::X86_64, call, args);
    assert_eq!(answer("read", [0; 6]), Action::KillProcess);
    assert_eq!(answer("write", [0; 6]), Action::Allow);
    assert_eq!(answer("close", [0; 6]), Action::Log);
    // What the first file does not match has the default action, not the later file's.
    assert_eq!(answer("ioctl", [0, 7, 0, 0, 0, 0]), Action::Allow);
    assert_eq!(answer("ioctl", [0, 8, 0, 0, 0, 0]), EPERM);
    // A third file is after both.
    let c = later(&[("write", "TRAP"), ("fsync", "ALLOW")]);
    let compiled = composed(&[&a, &b, &c], &[], Abi::X86_64, &Options::default()).unwrap();
    let answer = |call| first(&compiled, Abi::X86_64, call, 0);
    assert_eq!([answer("write"), answer("fsync")], [Action::Allow; 2]);
}

#[test]
fn a_call_is_a_number_on_each_abi() {
    // On these ABIs both names have one number; on others only one of them exists.
    let a = profile(&rules(&[("umount", "KILL_PROCESS")]));
    let b = later(&[("umount2 umount", "ALLOW")]);
    for target in Abi::ALL {
        let numbers = ["umount", "umount2"].map(|name| syscalls::number(target, name));
        let compiled = two(&a, &b, target);
        for (name, nr) in ["umount", "umount2"].iter().zip(numbers) {
            if nr.is_some() {
                let decided = nr == numbers[0];
                let wanted = if decided {
                    Action::KillProcess
                } else {
                    Action::Allow
                };
                assert_eq!(
                    first(&compiled, target, name, 0),
                    wanted,
                    "{target}: {name}"
                );
            }
        }
    }
    // `_newselect` is the first file's where it exists; `select` has another number there.
    let a = profile(&rules(&[("_newselect", "KILL_PROCESS")]));
    let compiled = two(&a, &later(&[("select _newselect", "ALLOW")]), Abi::X86);
    assert_eq!(
        first(&compiled, Abi::X86, "_newselect", 0),
        Action::KillProcess
    );
    assert_eq!(first(&compiled, Abi::X86, "select", 0), Action::Allow);
    let compiled = two(&a, &later(&[("select", "ALLOW")]), Abi::X86_64);
    assert_eq!(first(&compiled, Abi::X86_64, "select", 0), Action::Allow);
}

#[test]
fn a_file_that_names_a_multiplexer_decides_about_all_of_it() {
    let a = profile(&format!(
        "{X86}, {}",
        rules(&[("socketcall", "KILL_PROCESS")])
    ));
    let b = later(&[("connect bind", "ALLOW")]);
    let compiled = two(&a, &b, Abi::X86_64);
    for call in 0..25 {
        let answer = first(&compiled, Abi::X86, "socketcall", call);
        assert_eq!(answer, Action::KillProcess, "{call}");
    }
    // The numbers of their own are other calls.
    assert_eq!(first(&compiled, Abi::X86, "connect", 0), Action::Allow);
    assert_eq!(first(&compiled, Abi::X86_64, "connect", 0), Action::Allow);
}

#[test]
fn a_file_that_names_a_call_decides_about_it_behind_the_multiplexer() {
    const CONNECT: u64 = 3;
    let deny = rules(&[("connect", "KILL_PROCESS")]);
    let permit = rules(&[("connect", "ALLOW")]);
    let conditional = r#""syscalls": [{ "names": ["connect"], "action": "SCMP_ACT_ALLOW",
        "args": [{ "index": 0, "value": 3, "op": "SCMP_CMP_EQ" }] }]"#;
    let excluded = r#""syscalls": [{ "names": ["connect"], "action": "SCMP_ACT_ALLOW",
        "excludes": { "arches": ["amd64"] } }]"#;
    let cases = [
        (deny.as_str(), Action::KillProcess),
        (&permit, Action::Allow),
        // No filter sees the descriptor there: the stricter of both answers.
        (conditional, EPERM),
        (excluded, EPERM),
    ];
    let b = later(&[("socketcall connect", "ALLOW")]);
    for (rules, wanted) in cases {
        let a = profile(&format!("{X86}, {rules}"));
        let compiled = two(&a, &b, Abi::X86_64);
        let answer = |call| first(&compiled, Abi::X86, "socketcall", call);
        assert_eq!(answer(CONNECT), wanted, "{rules}");
        assert_eq!(answer(CONNECT | 1 << 32), wanted, "{rules}");
        for other in (0..25).filter(|other| *other != CONNECT) {
            assert_eq!(answer(other), Action::Allow, "{rules}: {other}");
        }
    }
    // `ipc` has a version in its high bits.
    let a = profile(&format!("{X86}, {}", rules(&[("shmat", "TRAP")])));
    let compiled = two(&a, &later(&[("ipc", "ALLOW")]), Abi::X86_64);
    for version in [0_u64, 1 << 16] {
        let answer = |call| first(&compiled, Abi::X86, "ipc", version | call);
        assert_eq!([answer(21), answer(22)], [Action::Trap, Action::Allow]);
    }
    // Two files that name different calls of one multiplexer.
    let a = profile(&format!("{X86}, {deny}"));
    let compiled = two(&a, &later(&[("bind connect", "ALLOW")]), Abi::X86_64);
    let answers = [2, 3, 4].map(|call| first(&compiled, Abi::X86, "socketcall", call));
    assert_eq!(answers, [Action::Allow, Action::KillProcess, EPERM]);
}

#[test]
fn a_rule_that_is_left_out_names_its_calls_too() {
    let a = profile(
        r#""syscalls": [{ "names": ["bpf"], "action": "SCMP_ACT_ALLOW",
            "includes": { "caps": ["CAP_BPF"] } }]"#,
    );
    let b = later(&[("bpf read", "ALLOW")]);
    for (held, wanted) in [(vec![], EPERM), (vec!["CAP_BPF".into()], Action::Allow)] {
        let mut options = Options::default();
        options.set("capabilities", &Setting::List(held)).unwrap();
        let compiled = composed(&[&a, &b], &[], Abi::X86_64, &options).unwrap();
        assert_eq!(first(&compiled, Abi::X86_64, "bpf", 0), wanted);
        let overridden = |reason: Reason| matches!(reason, Reason::Overridden { .. });
        let mut left_out = compiled.origins.left_out.iter();
        assert!(left_out.any(|left_out| overridden(left_out.reason)));
    }
}

#[test]
fn files_do_not_conflict() {
    let a = profile(
        r#""syscalls": [{ "names": ["ioctl"], "action": "SCMP_ACT_ALLOW",
            "args": [{ "index": 1, "value": 7, "op": "SCMP_CMP_EQ" }] }]"#,
    );
    let b = r#"{ "syscalls": [{ "names": ["ioctl"], "action": "SCMP_ACT_TRAP",
        "args": [{ "index": 2, "value": 9, "op": "SCMP_CMP_EQ" }] }] }"#;
    two(&a, b, Abi::X86_64);
    // The same rules in one file do.
    let both = profile(
        r#""syscalls": [{ "names": ["ioctl"], "action": "SCMP_ACT_ALLOW",
            "args": [{ "index": 1, "value": 7, "op": "SCMP_CMP_EQ" }] },
          { "names": ["ioctl"], "action": "SCMP_ACT_TRAP",
            "args": [{ "index": 2, "value": 9, "op": "SCMP_CMP_EQ" }] }]"#,
    );
    let errors = compile(&both, Abi::X86_64, &Options::default()).unwrap_err();
    assert_eq!(errors.iter().next().unwrap().kind, Kind::ConflictingRules);
    // Nor is a rule of a later file one that is never reached.
    let a = profile(&rules(&[("read exit_group rt_sigreturn", "ALLOW")]));
    let compiled = two(&a, &later(&[("read", "KILL_PROCESS")]), Abi::X86_64);
    let unreachable =
        |warning: &seccomp_profile_compiler::Error| warning.kind == Kind::UnreachableRule;
    assert!(!compiled.warnings.iter().any(unreachable));
}

#[test]
fn what_a_profile_has_once_comes_from_the_first_file_that_has_it() {
    let flags = r#""flags": ["SECCOMP_FILTER_FLAG_LOG"]"#;
    let a = profile(&rules(&[("read", "ALLOW")]));
    let b = format!("{{ {flags}, {X86}, \"listenerPath\": \"/x\" }}");
    let compiled = two(&a, &b, Abi::X86_64);
    assert_eq!(compiled.policy.flags, 2);
    assert_eq!(compiled.profile.listener_path.as_deref(), Some("/x"));
    let abis: Vec<Abi> = compiled.policy.abis.iter().map(|rules| rules.abi).collect();
    assert_eq!(abis, [Abi::X86_64, Abi::X86]);
    // The same again, in another order and another form, is no difference.
    let c = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1,
        "flags": ["SECCOMP_FILTER_FLAG_LOG"], "archMap": [{ "architecture": "SCMP_ARCH_X86_64",
        "subArchitectures": ["SCMP_ARCH_X86"] }] }"#;
    let options = Options::default();
    let same = composed(&[&a, &b, c], &[], Abi::X86_64, &options).unwrap();
    assert_eq!(same.policy, compiled.policy);
    let differ = |first: &str, second: &str| {
        let errors = composed(&[first, second], &[], Abi::X86_64, &options).unwrap_err();
        let [error] = errors.iter().collect::<Vec<_>>()[..] else {
            panic!("{errors}");
        };
        assert_eq!(error.kind, Kind::ConflictingFiles, "{errors}");
        assert!(error.span.unwrap().start > first.len() && error.related.is_some());
        error.path.to_string()
    };
    for later in [
        r#"{ "defaultAction": "SCMP_ACT_KILL_PROCESS" }"#,
        r#"{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38 }"#,
    ] {
        assert_eq!(differ(&a, later), "defaultAction");
    }
    let with = |member: &str| profile(&format!("{member}, {}", rules(&[("read", "ALLOW")])));
    assert_eq!(differ(&with(flags), r#"{ "flags": [] }"#), "flags");
    assert_eq!(
        differ(&with(X86), r#"{ "architectures": [] }"#),
        "architectures"
    );
    let path = r#""listenerPath": "/a""#;
    assert_eq!(
        differ(&with(path), r#"{ "listenerPath": "/b" }"#),
        "listenerPath"
    );
}

#[test]
fn only_a_later_file_may_lack_the_default_action() {
    let later = later(&[("read", "ALLOW")]);
    let options = Options::default();
    let kinds = |files: &[&str]| {
        let errors = composed(files, &[], Abi::X86_64, &options).unwrap_err();
        errors.iter().map(|error| error.kind).collect::<Vec<_>>()
    };
    assert_eq!(
        kinds(&[&later, &profile(r#""syscalls": []"#)]),
        [Kind::MissingField]
    );
    let number = r#"{ "defaultErrnoRet": 38 }"#;
    assert_eq!(
        kinds(&[&profile(r#""syscalls": []"#), number]),
        [Kind::MissingField]
    );
    // Every default can be inherited, with its number.
    for default in [
        "ERRNO\", \"defaultErrnoRet\": \"",
        "TRACE\", \"defaultErrnoRet\": \"",
    ] {
        let number = default.replace(": \"", ": 7, \"comment\": \"");
        let first = format!("{{ \"defaultAction\": \"SCMP_ACT_{number}\" }}");
        let compiled = two(&first, &later, Abi::X86_64);
        assert_eq!(compiled.policy.default.number(), Some(7), "{first}");
    }
}

/// A wrong name in a disabled rule would leave the call to a later file.
#[test]
fn a_name_of_a_disabled_rule_is_checked() {
    let disabled = |name| {
        profile(&format!(
            r#""syscalls": [{{ "names": ["{name}"], "action": "SCMP_ACT_ALLOW", "includes": {{ "arches": ["s390x"] }} }}]"#
        ))
    };
    let b = later(&[("mount", "ALLOW")]);
    let compiled = two(&disabled("mount"), &b, Abi::X86_64);
    assert_eq!(first(&compiled, Abi::X86_64, "mount", 0), EPERM);
    let wrong = disabled("moutn");
    let options = Options::default();
    for (files, groups) in [(&[&*wrong, &*b][..], &[][..]), (&[&*wrong], &["exit"])] {
        let errors = composed(files, groups, Abi::X86_64, &options).unwrap_err();
        let kinds: Vec<Kind> = errors.iter().map(|error| error.kind).collect();
        assert_eq!(kinds, [Kind::UnknownSyscall], "{errors}");
    }
    // Alone it decides about nothing.
    assert!(composed(&[&wrong], &[], Abi::X86_64, &options).is_ok());
}

#[test]
fn an_empty_listener_path_is_none() {
    let a = profile(r#""listenerPath": "", "syscalls": []"#);
    let b = r#"{ "listenerPath": "/run/socket", "syscalls": [] }"#;
    two(&a, b, Abi::X86_64);
    two(
        b.replacen('{', r#"{ "defaultAction": "SCMP_ACT_ERRNO", "#, 1)
            .as_str(),
        &a,
        Abi::X86_64,
    );
}
