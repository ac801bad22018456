//! The help of each subcommand has an example.

use std::process::Command;

fn answer(words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seccomp-profile"));
    let output = command.args(words).output().unwrap();
    assert!(output.status.success(), "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_subcommand_has_an_example() {
    let help = answer(&["--help"]);
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let named = |line: &str| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && name != "help").then(|| String::from(name))
    };
    let names: Vec<String> = commands.lines().filter_map(named).collect();
    assert!(names.len() >= 8, "{names:?}");
    for name in names {
        let help = answer(&[&name, "--help"]);
        assert!(help.contains("Example"), "{name}");
        assert!(
            help.contains(&format!("  seccomp-profile {name}"))
                || help.contains(&format!("Example: seccomp-profile {name}")),
            "{name}"
        );
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{name}: {line}");
        }
    }
}
