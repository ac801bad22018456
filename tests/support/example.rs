//! The examples, as cargo built them beside the tests: `cargo test` does, but `cargo test --test
//! NAME` leaves them as they are.

use std::path::{Path, PathBuf};

pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let built = profile.join("examples").join(name);
    assert!(built.exists(), "`cargo build --examples` is missing");
    built
}
