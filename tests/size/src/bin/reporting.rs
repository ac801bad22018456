//! The program with a filter and the reporter of violations.

use std::process::ExitCode;

use seccomp_profile::{After, Filter, report_violations, seccomp_profile};

static SANDBOX: Filter = seccomp_profile!("../profiles/container.json", allow(int_argument));

fn main() -> ExitCode {
    if report_violations(After::Kill).is_err() || SANDBOX.install().is_err() {
        return ExitCode::FAILURE;
    }
    println!("at work");
    ExitCode::SUCCESS
}
