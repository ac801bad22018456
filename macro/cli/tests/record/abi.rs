//! Calls of other ABIs.

use std::process::Command;

use serde_json::{Value, json};

use crate::recording::{Folder, host, says, succeeds};
use crate::skip::skip;

/// Whether the kernel takes 32-bit calls.
fn has_x86() -> bool {
    let output = Command::new(host()).arg("int80").output().unwrap();
    if !output.status.success() {
        skip("this kernel takes no 32-bit calls");
    }
    output.status.success()
}

const X86: &str = r#"{
    "defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
    "syscalls": [{ "names": ["getppid"], "action": "SCMP_ACT_ALLOW" }]
}
"#;

#[test]
fn they_run_and_are_printed_by_name() {
    if !has_x86() {
        return;
    }
    let folder = Folder::new("abi");
    let words = ["--json", "r.json", "-o", "p.json", "--", host(), "int80"];
    let output = folder.record(&words);
    let errors = says(&output, 1);
    assert_eq!(output.stdout, b"true\n");
    assert!(
        errors.contains(
            "p.json: the command made calls of x86: getpid: nothing was written for them. A profile \
             that is to allow them must list SCMP_ARCH_X86 in `architectures`\n"
        ),
        "{errors}"
    );
    let report: Value = serde_json::from_str(&folder.text("r.json")).unwrap();
    assert_eq!(
        report["others"],
        json!([{ "abi": "x86", "seen": ["getpid"] }])
    );
    // As it says.
    let confined = folder.under("p.json", &[], &[host(), "int80"]);
    assert!(!confined.status.success());

    // A profile that lists the ABI allows the names that it has there too.
    folder.write("q.json", X86);
    let words = ["--merge", "-o", "q.json", "--", host(), "int80"];
    let errors = says(&folder.record(&words), 0);
    assert!(!errors.contains("x86"), "{errors}");
    let confined = folder.under("q.json", &[], &[host(), "int80"]);
    assert_eq!(succeeds(confined), "true\n");
}

#[test]
fn x32_is_printed_too() {
    let folder = Folder::new("x32");
    let errors = says(&folder.record(&["-o", "p.json", host(), "x32"]), 1);
    assert!(errors.contains("made calls of x32: getuid: "), "{errors}");
    assert!(!folder.seen("p.json").contains("getuid"));
}

#[test]
fn they_are_judged() {
    if !has_x86() {
        return;
    }
    let folder = Folder::new("abi-judged");
    folder.write("p.json", "{ \"defaultAction\": \"SCMP_ACT_ALLOW\" }");
    let judged = |options: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
        command.arg("try").args(options).arg("p.json");
        command.args(["--", host(), "int80"]).current_dir(&folder.0);
        command.output().unwrap()
    };
    let output = judged(&[]);
    let errors = says(&output, 1);
    assert_eq!(output.stdout, b"true\n");
    assert!(errors.contains("try: getpid() on x86\n"), "{errors}");
    let other = "the answer to ABIs that the profile does not list: KILL_THREAD";
    assert!(errors.contains(other), "{errors}");
    let output = judged(&["--deny"]);
    assert_eq!(output.stdout, b"false\n");
    says(&output, 1);
}
