//! A package outside the workspace, as a user would begin one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) struct Package(pub(crate) PathBuf);

impl Package {
    /// A package without a program; two tests do not share a name.
    pub(crate) fn new(name: &str) -> Package {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(root.join("src"));
        fs::create_dir_all(root.join("src/bin")).unwrap();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::copy(here.join("Cargo.lock"), root.join("Cargo.lock")).unwrap();
        let manifest = format!(
            "workspace = {{}}\n\
             package = {{ name = {name:?}, version = \"0.0.0\", edition = \"2024\" }}\n\
             profile.dev = {{ debug = false, incremental = false }}\n\
             dependencies.seccomp-profile = {{ path = {:?} }}\n",
            here.join("runtime")
        );
        fs::write(root.join("Cargo.toml"), manifest).unwrap();
        Package(root)
    }

    /// The program of a source, or what cargo says of it. A warning is as bad as an error.
    pub(crate) fn build(&self, binary: &str, source: &str) -> Result<PathBuf, String> {
        let file = self.0.join("src/bin").join(binary).with_extension("rs");
        fs::write(file, source).unwrap();
        let output = Command::new(env!("CARGO"))
            .args(["build", "--offline", "--color=never", "--bin", binary])
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", self.0.join("target"))
            .env_remove("CARGO_BUILD_TARGET")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() && !said.contains("warning") {
            Ok(self.0.join("target/debug").join(binary))
        } else {
            Err(said.into_owned())
        }
    }
}
