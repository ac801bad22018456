//! Commands that are recorded, and commands that run under what was recorded.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::{Abi, Compiled, Options, Sources, compose};
use serde_json::Value;

use crate::skip::skip;

/// The ABI of this test.
pub(crate) const HOST: Abi = if cfg!(target_arch = "x86_64") {
    Abi::X86_64
} else {
    Abi::Aarch64
};

/// Where commands are recorded.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// A folder with nothing in it.
    pub(crate) fn new(name: &str) -> Folder {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("record-{name}"));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        Folder(root)
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
        command.arg("record").args(words).current_dir(&self.0);
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn record(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    pub(crate) fn start(&self, words: &[&str]) -> Child {
        let mut command = self.command(words);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).unwrap();
    }

    pub(crate) fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    /// The rules of a profile.
    pub(crate) fn rules(&self, file: &str) -> Vec<Value> {
        let profile: Value = serde_json::from_str(&self.text(file)).unwrap();
        profile["syscalls"].as_array().unwrap().clone()
    }

    /// The names in rules whose comment begins so.
    pub(crate) fn names(&self, file: &str, comment: &str) -> BTreeSet<String> {
        let rules = self.rules(file);
        let rules = rules
            .iter()
            .filter(|rule| rule["comment"].as_str().unwrap_or("").starts_with(comment));
        let names = rules.flat_map(|rule| rule["names"].as_array().unwrap());
        names
            .map(|name| name.as_str().unwrap().to_string())
            .collect()
    }

    /// The names that were seen.
    pub(crate) fn seen(&self, file: &str) -> BTreeSet<String> {
        self.names(file, "Recorded: ")
    }

    /// The names of calls that run for all arguments.
    pub(crate) fn free(&self, file: &str) -> BTreeSet<String> {
        let plain = |rule: &&Value| {
            rule["action"] == "SCMP_ACT_ALLOW"
                && rule.get("args").is_none()
                && rule.get("includes").is_none()
        };
        let rules = self.rules(file);
        let names = rules.iter().filter(plain);
        let names = names.flat_map(|rule| rule["names"].as_array().unwrap());
        names
            .map(|name| name.as_str().unwrap().to_string())
            .collect()
    }

    pub(crate) fn compiled(&self, file: &str, with: &[&str]) -> Compiled {
        let text = self.text(file);
        let sources = Sources::compose((file, text.as_str()), [], with).unwrap();
        let compiled = compose(&sources, HOST, &Options::default());
        compiled.unwrap_or_else(|errors| panic!("{}", errors.render(&sources).join("\n")))
    }

    /// Runs a command under a profile.
    pub(crate) fn under(&self, file: &str, with: &[&str], words: &[&str]) -> Output {
        let bytes = self.compiled(file, with).program.to_bytes();
        let number = |bytes: &[u8]| u16::from_ne_bytes([bytes[0], bytes[1]]);
        let filter: Vec<libc::sock_filter> = { bytes.chunks(8) }
            .map(|insn| libc::sock_filter {
                code: number(insn),
                jt: insn[2],
                jf: insn[3],
                k: u32::from_ne_bytes([insn[4], insn[5], insn[6], insn[7]]),
            })
            .collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(&self.0);
        let install = move || {
            let program = libc::sock_fprog {
                len: filter.len() as u16,
                filter: filter.as_ptr().cast_mut(),
            };
            // SAFETY: the program lives until after the call.
            let failed = unsafe {
                libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
                    || libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program) != 0
            };
            match failed {
                true => Err(io::Error::last_os_error()),
                false => Ok(()),
            }
        };
        // SAFETY: two system calls, no allocation.
        unsafe { command.pre_exec(install) };
        command.output().unwrap()
    }
}

/// Builds the program that tests record, for the C library of this test or for musl; nothing if
/// there is no such target.
pub(crate) fn program(musl: bool) -> Option<&'static str> {
    static BUILT: [OnceLock<Option<String>>; 2] = [const { OnceLock::new() }; 2];
    let built = BUILT[usize::from(musl)].get_or_init(|| {
        let arch = std::env::consts::ARCH;
        let (libc, name) = match musl {
            true => ("musl", "program-musl"),
            false => ("gnu", "program"),
        };
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/record/program.rs");
        let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()));
        rustc.args(["--edition=2024", "-Cdebuginfo=0", source, "-o"]);
        rustc
            .arg(&path)
            .arg(format!("--target={arch}-unknown-linux-{libc}"));
        let output = rustc.output().unwrap();
        if musl && String::from_utf8_lossy(&output.stderr).contains("may not be installed") {
            return None;
        }
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Some(path.to_str().unwrap().to_string())
    });
    if built.is_none() {
        let arch = std::env::consts::ARCH;
        skip(format!(
            "first run `rustup target add {arch}-unknown-linux-musl`"
        ));
    }
    built.as_deref()
}

/// Returns the program for the C library of this test.
pub(crate) fn host() -> &'static str {
    program(false).unwrap()
}

/// Requires an exit status, and returns what was printed on standard error.
#[track_caller]
pub(crate) fn says(output: &Output, status: i32) -> String {
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{errors}");
    errors
}

/// Requires success, and returns what was printed on standard output.
#[track_caller]
pub(crate) fn succeeds(output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Waits until a condition is true, for at most twenty seconds.
#[track_caller]
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Returns names as a set.
pub(crate) fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_string()).collect()
}

/// Returns whether a policy lets a call run.
pub(crate) fn runs(compiled: &Compiled, name: &str, args: [u64; 6]) -> bool {
    let data = seccomp_profile_compiler::linux::data::SeccompData {
        nr: syscalls::number(HOST, name).unwrap(),
        arch: HOST.token(),
        args,
        ..Default::default()
    };
    compiled.policy.decide(&data).runs()
}
