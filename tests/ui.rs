//! What only rustc can show: where the macro can stand, and what its errors look like.
//!
//! `BLESS=1 cargo test --test ui` writes the `.stderr` files anew.

// Paths in the errors have slashes.
#![cfg(unix)]

#[path = "../macro/compiler/tests/support/golden.rs"]
mod golden;
#[path = "support/package.rs"]
mod package;
#[path = "../macro/compiler/tests/support/skip.rs"]
mod skip;

use std::collections::BTreeMap;
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use package::Package;
use serde_json::Value;

/// What the `.stderr` files were made with: rustc words and draws its part of an error anew in
/// every release, and an error may name the target.
const GOLDEN: [&str; 2] = ["release: 1.95.", "host: x86_64-"];

#[test]
fn programs_that_are_right_compile_and_run() {
    let names = names("pass");
    let package = package("pass", &names);
    let mut cargo = package::cargo(&package.root);
    let output = cargo.args(["build", "--bins"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    for name in names {
        let output = Command::new(package::built(&binary("pass", &name))).output();
        let output = output.unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {stderr}");
    }
}

#[test]
fn errors_are_as_in_the_files() {
    let rustc = output("RUSTC", "rustc", &["-vV"]);
    let golden = GOLDEN.iter().all(|line| rustc.contains(line));
    if !golden && std::env::var_os("CI").is_none_or(|ci| ci != "true") {
        return skip::skip(format_args!("tests/ui/fail is of {}", GOLDEN.join(" and ")));
    }
    let names = names("fail");
    let package = package("fail", &names);
    let mut cargo = package::cargo(&package.root);
    // One program does not keep the others from being checked.
    cargo.args(["check", "--bins", "--keep-going", "--message-format=json"]);
    let output = cargo.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let mut errors = rendered(&stdout);
    let mut differ = Vec::new();
    for name in &names {
        let text = errors.remove(&binary("fail", name)).unwrap_or_default();
        let path = format!("tests/ui/fail/{name}.stderr");
        if text.is_empty() {
            differ.push(format!("{name}.rs compiles"));
        } else if let Err(difference) = golden::compare(Path::new(&path), &text) {
            differ.push(difference);
        }
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(differ.is_empty(), "{}\n{stderr}", differ.join("\n"));
}

/// What rustc prints about each program that has an error, without the count of the errors.
fn rendered(stdout: &str) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, (bool, String)> = BTreeMap::new();
    for line in stdout.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (name, message) = (&line["target"]["name"], &line["message"]);
        let (Some(name), Some(text)) = (name.as_str(), message["rendered"].as_str()) else {
            continue;
        };
        let (failed, printed) = all.entry(name.into()).or_default();
        *failed |= message["level"] == "error";
        let about = message["message"].as_str().unwrap();
        let end = ["aborting due to", "For more information"];
        if !end.iter().any(|end| about.starts_with(end)) {
            let gap = if printed.is_empty() { "" } else { "\n" };
            *printed += &format!("{gap}{}\n", elsewhere(text.trim_end()));
        }
    }
    let failed = all.into_iter().filter(|(_, (failed, _))| *failed);
    failed.map(|(name, (_, text))| (name, text)).collect()
}

/// The text without the numbers of lines of this repository that are not in `tests/ui`.
fn elsewhere(text: &str) -> String {
    let root = format!("--> {}/", package::repository().display());
    let mut inside = false;
    let line = |line: &str| {
        if let Some((gutter, place)) = line.split_once(&root) {
            inside = true;
            let file = place.split(':').next().unwrap_or(place);
            return format!("{gutter}--> {file}");
        }
        match line.split_once('|') {
            Some((number, code)) if inside => {
                format!("{:1$}|{code}", "", number.len())
            }
            _ => {
                inside = false;
                line.trim_end().into()
            }
        }
    };
    let lines: Vec<String> = text.lines().map(line).collect();
    lines.join("\n")
}

/// The names of the programs of a folder of `tests/ui`.
fn names(folder: &str) -> Vec<String> {
    let folder = package::repository().join("tests/ui").join(folder);
    let paths = folder.read_dir().unwrap().map(|file| file.unwrap().path());
    let programs = paths.filter(|path| path.extension().is_some_and(|e| e == "rs"));
    let mut names: Vec<String> = programs
        .map(|path| path.file_stem().unwrap().to_str().unwrap().into())
        .collect();
    names.sort();
    assert!(!names.is_empty(), "{} is empty", folder.display());
    names
}

fn binary(folder: &str, name: &str) -> String {
    format!("ui-{folder}-{name}")
}

/// A package of the programs. Links make the programs and the profiles a part of it: their paths
/// begin at its root, and the errors show nothing of the folders above.
fn package(folder: &str, names: &[String]) -> Package {
    let mut more = String::from("dependencies.libc = \"0.2\"\nlints.rust.dead_code = \"allow\"\n");
    for name in names {
        let binary = binary(folder, name);
        more += &format!(
            "[[bin]]\nname = {binary:?}\npath = \"tests/ui/{folder}/{name}.rs\"\n\
             test = false\ndoc = false\n"
        );
    }
    let package = Package::new(&format!("ui-{folder}"), &more);
    let programs = package::repository().join("tests/ui");
    std::fs::create_dir(package.path("tests")).unwrap();
    symlink(&programs, package.path("tests/ui")).unwrap();
    symlink(programs.join("profiles"), package.path("profiles")).unwrap();
    make_files(&package.path("made"));
    package
}

/// Makes files that a repository cannot contain or should not.
fn make_files(folder: &Path) {
    std::fs::create_dir(folder).unwrap();
    let large = std::fs::File::create(folder.join("large.json")).unwrap();
    large.set_len((1 << 20) + 1).unwrap();
    let fifo = CString::new(folder.join("fifo").as_os_str().as_bytes()).unwrap();
    // SAFETY: the path is a string that ends with zero.
    assert_eq!(unsafe { libc::mkfifo(fifo.as_ptr(), 0o600) }, 0);
}

fn output(variable: &str, program: &str, args: &[&str]) -> String {
    let program = std::env::var_os(variable).unwrap_or_else(|| program.into());
    let output = Command::new(program).args(args).output().unwrap();
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
