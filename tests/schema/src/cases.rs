//! The texts to compare: vectors, cases of intent, and profiles as files.

use std::fs;
use std::path::{Path, PathBuf};

use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::profile::Profile;
use seccomp_profile_compiler::resolve::resolve;
use seccomp_profile_compiler::{Abi, Errors, Options};
use serde_json::Value;

use crate::ROOT;

/// A text, and how it is compiled.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) target: Abi,
    pub(crate) options: Options,
}

impl Case {
    pub(crate) fn errors(&self) -> Errors {
        let profile = Profile::parse(&self.text, self.target, &self.options);
        let policy = profile.and_then(|profile| resolve(&profile, self.target, &self.options));
        policy.err().unwrap_or_default()
    }
}

/// The options of a vector or case. Unknown names that an option ignores are unknown to the schema.
fn options(of: &Value) -> Options {
    let mut options = Options::default();
    let given = of.get("options").and_then(Value::as_object);
    for (key, value) in given.into_iter().flatten() {
        let setting = match value {
            _ if key == "unknown_names" => continue,
            Value::String(word) => Setting::Word(word.clone()),
            Value::Bool(flag) => Setting::Bool(*flag),
            Value::Array(words) => {
                let words = words.iter().map(|word| word.as_str().unwrap().into());
                Setting::List(words.collect())
            }
            // `expect_flags` is no option.
            _ => continue,
        };
        options.set(key, &setting).unwrap();
    }
    options
}

/// The texts of `tests/vectors.json`, `tests/intent.json` and `tests/intent-more.json`.
pub(crate) fn vectors() -> Vec<Case> {
    let mut cases = Vec::new();
    for (file, list) in [
        ("vectors", "vectors"),
        ("intent", "cases"),
        ("intent-more", "cases"),
    ] {
        let text = fs::read_to_string(format!("{ROOT}/tests/{file}.json")).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        for case in file[list].as_array().unwrap() {
            let target = case["target"].as_str().unwrap();
            let text = case.get("profile_text").and_then(Value::as_str);
            cases.push(Case {
                name: case["id"].to_string(),
                text: text.map_or_else(|| case["profile"].to_string(), String::from),
                target: Abi::from_oci_name(target)
                    .or_else(|| Abi::from_name(target))
                    .unwrap(),
                options: options(case),
            });
        }
    }
    cases
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

/// The profiles of a folder; of `NAME.TARGET.json` for the target.
pub(crate) fn profiles(folder: &Path) -> Vec<Case> {
    let mut options = Options::default();
    let capabilities = ["CAP_CHOWN", "CAP_SYS_CHROOT", "CAP_KILL"].map(String::from);
    let capabilities = Setting::List(capabilities.into());
    options.set("capabilities", &capabilities).unwrap();
    let kernel = Setting::Word("6.18".into());
    options.set("kernel", &kernel).unwrap();
    let case = |path: PathBuf| {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let target = stem.rsplit('.').next().and_then(Abi::from_name);
        Some(Case {
            name: path.display().to_string(),
            text: String::from_utf8(fs::read(&path).unwrap()).ok()?,
            target: target.unwrap_or(Abi::X86_64),
            options: options.clone(),
        })
    };
    json_files(folder).into_iter().filter_map(case).collect()
}
