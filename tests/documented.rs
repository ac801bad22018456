//! Every public item of the runtime stands in an example, and all of these are doctests.

use std::fs;
use std::path::{Path, PathBuf};

/// Without an example, and why.
const EXCEPT: [(&str, &str); 2] = [
    ("sock_filter", "the C library's own; a filter shows them"),
    ("Sealed", "nobody can name it"),
];

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// The name that a line declares publicly.
fn declared(line: &str) -> Option<&str> {
    let mut rest = line.trim_start().strip_prefix("pub ")?;
    for word in ["const ", "unsafe "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let kinds = ["fn ", "struct ", "enum ", "trait ", "type "];
    let name = kinds.iter().find_map(|kind| rest.strip_prefix(kind))?;
    name.split(|c: char| c != '_' && !c.is_alphanumeric())
        .next()
}

#[test]
fn every_public_item_stands_in_a_doctest() {
    let mut files = Vec::new();
    sources(Path::new("runtime/src"), &mut files);
    let (mut examples, mut items) = (String::new(), Vec::new());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        // What the macros expand to is not for other code.
        let hidden = file
            .ends_with("filter/make.rs")
            .then_some(["filter", "since"]);
        let (mut shown, mut inside) = (false, false);
        for line in text.lines() {
            let doc = line.trim_start();
            // A chapter is documentation from the first line to the last.
            let chapter = file
                .extension()
                .is_some_and(|end| end == "md")
                .then_some(doc);
            match doc
                .strip_prefix("///")
                .or(doc.strip_prefix("//!"))
                .or(chapter)
            {
                Some(doc) if doc.trim_start().starts_with("```") => {
                    assert!(!doc.contains("ignore"), "{}: no test", file.display());
                    // What a program prints is no code.
                    shown = !shown;
                    inside = shown && !doc.contains("text");
                }
                Some(doc) if inside => examples.extend([doc, "\n"]),
                Some(_) => {}
                None => items.extend(
                    declared(line)
                        .filter(|name| hidden.is_none_or(|hidden| !hidden.contains(name)))
                        .filter(|_| !line.contains("pub(crate)"))
                        .map(|name| (name.to_string(), file.clone())),
                ),
            }
        }
    }
    assert!(items.len() > 20, "nothing was tested");
    let words: Vec<&str> = examples
        .split(|c: char| c != '_' && !c.is_alphanumeric())
        .collect();
    let private = fs::read_to_string("runtime/src/lib.rs").unwrap();
    let (_, private) = private.split_once("pub mod __private").unwrap();
    for (name, file) in items {
        let excepted = EXCEPT.iter().any(|(except, _)| *except == name)
            || private.contains(&format!("fn {name}("));
        assert!(
            excepted || words.contains(&name.as_str()),
            "`{name}` of {} stands in no example",
            file.display()
        );
    }
}

#[test]
fn the_profile_shown_in_the_guide_is_the_file() {
    let guide = fs::read_to_string("runtime/src/guide/embed.md").unwrap();
    let (_, shown) = guide.split_once("```json\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let file = fs::read_to_string("examples/server.json").unwrap();
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(read(shown), read(&file));
}
