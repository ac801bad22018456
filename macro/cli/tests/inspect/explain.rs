//! `--explain`: the answer is that of `--decide`, and the reasons are the right ones.

use seccomp_profile_compiler::bpf;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::probe::Probes;

use super::{CASES, answer, compiled, golden, run};

fn explain(options: &[&str], call: &[&str]) -> String {
    answer(&[options, &["--explain"], call].concat())
}

/// What is said first, what the program's last instruction says, and how many it executes.
fn answers(explanation: &str) -> [String; 3] {
    let first = explanation.lines().next().unwrap();
    let last = explanation.lines().next_back().unwrap();
    let title = "The program executes ";
    let count = explanation
        .lines()
        .find_map(|line| line.strip_prefix(title));
    [
        first.rsplit(": ").next().unwrap(),
        last.rsplit("ret  ").next().unwrap(),
        count.unwrap().split(' ').next().unwrap(),
    ]
    .map(String::from)
}

#[test]
fn the_answer_is_that_of_decide() {
    for (path, target) in CASES {
        let compiled = compiled(path, target);
        let options = ["--target", target.name(), path];
        for (i, rules) in compiled.policy.abis.iter().enumerate() {
            let abi = rules.abi;
            let conditional: Vec<_> = rules
                .lists
                .iter()
                .filter(|(_, list)| list.iter().any(|rule| !rule.conditions.is_empty()))
                .collect();
            let mut asked = Vec::new();
            for (&nr, list) in conditional {
                let args = Probes::new(list, abi).all();
                let step = args.len().div_ceil(8);
                asked.extend(args.into_iter().step_by(step).map(|args| (nr, args)));
            }
            let calls = syscalls::calls(abi);
            asked.extend(
                calls
                    .iter()
                    .skip(i)
                    .step_by(29)
                    .map(|(nr, _)| (*nr, [0; 6])),
            );
            asked.extend([9999, 0x4000_0001, u32::MAX].map(|nr| (nr, [0; 6])));
            for (nr, args) in asked {
                let data = SeccompData {
                    nr,
                    arch: abi.token(),
                    args,
                    ..SeccompData::default()
                };
                let ran = bpf::run(compiled.program.insns(), &data, target.endian()).unwrap();
                let decided = compiled.policy.decide(&data).to_string();
                let call = format!("{abi}:{nr}");
                let args = args.map(|arg| arg.to_string());
                let words = [&[call.as_str()][..], &args.each_ref().map(String::as_str)].concat();
                let wanted = [&decided, &decided, &ran.executed.to_string()].map(String::clone);
                assert_eq!(
                    answers(&explain(&options, &words)),
                    wanted,
                    "{path} {words:?}"
                );
            }
        }
    }
}

#[test]
fn decide_says_the_same() {
    let options = ["--target", "x86_64", "tests/profiles/install-abis.json"];
    for call in [
        "getppid",
        "x86:getpid",
        "x32:getpid",
        "0x40000027",
        "aarch64:read",
    ] {
        for arg in ["2", "3", "0x100000002"] {
            let decided = answer(&[&options[..], &["--decide", call, arg]].concat());
            let [first, last, _] = answers(&explain(&options, &[call, arg]));
            assert_eq!(
                [first, last].map(|action| action + "\n"),
                [&*decided, &*decided]
            );
        }
    }
}

