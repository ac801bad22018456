//! A folder of files, in which the command runs.
#![allow(dead_code)] // no test needs all of it

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of its own for a test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("scan-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    pub(crate) fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    pub(crate) fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
        command.args(words).current_dir(&self.0).output().unwrap()
    }

    /// What a user sees of some runs. `> FILE` at the end writes standard output there.
    pub(crate) fn session(&self, runs: &[&str]) -> String {
        let texts = runs.iter().map(|run| {
            let (line, file) = match run.split_once(" > ") {
                Some((line, file)) => (line, Some(file)),
                None => (*run, None),
            };
            let words: Vec<&str> = line.split(' ').collect();
            let output = self.run(&words);
            let [mut out, errors] =
                [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
            if let Some(file) = file {
                self.write(file, std::mem::take(&mut out));
            }
            let status = output.status.code().unwrap();
            format!("$ seccomp-profile {run}\n{out}{errors}exit status {status}\n")
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    /// Standard output of a run that succeeds.
    #[track_caller]
    pub(crate) fn succeeds(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }
}
