//! Tests that need something which this machine may lack.

use std::fmt::Display;
use std::io::Write;
use std::panic::Location;

/// Reports that the calling test is skipped, and why. With `CI=true` it fails instead.
#[track_caller]
pub(crate) fn skip(missing: impl Display) {
    let required = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(!required, "{missing}");
    // Not `eprintln!`, whose output the test harness hides if the test passes.
    let line = format!("{}: skipped: {missing}\n", Location::caller().file());
    let _ = std::io::stderr().write_all(line.as_bytes());
}
