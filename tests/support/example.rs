//! The programs of `examples/`.

use std::path::{Path, PathBuf};

/// Returns the path of an example. `cargo test` builds the examples, but `cargo test --test NAME`
/// leaves them as they are.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let built = profile.join("examples").join(name);
    assert!(built.exists(), "first run `cargo build --examples`");
    built
}
