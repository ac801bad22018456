//! `--merge` never loosens what is there.

use crate::recording::{Folder, host, runs, says, set, succeeds};

/// Hand-written, with formatting of its own.
const WRITTEN: &str = r#"{
  "defaultAction" : "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
  "syscalls": [
    { "comment": "mine",  "names": [ "clone3" ],
      "action": "SCMP_ACT_ERRNO", "errnoRet": 38 },

    {"names": ["mmap"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 2, "op": "SCMP_CMP_MASKED_EQ", "value": 4, "valueTwo": 0}]},
    { "names": [ "socket", "connect" ], "action": "SCMP_ACT_ALLOW",
      "args": [ {"index": 0, "op": "SCMP_CMP_EQ", "value": 1} ] }
  ]
}
"#;

#[test]
fn only_calls_that_no_rule_names_are_added() {
    let folder = Folder::new("merge");
    folder.write("p.json", WRITTEN);
    let output = folder.record(&["--merge", "-o", "p.json", "--", host(), "threads"]);
    let errors = says(&output, 1);
    let text = folder.text("p.json");
    // Everything is as it was; something follows.
    let end = WRITTEN.len() - "\n  ]\n}\n".len();
    assert_eq!(text[..end], WRITTEN[..end]);
    assert_eq!(text[end..end + 2], *",\n");
    assert!(text.ends_with("\n    }\n  ]\n}\n"), "{text}");
    assert!(errors.contains("p.json:7:16: `mmap` is allowed on conditions that this call does not meet: nothing was written for it\n  the call: mmap(addr = "), "{errors}");
    assert!(
        errors.contains("prot = PROT_READ|PROT_EXEC, flags = MAP_PRIVATE"),
        "{errors}"
    );
    assert!(errors.contains("\n  while recording: allowed\n  by the file: ERRNO(38)\n  if it is meant: --override mmap\n"), "{errors}");
    // The recorder answers `clone3` as the rule does: the program needs nothing else.
    assert!(
        errors.contains("p.json:4:38: `clone3` was answered with ENOSYS, as this rule does\n"),
        "{errors}"
    );
    let compiled = folder.compiled("p.json", &[]);
    assert!(!runs(&compiled, "clone3", [0; 6]));
    assert!(!runs(&compiled, "mmap", [0, 4096, 5, 0x22, 0, 0]));
    assert!(!runs(&compiled, "socket", [2, 1, 0, 0, 0, 0]));
    assert!(runs(&compiled, "clone", [0; 6]) && runs(&compiled, "execve", [0; 6]));

    // Another errno is another answer.
    folder.write(
        "p.json",
        &WRITTEN.replacen("\"errnoRet\": 38 }", "\"errnoRet\": 1 }", 1),
    );
    let words = [
        "--merge",
        "--override",
        "mmap",
        "-o",
        "p.json",
        "--",
        host(),
        "threads",
    ];
    let errors = says(&folder.record(&words), 1);
    assert!(errors.contains("p.json:4:38: `clone3` is answered otherwise by this rule: nothing was written for it\n  the call: clone3(args = "), "{errors}");
    assert!(
        errors.contains("  while recording: answered with ENOSYS\n  by the file: ERRNO(1)\n"),
        "{errors}"
    );
    assert!(!runs(&folder.compiled("p.json", &[]), "clone3", [0; 6]));
}

/// The whole output for one call.
#[test]
fn a_conflict_is_shown_with_arguments_answers_and_place() {
    let folder = Folder::new("merge-shown");
    folder.write("p.json", WRITTEN);
    folder.record(&[
        "--merge",
        "-o",
        "p.json",
        "--override",
        "mmap",
        "--",
        host(),
        "nothing",
    ]);
    let before = folder.text("p.json");
    let output = folder.record(&["--merge", "-o", "p.json", "--", host(), "sockets"]);
    let errors = says(&output, 1);
    let made = folder.seen("p.json").len() + 1;
    let wanted = format!(
        "p.json: the command made {made} different system calls, 0 of them new in the file\n\
         p.json:7:18: `socket` is allowed on conditions that this call does not meet: nothing was written for it\n  \
         the call: socket(family = AF_INET, type = SOCK_DGRAM, protocol = IPPROTO_IP)\n  \
         while recording: allowed\n  \
         by the file: ERRNO(38)\n  \
         if it is meant: --override socket\n"
    );
    assert_eq!(errors, wanted);
    assert_eq!(folder.text("p.json"), before);
}

#[test]
fn what_is_overridden_is_added() {
    let folder = Folder::new("override");
    folder.write("p.json", WRITTEN);
    let words = [
        "--merge",
        "-o",
        "p.json",
        "--override",
        "socket",
        "--override",
        "mmap",
        "--",
        host(),
        "sockets",
    ];
    succeeds(folder.record(&words));
    let compiled = folder.compiled("p.json", &[]);
    assert!(runs(&compiled, "socket", [2, 2, 0, 0, 0, 0]));
    assert!(!runs(&compiled, "connect", [2, 0, 0, 0, 0, 0]));
    assert!(!runs(&compiled, "clone3", [0; 6]));
    let text = folder.text("p.json");
    assert!(
        text.contains("{ \"names\": [ \"connect\" ], \"action\""),
        "{text}"
    );
    assert!(
        text.contains("{ \"comment\": \"mine\",  \"names\": [ \"clone3\" ],"),
        "{text}"
    );
}

