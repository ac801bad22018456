//! The program with a filter that returns an action which old kernels do not have.

use std::process::ExitCode;

use seccomp_profile::{Filter, seccomp_profile};

static SANDBOX: Filter = seccomp_profile!(
    "../profiles/container.json",
    bad_arch_action = "SCMP_ACT_KILL_PROCESS",
    allow(int_argument),
);

fn main() -> ExitCode {
    if SANDBOX.install().is_err() {
        return ExitCode::FAILURE;
    }
    println!("at work");
    ExitCode::SUCCESS
}
