//! What is said about each mistake: `errors/NAME.json` contains it, `errors/NAME.txt` the message.
//! `NAME.ABI.json` is compiled for that ABI, any other file for x86_64.
//!
//! `BLESS=1 cargo test -p seccomp-profile-compiler --test errors` writes the messages; the
//! difference in them is what there is to review.

#![allow(missing_docs)]

#[path = "support/engines.rs"]
mod engines;
#[path = "support/golden.rs"]
mod golden;
#[path = "support/parallel.rs"]
mod parallel;
#[path = "support/profiles.rs"]
mod profiles;
#[path = "support/skip.rs"]
mod skip;

use std::collections::BTreeSet;
use std::path::Path;

use seccomp_profile_compiler::error::LINTS;
use seccomp_profile_compiler::error::{Error, Kind};
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::profile::json::{self, MAX_BYTES};
use seccomp_profile_compiler::{Abi, Errors, Options, Sources, compile};

/// Kinds that no file has, and why.
const ELSEWHERE: [(Kind, &str); 8] = [
    (Kind::NotFound, "the macro reads files"),
    (Kind::ConflictingFiles, "two files: tests/composed"),
    (Kind::Repeated, "in `with`: tests/ui/fail/with.rs"),
    (Kind::UnknownGroup, "in `with`: tests/ui/fail/with.rs"),
    (Kind::UnusedGroup, "a composition: tests/compose/group.rs"),
    (Kind::InternalMismatch, "a defect of the compiler"),
    (Kind::SecondReader, "a defect of one of the readers"),
    (Kind::RulesTooHard, "no list is known that is"),
];

/// Compares the messages with the file, or writes it.
fn golden(path: &Path, text: &str) {
    golden::golden(path, &format!("{}\n", text.trim_end()));
}

/// What is wrong with the bytes of a file; lints count.
fn refused(bytes: &[u8], path: &str, target: Abi, options: &Options) -> (BTreeSet<Kind>, String) {
    let text = match json::text(bytes) {
        Ok(text) => text,
        Err(error) => return told(&error.into(), path, ""),
    };
    match compile(text, target, options) {
        Err(errors) => told(&errors, path, text),
        Ok(compiled) => {
            assert!(!compiled.warnings.is_empty(), "{path} is accepted");
            let kinds = compiled
                .warnings
                .iter()
                .map(|warning| warning.kind)
                .collect();
            let shown = compiled
                .warnings
                .iter()
                .map(|warning| warning.render_warning(&Sources::one(path, text)));
            (kinds, shown.collect::<Vec<_>>().join("\n\n"))
        }
    }
}

/// The ABI that a file is compiled for.
fn target(path: &Path) -> Abi {
    let stem = Path::new(path.file_stem().unwrap());
    let abi = stem.extension().map(|abi| abi.to_str().unwrap());
    abi.map_or(Abi::X86_64, |abi| Abi::from_name(abi).unwrap())
}

/// The options that a file is compiled with.
fn options(name: &str) -> Options {
    let mut options = Options {
        reporter: name.starts_with("reporter-"),
        ..Options::default()
    };
    let words: &[(&str, &str)] = match name.split('.').next() {
        Some("newer-kernel-stricter") => &[("kernel", "4.19")],
        Some("unknown-syscall-denied") => &[("unknown_names", "ignore")],
        _ => &[],
    };
    for (key, word) in words {
        options.set(key, &Setting::Word((*word).into())).unwrap();
    }
    if name.starts_with("typed-") {
        options.typed_arguments = true;
    }
    options
}

fn told(errors: &Errors, path: &str, text: &str) -> (BTreeSet<Kind>, String) {
    (
        errors.iter().map(|error| error.kind).collect(),
        errors.render(&Sources::one(path, text)).join("\n\n"),
    )
}

/// Mistakes that are too large for a file of their own, or no text.
fn generated() -> Vec<(&'static str, Vec<u8>)> {
    let conditions = |index: &dyn Fn(u64) -> u64, count: u64| {
        let each = (0..count).map(|i| {
            // Spread over 64 bits, so that nothing can be shared.
            let value = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            format!(
                r#"{{ "index": {}, "value": {value}, "op": "SCMP_CMP_EQ" }}"#,
                index(i)
            )
        });
        each.collect::<Vec<_>>().join(",")
    };
    let profile = |name: &str, args: String| {
        format!(
            "{{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [\n  {{ \"names\": [\"{name}\"], \
             \"action\": \"SCMP_ACT_ALLOW\",\n    \"args\": [{args}] }}\n] }}"
        )
        .into_bytes()
    };
    vec![
        (
            "not-utf8",
            b"{\n  \"defaultAction\": \"SCMP_ACT_\xff\"\n}".to_vec(),
        ),
        ("too-large", vec![b' '; MAX_BYTES + 1]),
        (
            "too-many-conditions",
            profile("ioctl", conditions(&|_| 1, 1025)),
        ),
        (
            "program-too-long",
            profile("ioctl", conditions(&|i| i % 6, 1020)),
        ),
    ]
}

