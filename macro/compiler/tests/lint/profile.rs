//! What is reported about a profile by itself.

use seccomp_profile_compiler::{Abi, Options, compile};

use crate::{ENOSYS, HEALTHY, allow, condition, deny, profile};

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
