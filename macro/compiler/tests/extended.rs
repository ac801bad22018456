//! Docker's and Podman's form becomes the plain OCI it stands for.

#![allow(missing_docs)]

#[path = "support/engines.rs"]
mod engines;
#[path = "support/profiles.rs"]
mod profiles;
#[path = "support/skip.rs"]
mod skip;

use seccomp_profile_compiler::error::Kind;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::profile::Profile;
use seccomp_profile_compiler::{Abi, Compiled, Options, Sources, compile};

fn options(capabilities: Option<&[&str]>, kernel: Option<&str>) -> Options {
    let mut options = Options::default();
    if let Some(names) = capabilities {
        let names = names.iter().map(|name| name.to_string()).collect();
        options.set("capabilities", &Setting::List(names)).unwrap();
    }
    if let Some(version) = kernel {
        options
            .set("kernel", &Setting::Word(version.into()))
            .unwrap();
    }
    options
}

#[test]
fn real_profiles_become_what_engines_make_of_them() {
    for profile in ["moby-default", "containers-common", "youki-config"] {
        let Some(whole) = profiles::read(&format!("whole/{profile}.json")) else {
            continue;
        };
        for target in [Abi::X86_64, Abi::Aarch64] {
            for (suffix, native_only) in [("", true), ("-multi", false)] {
                let resolved = format!("resolved/{profile}.{target}{suffix}.json");
                let Some(text) = profiles::read(&resolved) else {
                    continue;
                };
                let options = Options {
                    native_only,
                    ..options(Some(&engines::CAPABILITIES), Some("6.18"))
                };
                let ours = compile(&whole, target, &options).unwrap();
                let theirs = compile(&text, target, &Options::default()).unwrap();
                assert_eq!(
                    ours.program.to_bytes(),
                    theirs.program.to_bytes(),
                    "{resolved}"
                );
                assert_eq!(ours.policy, theirs.policy, "{resolved}");
            }
        }
    }
}

/// Podman's profile, with a rule that denies AF_ALG beside the one that denies AF_VSOCK.
fn without_crypto(podman: &str) -> String {
    let mut profile: serde_json::Value = serde_json::from_str(podman).unwrap();
    let rules = profile["syscalls"].as_array_mut().unwrap();
    let denies = |family: u64| {
        move |rule: &serde_json::Value| {
            rule["names"][0] == "socket"
                && rule["action"] == "SCMP_ACT_ERRNO"
                && rule["args"][0]["value"] == family
        }
    };
    if !rules.iter().any(denies(38)) {
        let at = rules.iter().position(denies(40)).unwrap();
        let mut rule = rules[at].clone();
        rule["args"][0]["value"] = 38.into();
        rules.insert(at + 1, rule);
    }
    format!("{profile:#}")
}

#[test]
fn podmans_profile_is_taken_where_libseccomp_is_certain() {
    let Some(text) = profiles::read("defaults/podman-2026.json") else {
        return;
    };
    let mut more = engines::PODMAN.to_vec();
    more.push("CAP_AUDIT_WRITE");
    let [default, audit] =
        [&engines::PODMAN[..], &more].map(|capabilities| options(Some(capabilities), Some("6.18")));
    let crypto = without_crypto(&text);
    for target in Abi::ALL {
        for text in [&text, &crypto] {
            let compiled = compile(text, target, &default);
            let compiled = compiled.unwrap_or_else(|errors| panic!("{target}: {errors}"));
            // For AF_VSOCK libseccomp too tests the larger number first.
            for (family, wanted) in [(40, Action::Errno(1)), (1, Action::Allow)] {
                let answer = answer(&compiled, "socket", [family, 0, 0, 0, 0, 0]);
                assert_eq!(answer, wanted, "{target}: {family}");
            }
        }
        let errors = compile(&crypto, target, &audit).unwrap_err();
        let shown = errors.render(&Sources::one("p.json", &crypto));
        assert_eq!(shown.len(), 1, "{target}: {errors}");
        for part in [
            "error[conflicting-rules]",
            "`socket(AF_ALG, 0, IPPROTO_IP)`",
            "gVisor takes the first rule that matches: ERRNO(1)",
            "runc tests the larger number first, as libseccomp does: ALLOW",
        ] {
            assert!(shown[0].contains(part), "{target}: {part}: {}", shown[0]);
        }
    }
}

