//! A package outside the workspace, as a user writes one.
#![allow(dead_code)] // no test needs all of it

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Part of a manifest: how packages are built. All are built alike, so that they share what is built.
pub(crate) const PROFILE: &str = "profile.dev = { debug = false, incremental = false }\n";

/// A package that depends on `seccomp-profile`.
pub(crate) struct Package {
    pub(crate) root: PathBuf,
}

impl Package {
    /// Creates a package without source files; `more` is added to its manifest.
    ///
    /// All packages are built in one folder: two tests must not use the same name, for a package or
    /// for a program.
    pub(crate) fn new(name: &str, more: &str) -> Package {
        let root = scratch().join(name);
        let _ = fs::remove_dir_all(&root);
        let package = Package { root };
        let manifest = format!(
            "workspace = {{}}\n\
             package = {{ name = {name:?}, version = \"0.0.0\", edition = \"2024\" }}\n\
             {PROFILE}\
             dependencies.seccomp-profile = {{ path = {:?} }}\n\
             {more}",
            repository().join("runtime")
        );
        package.write("Cargo.toml", manifest);
        package.write("src/lib.rs", "");
        lock(&package.root);
        package
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    pub(crate) fn write(&self, file: &str, content: impl AsRef<[u8]>) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Builds a program and returns its path, or the output of cargo if there is an error or a
    /// warning.
    pub(crate) fn build(&self, binary: &str, source: &str) -> Result<PathBuf, String> {
        self.build_with(binary, source, &[])
    }

    /// Builds a program like [`build`](Package::build), with variables in cargo's environment.
    pub(crate) fn build_with(
        &self,
        binary: &str,
        source: &str,
        variables: &[(&str, &str)],
    ) -> Result<PathBuf, String> {
        self.write(&format!("src/bin/{binary}.rs"), source);
        let mut cargo = cargo(&self.root);
        cargo.envs(variables.iter().copied());
        let output = cargo.args(["build", "--bin", binary]).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        if output.status.success() && !stderr.contains("warning") {
            Ok(built(binary))
        } else {
            Err(stderr.into_owned())
        }
    }
}

/// Returns a folder for files of tests.
pub(crate) fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// Returns the folder of this repository.
pub(crate) fn repository() -> &'static Path {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    folders
        .find(|folder| folder.join("Cargo.lock").exists())
        .unwrap()
}

/// Gives the package in a folder the dependencies of this workspace, version by version.
pub(crate) fn lock(folder: &Path) {
    fs::copy(repository().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

/// Returns cargo, to run in a folder without a network and to print the same on every machine.
///
/// It builds in the target folder of this workspace, because all dependencies are there already.
pub(crate) fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["--offline", "--color=never"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target())
        .env("CARGO_TERM_PROGRESS_WHEN", "never")
        .stdin(std::process::Stdio::null());
    for variable in [
        "CARGO_BUILD_TARGET",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_TERM_QUIET",
        "CARGO_TERM_VERBOSE",
        "RUSTFLAGS",
    ] {
        cargo.env_remove(variable);
    }
    cargo
}

/// Returns the path of a file that cargo has built.
pub(crate) fn built(file: &str) -> PathBuf {
    target().join("debug").join(file)
}

fn target() -> &'static Path {
    scratch().parent().unwrap()
}
