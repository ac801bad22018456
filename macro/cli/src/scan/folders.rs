//! The folders in which the loader of a system looks for libraries.

use std::fs;
use std::path::{Path, PathBuf};

use super::elf::Header;
use super::root::Root;

/// How deep files of `ld.so.conf` can include others.
const DEPTH: usize = 8;

/// Returns the folders that every program of the system has, the first one first: for glibc those of
/// `ld.so.conf` and those that are built in (ld.so(8)), for musl those of `ldso/dynlink.c`.
pub(super) fn folders(root: &Root, program: &Header) -> Vec<PathBuf> {
    let arch = program.arch;
    if program.is_musl() {
        let file = format!("/etc/ld-musl-{arch}.path");
        let text = fs::read_to_string(root.here(Path::new(&file)));
        let text = text.unwrap_or_else(|_| "/lib:/usr/local/lib:/usr/lib".into());
        let paths = text.split([':', '\n']).filter(|path| !path.is_empty());
        return paths.map(PathBuf::from).collect();
    }
    let mut folders = Vec::new();
    configured(root, Path::new("/etc/ld.so.conf"), DEPTH, &mut folders);
    for folder in [
        format!("/lib/{arch}-linux-gnu"),
        format!("/usr/lib/{arch}-linux-gnu"),
        "/lib64".into(),
        "/usr/lib64".into(),
        "/lib".into(),
        "/usr/lib".into(),
    ] {
        folders.push(PathBuf::from(folder));
    }
    folders
}

/// Adds the folders of a file in the format of `ld.so.conf` (ldconfig(8)).
fn configured(root: &Root, file: &Path, depth: usize, folders: &mut Vec<PathBuf>) {
    let Ok(text) = fs::read_to_string(root.here(file)) else {
        return;
    };
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("include") => {
                for pattern in words {
                    for file in matching(root, file, pattern) {
                        if depth > 0 {
                            configured(root, &file, depth - 1, folders);
                        }
                    }
                }
            }
            Some("hwcap") | None => {}
            Some(_) => {
                let paths = line.split([':', ',', ' ', '\t']);
                let paths = paths.map(|path| path.split('=').next().unwrap_or_default());
                folders.extend(paths.filter(|path| !path.is_empty()).map(PathBuf::from));
            }
        }
    }
}

/// Returns the files that a pattern of `include` names, sorted. The pattern is in the last part.
fn matching(root: &Root, by: &Path, pattern: &str) -> Vec<PathBuf> {
    // A relative pattern is beside the file that has it.
    let pattern = by.parent().unwrap_or(Path::new("/")).join(pattern);
    let (Some(folder), Some(last)) = (pattern.parent(), pattern.file_name()) else {
        return Vec::new();
    };
    let last = last.to_string_lossy().into_owned();
    let entries = fs::read_dir(root.here(folder)).into_iter().flatten();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names
        .filter(|name| is_like(last.as_bytes(), name.as_bytes()))
        .collect();
    names.sort_unstable();
    names.iter().map(|name| folder.join(name)).collect()
}

/// Returns whether a name is like a pattern with `*` and `?`.
fn is_like(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            is_like(rest, name)
                || name
                    .split_first()
                    .is_some_and(|(_, name)| is_like(pattern, name))
        }
        (Some((b'?', rest)), Some((_, name))) => is_like(rest, name),
        (Some((one, rest)), Some((other, name))) => one == other && is_like(rest, name),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_as_ldconfig_does() {
        let folder = std::env::temp_dir().join(format!("folders-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("etc/more")).unwrap();
        let write = |path: &str, text: &str| fs::write(folder.join(path), text).unwrap();
        write(
            "etc/ld.so.conf",
            "/first # a remark\ninclude more/*.conf\nhwcap 0 nosegneg\n/last:/end=libc6\n",
        );
        write("etc/more/b.conf", "/b\ninclude /etc/ld.so.conf\n");
        write("etc/more/a.conf", "/a, /c\n");
        write("etc/more/a.other", "/none\n");
        write("etc/ld-musl-aarch64.path", "/x:/y\n/z\n");
        let root = Root::new(Some(&folder));
        let header = |interpreter: &str| Header {
            arch: "aarch64",
            interpreter: Some(interpreter.into()),
            ..Header::default()
        };
        let glibc = folders(&root, &header("/lib/ld-linux-aarch64.so.1"));
        let glibc: Vec<&str> = glibc.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(&glibc[..5], ["/first", "/a", "/c", "/b", "/first"]);
        assert_eq!(
            glibc[glibc.len() - 8..],
            [
                "/last",
                "/end",
                "/lib/aarch64-linux-gnu",
                "/usr/lib/aarch64-linux-gnu",
                "/lib64",
                "/usr/lib64",
                "/lib",
                "/usr/lib"
            ]
        );
        let musl = folders(&root, &header("/lib/ld-musl-aarch64.so.1"));
        assert_eq!(musl, ["/x", "/y", "/z"].map(PathBuf::from));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn patterns_match_names() {
        for (pattern, name, matches) in [
            ("*.conf", "a.conf", true),
            ("*.conf", "a.conf.old", false),
            ("?.c*", "a.conf", true),
            ("a", "b", false),
            ("", "", true),
        ] {
            assert_eq!(
                is_like(pattern.as_bytes(), name.as_bytes()),
                matches,
                "{pattern}"
            );
        }
    }
}
