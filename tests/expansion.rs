//! What an expansion does to the crate around it: a change of a file it reads is a change of the
//! crate, and nothing of the file or of the folder it lies in gets into what is built.

#[path = "support/package.rs"]
mod package;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Output;

use seccomp_profile_compiler::options::weights::Weights;
use seccomp_profile_compiler::{Abi, Options, Sources, compose};

/// Stands in every file that the macro reads.
const MARK: &str = "a mark that must not be in any binary";

const FILTERS: &str = r#"
use sandbox::{Filter, seccomp_profile};

pub static FILTERS: [Filter; 5] = [
    seccomp_profile!("plain.json"),
    seccomp_profile!(env!("NAMED")),
    seccomp_profile!(concat!(env!("OUT_DIR"), "/made.json")),
    seccomp_profile!("plain.json", weights = "weights.txt"),
    seccomp_profile!("plain.json", with = ["abort", concat!("ba", "se.json")]),
];
"#;

/// Prints a program a line; `PACKAGE` is the library's name.
const MAIN: &str = r#"
fn main() {
    for filter in PACKAGE::FILTERS {
        let insns = filter.program().iter();
        println!("{:?}", insns.map(|i| (i.code, i.jt, i.jf, i.k)).collect::<Vec<_>>());
    }
}
"#;

/// Copies a profile to where generated files are.
const BUILD: &str = r#"
fn main() {
    println!("cargo::rerun-if-changed=made.json");
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::copy("made.json", format!("{out}/made.json")).unwrap();
}
"#;

/// A workspace with one package, whose dependency has another name there.
struct Checkout {
    root: PathBuf,
    package: &'static str,
    /// What lies in the package's folder, by name.
    files: BTreeMap<&'static str, String>,
    /// The profile in the environment.
    named: &'static str,
}

impl Checkout {
    fn new(folder: &str, package: &'static str) -> Checkout {
        let root = package::scratch().join("expansion").join(folder);
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("app/src")).unwrap();
        let workspace = "workspace = { members = [\"app\"], resolver = \"3\" }\n".to_string();
        let workspace = workspace + package::PROFILE;
        fs::write(root.join("Cargo.toml"), workspace).unwrap();
        package::lock(&root);
        let manifest = format!(
            "package = {{ name = {package:?}, version = \"0.0.0\", edition = \"2024\" }}\n\
             [dependencies.sandbox]\n\
             package = \"seccomp-profile\"\n\
             path = {:?}\n\
             default-features = false\n",
            package::repository().join("runtime")
        );
        let mut checkout = Checkout {
            root,
            package,
            files: BTreeMap::new(),
            named: "named.json",
        };
        checkout.write("Cargo.toml", manifest);
        checkout.write("build.rs", BUILD.to_string());
        checkout.write("src/lib.rs", FILTERS.to_string());
        checkout.write("src/main.rs", MAIN.replace("PACKAGE", package));
        checkout.write("plain.json", allowing("read"));
        checkout.write("named.json", allowing("write"));
        checkout.write("other.json", allowing("openat"));
        checkout.write("made.json", allowing("close"));
        checkout.write("weights.txt", format!("read 1 # {MARK}"));
        checkout.write("base.json", allowing("lseek"));
        checkout
    }

    fn path(&self, file: &str) -> PathBuf {
        self.root.join("app").join(file)
    }

    fn write(&mut self, file: &'static str, text: String) {
        fs::write(self.path(file), &text).unwrap();
        self.files.insert(file, text);
    }

    fn cargo(&self, args: &[&str]) -> Output {
        let mut cargo = package::cargo(&self.root);
        cargo.args(args).env("NAMED", self.path(self.named));
        cargo.output().unwrap()
    }

    /// Builds, runs and returns whether anything had to be compiled.
    fn run(&self) -> bool {
        let output = self.cargo(&["run"]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            stdout.lines().collect::<Vec<_>>(),
            self.programs(),
            "{stderr}"
        );
        stderr.contains(&format!("Compiling {}", self.package))
    }

    /// What the files say now.
    fn programs(&self) -> [String; 5] {
        let base = [("base.json".into(), self.files["base.json"].as_str())];
        let with = |file: &str, weights: Weights, others: &[(String, &str)], groups: &[&str]| {
            let host = Abi::from_name(std::env::consts::ARCH).unwrap();
            let options = Options {
                weights,
                ..Options::default()
            };
            let profile = (file, self.files[file].as_str());
            let sources = Sources::compose(profile, others.iter().cloned(), groups).unwrap();
            let compiled = compose(&sources, host, &options).unwrap();
            let insns = compiled.program.insns().iter();
            let words = insns.map(|i| (i.code, i.jt, i.jf, i.k));
            format!("{:?}", words.collect::<Vec<_>>())
        };
        let program = |file: &str, weights: Weights| with(file, weights, &[], &[]);
        [
            program("plain.json", Weights::default()),
            program(self.named, Weights::default()),
            program("made.json", Weights::default()),
            program(
                "plain.json",
                Weights::parse(&self.files["weights.txt"]).unwrap(),
            ),
            with("plain.json", Weights::default(), &base, &["abort"]),
        ]
    }

    /// The error of a build that has to fail.
    fn error(&self) -> String {
        let output = self.cargo(&["build"]);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    fn built(&self, file: &str) -> Vec<u8> {
        fs::read(package::built(file)).unwrap()
    }
}

