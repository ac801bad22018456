//! Groups come last, and are one.

use super::*;

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
    // It denies `clone3` with ENOSYS.
    assert_eq!(told(open, &["threads"]), [""; 0]);
    // What groups permit is not logged.
    assert_eq!(
        told(r#"{ "defaultAction": "SCMP_ACT_LOG" }"#, &["exit"]),
        [""; 0]
    );
    // What another group builds on was not asked for.
    let builds = { groups::GROUPS.iter() }.find(|group| !group.builds_on.is_empty());
    let built = groups::of(builds.unwrap().builds_on[0]).unwrap();
    own = serde_json::from_str(built.text).unwrap();
    own["defaultAction"] = "SCMP_ACT_KILL_PROCESS".into();
    assert_eq!(told(&own.to_string(), &[builds.unwrap().name]), [""; 0]);
}