#[test]
fn explanations_are_these() {
    let rules = ["--target", "x86_64", "tests/profiles/inspect-rules.json"];
    let multiplexed = [
        "--target",
        "s390x",
        "tests/profiles/inspect-multiplexed.json",
    ];
    let newer = [&["--newer-syscalls", "ENOSYS"], &rules[..]].concat();
    let deny = [&["--deny-action", "SCMP_ACT_LOG"], &rules[..]].concat();
    let abis = ["--target", "x86_64", "tests/profiles/install-abis.json"];
    let native = [&["--native-only"], &abis[..]].concat();
    let none = ["--capabilities", "", "--kernel", "4.7"];
    let capabilities = [
        "--target",
        "x86_64",
        "tests/profiles/inspect-capabilities.json",
    ];
    let capabilities = [&none[..], &capabilities].concat();
    for (name, questions) in [
        (
            "rules.explain",
            &[
                (&rules[..], &["socket", "1", "0x11"][..]),
                (&rules, &["socket", "1", "2"]),
                (&rules, &["personality", "0"]),
                (&rules, &["personality", "0xffffffff"]),
                (&rules, &["prctl", "0", "3"]),
                (&rules, &["ptrace"]),
                (&rules, &["mount"]),
                (&deny, &["ptrace"]),
                (&deny, &["mount"]),
            ][..],
        ),
        (
            "multiplexed.explain",
            &[
                (&multiplexed, &["socketcall", "0x700000001"]),
                (&multiplexed, &["socketcall", "3"]),
                (&multiplexed, &["ipc", "0x10001"]),
                (&multiplexed, &["socket", "1"]),
            ],
        ),
        (
            "capabilities.explain",
            &[
                (&capabilities, &["mount"]),
                (&capabilities, &["x86:ptrace"]),
                (&capabilities, &["exit_group"]),
            ],
        ),
        (
            "abis.explain",
            &[
                (&rules, &["9999"]),
                (&newer, &["9999"]),
                (&rules, &["0xffffffff"]),
                (&rules, &["0x40000001"]),
                (&rules, &["x86:open"]),
                (&rules, &["aarch64:read"]),
                (&native, &["x86:getpid"]),
                (&abis, &["x32:getpid", "0x100000002"]),
            ],
        ),
    ] {
        let mut text = String::new();
        for (options, call) in questions {
            let words = [*options, &["--explain"], call].concat().join(" ");
            text.push_str(&format!("$ inspect {words}\n{}\n", explain(options, call)));
        }
        golden(name, &text);
    }
}

#[test]
fn unknown_names_get_suggestions() {
    let path = "tests/profiles/inspect-rules.json";
    let said = |call: &str| {
        let output = run(&["--target", "x86_64", path, "--explain", call]);
        assert!(output.stdout.is_empty() && output.status.code() == Some(1));
        let errors = String::from_utf8(output.stderr).unwrap();
        errors.lines().next_back().unwrap().to_string()
    };
    assert_eq!(
        said("prctll"),
        "no call `prctll` on x86_64; did you mean `prctl`?"
    );
    assert_eq!(said("socketcall"), "`socketcall` has no number on x86_64");
    assert_eq!(
        said("x86:readd"),
        "no call `readd` on x86; did you mean `read`, `readv` or `preadv`?"
    );
    assert_eq!(said("\u{1b}[2J"), "no call `\\u{1b}[2J` on x86_64");
}

/// Where a line is long or a profile writes to the terminal, the marks still stand right and
/// nothing but text is shown.
#[test]
fn any_profile_can_be_shown() {
    let path = std::env::temp_dir().join(format!("shown-{}.json", std::process::id()));
    let text = format!(
        "{{\"defaultAction\": \"SCMP_ACT_ALLOW\",\t\"syscalls\":[{{\"comment\":\"{}\u{202e}\",\"names\":\t[\"mount\"],\"action\":\"SCMP_ACT_LOG\",\n\"args\":[{{\"index\":0,\n\n\"op\":\"SCMP_CMP_EQ\",\r\n\t\"value\":3}}]}}]}}",
        "é".repeat(300)
    );
    std::fs::write(&path, text).unwrap();
    let file = path.to_str().unwrap();
    let shown = explain(&["--target", "x86_64", file], &["mount", "3"]);
    std::fs::remove_file(&path).unwrap();
    assert!(
        shown
            .chars()
            .all(|c| c == '\n' || !c.is_control() && c != '\u{202e}')
    );
    for marked in [
        "\"mount\"",
        "{\"index\":0, \"op\":\"SCMP_CMP_EQ\", \"value\":3}",
    ] {
        let lines: Vec<&str> = shown.lines().collect();
        let at = lines.iter().position(|line| line.contains(marked)).unwrap();
        let column = lines[at].find(marked).unwrap();
        let column = lines[at][..column].chars().count();
        let carets: String = lines[at + 1]
            .chars()
            .skip(column)
            .take(marked.len())
            .collect();
        assert_eq!(carets, "^".repeat(marked.len()), "{shown}");
        assert!(lines[at].chars().count() < 200);
    }
    assert!(shown.contains(":1:374, syscalls[0]"), "{shown}");
}

#[test]
fn arguments_are_also_negative_or_named() {
    let options = ["--target", "x86_64", "tests/profiles/container.json"];
    let by_number = explain(&options, &["openat", "0xffffffffffffff9c", "0", "66"]);
    for words in [
        &["openat", "-100", "0", "0x42"][..],
        &["openat", "AT_FDCWD", "0", "O_RDWR|O_CREAT"],
    ] {
        assert_eq!(explain(&options, words), by_number);
    }
    assert!(
        by_number.contains("openat(AT_FDCWD, 0, O_RDWR|O_CREAT"),
        "{by_number}"
    );
}
