//! The command line.

use std::fs;
use std::path::Path;

use crate::recording::{Folder, says, succeeds};

#[test]
fn wrong_usage_has_a_status_of_its_own() {
    let folder = Folder::new("usage");
    folder.write("other.json", "{ \"syscalls\": [] }");
    for words in [
        "",
        "--merge",
        "--output",
        "--none true",
        "..",
        "--override red true",
        "--target riscv64 true",
        "--after read --after-install true",
        "-o - true",
        "--json - true",
        "-o p.json --json p.json true",
        "-o p.json --json ./p.json true",
        "-o p.json --with ./other.json --json other.json true",
    ] {
        let words: Vec<&str> = words.split_whitespace().collect();
        let errors = says(&folder.record(&words), 2);
        assert!(errors.starts_with("error: "), "{errors}");
    }
    for file in ["-", "p.json"] {
        assert!(!folder.path(file).exists());
    }
    // Everything after the command belongs to it.
    let output = folder.record(&["-o", "p.json", "echo", "--merge", "-o"]);
    assert_eq!(succeeds(output), "--merge -o\n");
}

/// `BLESS=1` writes the file.
#[test]
fn the_help_is_this() {
    let help = succeeds(Folder::new("help").record(&["--help"]));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/record/help.txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &help).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), help);
    assert!(help.contains("Example: seccomp-profile record"), "{help}");
}
