//! What the README shows is so: its profiles are sound, its programs build and run, and its mistake
//! is told in those words; and what it and other pages name is there. The program for a recorded
//! profile is with the recorder's tests.

#![cfg(target_os = "linux")]

#[path = "support/package.rs"]
mod package;

use std::fs;
use std::process::Command;

use package::Package;
use seccomp_profile_compiler::{Abi, Options, Sources, compose};

/// The blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let text = fs::read_to_string("README.md").unwrap();
    let begin = format!("```{language}\n");
    let blocks = text.split(&begin).skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap().to_string());
    let blocks: Vec<String> = blocks.collect();
    assert!(!blocks.is_empty(), "no {language}");
    blocks
}

#[test]
fn the_profiles_shown_are_sound() {
    // The groups of the program that is shown with it.
    let program = &blocks("rust")[0];
    let (_, groups) = program.split_once("with = [").unwrap();
    let groups = groups.split(']').next().unwrap().split(", ");
    let groups: Vec<&str> = groups.map(|name| name.trim_matches('"')).collect();
    assert!(groups.len() > 2);
    for profile in blocks("json") {
        for target in [Abi::X86_64, Abi::Aarch64, Abi::S390x] {
            let sources = Sources::compose(("profile.json", profile.as_str()), [], &groups);
            let compiled = compose(&sources.unwrap(), target, &Options::default());
            let warnings = compiled.map(|compiled| compiled.warnings);
            assert_eq!(warnings.map_err(|errors| errors.to_string()), Ok(vec![]));
        }
    }
}

#[test]
fn the_program_shown_runs_and_the_mistake_shown_is_told() {
    let package = Package::new("readme", "");
    let (profile, source) = (&blocks("json")[0], &blocks("rust")[0]);
    package.write("profile.json", profile);
    let program = package.build("readme-first", source).unwrap();
    let output = Command::new(program).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said == "confined\n", "{said}");

    let shown = &blocks("text")[0];
    // The line that the message quotes, where it says.
    let (_, quoted) = shown.split_once(" |     {").unwrap();
    let (quoted, _) = quoted.split_once('\n').unwrap();
    let mistake = format!(
        "{{\n  \"defaultAction\": \"SCMP_ACT_ERRNO\",\n  \"syscalls\": [\n    {{{quoted}\n  ]\n}}\n"
    );
    package.write("profile.json", mistake);
    let said = package.build("readme-first", source).unwrap_err();
    let shown = shown.replace("src/main.rs", "src/bin/readme-first.rs");
    assert!(
        said.contains(&shown),
        "{shown}\nis shown, but said is\n{said}"
    );
}

/// What comes behind each `before`, up to a character that is no part of a name or path.
fn named<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    let part = |c: char| c.is_alphanumeric() || "_-./".contains(c);
    let behind = text.split(before).skip(1);
    behind.map(move |text| text.split(|c| !part(c)).next().unwrap_or_default())
}

#[test]
fn what_pages_name_is_there() {
    let folders = [".ci/", "examples/", "macro/", "runtime/", "tests/"];
    for (page, least) in [
        ("README.md", 6),
        ("CONTRIBUTING.md", 12),
        ("SECURITY.md", 2),
        ("CHANGELOG.md", 0),
        ("runtime/src/guide.rs", 0),
        ("runtime/src/guide/write.md", 0),
        ("runtime/src/guide/review.md", 0),
        ("runtime/src/guide/scan.md", 0),
        ("runtime/src/guide/embed.md", 0),
        ("runtime/src/guide/confine.md", 0),
        ("runtime/src/guide/limits.md", 0),
    ] {
        let text = fs::read_to_string(page).unwrap();
        let links =
            named(&text, "](").filter(|link| !page.starts_with("runtime/") && *link != "https");
        let quoted = named(&text, "`").filter(|path| folders.iter().any(|at| path.starts_with(at)));
        let paths: Vec<&str> = links.chain(quoted).collect();
        for path in &paths {
            assert!(fs::exists(path).unwrap(), "{page} names {path}");
        }
        let tests = ["tests", "macro/cli/tests", "macro/compiler/tests"];
        for (flag, folders) in [("--example ", &["examples"][..]), ("--test ", &tests[..])] {
            for name in named(&text, flag) {
                let files = folders.iter().flat_map(|folder| {
                    [
                        format!("{folder}/{name}.rs"),
                        format!("{folder}/{name}/main.rs"),
                    ]
                });
                let there = files.map(|file| fs::exists(file).unwrap());
                assert!(there.max() == Some(true), "{page} names {flag}{name}");
            }
        }
        assert!(paths.len() >= least, "{page} names only {paths:?}");
    }
}
