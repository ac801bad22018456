//! Where the profile is written, and how: a reader sees the old or the new text, never a part, and
//! what somebody else has written meanwhile is not replaced.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::Failure;
use crate::texts;

/// The file that is written.
pub(crate) struct Target {
    pub(crate) path: PathBuf,
    /// The text that the file has; nothing if there is no file.
    text: RefCell<Option<String>>,
}

impl Target {
    pub(crate) fn new(path: Option<PathBuf>, command: &[OsString]) -> Result<Target, Failure> {
        let from_command = || {
            let mut name = Path::new(command.first()?).file_name()?.to_os_string();
            name.push(".json");
            Some(PathBuf::from(name))
        };
        let path = path.or_else(from_command);
        let path = path.ok_or_else(|| Failure::Usage("the command has no name".into()))?;
        texts::is_file("--output", &path)?;
        Ok(Target {
            path,
            text: RefCell::new(None),
        })
    }

    /// Sets the text that was read.
    pub(crate) fn has(&self, text: &str) {
        *self.text.borrow_mut() = Some(text.to_string());
    }

    /// Checks that the file can be written, before the command runs.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let new = self.new_file();
        let written = fs::File::create_new(&new).and_then(|_| fs::remove_file(&new));
        written.map_err(|error| {
            let folder = self.real();
            let folder = folder.parent().filter(|it| !it.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).display();
            Failure::Wrong(format!(
                "{self}: cannot write to the folder {folder}: {error}"
            ))
        })
    }

    /// Returns where the file is, or will be.
    fn real(&self) -> PathBuf {
        // A link stays one.
        let path = fs::canonicalize(&self.path).or_else(|_| {
            // Of one that points nowhere yet, that is where the file will be.
            let to = fs::read_link(&self.path)?;
            io::Result::Ok(self.path.parent().unwrap_or(Path::new("")).join(to))
        });
        path.unwrap_or_else(|_| self.path.clone())
    }

    /// Returns the path of the file that will be renamed.
    fn new_file(&self) -> PathBuf {
        let path = self.real();
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}", std::process::id()));
        path.with_file_name(name)
    }

    /// Replaces the file by one with this text.
    pub(crate) fn write(&self, text: &str) -> io::Result<()> {
        let now = match fs::read_to_string(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            now => Some(now?),
        };
        if now != *self.text.borrow() {
            return Err(io::Error::other(
                "the file has been changed since it was read",
            ));
        }
        if now.as_deref() == Some(text) {
            return Ok(());
        }
        let (path, new) = (self.real(), self.new_file());
        let written = (|| {
            let mut file = fs::File::create_new(&new)?;
            file.write_all(text.as_bytes())?;
            if let Ok(metadata) = fs::metadata(&path) {
                file.set_permissions(metadata.permissions())?;
            }
            // Otherwise the new name can be on disk before the text.
            file.sync_all()?;
            fs::rename(&new, &path)
        })();
        match written {
            Ok(()) => self.has(text),
            Err(_) => drop(fs::remove_file(&new)),
        }
        written
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)
    }
}
