//! A path of the scanned system → the path of the same file here.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// How many links a path can lead through: `MAXSYMLINKS` of the kernel (`include/linux/namei.h`).
const MOST_LINKS: usize = 40;

/// The folder that is `/` of the scanned system.
pub(super) struct Root {
    folder: Option<PathBuf>,
}

impl Root {
    pub(super) fn new(folder: Option<&Path>) -> Root {
        Root {
            folder: folder.map(Path::to_path_buf),
        }
    }

    /// Returns where a file of the system is here. Links in it lead to files of the system, too.
    pub(super) fn here(&self, path: &Path) -> PathBuf {
        match &self.folder {
            Some(folder) if path.is_absolute() => within(folder, path),
            _ => path.to_path_buf(),
        }
    }

    /// Returns where the file is that has this path here, if links in it are followed.
    pub(super) fn followed(&self, path: &Path) -> PathBuf {
        let folder = self.folder.as_ref();
        match folder.and_then(|folder| Some((folder, path.strip_prefix(folder).ok()?))) {
            Some((folder, inside)) => within(folder, inside),
            None => path.to_path_buf(),
        }
    }
}

/// Follows a path from a folder as if this were `/`.
fn within(folder: &Path, path: &Path) -> PathBuf {
    let names = |path: &Path| -> Vec<OsString> {
        let names = path.components().rev();
        names
            .filter(|name| matches!(name, Component::Normal(_) | Component::ParentDir))
            .map(|name| name.as_os_str().to_os_string())
            .collect()
    };
    // Names that are still to be followed, the next one last.
    let mut left = names(path);
    let mut at = PathBuf::new();
    let mut links = 0;
    while let Some(name) = left.pop() {
        if name == ".." {
            at.pop();
            continue;
        }
        let next = at.join(&name);
        match std::fs::read_link(folder.join(&next)) {
            Ok(to) if links < MOST_LINKS => {
                links += 1;
                if to.is_absolute() {
                    at.clear();
                }
                left.extend(names(&to));
            }
            _ => at = next,
        }
    }
    folder.join(at)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_stay_within_the_folder() {
        let folder = std::env::temp_dir().join(format!("root-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("usr/lib")).unwrap();
        fs::write(folder.join("usr/lib/a.so"), "").unwrap();
        symlink("usr/lib", folder.join("lib")).unwrap();
        symlink("/lib/a.so", folder.join("usr/lib/b.so")).unwrap();
        symlink("../../../../etc", folder.join("usr/up")).unwrap();
        symlink("round", folder.join("round")).unwrap();
        let root = Root::new(Some(&folder));
        let here = |path: &str| root.here(Path::new(path));
        assert_eq!(here("/lib/b.so"), folder.join("usr/lib/a.so"));
        assert_eq!(here("/usr/up/passwd"), folder.join("etc/passwd"));
        assert_eq!(here("/../lib/none"), folder.join("usr/lib/none"));
        assert_eq!(here("/round"), folder.join("round"));
        assert_eq!(here("a.so"), Path::new("a.so"));
        let followed = root.followed(&folder.join("lib/b.so"));
        assert_eq!(followed, folder.join("usr/lib/a.so"));
        assert_eq!(
            root.followed(Path::new("/lib/b.so")),
            Path::new("/lib/b.so")
        );
        fs::remove_dir_all(&folder).unwrap();
    }
}
