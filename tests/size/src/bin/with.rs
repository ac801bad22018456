//! The program with a filter.

use std::process::ExitCode;

use seccomp_profile::{Filter, seccomp_profile};

static SANDBOX: Filter = seccomp_profile!("../profiles/container.json", allow(int_argument));

/// Costs nothing, and is true on every system that compiles this.
const _: () = assert!(SANDBOX.allows_exec());

fn main() -> ExitCode {
    if SANDBOX.install().is_err() {
        return ExitCode::FAILURE;
    }
    println!("at work");
    ExitCode::SUCCESS
}
