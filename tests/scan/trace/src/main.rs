//! `trace FILE PROGRAM ARGUMENT...`: runs a program and appends to a file where it makes which
//! system call: a line `module TAB address TAB number` for each pair of a place and a number.
//!
//! The address is the one that the ELF file of the module gives the instruction. The vDSO is the
//! module `[vdso]`, memory without a file is `[anon]`, and numbers of the i386 entry have `i386:` in
//! front. All threads and children are followed. A process counts while it executes `PROGRAM`: after
//! an `execve` of another file, its places belong to that file and are dropped.

mod follow;
mod place;
mod ptrace;

use std::ffi::{CString, OsString};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    if words.len() < 2 {
        eprintln!("usage: trace FILE PROGRAM ARGUMENT...");
        return ExitCode::from(125);
    }
    match run(&words) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("trace: {}: {error}", words[1].display());
            ExitCode::from(125)
        }
    }
}

fn run(words: &[OsString]) -> io::Result<u8> {
    let command = words[1..]
        .iter()
        .map(|word| CString::new(word.clone().into_vec()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut output = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&words[0])?;
    let (places, status) = follow::follow(&command)?;
    let mut text = String::new();
    for (place, number) in places {
        text += &format!("{place}\t{number}\n");
    }
    output.write_all(text.as_bytes())?;
    Ok(status)
}
