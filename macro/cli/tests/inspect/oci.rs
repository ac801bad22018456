//! `--emit oci`: a plain profile that becomes the same program.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use serde_json::Value;

use super::skip::skip;
use super::{answer, golden, root, run};

const KEYS: [&str; 6] = [
    "defaultAction",
    "defaultErrnoRet",
    "architectures",
    "flags",
    "syscalls",
    "listenerPath",
];

/// What only some engines read is gone.
fn is_plain(text: &str) {
    let json: Value = serde_json::from_str(text).unwrap();
    for key in json.as_object().unwrap().keys() {
        assert!(KEYS.contains(&key.as_str()), "{key}");
    }
    for entry in json["syscalls"].as_array().unwrap() {
        for key in entry.as_object().unwrap().keys() {
            let known = ["names", "action", "errnoRet", "args"];
            assert!(known.contains(&key.as_str()), "{key}");
        }
        for arg in entry["args"].as_array().unwrap_or(&Vec::new()) {
            assert!(arg["value"].is_u64(), "{arg}");
            assert!(arg.get("valueTwo").is_none_or(Value::is_u64), "{arg}");
        }
    }
}

/// Writes a profile plainly, and compares the programs of both.
fn same_program(options: &[&str], target: &str) -> String {
    let words = [&["--target", target], options].concat();
    let plain = answer(&[&words[..], &["--emit", "oci"]].concat());
    is_plain(&plain);
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Relaxed);
    let name = format!("plain-{}-{count}.json", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, &plain).unwrap();
    let raw = |words: &[&str]| run(&[words, &["--emit", "raw"]].concat()).stdout;
    let again = raw(&["--target", target, path.to_str().unwrap()]);
    let program = raw(&words);
    std::fs::remove_file(&path).unwrap();
    assert!(!program.is_empty(), "{options:?} {target}");
    assert!(program == again, "{options:?} {target}: another program");
    plain
}

const TARGETS: [&str; 6] = ["x86_64", "x86", "aarch64", "s390x", "riscv64", "mipsel64"];

#[test]
fn real_profiles_become_the_same_program() {
    let folder = root().join("../shared/profiles/whole");
    if !folder.exists() {
        return skip("no ../shared/profiles");
    }
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let path = path.to_str().unwrap();
        for capabilities in ["", "CAP_SYS_ADMIN,CAP_NET_ADMIN,CAP_BPF"] {
            for target in TARGETS {
                let host = ["--capabilities", capabilities, "--kernel", "5.10"];
                same_program(&[&host[..], &[path]].concat(), target);
                count += 1;
            }
        }
    }
    assert!(count >= 48);
}

#[test]
fn compositions_become_the_same_program() {
    let server = "examples/server.json";
    for target in TARGETS {
        for with in [
            &["panic"][..],
            &["panic", "threads", "tcp", "dns"],
            &["event-loop", "files-write", "unix-sockets", "spawn"],
            &["examples/sandbox.json", "backtrace", "udp"],
        ] {
            let with: Vec<&str> = with.iter().flat_map(|name| ["--with", name]).collect();
            same_program(&[&with[..], &[server]].concat(), target);
            // Equality of 32 bits is a mask in plain OCI.
            let typed = ["--typed-arguments", server];
            same_program(&[&with[..], &typed].concat(), target);
        }
        same_program(&["--with", "stdio", "examples/decompress.json"], target);
        same_program(&["tests/profiles/install-arguments.json"], "x86_64");
        same_program(
            &["--native-only", "tests/profiles/install-abis.json"],
            "x86_64",
        );
        same_program(&["tests/profiles/inspect-multiplexed.json"], target);
    }
}

#[test]
fn plain_profiles_are_these() {
    let text = same_program(
        &[
            "macro/cli/tests/inspect/constants.json",
            "--with",
            "exit",
            "--capabilities",
            "",
            "--kernel",
            "5.10",
        ],
        "x86_64",
    );
    golden("constants.oci", &text);
}

/// An error names the place that cannot be written.
#[test]
fn what_plain_oci_cannot_say_is_an_error() {
    let mut text = String::new();
    let closed = "macro/cli/tests/inspect/closed.json";
    let conditional = "macro/cli/tests/inspect/conditional.json";
    let socketcall = "macro/cli/tests/inspect/socketcall.json";
    for words in [
        &["--typed-arguments", "macro/cli/tests/inspect/typed.json"][..],
        &["--target", "x86_64", "macro/cli/tests/inspect/differ.json"],
        &["--target", "x86", closed, "--with", socketcall],
        &["--target", "x86", conditional, "--with", socketcall],
        &["--bad-arch-action", "SCMP_ACT_KILL_PROCESS", closed],
        &["--newer-syscalls", "ENOSYS", closed],
        &[
            "--overlap",
            "first-match",
            "macro/cli/tests/inspect/overlap.json",
        ],
    ] {
        let target = match words.contains(&"--target") {
            true => &[][..],
            false => &["--target", "x86_64"],
        };
        let words = [target, words, &["--emit", "oci"]].concat();
        let output = run(&words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(output.stdout.is_empty(), "{words:?}");
        let errors = String::from_utf8(output.stderr).unwrap();
        // Warnings come before.
        let at = errors.rfind("--emit oci: ").unwrap();
        let at = errors[..at].rfind('\n').map_or(0, |at| at + 1);
        text.push_str(&format!(
            "$ inspect {}\n{}\n",
            words.join(" "),
            &errors[at..]
        ));
    }
    golden("wrong.oci", &text);
}
