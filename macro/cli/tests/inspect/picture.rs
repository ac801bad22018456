//! The picture in the README.

use super::{answer, root};

/// What stands between two others for the first time.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(begin)?.1.split_once(end)?.0)
}

#[test]
fn the_picture_is_of_the_program() {
    let words = ["--target", "x86_64", "--native-only", "--emit", "dot"];
    let graph = answer(&[&words[..], &["examples/sandbox.json"]].concat());
    // Nodes with what they ask or answer, and edges.
    let lines = graph.lines().filter_map(|line| {
        let (id, label) = line.trim().split_once(" [label=")?;
        let first = label
            .trim_start_matches('"')
            .split(['"', ',', '\\'])
            .next()?;
        id.starts_with('"')
            .then(|| format!("{}: {first}", id.replace('"', "")))
    });
    let mut wanted: Vec<String> = lines.collect();
    let picture = std::fs::read_to_string(root().join("examples/sandbox.svg")).unwrap();
    let picture = [("&gt;", ">"), ("&amp;", "&"), ("&#45;", "-")]
        .iter()
        .fold(picture, |picture, (code, sign)| picture.replace(code, sign));
    let parts = picture.split("<g id=").filter_map(|part| {
        let id = between(part, "<title>", "</title>")?.replace("->", " -> ");
        let first = between(part, ".00\">", "</text>")?;
        (id != "program").then(|| format!("{id}: {first}"))
    });
    let mut shown: Vec<String> = parts.collect();
    wanted.sort_unstable();
    shown.sort_unstable();
    assert!(!wanted.is_empty());
    assert_eq!(shown, wanted, "draw it again, as the README says");
}
