//! Records that the running kernel writes for LOG, KILL_PROCESS and TRAP.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use seccomp_profile::{CommandExt as _, Filter, seccomp_profile};
use serde_json::Value;

use super::skip::skip;

macro_rules! makes_directories {
    ($action:literal) => {
        seccomp_profile!({
            "defaultAction": "SCMP_ACT_ALLOW",
            "flags": ["SECCOMP_FILTER_FLAG_LOG"],
            "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": $action }]
        }, allow(sibling_bypass, io_uring))
    };
}

static LOG: Filter = makes_directories!("SCMP_ACT_LOG");
static KILL: Filter = makes_directories!("SCMP_ACT_KILL_PROCESS");
static TRAP: Filter = makes_directories!("SCMP_ACT_TRAP");

/// A program that no other record names.
struct Program(PathBuf);

impl Program {
    fn new() -> Program {
        let folder = std::env::temp_dir().join(format!("log kernel {}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = Command::new("sh")
            .args(["-c", "command -v mkdir"])
            .output()
            .unwrap();
        let path = String::from_utf8(path.stdout).unwrap();
        std::fs::copy(path.trim(), folder.join("make a folder")).unwrap();
        Program(folder)
    }

    fn path(&self) -> String {
        self.0.join("make a folder").to_str().unwrap().to_string()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The kernel's log, if this process can read it.
fn dmesg() -> Option<Vec<u8>> {
    let output = Command::new("dmesg").output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// What `log` finds of a program in the kernel's log.
fn found(exe: &str) -> Vec<Value> {
    let file = std::env::temp_dir().join(format!("log-kernel-{}.txt", std::process::id()));
    std::fs::write(&file, dmesg().unwrap()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"))
        .args(["log", "--json"])
        .arg(&file)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    std::fs::remove_file(file).unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let programs = report["programs"].as_array().unwrap();
    let program = programs.iter().find(|program| program["exe"] == exe);
    program.map_or(Vec::new(), |program| {
        program["calls"].as_array().unwrap().clone()
    })
}

#[test]
fn records_of_this_kernel_are_read() {
    if dmesg().is_none() {
        return skip("the kernel's log cannot be read");
    }
    let logged = std::fs::read_to_string("/proc/sys/kernel/seccomp/actions_logged");
    let logged = logged.unwrap_or_default();
    let program = Program::new();
    let exe = program.path();
    for (filter, word, action) in [
        (&LOG, "log", "LOG"),
        (&KILL, "kill_process", "KILL_PROCESS"),
        (&TRAP, "trap", "TRAP"),
    ] {
        if !logged.split_whitespace().any(|logged| logged == word) {
            skip(format!("the kernel does not log {action}"));
            continue;
        }
        let seen = || {
            found(&exe)
                .into_iter()
                .find(|call| call["action"] == action)
        };
        // The kernel drops records if there are many.
        let call = (0..20).find_map(|attempt| {
            sleep(Duration::from_millis(if attempt == 0 { 0 } else { 1000 }));
            let mut child = Command::new(&exe);
            let child = child
                .arg("/nowhere/new")
                .stderr(Stdio::null())
                .seccomp(filter);
            assert!(!child.status().unwrap().success());
            sleep(Duration::from_millis(50));
            seen()
        });
        let Some(call) = call else {
            skip(format!("the kernel's log drops records ({action})"));
            continue;
        };
        let name = call["syscall"].as_str().unwrap();
        assert!(matches!(name, "mkdir" | "mkdirat"), "{call}");
        assert_eq!(call["threads"][0], "make a folder", "{call}");
    }
}
