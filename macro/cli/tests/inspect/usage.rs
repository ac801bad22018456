//! The command line: names of targets, help, and what is said of wrong usage.

use seccomp_profile_compiler::Abi;

use super::{PROFILE, answer, run};

#[test]
fn targets_have_rusts_names_too() {
    for (names, target) in [
        ("amd64", Abi::X86_64),
        ("i386 i586 i686", Abi::X86),
        ("arm64", Abi::Aarch64),
        ("armv4t armv5te armv7 thumbv7neon", Abi::Arm),
        ("mipsisa32r6", Abi::Mips),
        ("mipsisa32r6el", Abi::Mipsel),
        ("mipsisa64r6", Abi::Mips64),
        ("mips64el mipsisa64r6el", Abi::Mipsel64),
        ("powerpc", Abi::Ppc),
        ("powerpc64", Abi::Ppc64),
        ("powerpc64le", Abi::Ppc64le),
        ("riscv64gc", Abi::Riscv64),
    ] {
        for name in names.split(' ') {
            let head = format!("connect(0, 0, 0) on {target}: ALLOW\n");
            let path = "tests/profiles/inspect-multiplexed.json";
            let explained = answer(&["--target", name, path, "--explain", "connect"]);
            assert!(explained.starts_with(&head), "{name}: {explained}");
        }
    }
    let errors = run(&["--target", "vax", PROFILE]).stderr;
    let errors = String::from_utf8(errors).unwrap();
    let known: Vec<&str> = errors.split([' ', ',', '\n']).collect();
    let names = Abi::ALL.map(Abi::name);
    for name in names.iter().chain(&["i686", "powerpc64le"]) {
        assert!(known.contains(name), "{name} is not in: {errors}");
    }
}

#[test]
fn exit_status_tells_what_was_wrong() {
    for (words, status) in [
        (&["no-such-file.json"][..], 1),
        (&["Cargo.toml"], 1),
        (&[PROFILE, "--decide", "no_such_call"], 1),
        (&[PROFILE, "--explain", "no_such_call"], 1),
        (&[PROFILE, "--explain", "vax:read"], 2),
        (&[PROFILE, "--explain"], 2),
        (&[], 2),
        (&["--emit", "nonsense", PROFILE], 2),
        (&["--target", "vax", PROFILE], 2),
        (&["--overlap", "last-match", PROFILE], 2),
        (&["--no-such-option", PROFILE], 2),
        (&[PROFILE, PROFILE], 2),
        (&[PROFILE, "--json"], 2),
        (&[PROFILE, "--emit", "raw", "--json"], 2),
        (&[PROFILE, "--emit", "raw", "--decide", "read"], 2),
    ] {
        let output = run(words);
        assert_eq!(output.status.code(), Some(status), "{words:?}");
        assert!(
            output.stdout.is_empty() && !output.stderr.is_empty(),
            "{words:?}"
        );
    }
}

#[test]
fn help_is_an_answer() {
    let help = answer(&["--help"]);
    for explained in [
        "Examples:",
        "- raw:",
        "- stats:",
        "- flags:",
        "hot_mean over",
    ] {
        assert!(help.contains(explained), "{explained}");
    }
    for line in help.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

/// What is wrong is in the first line.
#[test]
fn wrong_usage_is_an_error_line() {
    for words in [&[][..], &["--none"], &["--target", "vax"]] {
        let errors = run(words).stderr;
        let errors = String::from_utf8(errors).unwrap();
        assert!(errors.starts_with("error: "), "{errors}");
    }
}