/// With `--arguments` what was allowed on conditions stays allowed.
#[test]
fn what_is_overridden_keeps_its_conditions() {
    let folder = Folder::new("override-arguments");
    folder.write("p.json", WRITTEN);
    let words = ["--override", "socket", "--override", "mmap", "--arguments"];
    let more = ["--merge", "-o", "p.json", "--", host(), "sockets"];
    succeeds(folder.record(&[&words[..], &more].concat()));
    let compiled = folder.compiled("p.json", &[]);
    // Seen; written; neither.
    assert!(runs(&compiled, "socket", [2, 2, 0, 0, 0, 0]));
    assert!(runs(&compiled, "socket", [1, 5, 0, 0, 0, 0]));
    assert!(!runs(&compiled, "socket", [2, 1, 0, 0, 0, 0]));
    assert!(!runs(&compiled, "socket", [16, 3, 0, 0, 0, 0]));
}

#[test]
fn a_second_run_changes_nothing_and_other_runs_extend_the_rule() {
    let folder = Folder::new("merge-again");
    // Without --merge a file is not touched.
    folder.write("p.json", WRITTEN);
    let errors = says(&folder.record(&["-o", "p.json", "--", "touch", "made"]), 1);
    assert!(
        errors.starts_with("p.json: the file exists; add to it with --merge"),
        "{errors}"
    );
    assert_eq!(folder.text("p.json"), WRITTEN);
    assert!(!folder.path("made").exists());
    // With it, a file that is not there is created.
    succeeds(folder.record(&["--merge", "-o", "new.json", "--", host(), "nothing"]));
    let once = folder.text("new.json");
    let output = folder.record(&["--merge", "-o", "new.json", "--", host(), "nothing"]);
    assert!(says(&output, 0).ends_with(", 0 of them new in the file\n"));
    assert_eq!(folder.text("new.json"), once);
    let output = folder.record(&["--merge", "-o", "new.json", "--", host(), "ppid"]);
    assert!(says(&output, 0).ends_with(", 1 of them new in the file\n"));
    let rules = folder.rules("new.json");
    let last = rules.last().unwrap();
    assert_eq!(last["names"], serde_json::json!(["getppid"]));
    // The same command extends its own rule.
    let shell = |script: &str| {
        folder.write("script", script);
        succeeds(folder.record(&["--merge", "-o", "shell.json", "--", "sh", "script"]));
        folder.rules("shell.json").len()
    };
    let before = shell(":");
    assert_eq!(shell("cd / ; umask 022"), before);
    assert!(
        folder
            .seen("shell.json")
            .is_superset(&set(&["chdir", "umask", "execve"]))
    );
}

/// A rule for other capabilities is a person's answer too.
#[test]
fn a_rule_that_does_not_apply_is_not_loosened() {
    let folder = Folder::new("excluded");
    let text = r#"{
    "defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [
        { "names": ["mmap", "munmap", "mprotect"], "action": "SCMP_ACT_ALLOW" },
        { "names": ["getppid"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_SYS_ADMIN"] } }
    ]
}
"#;
    folder.write("p.json", text);
    let merge = |capabilities: &str| {
        folder.record(&[
            "--merge",
            "-o",
            "p.json",
            "--capabilities",
            capabilities,
            "--",
            host(),
            "ppid",
        ])
    };
    let errors = says(&merge(""), 1);
    assert!(errors.contains("p.json:5:21: `getppid` is in a rule that does not apply with these capabilities, architecture and kernel: nothing"), "{errors}");
    assert!(!folder.free("p.json").contains("getppid"));
    let errors = says(&merge("CAP_SYS_ADMIN"), 0);
    assert!(
        errors.ends_with(", 0 of them new in the file\n"),
        "{errors}"
    );
    // Without capabilities the profile has no meaning.
    let errors = says(
        &folder.record(&["--merge", "-o", "p.json", "--", "touch", "made"]),
        1,
    );
    assert!(errors.contains("error[needs-context]"), "{errors}");
    assert!(!folder.path("made").exists());
}

