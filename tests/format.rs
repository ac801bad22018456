//! The chapter `format` says what is so: each profile in it is compiled, or refused for the reason
//! and at the line that a comment names; every kind of error and every lint stands in it; and links
//! to its sections lead somewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use seccomp_profile_compiler::error::{Error, Kind, LINTS};
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::{Abi, Compiled, Errors, Options, Sources, compose, groups};
use serde_json::{Deserializer, Value};

/// The files of the chapter and their text, in its order.
fn pages() -> Vec<(String, String)> {
    let chapter = fs::read_to_string("runtime/src/format.rs").unwrap();
    let included = chapter.split("include_str!(\"").skip(1);
    let paths = included.map(|rest| format!("runtime/src/{}", rest.split('"').next().unwrap()));
    let pages = paths.map(|path| (fs::read_to_string(&path).unwrap(), path));
    let pages: Vec<_> = pages.map(|(text, path)| (path, text)).collect();
    assert!(pages.len() > 5);
    pages
}

/// An invocation: the profile, with spaces for Rust's comments, the comments, and the options.
struct Invocation {
    profile: String,
    /// What follows `//`, and on which line of the profile.
    comments: Vec<(usize, String)>,
    options: Options,
    /// Groups, and paths from the folder of the runtime crate.
    with: Vec<String>,
}

/// Every invocation in a page. Hidden lines of an example belong to it.
fn invocations(page: &str) -> Vec<Invocation> {
    let shown = page
        .lines()
        .map(|line| line.strip_prefix("# ").unwrap_or(line));
    let page = shown.collect::<Vec<_>>().join("\n");
    page.split("seccomp_profile!({")
        .skip(1)
        .map(invocation)
        .collect()
}

/// The invocation that begins with the text, behind its first brace.
fn invocation(text: &str) -> Invocation {
    let (mut profile, mut comments) = (String::from("{"), Vec::new());
    let mut depth = 1;
    let mut rest = text.chars();
    while depth > 0 {
        match rest.next().expect("an invocation ends") {
            '/' => {
                let line: String = rest.by_ref().take_while(|c| *c != '\n').collect();
                comments.push((profile.matches('\n').count(), line));
                profile.push('\n');
            }
            '"' => {
                let string: String = rest.by_ref().take_while(|c| *c != '"').collect();
                profile.push_str(&format!("\"{string}\""));
            }
            c => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                profile.push(c);
            }
        }
    }
    // What is wrong with a profile of one line stands behind the invocation.
    let (words, behind) = rest.as_str().split_once(");").unwrap();
    let behind = behind.lines().next().unwrap_or_default();
    if let Some((_, comment)) = behind.split_once("// ") {
        comments.push((profile.matches('\n').count(), comment.into()));
    }
    let (options, with) = options(words);
    Invocation {
        profile,
        comments,
        options,
        with,
    }
}

impl Invocation {
    fn compile(&self, target: Abi) -> Result<Compiled, Errors> {
        let is_group = |word: &&String| groups::is_name(word);
        let (groups, paths): (Vec<&String>, Vec<&String>) = self.with.iter().partition(is_group);
        let groups: Vec<&str> = groups.into_iter().map(String::as_str).collect();
        let text = |path: &&String| fs::read_to_string(Path::new("runtime").join(path)).unwrap();
        let texts: Vec<String> = paths.iter().map(text).collect();
        let others = { paths.iter() }.zip(&texts);
        let others = others.map(|(path, text)| ((*path).clone(), text.as_str()));
        let sources = Sources::compose(("", self.profile.as_str()), others, &groups)?;
        compose(&sources, target, &self.options)
    }
}

