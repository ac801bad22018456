//! First inputs, a file each: for the target `compile` the project's test vectors, for `scan` small
//! programs.
//!
//! `seeds VECTORS.json DIRECTORY`: the folder has one for each target.

#[path = "../../../cli/tests/scan/program.rs"]
mod program;

use program::Elf;
use program::Op::{Call, First, Foreign, Make, MakeAny, Point, Return};
use seccomp_profile_compiler::Abi;
use serde_json::Value;
use std::error::Error;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    let [_, vectors, directory] = &arguments[..] else {
        return Err("usage: seeds VECTORS.json DIRECTORY".into());
    };
    for target in ["compile", "scan"] {
        fs::create_dir_all(format!("{directory}/{target}"))?;
    }
    for (name, file) in programs() {
        // As it is, for any kind of scan.
        let input = [&[0][..], &file.bytes()].concat();
        fs::write(format!("{directory}/scan/{name}"), input)?;
    }
    let file: Value = serde_json::from_str(&fs::read_to_string(vectors)?)?;
    let vectors = file["vectors"].as_array().ok_or("no vectors")?;
    for vector in vectors {
        let id = vector["id"].as_str().ok_or("a vector without an id")?;
        let text = match vector["profile_text"].as_str() {
            Some(text) => text.to_owned(),
            None => format!("{:#}", vector["profile"]),
        };
        let target = vector["target"].as_str().and_then(Abi::from_oci_name);
        let at = Abi::ALL.iter().position(|abi| Some(*abi) == target);
        let at = at.ok_or("a vector without a target")?;
        let lenient = u8::from(vector["options"]["overlap"] == "first-match") << 1
            | u8::from(vector["options"].get("capabilities").is_some()) << 4;
        let mut input = vec![at as u8, lenient];
        input.extend(text.bytes());
        fs::write(format!("{directory}/compile/{id}"), input)?;
    }
    println!("{} seeds", vectors.len());
    Ok(())
}

/// Programs with each kind of operation, and with libraries.
fn programs() -> [(&'static str, Elf); 3] {
    let calls = [
        ("_start", &[Call("main"), First(0), Make(231), Return][..]),
        ("main", &[First(1), Make(1), Point("later"), Return]),
        (
            "later",
            &[First(2), Make(41), Call("main"), MakeAny, Foreign, Return],
        ),
    ];
    let library = Elf {
        needed: vec!["liba.so", "libb.so"],
        interpreter: Some("/lib64/ld-linux-x86-64.so.2"),
        run_path: Some("$ORIGIN/lib"),
        ..Elf::new(&calls)
    };
    let small = Elf::new(&[("_start", &[MakeAny, Return])]);
    [
        ("calls", Elf::new(&calls)),
        ("library", library),
        ("small", small),
    ]
}
