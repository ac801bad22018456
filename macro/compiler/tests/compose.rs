//! A composition says what `format`, *Composition*, says of it: the first file that names a call
//! decides it alone, groups come last and are one.

#![allow(missing_docs)]

#[path = "support/golden.rs"]
mod golden;
#[path = "support/profiles.rs"]
mod profiles;
#[path = "support/skip.rs"]
mod skip;

use std::path::Path;

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

#[test]
fn groups_come_last_and_are_one() {
    let options = Options::default();
    let a = profile(&rules(&[("read exit_group", "ALLOW")]));
    let alone = |names: &[&str]| composed(&[&a], names, Abi::X86_64, &options).unwrap();
    // Both speak of `socket`.
    let both = alone(&["tcp", "unix-sockets"]);
    let socket = |compiled: &Compiled, family| first(compiled, Abi::X86_64, "socket", family);
    let stream = |compiled: &Compiled, family| {
        answer(compiled, Abi::X86_64, "socket", [family, 1, 0, 0, 0, 0])
    };
    assert_eq!([stream(&both, 1), stream(&both, 2)], [Action::Allow; 2]);
    assert_eq!(stream(&alone(&["tcp"]), 1), EPERM);
    assert_eq!(stream(&alone(&["unix-sockets"]), 2), EPERM);
    assert_eq!(socket(&both, 16), EPERM);
    // They do not speak of what a profile names, be it the last of several.
    let b = later(&[("socket", "TRAP")]);
    let compiled = composed(&[&a, &b], &["tcp"], Abi::X86_64, &options).unwrap();
    assert_eq!(stream(&compiled, 2), Action::Trap);
    assert_eq!(first(&compiled, Abi::X86_64, "connect", 0), Action::Allow);
    // The order in the invocation does not matter.
    let turned = alone(&["unix-sockets", "tcp"]);
    assert_eq!(both.program.to_bytes(), turned.program.to_bytes());
}

#[test]
fn no_group_disagrees_with_another() {
    let all: Vec<&str> = groups::GROUPS.iter().map(|group| group.name).collect();
    let a = profile(r#""syscalls": []"#);
    for target in Abi::ALL {
        let compiled = composed(&[&a], &all, target, &Options::default());
        let compiled = compiled.unwrap_or_else(|errors| panic!("{target}: {errors}"));
        let told: Vec<&str> = compiled
            .warnings
            .iter()
            .map(|warning| &*warning.message)
            .collect();
        assert!(told.is_empty(), "{target}: {told:#?}");
    }
}

#[test]
fn a_group_that_has_no_effect_is_told() {
    let options = Options::default();
    let told = |text: &str, names: &[&str]| -> Vec<String> {
        let compiled = composed(&[text], names, Abi::X86_64, &options).unwrap();
        let unused =
            { compiled.warnings.iter() }.filter(|warning| warning.kind == Kind::UnusedGroup);
        unused.map(|warning| warning.message.to_string()).collect()
    };
    let abort = groups::of("exit").unwrap();
    let mut own: serde_json::Value = serde_json::from_str(abort.text).unwrap();
    own["defaultAction"] = "SCMP_ACT_KILL_PROCESS".into();
    let told_of_exit = told(&own.to_string(), &["exit"]);
    assert_eq!(told_of_exit.len(), 1, "{told_of_exit:?}");
    assert!(
        told_of_exit[0].contains("`exit` has no effect"),
        "{told_of_exit:?}"
    );
    let a = profile(r#""syscalls": []"#);
    assert_eq!(told(&a, &["exit"]), [""; 0]);
    let open = r#"{ "defaultAction": "SCMP_ACT_ALLOW" }"#;
    assert!(told(open, &["exit"])[0].contains("lets every call run"));
    // What another group builds on was not asked for.
    let builds = { groups::GROUPS.iter() }.find(|group| !group.builds_on.is_empty());
    let built = groups::of(builds.unwrap().builds_on[0]).unwrap();
    own = serde_json::from_str(built.text).unwrap();
    own["defaultAction"] = "SCMP_ACT_KILL_PROCESS".into();
    assert_eq!(told(&own.to_string(), &[builds.unwrap().name]), [""; 0]);
}

#[test]
fn a_restriction_in_one_file_is_seen_beside_a_free_sibling_in_another() {
    let a = profile(
        r#""syscalls": [{ "names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [
            { "index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" }] }]"#,
    );
    let b = later(&[("clone3", "ALLOW")]);
    for files in [[a.clone(), b], [profile(&rules(&[("clone3", "ALLOW")])), a]] {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let compiled = composed(&files, &[], Abi::X86_64, &Options::default()).unwrap();
        let mut told = compiled.warnings.iter();
        let told = told.find(|warning| warning.kind == Kind::SiblingBypass);
        assert!(told.is_some_and(|warning| warning.message.contains("clone3")));
    }
}

