//! What only rustc can show: where the macro can stand, and what its errors look like.
//!
//! `TRYBUILD=overwrite cargo test -p seccomp-profile-ui` writes the `.stderr` files anew.

// Paths in the errors have slashes.
#![cfg(unix)]

use std::ffi::CString;
use std::io::Write;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the `.stderr` files were made with: rustc words and draws its part of an error anew in
/// every release, and an error may name the target.
const GOLDEN: [&str; 2] = ["release: 1.95.", "host: x86_64-"];

#[test]
fn ui() {
    link_profiles();
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    let rustc = output("RUSTC", "rustc", &["-vV"]);
    let golden = GOLDEN.iter().all(|line| rustc.contains(line));
    if golden || std::env::var_os("CI").is_some_and(|ci| ci == "true") {
        cases.compile_fail("fail/*.rs");
    } else {
        // Not `eprintln!`, which a test that passes keeps to itself.
        let line = format!(
            "tests/ui/fail: skipped, made with {}\n",
            GOLDEN.join(" and ")
        );
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
}

/// Makes the profiles a part of the package that trybuild builds in the target directory: their
/// paths begin at its root, and the errors show nothing of the folders above.
fn link_profiles() {
    let metadata = output(
        "CARGO",
        "cargo",
        &["metadata", "--no-deps", "--format-version=1"],
    );
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let target = PathBuf::from(metadata["target_directory"].as_str().unwrap());
    let package = target.join("tests/trybuild").join(env!("CARGO_PKG_NAME"));
    std::fs::create_dir_all(&package).unwrap();
    let link = package.join("profiles");
    let _ = std::fs::remove_file(&link);
    symlink(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles"),
        &link,
    )
    .unwrap();
    make_files(&package.join("made"));
}

/// Makes files that a repository cannot contain or should not.
fn make_files(folder: &Path) {
    let _ = std::fs::remove_dir_all(folder);
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