#[test]
fn every_mistake_is_explained_as_written() {
    let folder = Path::new("tests/errors");
    let mut seen: BTreeSet<Kind> = BTreeSet::new();
    for path in profiles::json(folder) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let (kinds, told) = refused(&bytes, name, target(&path), &options(name));
        golden(&path.with_extension("txt"), &told);
        seen.extend(kinds);
    }
    for (name, bytes) in generated() {
        let name_of_file = format!("{name}.json");
        let (kinds, told) = refused(&bytes, &name_of_file, Abi::X86_64, &Options::default());
        golden(&folder.join(name).with_extension("txt"), &told);
        seen.extend(kinds);
    }
    let word = |word: &str| Setting::Word(word.into());
    let list = |word: &str| Setting::List(vec![word.into()]);
    let mut told = String::new();
    for (key, value) in [
        ("overlapp", word("first-match")),
        ("overlap", word("first_match")),
        ("native_only", word("true")),
        ("capabilities", list("CAP_NET_RAV")),
        ("kernel", word("5")),
        ("default_action", word("SCMP_ACT_ERRNO(5000)")),
        ("deny_action", word("SCMP_ACT_ALLOW")),
        ("allow", list("int-args")),
    ] {
        let error: Error = Options::default().set(key, &value).unwrap_err();
        seen.insert(error.kind);
        told.push_str(&format!("{}\n\n", error.render(&Sources::one(key, ""))));
    }
    golden(&folder.join("options.txt"), &told);
    let missing: Vec<&str> = Kind::ALL
        .iter()
        .filter(|kind| !seen.contains(kind) && ELSEWHERE.iter().all(|(other, _)| other != *kind))
        .map(|kind| kind.name())
        .collect();
    assert!(missing.is_empty(), "no golden shows {}", missing.join(", "));
    assert!(ELSEWHERE.iter().all(|(kind, _)| !seen.contains(kind)));
    let elsewhere = |lint: &Kind| ELSEWHERE.iter().any(|(kind, _)| kind == lint);
    assert!(
        LINTS
            .iter()
            .all(|lint| seen.contains(lint) || elsewhere(lint))
    );
}

/// What becomes of a real profile: a line for the file, and one for each error or warning.
fn fate(path: &Path, target: Abi, options: &Options) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let first = |shown: String| format!("  {}\n", shown.lines().next().unwrap_or_default());
    let (outcome, said): (&str, Vec<String>) = match compile(&text, target, options) {
        Err(errors) => ("refused", errors.render(&Sources::one(name, &text))),
        Ok(compiled) => {
            let said = compiled
                .warnings
                .iter()
                .map(|warning| warning.render_warning(&Sources::one(name, &text)));
            ("compiled", said.collect())
        }
    };
    let said: String = said.into_iter().map(first).collect();
    format!("{name}: {outcome}\n{said}")
}

/// The options for profiles of container engines.
fn engine(capabilities: &[&str]) -> Options {
    let mut options = Options::default();
    let names = capabilities.iter().copied().map(String::from).collect();
    options.set("capabilities", &Setting::List(names)).unwrap();
    options
        .set("kernel", &Setting::Word("6.18".into()))
        .unwrap();
    options
}

#[test]
fn real_profiles_are_accepted_or_refused_for_a_reason() {
    for (target, file) in [
        (Abi::X86_64, "wild.txt"),
        (Abi::Aarch64, "wild.aarch64.txt"),
        (Abi::S390x, "wild.s390x.txt"),
    ] {
        let mut table = String::new();
        for (folder, capabilities) in [
            ("whole", &engines::CAPABILITIES[..]),
            ("defaults", &engines::PODMAN),
            ("wild", &engines::CAPABILITIES),
        ] {
            let files = profiles::files(folder);
            if files.is_empty() {
                return;
            }
            for path in files {
                table.push_str(&fate(&path, target, &engine(capabilities)));
            }
        }
        golden(&Path::new("tests/errors").join(file), &table);
    }
}

/// `NAME.ABI.json`, or `NAME.ABI-multi.json` with other ABIs of the family.
#[test]
fn resolved_profiles_are_accepted() {
    let files = profiles::files("resolved");
    if files.is_empty() {
        return;
    }
    let mut table = String::new();
    for path in files {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let (_, target) = stem.rsplit_once('.').unwrap();
        let target = Abi::from_name(target.trim_end_matches("-multi")).unwrap();
        table.push_str(&fate(&path, target, &Options::default()));
    }
    golden(Path::new("tests/errors/resolved.txt"), &table);
}

#[test]
fn nothing_that_is_read_makes_it_panic() {
    let compiled = |bytes: &[u8]| {
        if let Ok(text) = json::text(bytes) {
            let _ = compile(text, Abi::X86_64, &Options::default())
                .map_err(|errors| errors.render(&Sources::one("p.json", text)));
        }
    };
    parallel::map(profiles::json(Path::new("tests/errors")), |path| {
        let bytes = std::fs::read(path).unwrap();
        for end in 0..bytes.len() {
            compiled(&bytes[..end]);
        }
        // One byte missing, which often leaves JSON with another meaning.
        for at in 0..bytes.len() {
            compiled(&[&bytes[..at], &bytes[at + 1..]].concat());
        }
    });
}
