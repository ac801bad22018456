//! Numbers of processes that are given again.

use std::process::Command;

use super::skip::skip;
use super::text;

/// A process that does not count has ended, and a later one that counts gets its number.
const REUSES: &str = r#"
import os, ctypes
child = os.fork()
if child == 0:
    os.getppid()
    os._exit(0)
os.waitpid(child, 0)
ctypes.CDLL(None).sync()
open('/proc/sys/kernel/ns_last_pid', 'w').write(str(child - 1))
again = os.fork()
if again == 0:
    try:
        os.mkdir('/nowhere/new')
    except OSError:
        pass
    os._exit(0)
os.waitpid(again, 0)
print(again == child)
"#;

#[test]
fn a_number_of_a_process_that_is_given_again_is_of_another() {
    let sets = Command::new("unshare")
        .args(["-p", "-f", "--mount-proc", "python3", "-c", REUSES])
        .output();
    if !sets.is_ok_and(|output| text(&output.stdout) == "True\n") {
        return skip("the number of the next process cannot be set");
    }
    let profile = std::env::temp_dir().join(format!("try-reused-{}.json", std::process::id()));
    let denies = r#"{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO" }] }"#;
    std::fs::write(&profile, denies).unwrap();
    let mut tried = Command::new("unshare");
    tried.args([
        "-p",
        "-f",
        "--mount-proc",
        env!("CARGO_BIN_EXE_seccomp-profile"),
        "try",
    ]);
    tried
        .arg(&profile)
        .args(["--after", "sync", "--", "python3", "-c", REUSES]);
    let output = tried.output().unwrap();
    std::fs::remove_file(profile).unwrap();
    let errors = text(&output.stderr);
    assert_eq!(text(&output.stdout), "True\n", "{errors}");
    assert!(errors.contains("mkdir"), "{errors}");
    assert_eq!(output.status.code(), Some(1), "{errors}");
}
