//! A path → the bytes of a regular file.
//!
//! A profile is never anything else. Reading from a FIFO or a terminal would stop the build until
//! another process writes to it, and opening some devices has effects.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{Error, Read, Result};
use std::path::Path;

/// Reads at most `limit` bytes.
///
/// # Errors
/// An error of the operating system, or one that says what the path names instead of a file.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    require_regular(fs::metadata(path)?.file_type())?;
    let file = open(path)?;
    // The path may name something else now.
    require_regular(file.metadata()?.file_type())?;
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens the file for reading. This does not wait for the writer of a FIFO, and a read does not wait
/// for data that does not exist yet, as in `/proc/kmsg`.
fn open(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    if let Some(flag) = O_NONBLOCK {
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flag);
    }
    options.read(true).open(path)
}

/// The flag on the host, where a procedural macro runs, as far as it is known. The standard library
/// does not have it (`include/uapi/asm-generic/fcntl.h`, `arch/*/include/uapi/asm/fcntl.h`).
#[cfg(unix)]
const O_NONBLOCK: Option<i32> = if cfg!(any(target_os = "linux", target_os = "android")) {
    if cfg!(any(target_arch = "mips", target_arch = "mips64")) {
        Some(0x80)
    } else if cfg!(any(target_arch = "sparc", target_arch = "sparc64")) {
        Some(0x4000)
    } else {
        Some(0o4000)
    }
} else if cfg!(any(target_vendor = "apple", target_os = "freebsd")) {
    Some(4)
} else {
    None
};

fn require_regular(kind: FileType) -> Result<()> {
    if kind.is_file() {
        return Ok(());
    }
    let found = if kind.is_dir() {
        "a directory"
    } else {
        special(kind)
    };
    Err(Error::other(format!("it is {found}")))
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;

    if kind.is_fifo() {
        "a FIFO, not a regular file"
    } else if kind.is_char_device() || kind.is_block_device() {
        "a device, not a regular file"
    } else if kind.is_socket() {
        "a socket, not a regular file"
    } else {
        "not a regular file"
    }
}

#[cfg(not(unix))]
fn special(_: FileType) -> &'static str {
    "not a regular file"
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    /// What is wrong with a path, if it is not a regular file.
    fn problem(path: &Path) -> String {
        read(path, 1).unwrap_err().to_string()
    }

    #[test]
    fn only_regular_files_are_read() {
        let folder = std::env::temp_dir().join(format!("profile-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let [file, fifo, socket] = ["file", "fifo", "socket"].map(|name| folder.join(name));
        fs::write(&file, "text").unwrap();
        assert!(
            Command::new("mkfifo")
                .arg(&fifo)
                .status()
                .unwrap()
                .success()
        );
        let _listener = UnixListener::bind(&socket).unwrap();

        assert_eq!(read(&file, 3).unwrap(), b"tex");
        assert_eq!(read(&file, 5).unwrap(), b"text");
        assert_eq!(problem(&folder), "it is a directory");
        assert_eq!(problem(&fifo), "it is a FIFO, not a regular file");
        assert_eq!(problem(&socket), "it is a socket, not a regular file");
        let device = problem(Path::new("/dev/zero"));
        assert_eq!(device, "it is a device, not a regular file");
        assert!(problem(&folder.join("nothing")).contains("os error 2"));
        // If the path names a FIFO only after the first look.
        let opened = open(&fifo).unwrap().metadata().unwrap();
        assert!(require_regular(opened.file_type()).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
