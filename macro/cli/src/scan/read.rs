//! A path → the bytes of an ordinary file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The longest file that is read.
const LONGEST: u64 = 1 << 30;

/// Reads a file.
///
/// # Errors
/// There is none, it is a folder or a device, or it is longer than a gibibyte.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a pipe would wait for a writer.
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        let what = match metadata.is_dir() {
            true => "a folder, not a file",
            false => "not an ordinary file",
        };
        return Err(io::Error::other(what));
    }
    let too_long = || io::Error::other("longer than 1 GiB: too long to scan");
    if metadata.len() > LONGEST {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)?;
    match bytes.len() as u64 > LONGEST {
        true => Err(too_long()),
        false => Ok(bytes),
    }
}
