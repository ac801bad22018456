//! The servers of the examples on each C library: recorded from their own filter on, compared with
//! the profile that a person wrote, and confined by what was recorded.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::package::{self, Package};
use crate::recording::{Folder, set};
use crate::served::Served;
use crate::skip::skip;

/// A server, built for each C library.
struct Server {
    name: &'static str,
    /// For names of programs, which are unique.
    test: &'static str,
    /// The groups of its own profile.
    with: &'static [&'static str],
    /// What it serves: the arguments after the number of requests, and the body.
    arguments: &'static [&'static str],
    body: &'static str,
    package: Package,
}

const LIBCS: [&str; 2] = ["gnu", "musl"];

/// A request that the server refuses by opening a file, which a thread of its own does on tokio.
const REFUSED: &str = "/nothing/there";

/// A profile to which a recording adds: what must never be allowed is in it.
const BASE: &str = r#"{
    "defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
    "syscalls": [
        {
            "comment": "no file is opened, whatever a request says",
            "names": ["open", "openat", "openat2"],
            "action": "SCMP_ACT_ERRNO"
        }
    ]
}
"#;

/// Ways to crash, as requests.
const CRASHES: &str = r#"
        ["GET", "/abort", _] => std::process::abort(),
        ["GET", "/fault", _] => {
            // SAFETY: that it faults is the purpose.
            unsafe { std::ptr::null_mut::<u8>().wrapping_add(8).write_volatile(1) }
            unreachable!()
        }
        ["GET", "/overflow", _] => {
            fn deeper(n: u64) -> u64 {
                if n == 0 { 0 } else { std::hint::black_box(deeper(std::hint::black_box(n - 1))) + 1 }
            }
            panic!("{}", deeper(u64::MAX))
        }
        ["GET", "/panic", _] => panic!("as wanted"),
"#;

impl Server {
    fn new(name: &'static str, test: &'static str) -> Server {
        let (with, arguments, body) = match name {
            "server" => (&["panic"][..], &["page"][..], "page\n"),
            _ => (&["event-loop", "panic", "stdio"][..], &[][..], "hello\n"),
        };
        let package = Package::new(
            &format!("recorded-{test}-{name}"),
            "dependencies.lexopt = \"0.3\"\n\
             dependencies.tokio = { version = \"1.47\", default-features = false, features = \
             [\"fs\", \"io-util\", \"net\", \"rt-multi-thread\", \"sync\"] }\n",
        );
        package.write(
            &format!("examples/{name}.json"),
            example(&format!("{name}.json")),
        );
        package.write("page", "page\n");
        Server {
            name,
            test,
            with,
            arguments,
            body,
            package,
        }
    }

    /// The invocation of the macro, and its first lines, which name the profile.
    fn source(&self) -> (String, String) {
        let groups: Vec<String> = { self.with.iter() }
            .map(|name| format!("\"{name}\""))
            .collect();
        let invocation = format!(
            "    \"examples/{}.json\",\n    with = [{}],\n",
            self.name,
            groups.join(", ")
        );
        let source = example(&format!("{}.rs", self.name));
        assert!(source.contains(&invocation), "{invocation}");
        (source, invocation)
    }

    /// Builds the example as it is.
    fn original(&self, libc: &str) -> Option<PathBuf> {
        self.build("original", &self.source().0, libc)
    }

    /// Builds a copy that is confined by a recorded profile, and that can crash.
    fn confined(&self, profile: &str, libc: &str) -> Option<PathBuf> {
        let (source, invocation) = self.source();
        let source = source.replacen(&invocation, &format!("    \"{profile}.json\",\n"), 1);
        let page = "        [\"GET\", \"/\", _] =>";
        assert!(source.contains(page));
        let source = source.replacen(page, &format!("{CRASHES}{page}"), 1);
        self.build(profile, &source, libc)
    }

    /// Nothing if there is no such target.
    fn build(&self, name: &str, source: &str, libc: &str) -> Option<PathBuf> {
        let name = &format!("{}-{}-{name}", self.test, self.name);
        self.package.write(&format!("src/bin/{name}.rs"), source);
        let target = format!("{}-unknown-linux-{libc}", std::env::consts::ARCH);
        if libc == "musl" && !has(&target) {
            skip(format!("first run `rustup target add {target}`"));
            return None;
        }
        let mut cargo = package::cargo(&self.package.root);
        cargo.args(["build", "--bin", name]);
        let folder = match libc {
            "musl" => {
                cargo.args(["--target", &target]);
                Path::new(&target).join("debug")
            }
            _ => PathBuf::from("debug"),
        };
        let output = cargo.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let built = package::scratch().parent().unwrap();
        Some(built.join(folder).join(name))
    }

    /// Starts a program for a number of requests.
    fn serve(&self, program: &Path, requests: usize) -> Served {
        Served::start(&mut self.command(program.to_str().unwrap(), &[], requests))
    }

    fn command(&self, program: &str, before: &[&str], requests: usize) -> Command {
        let mut command = Command::new(program);
        command.args(before).current_dir(&self.package.root);
        command.args(["--requests", &requests.to_string()]);
        command.args(self.arguments);
        command
    }

