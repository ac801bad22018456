//! The project's test vectors → first inputs for the target `compile`, a file each.
//!
//! `seeds VECTORS.json DIRECTORY`

use seccomp_profile_compiler::Abi;
use serde_json::Value;
use std::error::Error;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    let [_, vectors, directory] = &arguments[..] else {
        return Err("usage: seeds VECTORS.json DIRECTORY".into());
    };
    fs::create_dir_all(directory)?;
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
        fs::write(format!("{directory}/{id}"), input)?;
    }
    println!("{} seeds", vectors.len());
    Ok(())
}
