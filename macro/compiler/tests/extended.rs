//! Docker's and Podman's form becomes the plain OCI it stands for.

#![allow(missing_docs)]

#[path = "support/engines.rs"]
mod engines;
#[path = "support/profiles.rs"]
mod profiles;
#[path = "support/skip.rs"]
mod skip;

use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::profile::Profile;
use seccomp_profile_compiler::{Abi, Options, compile};

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

#[test]
fn what_is_asked_must_be_answered() {
    let Some(docker) = profiles::read("whole/moby-default.json") else {
        return;
    };
    let errors = compile(&docker, Abi::X86_64, &Options::default()).unwrap_err();
    let shown = errors.render("p.json", &docker);
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
    for (target, enosys) in [(Abi::X86_64, 38), (Abi::Mipsel, 89), (Abi::Parisc, 251)] {
        let profile = Profile::parse(text, target, &Options::default()).unwrap();
        assert_eq!(profile.default_action.value, Action::Errno(enosys));
        let actions: Vec<Action> = profile
            .syscalls
            .iter()
            .map(|entry| entry.action.value)
            .collect();
        assert_eq!(actions, [Action::Errno(13), Action::Trace(1)]);
    }
}
