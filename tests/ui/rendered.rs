//! An error as rustc prints it here → the same text on every machine.
//!
//! Depending on the machine, rustc shows or omits source lines of the standard library (the component
//! `rust-src`), names folders, and indents by the largest line number that it shows.

use std::path::Path;

/// Where a source line is from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The program itself.
    Program,
    /// This repository: line numbers there change often.
    Repository,
    /// The standard library.
    Rust,
}

/// A line of a section, which begins with an arrow, without what is left of its sign.
struct Line {
    number: String,
    text: String,
}

/// Returns the text of an error without what depends on the machine.
pub(crate) fn portable(rendered: &str, repository: &Path) -> String {
    let mut text = String::new();
    let mut section: Vec<Line> = Vec::new();
    // The lines before the first arrow are the message itself.
    let mut in_message = true;
    let mut origin = Origin::Program;
    for line in rendered.lines().map(str::trim_end) {
        let unindented = line.trim_start();
        let arrow = ["--> ", "::: "].iter().find_map(|arrow| {
            let place = unindented.strip_prefix(arrow)?;
            Some((arrow, place))
        });
        if let Some((arrow, place)) = arrow {
            if *arrow == "--> " {
                flush(&mut section, &mut text);
            }
            in_message = false;
            let (path, from) = portable_place(place, repository);
            origin = from;
            section.push(Line {
                number: String::new(),
                text: format!("{arrow}{path}"),
            });
        } else if let Some(parsed) = source_line(unindented).filter(|_| !in_message) {
            match origin {
                Origin::Program => section.push(parsed),
                Origin::Repository => section.push(Line {
                    number: String::new(),
                    ..parsed
                }),
                Origin::Rust => {}
            }
        } else {
            flush(&mut section, &mut text);
            text += &format!("{line}\n");
        }
    }
    flush(&mut section, &mut text);
    format!("{}\n", text.trim_end())
}

/// Returns a place without what depends on the machine, and where it is.
fn portable_place(place: &str, repository: &Path) -> (String, Origin) {
    let path = place.split(".rs:").next().unwrap();
    let library = path.split_once("/rustlib/src/rust/library/").or(path
        .strip_prefix("/rustc/")
        .and_then(|path| path.split_once("/library/")));
    if let Some((_, path)) = library {
        return (format!("$RUST/{path}.rs"), Origin::Rust);
    }
    match Path::new(path).strip_prefix(repository) {
        Ok(path) => (format!("{}.rs", path.display()), Origin::Repository),
        Err(_) => (place.into(), Origin::Program),
    }
}

/// Returns the parts of a line that belongs to a section: `7 | source`, `| ^^^`, `= note`, `...`.
fn source_line(unindented: &str) -> Option<Line> {
    let digits = unindented.find(|c: char| !c.is_ascii_digit())?;
    let (number, rest) = unindented.split_at(digits);
    let text = match number {
        "" => rest,
        _ => rest.trim_start(),
    };
    let known = ["|", "=", "+", "-", "~", "..."];
    known
        .iter()
        .any(|sign| text.starts_with(sign))
        .then(|| Line {
            number: number.into(),
            text: text.into(),
        })
}

/// Appends a section, indented by its own line numbers.
fn flush(section: &mut Vec<Line>, text: &mut String) {
    let width = section.iter().map(|line| line.number.len()).max();
    let width = width.unwrap_or_default().max(1);
    for line in section.drain(..) {
        let arrow = ["--> ", "::: "]
            .iter()
            .any(|arrow| line.text.starts_with(arrow));
        *text += &match line.text.as_str() {
            "..." => String::from("...\n"),
            arrowed if arrow => format!("{:width$}{arrowed}\n", ""),
            source => format!("{:width$} {source}\n", line.number),
        };
    }
}