/// Two rules in the order of libseccomp, and a third, whose place can be far behind them.
#[test]
fn an_order_is_certain_only_without_a_rule_of_another_kind() {
    let rule = |action: &str, args: &[(u32, &str, u32)]| {
        let args: Vec<String> = { args.iter() }
            .map(|(index, op, value)| {
                format!(r#"{{"index":{index},"op":"SCMP_CMP_{op}","value":{value}}}"#)
            })
            .collect();
        let args = args.join(",");
        format!(r#"{{"names":["ioctl"],"action":"SCMP_ACT_{action}","args":[{args}]}}"#)
    };
    let conflicts = |third: String, between: u32| {
        let mut rules = vec![
            rule("LOG", &[(1, "NE", 20)]),
            rule("TRAP", &[(1, "NE", 10)]),
        ];
        // These match nothing that the second rule matches.
        rules.extend((0..between).map(|i| rule("LOG", &[(1, "EQ", 10), (2, "EQ", i)])));
        rules.push(third);
        let rules = rules.join(",");
        let text = format!(r#"{{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{rules}]}}"#);
        let errors = compile(&text, Abi::X86_64, &Options::default()).err();
        let errors = errors
            .into_iter()
            .flat_map(|errors| errors.render(&Sources::one("", &text)));
        let errors: Vec<String> = errors.collect();
        assert!(
            errors
                .iter()
                .all(|error| error.contains("[conflicting-rules]")),
            "{errors:?}"
        );
        errors.len()
    };
    for between in [0, 61, 62, 63, 200] {
        for (third, wanted) in [
            // On the same argument, and smaller.
            (&[(1, "NE", 5)][..], 0),
            // Never together with the second.
            (&[(1, "EQ", 10), (2, "EQ", 500)], 0),
            // Together with both: it conflicts with the second, and the second with the first.
            (&[(2, "EQ", 500)], 2),
            (&[(1, "GE", 30)], 2),
        ] {
            let found = conflicts(rule("LOG", third), between);
            assert_eq!(found, wanted, "{third:?} behind {between}");
        }
    }
}

fn answer(compiled: &Compiled, call: &str, args: [u64; 6]) -> Action {
    let target = compiled.policy.target;
    compiled.policy.decide(&SeccompData {
        arch: target.token(),
        nr: syscalls::number(target, call).unwrap(),
        args,
        ..SeccompData::default()
    })
}

#[test]
fn what_is_asked_must_be_answered() {
    let Some(docker) = profiles::read("whole/moby-default.json") else {
        return;
    };
    let errors = compile(&docker, Abi::X86_64, &Options::default()).unwrap_err();
    let shown = errors.render(&Sources::one("p.json", &docker));
    assert_eq!(shown.len(), 1, "{errors}");
    for part in [
        "capabilities = [",
        "kernel = \"",
        "lines 629, 665,",
        "line 436",
        "CAP_SYS_MODULE",
    ] {
        assert!(shown[0].contains(part), "{part}: {}", shown[0]);
    }
    assert!(shown[0].len() < 1500, "{}", shown[0]);
    for half in [options(Some(&[]), None), options(None, Some("6.18"))] {
        let errors = compile(&docker, Abi::X86_64, &half).unwrap_err();
        assert_eq!(
            errors
                .iter()
                .map(|error| error.kind.name())
                .collect::<Vec<_>>(),
            ["needs-context"]
        );
    }
    compile(&docker, Abi::X86_64, &options(Some(&[]), Some("4.7"))).unwrap();
}

/// Whether a rule with these fields is kept.
fn holds(target: Abi, fields: &str, options: &Options) -> bool {
    let text = format!(
        r#"{{ "defaultAction": "SCMP_ACT_KILL", "syscalls": [
            {{ "names": ["read"], "action": "SCMP_ACT_ALLOW", {fields} }}
        ] }}"#
    );
    let profile = Profile::parse(&text, target, options)
        .unwrap_or_else(|errors| panic!("{fields}: {errors}"));
    profile.syscalls.len() == 1
}