fn options(mut words: &str) -> (Options, Vec<String>) {
    let mut options = Options::default();
    let mut with = Vec::new();
    while let Some(rest) = words.trim_start().strip_prefix(',') {
        if let Some((key, rest)) = rest.split_once(" = ") {
            let mut values = Deserializer::from_str(rest).into_iter::<Value>();
            let value = match values.next().unwrap().unwrap() {
                Value::Bool(value) => Setting::Bool(value),
                Value::String(word) => Setting::Word(word),
                list => Setting::List(serde_json::from_value(list).unwrap()),
            };
            match value {
                Setting::List(words) if key.trim() == "with" => with = words,
                value => options.set(key.trim(), &value).unwrap(),
            }
            words = &rest[values.byte_offset()..];
        } else {
            let (key, rest) = rest.split_once('(').unwrap();
            let lints = rest.split(')').next().unwrap().split(',');
            let lints = lints.map(|lint| lint.trim().into()).collect();
            options.set(key.trim(), &Setting::List(lints)).unwrap();
            words = "";
        }
    }
    (options, with)
}

/// Kinds and lines, as a comment says them.
fn named(invocation: &Invocation, what: &str) -> BTreeSet<(String, usize)> {
    let before = format!("{what}[");
    let comments = invocation.comments.iter();
    comments
        .flat_map(|(line, comment)| {
            let kinds = comment.split(&before).skip(1);
            let kinds = kinds.map(|rest| rest.split(']').next().unwrap_or_default());
            kinds.map(|kind| (kind.into(), *line)).collect::<Vec<_>>()
        })
        .collect()
}

fn found<'a>(profile: &str, errors: impl Iterator<Item = &'a Error>) -> BTreeSet<(String, usize)> {
    // What has no place is about the invocation.
    let start = |error: &Error| error.span.map_or(0, |span| span.start);
    let line = |error: &Error| profile[..start(error)].matches('\n').count();
    errors
        .map(|error| (error.kind.name().into(), line(error)))
        .collect()
}

