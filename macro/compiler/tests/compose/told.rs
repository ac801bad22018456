//! What is said about compositions, and what holds for all files of one.

use std::path::Path;

use super::*;

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