#[test]
fn a_rule_holds_if_nothing_excludes_it_and_everything_included_is_there() {
    let admin = options(Some(&["CAP_SYS_ADMIN", "CAP_KILL"]), Some("5.10"));
    for (fields, wanted) in [
        (r#""includes": {}, "excludes": null"#, true),
        (
            r#""includes": { "caps": [], "arches": [], "minKernel": null }"#,
            true,
        ),
        (r#""excludes": { "caps": [], "arches": [] }"#, true),
        (r#""includes": { "caps": ["CAP_SYS_ADMIN"] }"#, true),
        (
            r#""includes": { "caps": ["CAP_SYS_ADMIN", "CAP_KILL"] }"#,
            true,
        ),
        (
            r#""includes": { "caps": ["CAP_SYS_ADMIN", "CAP_BPF"] }"#,
            false,
        ),
        (r#""excludes": { "caps": ["CAP_BPF"] }"#, true),
        (r#""excludes": { "caps": ["CAP_BPF", "CAP_KILL"] }"#, false),
        (r#""includes": { "arches": ["arm64", "amd64"] }"#, true),
        (
            r#""includes": { "arches": ["arm64", "x86", "x32"] }"#,
            false,
        ),
        (r#""excludes": { "arches": ["arm64", "amd64"] }"#, false),
        (r#""excludes": { "arches": ["s390x"] }"#, true),
        (r#""includes": { "minKernel": "5.10" }"#, true),
        (r#""includes": { "minKernel": "5.11" }"#, false),
        (r#""includes": { "minKernel": "4.100" }"#, true),
        (r#""excludes": { "minKernel": "5.10" }"#, false),
        (r#""excludes": { "minKernel": "5.11" }"#, true),
        (
            r#""includes": { "caps": ["CAP_KILL"] }, "excludes": { "minKernel": "5.10" }"#,
            false,
        ),
        (
            r#""includes": { "caps": ["CAP_KILL"], "arches": ["arm64"] }"#,
            false,
        ),
    ] {
        assert_eq!(holds(Abi::X86_64, fields, &admin), wanted, "{fields}");
    }
    for name in ["loong64", "loongarch64"] {
        let fields = format!(r#""includes": {{ "arches": ["{name}"] }}"#);
        assert!(holds(Abi::Loongarch64, &fields, &admin), "{name}");
    }
}

#[test]
fn the_map_gives_the_targets_architectures() {
    let text = r#"{ "defaultAction": "SCMP_ACT_KILL", "archMap": [
        { "architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"] },
        { "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X32"] },
        { "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"] },
        { "architecture": "SCMP_ARCH_RISCV64", "subArchitectures": null }
    ] }"#;
    for (target, wanted) in [
        (Abi::X86_64, &[Abi::X86_64, Abi::X32][..]),
        (Abi::Aarch64, &[Abi::Aarch64, Abi::Arm]),
        (Abi::Riscv64, &[Abi::Riscv64]),
        (Abi::S390x, &[]),
    ] {
        let profile = Profile::parse(text, target, &Options::default()).unwrap();
        let found: Vec<Abi> = profile.architectures.iter().map(|abi| abi.value).collect();
        assert_eq!(found, wanted, "{target}");
    }
}

#[test]
fn errnos_have_names() {
    let text = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSYS", "syscalls": [
        { "names": ["read"], "action": "SCMP_ACT_ERRNO", "errno": "13", "errnoRet": 13 },
        { "name": "write", "action": "SCMP_ACT_TRACE", "errno": "EPERM" }
    ] }"#;
    // Podman writes the number of most architectures beside a name.
    let with = |default: &str| text.replacen('{', &format!("{{ {default}"), 1);
    for text in [text.into(), with(r#""defaultErrnoRet": 38,"#)] {
        for (target, enosys) in [(Abi::X86_64, 38), (Abi::Mipsel, 89), (Abi::Parisc, 251)] {
            let profile = Profile::parse(&text, target, &Options::default()).unwrap();
            assert_eq!(profile.default_action.value, Action::Errno(enosys));
            let entries = profile.syscalls.iter();
            let actions: Vec<Action> = entries.map(|entry| entry.action.value).collect();
            assert_eq!(actions, [Action::Errno(13), Action::Trace(1)]);
        }
    }
    // Any other number is a mistake on every target, also one that is right elsewhere.
    for (target, number) in [(Abi::X86_64, 89), (Abi::Mips, 251), (Abi::Aarch64, 1)] {
        let text = with(&format!(r#""defaultErrnoRet": {number},"#));
        let errors = Profile::parse(&text, target, &Options::default()).unwrap_err();
        let kinds: Vec<Kind> = errors.iter().map(|error| error.kind).collect();
        assert_eq!(kinds, [Kind::ErrnoDiffers], "{target}");
    }
}