#[test]
fn every_profile_is_what_its_comments_say() {
    let (mut sound, mut refused) = (0, 0);
    for (path, page) in pages() {
        for invocation in invocations(&page) {
            let profile = &invocation.profile;
            let wrong = named(&invocation, "error");
            for target in [Abi::X86_64, Abi::Aarch64, Abi::Ppc64le, Abi::S390x] {
                match invocation.compile(target) {
                    Ok(compiled) => {
                        assert!(wrong.is_empty(), "{path}: {target} accepts {profile}");
                        let warnings = found(profile, compiled.warnings.iter());
                        let doubtful = named(&invocation, "warning");
                        if target == Abi::X86_64 {
                            assert_eq!(warnings, doubtful, "{path}: {profile}");
                        }
                        sound += 1;
                    }
                    Err(errors) => {
                        let errors = found(profile, errors.iter());
                        assert_eq!(errors, wrong, "{path}: {target}: {profile}");
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(sound > 100 && refused > 60, "{sound} and {refused}");
}

#[test]
fn a_block_that_must_not_compile_has_an_error() {
    for (path, page) in pages() {
        for block in page.split("```compile_fail").skip(1) {
            let block = block.split("```").next().unwrap();
            assert!(block.contains("// error["), "{path}: {block}");
        }
        for block in page.split("```rust").skip(1) {
            let block = block.split("```").next().unwrap();
            assert!(!block.contains("// error["), "{path}: {block}");
        }
    }
}

#[test]
fn every_kind_of_error_and_every_lint_has_its_row() {
    let text: String = pages().into_iter().map(|(_, text)| text).collect();
    let (_, reports) = text.split_once("\n# Errors\n").unwrap();
    for kind in Kind::ALL {
        let name = match LINTS.contains(kind) {
            true => kind.name().replace('-', "_"),
            false => kind.name().into(),
        };
        let row = format!("\n| `{name}` |");
        assert!(reports.contains(&row), "`{name}` is not explained");
    }
}

#[test]
fn every_group_has_its_row() {
    let text: String = pages().into_iter().map(|(_, text)| text).collect();
    for group in groups::GROUPS {
        let below = group.builds_on.iter().map(|name| format!("`{name}`"));
        let below = below.collect::<Vec<_>>().join(", ");
        let row = format!("\n| `{}` | {} | {below} |", group.name, group.summary);
        assert!(text.contains(&row), "the table lacks{row}");
    }
}

#[test]
fn every_lint_has_an_example_that_fires() {
    let pages = pages();
    let invocations = pages.iter().flat_map(|(_, page)| invocations(page));
    let shown: BTreeSet<String> = invocations
        .flat_map(|invocation| {
            [
                named(&invocation, "warning"),
                named(&invocation, "error"),
                named_by_allow(&invocation.options),
            ]
        })
        .flatten()
        .map(|(kind, _)| kind)
        .collect();
    for lint in LINTS {
        let name = lint.name();
        assert!(shown.contains(name), "no example of `{name}`");
    }
}

/// The lints that an invocation silences.
fn named_by_allow(options: &Options) -> BTreeSet<(String, usize)> {
    let names = options.allow.iter().map(|lint| (lint.name().into(), 0));
    names.collect()
}

/// The anchors that rustdoc makes of the chapter's headings.
fn anchors() -> BTreeSet<String> {
    let text: String = pages().into_iter().map(|(_, text)| text).collect();
    let headings = text.lines().filter_map(heading);
    headings
        .map(|title| title.to_lowercase().replace(' ', "-"))
        .collect()
}

/// The title, if the line is a heading and not a hidden line of an example.
fn heading(line: &str) -> Option<&str> {
    let title = line.strip_prefix("# ").or(line.strip_prefix("## "))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == ' ';
    title.chars().all(plain).then_some(title)
}

/// What follows each `before` in a text, up to a character that no anchor has.
fn links<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let links = text.split(before).skip(1);
    links.map(move |rest| rest.split(|c| !part(c)).next().unwrap_or_default())
}

fn sources(folder: &Path, see: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, see);
        } else if path
            .extension()
            .is_some_and(|end| end == "rs" || end == "md")
        {
            see(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn links_to_sections_lead_to_one() {
    let anchors = anchors();
    assert!(anchors.contains("overlapping-rules") && anchors.len() > 30);
    let mut chapter = pages();
    let front = "runtime/src/format.rs";
    chapter.push((front.into(), fs::read_to_string(front).unwrap()));
    let within = chapter.iter().map(|(path, text)| (path, text, "](#"));
    for (path, text, before) in within {
        for anchor in links(text, before) {
            assert!(anchors.contains(anchor), "{path}: #{anchor}");
        }
    }
    // Each section is in the table of contents.
    for anchor in &anchors {
        assert!(
            chapter.last().unwrap().1.contains(&format!("](#{anchor})")),
            "{anchor}"
        );
    }
    // As in (`format`, *Rules*); put together, so that this file is none of its finds.
    let marker = ["format`,", " *"].concat();
    let mut references = 0;
    let mut see = |path: &Path, text: &str| {
        for before in ["format#", "format/index.html#"] {
            for anchor in links(text, before).filter(|anchor| !anchor.is_empty()) {
                assert!(anchors.contains(anchor), "{}: {anchor}", path.display());
            }
        }
        // Comments name a section by its title, which can go on in the next line.
        let joined: Vec<&str> = text
            .lines()
            .map(|line| line.trim_start().trim_start_matches(['/', '!', ' ']))
            .collect();
        let joined = joined.join(" ");
        for mut rest in joined.split(&marker).skip(1) {
            // Several titles can follow each other: *Flags* and *Limits*.
            while let Some((title, behind)) = rest.split_once('*') {
                let anchor = title.to_lowercase().replace(' ', "-");
                assert!(anchors.contains(&anchor), "{}: {title}", path.display());
                references += 1;
                let next = behind.strip_prefix(" and *");
                match next.or(behind.strip_prefix(", *")) {
                    Some(next) => rest = next,
                    None => break,
                }
            }
        }
    };
    for folder in [
        "macro/src",
        "macro/compiler/src",
        "runtime/src",
        "examples",
        "tests",
    ] {
        sources(Path::new(folder), &mut see);
    }
    assert!(references > 20, "only {references} references were found");
}
