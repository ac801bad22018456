//! Real programs: those that a machine has, and this command.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::folder::Folder;
use crate::program::Elf;
use crate::skip::skip;

fn names(json: &Value) -> Vec<&str> {
    let calls = json["calls"].as_array().unwrap();
    calls
        .iter()
        .filter_map(|call| call["name"].as_str())
        .collect()
}

fn scanned(folder: &Folder, words: &[&str]) -> Value {
    let words = [&["scan", "--json"], words].concat();
    serde_json::from_str(&folder.succeeds(&words)).unwrap()
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[test]
fn this_command_is_bounded() {
    let folder = Folder::new("self");
    let own = env!("CARGO_BIN_EXE_seccomp-profile");
    let json = scanned(&folder, &["--partial", own]);
    let names = names(&json);
    // What `record` and `run` do.
    let complete = json["complete"] == true;
    for call in ["seccomp", "execve", "openat", "write", "poll"] {
        let open = call == "seccomp" && !complete;
        assert!(names.contains(&call) || open, "{call}: {names:?}");
    }
    assert!(!names.contains(&"reboot"), "{names:?}");
    // The names of Rust are as in its source.
    let text = json.to_string();
    assert!(
        text.contains("seccomp_profile::") && !text.contains("_ZN"),
        "{names:?}"
    );
}

/// A program runs under the profile of its code, also where a recording would have less.
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
#[test]
fn programs_run_under_what_was_scanned() {
    let folder = Folder::new("runs");
    for (program, more, words) in [
        ("/bin/ls", "--exact", &["/"][..]),
        ("/bin/true", "--partial", &[]),
        ("/bin/cat", "--arguments", &["/etc/passwd"]),
    ] {
        if !Path::new(program).exists() {
            skip(format!("there is no `{program}`"));
            continue;
        }
        let file = format!("{}.json", program.rsplit('/').next().unwrap());
        folder.succeeds(&["scan", "-o", &file, more, program]);
        let unconfined = Command::new(program).args(words).output().unwrap();
        let run = [&["run", &file, "--", program], words].concat();
        let confined = folder.succeeds(&run);
        assert_eq!(confined.as_bytes(), unconfined.stdout, "{program} {more}");
    }
    let check = folder.succeeds(&["check", "--json", "true.json", "/bin/true"]);
    let check: Value = serde_json::from_str(&check).unwrap();
    // No rule can allow a number without a call.
    let mut denied = check["denied"].as_array().unwrap().iter();
    assert!(denied.all(|call| call["name"].is_null()), "{check:#}");
}

/// The files that tests write are programs.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn written_files_are_programs() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use crate::program::Op::{First, Make, Return};

    let folder = Folder::new("written");
    let elf = Elf::new(&[("_start", &[First(7), Make(231), Return])]);
    folder.write("seven", elf.bytes());
    let path = folder.path("seven");
    std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    assert_eq!(Command::new(&path).status().unwrap().code(), Some(7));
}

/// A static program of musl, if its target is installed.
#[test]
fn a_small_static_program_is_small() {
    let folder = Folder::new("static");
    folder.write("hello.rs", "fn main() { println!(\"hello\"); }");
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let built = Command::new("rustc")
        .args(["-O", "--edition", "2024", "--target", &target, "hello.rs"])
        .current_dir(&folder.0)
        .output()
        .unwrap();
    if !built.status.success() {
        return skip(format!("rustc cannot build for {target}"));
    }
    let json = scanned(&folder, &["hello"]);
    let names = names(&json);
    assert!(
        names.contains(&"write") && names.contains(&"exit_group"),
        "{names:?}"
    );
    // Debian's musl and rustup's differ by a few.
    assert!(names.len() <= 45, "{names:?}");
    assert_eq!(json["modules"].as_array().unwrap().len(), 1);
}

/// A dynamic program of AArch64 calls `syscall` by a stub, if there is a cross compiler for it.
#[cfg(target_os = "linux")]
#[test]
fn stubs_of_aarch64_are_followed() {
    let folder = Folder::new("stubs");
    folder.write(
        "stub.c",
        "#include <unistd.h>\nint main(void) { return syscall(173) == 0; }\n",
    );
    let native = cfg!(target_arch = "aarch64");
    let (compiler, root) = match native {
        true => ("cc", "/"),
        false => ("aarch64-linux-gnu-gcc", "/usr/aarch64-linux-gnu"),
    };
    let mut command = Command::new(compiler);
    let built = { command.args(["-O2", "-o", "stub", "stub.c"]) }
        .current_dir(&folder.0)
        .output();
    if !built.is_ok_and(|built| built.status.success()) {
        return skip(format!("there is no `{compiler}`"));
    }
    // It is complete.
    let json = scanned(&folder, &["--sysroot", root, "stub"]);
    let names = names(&json);
    assert!(names.contains(&"getppid"), "{names:?}");
    assert!(!names.contains(&"setuid"), "{names:?}");
}

/// Where code can be loaded anywhere, LLVM makes a table of distances of this choice.
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
#[test]
fn choices_between_types_are_followed() {
    let folder = Folder::new("choices");
    folder.write("c2.rs", CHOICE);
    let built = Command::new("rustc")
        .args(["-O", "--edition", "2021", "c2.rs"])
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert!(built.status.success(), "{built:?}");
    let json = scanned(&folder, &["c2"]);
    let names = names(&json);
    for call in ["getppid", "getuid", "getgid", "times", "sched_yield"] {
        assert!(names.contains(&call), "{call}: {names:?}");
    }
}

const CHOICE: &str = "
trait Ask {
    fn ask(&self) -> i64;
}
macro_rules! ask {
    ($($name:ident $call:ident),*) => {$(
        struct $name;
        impl Ask for $name {
            fn ask(&self) -> i64 {
                unsafe extern \"C\" { fn $call(to: *mut u8) -> i64; }
                unsafe { $call(std::ptr::null_mut()) }
            }
        }
    )*};
}
ask!(A getppid, B getuid, C getgid, D times, E sched_yield);
#[inline(never)]
fn choose(which: usize) -> &'static dyn Ask {
    match which {
        1 => &A,
        2 => &B,
        3 => &C,
        4 => &D,
        _ => &E,
    }
}
fn main() {
    for which in 1..5 {
        choose(which * std::env::args().count()).ask();
    }
}
";
