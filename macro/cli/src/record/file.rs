//! Where the profile is written, and how: a reader sees the old or the new text, never a part.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::Failure;

/// The file that is written.
pub(super) struct Target {
    pub(super) path: PathBuf,
}

impl Target {
    pub(super) fn new(path: Option<PathBuf>, command: &[OsString]) -> Result<Target, Failure> {
        let from_command = || {
            let mut name = Path::new(command.first()?).file_name()?.to_os_string();
            name.push(".json");
            Some(PathBuf::from(name))
        };
        let path = path.or_else(from_command);
        let path = path.ok_or_else(|| Failure::Usage("the command has no name".into()))?;
        Ok(Target { path })
    }

    /// Replaces the file by one with this text.
    pub(super) fn write(&self, text: &str) -> io::Result<()> {
        // A link stays one.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}", std::process::id()));
        let new = path.with_file_name(name);
        let written = (|| {
            let mut file = fs::File::create(&new)?;
            file.write_all(text.as_bytes())?;
            if let Ok(metadata) = fs::metadata(&path) {
                file.set_permissions(metadata.permissions())?;
            }
            // Otherwise the new name can be on disk before the text.
            file.sync_all()?;
            fs::rename(&new, &path)
        })();
        if written.is_err() {
            let _ = fs::remove_file(&new);
        }
        written
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)
    }
}
