//! The program with a filter.

use std::process::ExitCode;

use seccomp_profile::{Filter, seccomp_profile};

static SANDBOX: Filter = seccomp_profile!("../profiles/container.json", allow(int_argument));

fn main() -> ExitCode {
    if SANDBOX.install().is_err() {
        return ExitCode::FAILURE;
    }
    println!("at work");
    ExitCode::SUCCESS
}
