//! Profiles of other projects, from `../shared/profiles` beside the checkout.
#![allow(dead_code)] // no test needs all of it

use std::path::{Path, PathBuf};

use seccomp_profile_compiler::{Abi, Compiled, Options, Sources, compile};

use crate::skip::skip;

/// A profile for one target, as plain OCI.
pub(crate) struct Resolved {
    pub(crate) name: String,
    pub(crate) target: Abi,
    pub(crate) text: String,
}

impl Resolved {
    /// Compiles the profile for its target.
    pub(crate) fn compiled(&self) -> Compiled {
        let Resolved { name, target, text } = self;
        compile(text, *target, &Options::default()).unwrap_or_else(|errors| {
            panic!("{}", errors.render(&Sources::one(name, text)).join("\n"))
        })
    }
}

/// Returns the profiles of `resolved/` by name, or skips the test if they are missing.
#[track_caller]
pub(crate) fn resolved() -> Vec<Resolved> {
    let resolve = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let target = name.rsplit('.').next().unwrap().trim_end_matches("-multi");
        Resolved {
            name: name.into(),
            target: Abi::from_name(target).unwrap(),
            text: std::fs::read_to_string(&path).unwrap(),
        }
    };
    let mut profiles: Vec<Resolved> = files("resolved").into_iter().map(resolve).collect();
    // Files with their endings have another order.
    profiles.sort_by(|a, b| a.name.cmp(&b.name));
    profiles
}

/// Returns the files of a folder by name, or skips the test if the folder is missing.
#[track_caller]
pub(crate) fn files(folder: &str) -> Vec<PathBuf> {
    let folder = shared().join(folder);
    if !folder.is_dir() {
        skip(format_args!("{} is missing", folder.display()));
        return Vec::new();
    }
    json(&folder)
}

/// Returns the text of a profile, or skips the test if it is missing.
#[track_caller]
pub(crate) fn read(path: &str) -> Option<String> {
    let path = shared().join(path);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        skip(format_args!("{} is missing", path.display()));
    }
    text
}

/// Returns the JSON files of a folder by name.
pub(crate) fn json(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let json = |path: &PathBuf| path.extension().is_some_and(|end| end == "json");
    let mut files: Vec<PathBuf> = paths.filter(json).collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

fn shared() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    // The tests of the workspace use this file too.
    let top = match package.ends_with("macro/compiler") {
        true => package.join("../.."),
        false => package.into(),
    };
    top.join("../shared/profiles")
}