    /// Records a program while it answers requests; returns what the recorder says.
    fn record(&self, program: &Path, file: &str, options: &[&str], paths: &[&str]) -> String {
        let words = [
            &["record", "--after-install", "--arguments"][..],
            options,
            &["-o", file, "--", program.to_str().unwrap()],
        ];
        let recorder = env!("CARGO_BIN_EXE_seccomp-profile");
        let mut command = self.command(recorder, &words.concat(), paths.len());
        let served = Served::start(&mut command);
        for path in paths {
            let (status, body) = served.ask(path).unwrap();
            match *path {
                "/" => assert_eq!((status.as_str(), body.as_str()), ("200 OK", self.body)),
                _ => assert_eq!(status, "403 Forbidden", "{body}"),
            }
        }
        let (lines, errors, status) = served.end();
        assert_eq!(lines.len(), paths.len(), "{errors}");
        assert!(status.code().is_some(), "{errors}");
        errors
    }

    /// The calls that a profile allows and that of the example does not, by the command `diff`.
    fn looser(&self, file: &str) -> BTreeSet<String> {
        let written = format!("examples/{}.json", self.name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
        command.args(["diff", "--json", "--native-only"]);
        command.args(["--newer-syscalls", "ENOSYS"]);
        command.args(self.with.iter().flat_map(|name| ["--old-with", name]));
        let output = command
            .args([&written, file])
            .current_dir(&self.package.root)
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let looser = report["targets"][0]["looser"].as_array().unwrap();
        assert_eq!(output.status.success(), looser.is_empty());
        let calls = looser.iter().map(|change| change["call"].as_str().unwrap());
        calls.map(str::to_string).collect()
    }
}

fn example(file: &str) -> String {
    fs::read_to_string(package::repository().join("examples").join(file)).unwrap()
}

/// Whether rustc has the standard library for a target.
fn has(target: &str) -> bool {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    let root = ROOT.get_or_init(|| {
        let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
        let output = Command::new(rustc).args(["--print", "sysroot"]).output();
        let path = String::from_utf8(output.unwrap().stdout).unwrap();
        PathBuf::from(path.trim_end())
    });
    root.join("lib/rustlib").join(target).join("lib").exists()
}

/// A recording is at most as wide as what a person wrote, with and without `--exact`. Without it, no
/// warning comes with it.
#[test]
fn a_server_needs_no_more_than_its_profile() {
    for name in ["server", "async_server"] {
        let server = Server::new(name, "wide");
        let folder = Folder(server.package.root.clone());
        for libc in LIBCS {
            let Some(program) = server.original(libc) else {
                continue;
            };
            for exact in [&["--exact"][..], &[]] {
                let file = format!("{libc}{}.json", exact.concat());
                server.record(&program, &file, exact, &["/"; 4]);
                assert_eq!(server.looser(&file), set(&[]), "{name} {libc} {exact:?}");
                let warnings = folder.compiled(&file, &[]).warnings;
                assert_eq!(warnings.is_empty(), exact.is_empty(), "{warnings:?}");
            }
        }
    }
}

/// Each is recorded on one C library, and confined by that on each.
#[test]
fn a_server_works_under_what_was_recorded() {
    for name in ["server", "async_server"] {
        let server = Server::new(name, "confined");
        for from in LIBCS {
            let Some(original) = server.original(from) else {
                continue;
            };
            let profile = format!("recorded-{from}");
            let file = format!("{profile}.json");
            server.package.write(&file, BASE);
            let paths = ["/", REFUSED, "/", "/"];
            let errors = server.record(&original, &file, &["--merge"], &paths);
            let kept = "is answered otherwise by this rule: nothing was written for it";
            assert!(errors.contains(kept), "{errors}");
            for to in LIBCS {
                let Some(confined) = server.confined(&profile, to) else {
                    continue;
                };
                println!("{name}: recorded on {from}, confined on {to}");
                server.serves(&confined);
                server.crashes(&confined);
            }
        }
    }
}

impl Server {
    /// The test of the example.
    fn serves(&self, program: &Path) {
        let served = self.serve(program, 6);
        for _ in 0..3 {
            let answer = served.ask("/");
            assert_eq!(answer, Some(("200 OK".into(), self.body.into())));
            let (status, body) = served.ask("/etc/passwd").unwrap();
            assert_eq!(status, "403 Forbidden");
            assert_eq!(body, "/etc/passwd: Operation not permitted (os error 1)\n");
        }
        let (lines, errors, status) = served.end();
        let refused = "GET /etc/passwd HTTP/1.1 -> 403 Forbidden";
        let expected = ["GET / HTTP/1.1 -> 200 OK", refused].map(|line| [line; 3]);
        assert_eq!(lines, expected.concat(), "{errors}");
        assert!(status.success(), "{status}: {errors}");
    }

    fn crashes(&self, program: &Path) {
        for (path, signal) in [("/abort", 6), ("/fault", 11), ("/overflow", 6)] {
            let served = self.serve(program, 2);
            assert_eq!(served.ask("/").unwrap().0, "200 OK");
            assert_eq!(served.ask(path), None);
            let (_, errors, status) = served.end();
            assert_eq!(status.signal(), Some(signal), "{path}: {status}: {errors}");
            let says = errors.contains("has overflowed its stack");
            assert_eq!(says, path == "/overflow", "{errors}");
        }
        // One thread, or one task, panics. The others go on.
        let served = self.serve(program, 2);
        assert_eq!(served.ask("/panic"), None);
        for _ in 0..2 {
            assert_eq!(served.ask("/").unwrap().0, "200 OK");
        }
        let (_, errors, status) = served.end();
        assert!(errors.contains("as wanted"), "{errors}");
        assert!(status.success(), "{status}: {errors}");
    }
}
