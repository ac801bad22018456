//! Paths → the texts of a composition.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use seccomp_profile_compiler::profile::json;
use seccomp_profile_compiler::{Sources, groups};

use crate::Failure;

/// The texts of a profile and of the files that it is composed with, and the names of groups.
#[derive(Clone)]
pub(crate) struct Texts {
    files: Vec<(String, String)>,
    groups: Vec<String>,
}

impl Texts {
    /// Reads a profile and what `--with` names.
    pub(crate) fn read(profile: &str, with: &[String]) -> Result<Texts, Failure> {
        Texts::of(profile, read(profile)?, with)
    }

    /// Reads what `--with` names, for a profile whose text is known.
    pub(crate) fn of(profile: &str, text: String, with: &[String]) -> Result<Texts, Failure> {
        let (groups, others): (Vec<&String>, Vec<&String>) =
            with.iter().partition(|word| groups::is_name(word));
        let names: Vec<&str> = groups.iter().map(|name| name.as_str()).collect();
        groups::named(&names).map_err(|error| {
            let label = Some(error.label.as_str()).filter(|label| !label.is_empty());
            let rest = label
                .into_iter()
                .chain(error.notes.iter().map(String::as_str));
            let rest = rest.map(|text| format!("; {text}"));
            Failure::Usage(format!("{}{}", error.message, rest.collect::<String>()))
        })?;
        let real = |path: &str| std::fs::canonicalize(path).unwrap_or_else(|_| path.into());
        let mut files = vec![(profile.to_string(), text)];
        let mut seen = BTreeSet::from([real(profile)]);
        for path in others {
            let text = read(path)?;
            if !seen.insert(real(path)) {
                let message = format!("`{path}` is in this composition twice");
                return Err(Failure::Usage(message));
            }
            files.push((path.to_string(), text));
        }
        Ok(Texts {
            files,
            groups: groups.into_iter().cloned().collect(),
        })
    }

    /// Replaces the text of the profile.
    pub(crate) fn replace(&mut self, text: String) {
        if let Some((_, profile)) = self.files.first_mut() {
            *profile = text;
        }
    }

    /// Adds groups.
    pub(crate) fn add_groups(&mut self, names: &[&str]) {
        for name in names {
            if !self.groups.iter().any(|known| known == name) {
                self.groups.push((*name).to_string());
            }
        }
    }

    /// Returns the texts in the order of their precedence.
    pub(crate) fn sources(&self) -> Result<Sources<'_>, Failure> {
        let mut files = self
            .files
            .iter()
            .map(|(path, text)| (path.clone(), text.as_str()));
        let first = files.next().unwrap_or_default();
        let groups: Vec<&str> = self.groups.iter().map(String::as_str).collect();
        Sources::compose(first, files, &groups)
            .map_err(|error| Failure::Usage(error.message.to_string()))
    }
}

/// Reads a file, or standard input for `-`, as text of at most a mebibyte.
pub(crate) fn read(path: &str) -> Result<String, Failure> {
    match path {
        "-" => text(path, stdin()?),
        _ => read_file(Path::new(path)),
    }
}

/// Reads a file as text of at most a mebibyte.
pub(crate) fn read_file(path: &Path) -> Result<String, Failure> {
    let name = path.display().to_string();
    let file = std::fs::File::open(path).map_err(|error| absent(&name, error))?;
    text(&name, file)
}

fn text(name: &str, file: impl Read) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    // One byte more than the limit is enough to refuse the text.
    let limit = json::MAX_BYTES as u64 + 1;
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| absent(name, error))?;
    let text = json::text(&bytes)
        .map_err(|error| Failure::Wrong(error.render(&Sources::one(name, ""))))?;
    Ok(text.to_string())
}

fn absent(name: &str, error: std::io::Error) -> Failure {
    Failure::Wrong(format!("{name}: error[not-found]: {error}"))
}

/// Checks that an option that names a file to write does not mean standard output, which others use.
pub(crate) fn is_file(option: &str, path: &Path) -> Result<(), Failure> {
    match path == Path::new("-") {
        false => Ok(()),
        true => Err(Failure::Usage(format!(
            "{option}: `-`, standard output, is not possible: name a file (`./-` is one too)"
        ))),
    }
}

/// Returns whether two paths are of one file, which need not be there yet.
#[cfg(target_os = "linux")]
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| {
        std::fs::canonicalize(path).or_else(|_| {
            let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
            let folder = std::fs::canonicalize(folder.unwrap_or(Path::new(".")))?;
            std::io::Result::Ok(folder.join(path.file_name().unwrap_or_default()))
        })
    };
    real(one).is_ok_and(|one| real(other).is_ok_and(|other| one == other))
}

/// Reads a file of any length, or standard input for `-`.
pub(crate) fn lines(path: &str) -> Result<String, Failure> {
    let text = if path == "-" {
        std::io::read_to_string(stdin()?)
    } else {
        std::fs::read_to_string(path)
    };
    text.map_err(|error| Failure::Wrong(format!("{path}: {error}")))
}

/// Returns standard input.
///
/// # Errors
/// It was read before: the second reader would find it empty.
pub(crate) fn stdin() -> Result<std::io::Stdin, Failure> {
    static READ: AtomicBool = AtomicBool::new(false);
    match READ.swap(true, Ordering::Relaxed) {
        true => Err(Failure::Usage(
            "standard input, `-`, is read only once".into(),
        )),
        false => Ok(std::io::stdin()),
    }
}
