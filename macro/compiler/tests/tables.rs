//! The tables that every expansion needs, as static data: `src/linux/*.in`, written from the CSV.
//!
//! Procedural macros run unoptimised, where reading a table takes longer than compiling a profile;
//! and the compiler of Rust needs seconds to read one in a constant.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use seccomp_profile_compiler::linux::abi::Abi;

#[path = "support/golden.rs"]
mod golden;

fn table(name: &str) -> (PathBuf, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/linux");
    let text = std::fs::read_to_string(folder.join(format!("{name}.csv"))).unwrap();
    (folder.join(format!("{name}.in")), text)
}

/// Returns the header and the lines of a table.
fn lines(text: &str) -> (Vec<&str>, Vec<Vec<&str>>) {
    let lines = text.lines().map(|line| line.split(',').collect());
    let mut lines: Vec<Vec<&str>> = lines.collect();
    let header = lines.remove(0);
    assert!(lines.iter().all(|line| line.len() == header.len()));
    (header, lines)
}

/// Returns the first line of the file.
fn first_line(name: &str) -> String {
    format!(
        "// From `{name}.csv`, by `BLESS=1 cargo test -p seccomp-profile-compiler --test tables`.\n"
    )
}

/// The first eight bytes of a name, as a number with the same order.
fn key(name: &str) -> u64 {
    let mut bytes = [0; 8];
    let length = name.len().min(8);
    bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
    u64::from_be_bytes(bytes)
}

#[test]
fn system_calls_are_those_of_the_table() {
    let (file, text) = table("syscalls");
    let (header, lines) = lines(&text);
    let columns = &header[2..];
    let column = |abi: Abi| columns.iter().position(|name| *name == abi.column());
    let of_abi: Vec<usize> = Abi::ALL.iter().map(|abi| column(*abi).unwrap()).collect();
    let mut out = first_line("syscalls");
    let (abis, count) = (of_abi.len(), lines.len());
    let _ = writeln!(out, "static COLUMN: [usize; {abis}] = {of_abi:?};");
    let keys: Vec<u64> = lines.iter().map(|cells| key(cells[0])).collect();
    assert!(keys.is_sorted());
    let _ = writeln!(out, "static KEYS: [u64; {count}] = {keys:?};");
    let _ = writeln!(out, "static LINES: [Line; {count}] = [");
    for cells in &lines {
        let numbers = cells[2..].iter().map(|cell| match *cell {
            "" => "NONE".to_owned(),
            number => number.parse::<u32>().unwrap().to_string(),
        });
        let numbers = numbers.collect::<Vec<_>>().join(", ");
        let (name, since) = (cells[0], cells[1]);
        let _ = writeln!(
            out,
            "    Line {{ name: {name:?}, since: {since:?}, numbers: [{numbers}] }},"
        );
    }
    out.push_str("];\n");
    golden::golden(&file, &out);
}

#[test]
fn siblings_are_those_of_the_table() {
    let (file, text) = table("siblings");
    let (header, lines) = lines(&text);
    let mut out = first_line("siblings");
    let count = lines.len();
    let _ = writeln!(out, "static FORMS: [Form; {count}] = [");
    for cells in &lines {
        let cell = |name: &str| cells[header.iter().position(|it| *it == name).unwrap()];
        let rank: u8 = cell("rank").parse().unwrap();
        let libraries = ["glibc", "musl", "bionic"].map(cell);
        let [deed, call, beyond, arguments, with] =
            ["deed", "call", "beyond", "arguments", "with"].map(cell);
        let _ = writeln!(
            out,
            "    Form {{ deed: {deed:?}, call: {call:?}, beyond: {beyond:?}, rank: {rank}, \
             arguments: {arguments:?}, libraries: {libraries:?}, with: {with:?} }},"
        );
    }
    out.push_str("];\n");
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by_key(|at| lines[*at][1]);
    let by_call: Vec<(usize, u64)> = { places.iter() }
        .map(|at| (*at, key(lines[*at][1])))
        .collect();
    let _ = writeln!(
        out,
        "static BY_CALL: [(usize, u64); {count}] = {by_call:?};"
    );
    golden::golden(&file, &out);
}
