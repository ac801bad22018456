//! What only rustc can show: where the macro can be used, and how its errors look.
//!
//! Each program of `ui/pass` compiles and runs. Each of `ui/fail` does not compile, and rustc prints
//! what the `.stderr` file beside it says. `BLESS=1 cargo test --test ui` rewrites these files.

// Paths in the errors have slashes.
#![cfg(unix)]

#[path = "../macro/compiler/tests/support/golden.rs"]
mod golden;
#[path = "support/package.rs"]
mod package;
#[path = "ui/rendered.rs"]
mod rendered;
#[path = "../macro/compiler/tests/support/skip.rs"]
mod skip;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use package::Package;
use serde_json::Value;

/// The `.stderr` files come from this rustc. Each release words and draws its part of an error
/// anew, and an error can name the target.
const GOLDEN: [&str; 2] = ["release: 1.95.", "host: x86_64-"];

#[test]
fn ui() {
    let cases: Vec<Case> = ["pass", "fail"].into_iter().flat_map(cases).collect();
    let package = package(&cases);
    let mut cargo = package::cargo(&package.root);
    let built = cargo
        .args(["build", "--bins", "--keep-going", "--message-format=json"])
        .output()
        .unwrap();
    let mut results = results(&built);
    let golden = is_golden();
    for Case { name, path } in cases {
        let errors = results.remove(&name).unwrap_or_default();
        if path.starts_with("tests/ui/pass") {
            assert!(!errors.failed, "{}: {}", path.display(), errors.text);
            let run = Command::new(package::built(&name)).output().unwrap();
            let stderr = String::from_utf8_lossy(&run.stderr);
            assert!(run.status.success(), "{}: {stderr}", path.display());
        } else {
            assert!(errors.failed, "{} compiles", path.display());
            if golden {
                golden::golden(&path.with_extension("stderr"), &errors.text);
            }
        }
    }
}

/// A program of the package.
struct Case {
    name: String,
    /// Of its source, below the root of the package and of this repository.
    path: PathBuf,
}

/// Returns the cases in a folder.
fn cases(folder: &str) -> Vec<Case> {
    let files = fs::read_dir(Path::new("tests/ui").join(folder)).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let sources = paths.filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let case = |path: PathBuf| {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let name = format!("ui-{folder}-{stem}");
        Case { name, path }
    };
    sources.map(case).collect()
}

/// Writes a package with the cases as its programs, and the profiles at its root.
fn package(cases: &[Case]) -> Package {
    let mut more = String::from("lints.rust.dead_code = \"allow\"\n");
    for Case { name, path } in cases {
        more.push_str(&format!("[[bin]]\nname = {name:?}\npath = {path:?}\n"));
    }
    let package = Package::new("ui", &more);
    for Case { path, .. } in cases {
        package.write(path.to_str().unwrap(), fs::read(path).unwrap());
    }
    for profile in fs::read_dir("tests/ui/profiles").unwrap() {
        let path = profile.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        package.write(&format!("profiles/{name}"), fs::read(&path).unwrap());
    }
    package
}

/// What rustc said about a program.
#[derive(Default)]
struct Errors {
    failed: bool,
    text: String,
}

/// Reads the messages of cargo, by program.
fn results(built: &Output) -> BTreeMap<String, Errors> {
    let mut results: BTreeMap<String, Errors> = BTreeMap::new();
    let mut artifacts = 0;
    for line in String::from_utf8_lossy(&built.stdout).lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        artifacts += usize::from(message["reason"] == "compiler-artifact");
        let name = message["target"]["name"].as_str().unwrap_or_default();
        let message = &message["message"];
        let (Some(text), Some(rendered)) =
            (message["message"].as_str(), message["rendered"].as_str())
        else {
            continue;
        };
        if message["level"] == "failure-note" || text.starts_with("aborting due to") {
            continue;
        }
        let errors = results.entry(name.into()).or_default();
        errors.failed |= message["level"] == "error";
        if !errors.text.is_empty() {
            errors.text.push('\n');
        }
        errors.text += &rendered::portable(rendered, package::repository());
    }
    assert!(artifacts > 0, "{}", String::from_utf8_lossy(&built.stderr));
    results
}

/// Returns whether the errors of this rustc can be compared with the files.
fn is_golden() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("-vV").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    let golden = GOLDEN.iter().all(|line| version.contains(line));
    if !golden {
        skip::skip(format_args!(
            "ui/fail is made with {}",
            GOLDEN.join(" and ")
        ));
    }
    golden
}
