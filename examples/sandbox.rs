//! Installs a profile that is part of this program, and shows what changes.
//!
//! `cargo run -q --example sandbox` opens a file and installs the profile. Then it still reads the
//! open file, but opening the file again fails: "Operation not permitted".

use std::fs::File;
use std::io::{self, Read as _};
use std::process::ExitCode;

use seccomp_profile::{Filter, seccomp_profile};

/// Compiled and verified while this example was built. Nothing reads the JSON at run time.
static SANDBOX: Filter =
    seccomp_profile!("examples/sandbox.json", with = ["panic", "time", "random"]);

const FILE: &str = "/proc/self/status";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("sandbox: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut file = File::open(FILE)?;
    println!("before: opened {FILE}, as any program can");

    SANDBOX.install()?;
    println!(
        "installed: examples/sandbox.json, {} instructions",
        SANDBOX.len()
    );

    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let mode = text.lines().find_map(|line| line.strip_prefix("Seccomp:"));
    println!(
        "allowed: read the open file; it says that the seccomp mode is {}",
        mode.map_or("unknown", str::trim)
    );

    match File::open(FILE) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            println!("denied: open {FILE} again: {error}");
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(_) => Err("the profile denies `openat`, but a file was opened".into()),
    }
}