/// A profile in Docker's form, and one that allows what it does not name.
#[test]
fn other_forms_are_extended() {
    let folder = Folder::new("forms");
    let words = |file| {
        [
            "--merge",
            "-o",
            file,
            "--kernel",
            "5.10",
            "--capabilities",
            "",
            "--",
            host(),
            "ppid",
        ]
    };
    folder.write("deny.json", r#"{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "name": "ptrace", "action": "SCMP_ACT_ERRNO" }] }"#);
    let before = folder.text("deny.json");
    says(&folder.record(&words("deny.json")), 0);
    assert_eq!(folder.text("deny.json"), before);

    folder.write("config.json", r#"{ "ociVersion": "1.2.0", "linux": { "seccomp": { "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{ "names": ["ptrace"], "action": "SCMP_ACT_KILL_PROCESS" }] } } }"#);
    says(&folder.record(&words("config.json")), 0);
    assert!(runs(
        &folder.compiled("config.json", &[]),
        "getppid",
        [0; 6]
    ));

    folder.write(
        "bare.json",
        "{\n\t\"defaultAction\": \"SCMP_ACT_ERRNO\"\n}\n",
    );
    says(&folder.record(&words("bare.json")), 0);
    assert!(folder.text("bare.json").starts_with("{\n\t\"defaultAction\": \"SCMP_ACT_ERRNO\",\n\t\"syscalls\": [\n\t\t{\n\t\t\t\"comment\": \"Recorded: "));
    assert!(runs(&folder.compiled("bare.json", &[]), "getppid", [0; 6]));

    // What `--with` allows is not added.
    succeeds(folder.record(&[
        "--with",
        "files-read",
        // The dynamic linker maps what is executable.
        "--override",
        "mmap",
        "-o",
        "with.json",
        "--",
        host(),
        "nothing",
    ]));
    assert!(!folder.seen("with.json").contains("openat"));
}

/// Docker's own file, if it is there.
#[test]
fn the_profile_of_docker_is_extended() {
    let file = crate::package::repository().join("../shared/profiles/whole/moby-default.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        // CI has no such folder beside the repository.
        eprintln!("{} is not here", file.display());
        return;
    };
    let folder = Folder::new("docker");
    let record = |more: &[&str]| {
        let options = [
            "--merge",
            "-o",
            "p.json",
            "--capabilities",
            "",
            "--kernel",
            "5.10",
        ];
        folder.record(&[&options[..], more, &["--", "unshare", "-r", "true"]].concat())
    };
    folder.write("p.json", &text);
    let errors = says(&record(&[]), 1);
    assert!(
        errors.contains("`unshare` is in a rule that does not apply with these capabilities"),
        "{errors}"
    );
    assert_eq!(folder.text("p.json"), text);
    says(&record(&["--override", "unshare"]), 0);
    let lines = |text: &str| {
        text.lines()
            .map(str::to_string)
            .collect::<std::collections::BTreeSet<_>>()
    };
    let gone = &lines(&text) - &lines(&folder.text("p.json"));
    // The name, and the comma before it.
    let gone: Vec<&str> = gone.iter().map(|line| line.trim()).collect();
    assert_eq!(gone, ["\"umount2\",", "\"unshare\""]);
}

/// It is named before the command runs.
#[test]
fn a_file_that_cannot_be_extended_is_named() {
    let folder = Folder::new("unmerged");
    folder.write("empty.json", "");
    folder.write("object.json", "{}");
    for (file, problem) in [
        ("empty.json", "error[syntax]"),
        ("object.json", "error[missing-field]"),
    ] {
        let errors = says(&folder.record(&["--merge", "-o", file, "touch", "made"]), 1);
        assert!(
            errors.contains(problem) && errors.contains(file),
            "{errors}"
        );
        assert!(!folder.path("made").exists(), "{file}");
    }
}

#[test]
fn a_person_s_rule_for_clone3_is_told_and_a_recorded_one_is_as_it_should_be() {
    let folder = Folder::new("merge-clone3");
    let words = |file| ["--merge", "-o", file, "--", host(), "threads"];
    succeeds(folder.record(&["-o", "own.json", "--", host(), "threads"]));
    // What was recorded once is no conflict when the same is recorded again.
    says(&folder.record(&words("own.json")), 0);

    let by_hand = r#"{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [
        { "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 } ] }"#;
    folder.write("hand.json", by_hand);
    let errors = says(&folder.record(&words("hand.json")), 1);
    for part in [
        "hand.json:2:21: `clone3` was answered with ENOSYS, as this rule does\n",
        "nothing was written for it; if it is meant to run: --override clone3\n",
    ] {
        assert!(errors.contains(part), "{errors}");
    }
    assert!(!runs(&folder.compiled("hand.json", &[]), "clone3", [0; 6]));
}

/// A rule of the file would replace those of the group, with looser ones.
#[test]
fn rules_of_a_group_are_not_replaced() {
    let folder = Folder::new("group-rules");
    succeeds(folder.record(&["--exact", "-o", "p.json", "--", host(), "nothing"]));
    let before = folder.seen("p.json");
    assert!(!before.contains("clone"), "{before:?}");
    let words = [
        "--exact",
        "--merge",
        "--with",
        "threads",
        "-o",
        "p.json",
        "--",
        host(),
        "children",
    ];
    let errors = says(&folder.record(&words), 1);
    assert!(
        errors.contains("is in rules of a group that do not allow this call"),
        "{errors}"
    );
    assert!(errors.contains("--override clone"), "{errors}");
    assert!(!folder.seen("p.json").contains("clone"));
    let mut words = words.to_vec();
    words.splice(0..0, ["--override", "clone"]);
    succeeds(folder.record(&words));
    assert!(folder.seen("p.json").contains("clone"));
}
