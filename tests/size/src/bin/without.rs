//! The program without a filter.

use std::process::ExitCode;

fn main() -> ExitCode {
    println!("at work");
    ExitCode::SUCCESS
}
