//! What the README shows is so: its profiles are sound, its programs build and run, and its mistake
//! is told in those words. The program for a recorded profile is with the recorder's tests.

#![cfg(target_os = "linux")]

mod built;
mod package;

use std::fs;
use std::process::Command;

use package::Package;
use seccomp_profile_compiler::{Abi, Options, compile};

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
    for profile in blocks("json") {
        for target in [Abi::X86_64, Abi::Aarch64, Abi::S390x] {
            let compiled = compile(&profile, target, &Options::default());
            let warnings = compiled.map(|compiled| compiled.warnings);
            assert_eq!(warnings.map_err(|errors| errors.to_string()), Ok(vec![]));
        }
    }
}

#[test]
fn the_program_shown_runs_and_the_mistake_shown_is_told() {
    let package = Package::new("readme");
    let (profile, source) = (&blocks("json")[0], &blocks("rust")[0]);
    fs::write(package.0.join("profile.json"), profile).unwrap();
    let program = package.build("first", source).unwrap();
    let output = Command::new(program).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said == "held\n", "{said}");

    let shown = &blocks("text")[0];
    // The line that the message quotes, where it says.
    let (_, quoted) = shown.split_once(" |     {").unwrap();
    let (quoted, _) = quoted.split_once('\n').unwrap();
    let mistake = format!(
        "{{\n  \"defaultAction\": \"SCMP_ACT_ERRNO\",\n  \"syscalls\": [\n    {{{quoted}\n  ]\n}}\n"
    );
    fs::write(package.0.join("profile.json"), mistake).unwrap();
    let said = package.build("first", source).unwrap_err();
    let shown = shown.replace("src/main.rs", "src/bin/first.rs");
    assert!(
        said.contains(&shown),
        "{shown}\nis shown, but said is\n{said}"
    );
}

#[test]
fn links_and_commands_name_what_is_there() {
    let (mut links, mut examples) = (0, 0);
    let names = |text: &str| {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        text.split(|c| !is_name(c)).next().unwrap().to_string()
    };
    for page in [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "runtime/src/guide.rs",
    ] {
        let text = fs::read_to_string(page).unwrap();
        for link in text.split("](").skip(1).filter(|_| page.ends_with(".md")) {
            let link = link.split([')', '#']).next().unwrap();
            if !link.starts_with("https://") {
                assert!(fs::exists(link).unwrap(), "{page}: {link}");
                links += 1;
            }
        }
        for named in text.split("--example ").skip(1).map(names) {
            let file = fs::exists(format!("examples/{named}.rs")).unwrap();
            let folder = fs::exists(format!("examples/{named}/main.rs")).unwrap();
            assert!(file || folder, "{page}: {named}");
            examples += 1;
        }
    }
    assert!(links > 4 && examples > 4, "{links} {examples}");
}

/// What stands between two others for the first time.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(begin)?.1.split_once(end)?.0)
}

#[test]
fn the_picture_is_of_the_program() {
    let words = ["--target", "x86_64", "--native-only", "--emit", "dot"];
    let inspect = Command::new(built::example("inspect"))
        .args(words)
        .arg("examples/sandbox.json")
        .output()
        .unwrap();
    let graph = String::from_utf8(inspect.stdout).unwrap();
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
    let picture = fs::read_to_string("examples/sandbox.svg").unwrap();
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
