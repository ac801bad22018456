//! `seccomp-profile inspect` as a user runs it.

mod colour;
mod explain;
#[path = "../../../compiler/tests/support/golden.rs"]
mod golden;
mod graph;
mod oci;
mod picture;
#[path = "../../../compiler/tests/support/skip.rs"]
mod skip;
mod table;
mod usage;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::{Abi, Compiled, Options, compile};

fn inspect() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
    command.current_dir(root()).arg("inspect");
    command
}

/// The folder of the workspace, which paths begin with.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn run(words: &[&str]) -> Output {
    inspect().args(words).output().unwrap()
}

fn answer(words: &[&str]) -> String {
    let output = run(words);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Compares a text with `tests/inspect/NAME`.
#[track_caller]
fn golden(name: &str, text: &str) {
    golden::golden(&Path::new("tests/inspect").join(name), text);
}

/// The profile as the compiler has it, without asking `inspect`.
fn compiled(path: &str, target: Abi) -> Compiled {
    let text = std::fs::read_to_string(root().join(path)).unwrap();
    compile(&text, target, &Options::default()).unwrap()
}

/// All operators, both widths and byte orders, several ABIs, and calls behind a multiplexer.
const CASES: [(&str, Abi); 7] = [
    ("tests/profiles/container.json", Abi::X86_64),
    ("tests/profiles/container.json", Abi::Aarch64),
    ("tests/profiles/inspect-multiplexed.json", Abi::S390x),
    ("tests/profiles/inspect-multiplexed.json", Abi::X86_64),
    ("tests/profiles/inspect-rules.json", Abi::X86_64),
    ("tests/profiles/install-abis.json", Abi::X86_64),
    ("tests/profiles/install-arguments.json", Abi::X86_64),
];

const PROFILE: &str = "tests/profiles/container.json";

#[test]
fn emits_what_is_asked_for() {
    let listing = answer(&["--target", "x86_64", PROFILE]);
    assert!(listing.starts_with("   0: ld   arch\n"), "{listing}");
    let stats = answer(&["--target", "x86_64", "--emit", "stats", PROFILE]);
    let names: Vec<&str> = stats
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(names, ["instructions", "mean", "hot_mean", "worst"]);
    assert_eq!(
        stats.lines().next().unwrap(),
        format!("instructions {}", listing.lines().count())
    );
    assert_eq!(
        answer(&["--emit", "flags", "--target", "x86_64", PROFILE]),
        "0\n"
    );
}

#[test]
fn every_target_is_shown() {
    let path = "tests/profiles/inspect-multiplexed.json";
    for target in Abi::ALL {
        let of = |words: &[&str]| answer(&[&["--target", target.name(), path], words].concat());
        let calls = table::calls(&of(&["--emit", "table"]), target);
        assert_eq!(calls, syscalls::calls(target).len(), "{target}");
        assert!(of(&["--emit", "dot"]).contains(&format!("\\n{target}\"]")));
        let nr = syscalls::number(target, "connect").unwrap();
        let explained = of(&["--explain", &nr.to_string()]);
        let first = explained.lines().next().unwrap();
        assert_eq!(first, format!("connect(0, 0, 0) on {target}: ALLOW"));
    }
}

/// `ld arch` is code 0x20, k 4, in the target's byte order.
#[test]
fn raw_bytes_are_the_targets() {
    let raw = |target: &str| run(&["--target", target, "--emit", "raw", PROFILE]).stdout;
    let little = raw("x86_64");
    assert_eq!(little.len() % 8, 0);
    assert_eq!(little[..8], [0x20, 0, 0, 0, 4, 0, 0, 0]);
    assert_eq!(raw("s390x")[..8], [0, 0x20, 0, 0, 0, 0, 0, 4]);
    assert_ne!(raw("aarch64"), little);
}

#[test]
fn decides_by_name_number_and_file() {
    let decide =
        |words: &[&str]| answer(&[&["--target", "x86_64", PROFILE, "--decide"], words].concat());
    assert_eq!(decide(&["getppid"]), "ALLOW\n");
    assert_eq!(decide(&["clone3"]), "ERRNO(38)\n");
    assert_eq!(decide(&["socket", "40"]), "ERRNO(1)\n");
    assert_eq!(decide(&["41", "0x1"]), "ALLOW\n");
    let behind = answer(&["--target", "x86_64", "--decide", "socket", "40", PROFILE]);
    assert_eq!(behind, "ERRNO(1)\n");
    let raw = [
        "--target",
        "x86_64",
        PROFILE,
        "--decide-raw",
        "0x40000003",
        "20",
    ];
    assert_eq!(answer(&raw), "KILL_THREAD\n");

    let mut child = inspect()
        .args(["--target", "x86_64", "--decide-file", "-", PROFILE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let queries = "0xc000003e 110\n0xc000003e 41 40\n0xc000003e 0x400000ff\n3221225534 4294967295\n\
         getppid\nsocket 40\nx86:open\nx86_64:41 0x1\n";
    child
        .stdin
        .take()
        .unwrap()
        .write_all(queries.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let answers = String::from_utf8(output.stdout).unwrap();
    let numbers = "ALLOW\nERRNO(1)\nKILL_THREAD\nERRNO(1)\n";
    let names = "ALLOW\nERRNO(1)\nKILL_THREAD\nALLOW\n";
    assert_eq!(answers, [numbers, names].concat());
}

#[test]
fn options_change_the_policy() {
    let x86 = [
        "--target",
        "x86_64",
        "--decide-raw",
        "0x40000003",
        "20",
        "tests/profiles/install-abis.json",
    ];
    let listed = answer(&x86);
    assert_ne!(listed, "KILL_THREAD\n");
    assert_eq!(
        answer(&[&["--native-only"], &x86[..]].concat()),
        "KILL_THREAD\n"
    );
    let action = [
        "--native-only",
        "--bad-arch-action",
        "SCMP_ACT_KILL_PROCESS",
    ];
    assert_eq!(answer(&[&action, &x86[..]].concat()), "KILL_PROCESS\n");
    let newer = [
        "--target",
        "x86_64",
        "--newer-syscalls",
        "ENOSYS",
        "--decide",
        "4000",
        PROFILE,
    ];
    assert_eq!(answer(&newer), "ERRNO(38)\n");
}

#[test]
fn a_bad_query_is_named_by_its_line() {
    let path = std::env::temp_dir().join(format!("queries-{}", std::process::id()));
    std::fs::write(&path, "0xc000003e 110\n\n0xc000003e nonsense\n").unwrap();
    let file = path.to_str().unwrap();
    let output = run(&["--target", "x86_64", PROFILE, "--decide-file", file]);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains(&format!("{file}:3: ")), "{errors}");
}

/// A text of any length and content in place of a name is refused at once, and shown as a text.
#[test]
fn hostile_names_are_refused_quickly() {
    let path = std::env::temp_dir().join(format!("names-{}.json", std::process::id()));
    let names: Vec<String> = (0..20)
        .map(|i| format!("\"{i}{}\\u001b\"", "x".repeat(50_000)))
        .collect();
    let rule = format!(
        "{{\"names\":[{}],\"action\":\"SCMP_ACT_ALLOW\"}}",
        names.join(",")
    );
    let text = format!("{{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{rule}]}}");
    std::fs::write(&path, text).unwrap();
    let output = run(&["--target", "x86_64", path.to_str().unwrap()]);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.len() < 30_000 && !output.stderr.contains(&0x1b));
}

/// A measured call is asked for first, and everything is decided as before.
#[test]
fn weights_shape_the_program() {
    let weights = std::env::temp_dir().join(format!("weights-{}", std::process::id()));
    std::fs::write(&weights, "# measured\nioctl 900\nread 50\n").unwrap();
    let path = weights.to_str().unwrap();
    let listing = answer(&["--target", "x86_64", "--weights", path, PROFILE]);
    let fourth = listing.lines().nth(3).unwrap();
    assert!(fourth.contains("jeq  0x10,"), "ioctl is 16: {fourth}");
    for call in ["ioctl", "read", "mount", "clone3"] {
        let plain = answer(&["--target", "x86_64", PROFILE, "--decide", call]);
        let shaped = answer(&[
            "--target",
            "x86_64",
            "--weights",
            path,
            PROFILE,
            "--decide",
            call,
        ]);
        assert_eq!(plain, shaped, "{call}");
    }
    std::fs::write(&weights, "ioctll 900\n").unwrap();
    let output = run(&["--target", "x86_64", "--weights", path, PROFILE]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("error[unknown-syscall]"));
    std::fs::remove_file(&weights).unwrap();
}

#[test]
fn standard_input_is_read_once() {
    for words in [
        &["-", "--decide-file", "-"][..],
        &["-", "--with", "-", "--emit", "table"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
        let command = command.arg("inspect").args(words).stdin(Stdio::piped());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let profile = b"{ \"defaultAction\": \"SCMP_ACT_ALLOW\" }";
        // It can have ended before.
        let _ = child.stdin.take().unwrap().write_all(profile);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(output.stdout.is_empty());
    }
}