#[test]
fn newer_kernels_are_compared_with_the_whole_composition() {
    let mut options = Options::default();
    options.set("kernel", &Setting::Word("4.8".into())).unwrap();
    let a = profile(&rules(&[("read", "ALLOW")]));
    let b = r#"{ "syscalls": [{ "names": ["ptrace"], "action": "SCMP_ACT_ALLOW",
        "excludes": { "minKernel": "5.0" } }] }"#;
    let errors = composed(&[&a, b], &[], Abi::X86_64, &options).unwrap_err();
    assert_eq!(
        errors.iter().next().unwrap().kind,
        Kind::NewerKernelStricter
    );
    // The same file after one that decides about the call says nothing.
    let a = profile(&rules(&[("read ptrace", "ALLOW")]));
    composed(&[&a, b], &[], Abi::X86_64, &options).unwrap();
}

#[test]
fn a_default_of_docker_is_extended_by_two_lines() {
    let Some(moby) = profiles::read("whole/moby-default.json") else {
        return;
    };
    let mut options = Options::default();
    options
        .set("capabilities", &Setting::List(Vec::new()))
        .unwrap();
    options
        .set("kernel", &Setting::Word("6.18".into()))
        .unwrap();
    let more =
        "{ \"syscalls\": [\n    { \"names\": [\"kcmp\"], \"action\": \"SCMP_ACT_ALLOW\" }] }";
    let before = compile(&moby, Abi::X86_64, &options).unwrap();
    // `kcmp` is in a rule for CAP_SYS_PTRACE: Docker's profile has decided about it, so that the
    // extension must be the first file.
    let after = composed(&[&moby, more], &[], Abi::X86_64, &options).unwrap();
    assert_eq!(before.policy, after.policy);
    let own = more.replace("kcmp", "pidfd_getfd").replace(
        "{ \"syscalls\"",
        "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\"",
    );
    let after = composed(&[&own, &moby], &[], Abi::X86_64, &options).unwrap();
    assert_eq!(first(&before, Abi::X86_64, "pidfd_getfd", 0), EPERM);
    assert_eq!(first(&after, Abi::X86_64, "pidfd_getfd", 0), Action::Allow);
    assert_eq!(first(&after, Abi::X86_64, "kcmp", 0), EPERM);
    assert_eq!(first(&after, Abi::X86_64, "read", 0), Action::Allow);
    let more = more.replace("kcmp", "bdflush");
    composed(&[&moby, &more], &[], Abi::X86_64, &options).unwrap();
}

/// `tests/composed/NAME/` has the files `0.json`, `1.json`, … and `told.txt`, what is said about
/// them.
#[test]
fn mistakes_are_told_with_their_file() {
    let folder = Path::new("tests/composed");
    let mut seen = 0;
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    for case in cases {
        let files: Vec<String> = profiles::json(&case)
            .iter()
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect();
        let others = (1..).zip(&files[1..]);
        let others = others.map(|(at, text)| (format!("{at}.json"), text.as_str()));
        let sources =
            Sources::compose(("0.json", files[0].as_str()), others, &["threads"]).unwrap();
        let told = match compose(&sources, Abi::X86_64, &Options::default()) {
            Err(errors) => errors.render(&sources),
            Ok(compiled) => {
                let warnings = compiled.warnings.iter();
                warnings
                    .map(|warning| warning.render_warning(&sources))
                    .collect()
            }
        };
        assert!(!told.is_empty(), "{}", case.display());
        golden::golden(&case.join("told.txt"), &format!("{}\n", told.join("\n\n")));
        seen += 1;
    }
    assert!(seen > 3);
}
