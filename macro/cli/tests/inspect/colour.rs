//! Colours are for terminals alone.

use std::process::Command;

use super::skip::skip;
use super::{root, run};

const PATH: &str = "tests/profiles/inspect-rules.json";

const QUESTIONS: [&[&str]; 6] = [
    &["--emit", "listing"],
    &["--emit", "table"],
    &["--explain", "prctl"],
    &["--emit", "dot"],
    &["--emit", "stats"],
    &["--decide", "prctl"],
];

#[test]
fn pipes_get_none() {
    for question in QUESTIONS {
        let words = [&["--target", "x86_64", PATH], question].concat();
        let output = run(&words).stdout;
        assert!(
            !output.is_empty() && !output.contains(&0x1b),
            "{question:?}"
        );
    }
}

/// `script` runs a command on a terminal of its own.
#[test]
fn terminals_get_them_where_answers_are_read() {
    let on_terminal = |question: &[&str], no_color: Option<&str>| {
        let inspect = env!("CARGO_BIN_EXE_seccomp-profile");
        let words = [&["--target", "x86_64", PATH], question].concat();
        let command = format!("'{inspect}' inspect {} 2>&-", words.join(" "));
        let mut script = Command::new("script");
        script.args(["-qec", &command, "/dev/null"]);
        script.current_dir(root()).env("TERM", "xterm");
        script.env_remove("CLICOLOR_FORCE");
        match no_color {
            Some(value) => script.env("NO_COLOR", value),
            None => script.env_remove("NO_COLOR"),
        };
        script.output().ok().map(|output| output.stdout)
    };
    if on_terminal(&["--decide", "read"], None).is_none() {
        return skip("`script` is not installed");
    }
    for (i, question) in QUESTIONS.iter().enumerate() {
        let plain = run(&[&["--target", "x86_64", PATH], *question].concat()).stdout;
        let uncoloured = on_terminal(question, Some("1")).unwrap();
        let lines = |text: &[u8]| String::from_utf8_lossy(text).replace('\r', "");
        assert_eq!(lines(&uncoloured), lines(&plain), "{question:?}");
        for no_color in [None, Some("")] {
            let coloured = on_terminal(question, no_color).unwrap();
            assert_eq!(coloured.contains(&0x1b), i < 3, "{question:?}");
            let stripped: String = lines(&coloured)
                .split('\u{1b}')
                .enumerate()
                .map(|(i, part)| {
                    if i == 0 {
                        part
                    } else {
                        part.split_once('m').unwrap().1
                    }
                })
                .collect();
            let trimmed = |text: &str| {
                text.lines()
                    .map(str::trim_end)
                    .collect::<Vec<_>>()
                    .join("\n")
            };
            assert_eq!(trimmed(&stripped), trimmed(&lines(&plain)), "{question:?}");
        }
    }
}