fn allowing(name: &str) -> String {
    format!(
        "{{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [\n\
         {{ \"names\": [\"exit\", \"{name}\"], \"action\": \"SCMP_ACT_ALLOW\", \"comment\": \"{MARK}\" }}\n\
         ] }}\n"
    )
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn a_change_of_a_file_is_a_change_of_the_crate() {
    let mut checkout = Checkout::new("edited", "edited");
    checkout.run();
    assert!(!checkout.run(), "compiled again, though nothing changed");

    let before = checkout.programs();
    checkout.write("plain.json", allowing("ioctl"));
    assert!(checkout.run());
    checkout.write("named.json", allowing("lseek"));
    assert!(checkout.run());
    checkout.write("made.json", allowing("mmap"));
    assert!(checkout.run());
    checkout.write("weights.txt", String::from("exit 1000"));
    assert!(checkout.run());
    checkout.write("base.json", allowing("fsync"));
    assert!(checkout.run());
    let after = checkout.programs();
    assert!((0..5).all(|i| before[i] != after[i]), "nothing was tested");

    checkout.named = "other.json";
    assert!(checkout.run());

    fs::rename(checkout.path("plain.json"), checkout.path("src/plain.json")).unwrap();
    let error = checkout.error();
    for line in [
        "error: app/plain.json: error[not-found]: ",
        "did you mean `src/plain.json`?",
    ] {
        assert!(error.contains(line), "{error}");
    }
    fs::rename(checkout.path("src/plain.json"), checkout.path("plain.json")).unwrap();
    checkout.run();
}

#[test]
fn two_checkouts_make_the_same_bytes() {
    let build = |folder: &str| {
        let checkout = Checkout::new(folder, "twin");
        assert!(checkout.run());
        let program = checkout.built("twin");
        // A library names its sources, wherever they are; this is how to say where.
        let remap = format!("--remap-path-prefix={}=/src", checkout.root.display());
        let output = checkout.cargo(&["rustc", "--package=twin", "--lib", "--", &remap]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        assert!(stderr.contains("Compiling twin"), "{stderr}");
        let library = checkout.built("libtwin.rlib");
        for (what, bytes) in [("program", &program), ("library", &library)] {
            let folder = checkout.root.to_str().unwrap();
            assert!(!contains(bytes, MARK), "the {what} has the profile in it");
            assert!(!contains(bytes, folder), "the {what} says where it is from");
        }
        (program, library)
    };
    let here = build("here");
    let there = build("quite/another/place");
    assert!(here.0 == there.0, "the programs differ");
    assert!(here.1 == there.1, "the libraries differ");
}
