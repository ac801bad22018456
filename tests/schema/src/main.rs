//! The JSON Schema of profiles: it accepts what the compiler accepts, and refuses what the compiler
//! refuses for its shape.
//!
//! That `macro/compiler/schema.json` is this schema, a test of the workspace checks.

mod cases;
mod changes;
#[path = "../../../macro/compiler/tests/support/skip.rs"]
mod skip;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jsonschema::Validator;
use seccomp_profile_compiler::error::{Error, Kind, LINTS};
use seccomp_profile_compiler::linux::constants;
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::profile::schema::schema;
use seccomp_profile_compiler::{Abi, Options};
use serde_json::{Value, json};

use cases::{Case, profiles, vectors};
use changes::{changed, complete};

/// The folder of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The errors that the schema leaves to the compiler, and why.
const LEFT: [(Kind, &str); 24] = [
    (Kind::AlwaysTrueOr, "compares the numbers of conditions"),
    (Kind::BadOption, "is about options"),
    (Kind::ConflictingFiles, "compares two files"),
    (Kind::ConflictingRules, "compares rules on a target"),
    (Kind::DatumOutsideMask, "compares the bits of two numbers"),
    (Kind::DatumTooWide, "depends on the target"),
    (Kind::DuplicateKey, "a validator gets one value of a key"),
    (Kind::ErrnoDiffers, "depends on the target"),
    (Kind::FlagNeedsNotify, "depends on which rules apply"),
    (Kind::InternalMismatch, "is a defect of the compiler"),
    (Kind::NeedsContext, "is about options"),
    (Kind::NewerKernelStricter, "compares two policies"),
    (Kind::NotFound, "there is no text"),
    (Kind::NothingTrapped, "is about an option"),
    (Kind::NotifyWrite, "an option allows it"),
    (Kind::ProgramTooLong, "is about the program"),
    (Kind::ReporterDenied, "is about an option"),
    (Kind::Repeated, "is about the option `with`"),
    (Kind::RulesTooHard, "is about the proof"),
    (Kind::SecondReader, "is a defect of a reader"),
    (Kind::Syntax, "a validator gets only JSON"),
    (Kind::UnknownGroup, "is about the option `with`"),
    (Kind::UnknownLint, "is about options"),
    (Kind::UnknownOption, "is about options"),
];

/// What the schema must say of an error.
#[derive(PartialEq)]
enum Shape {
    Wrong,
    Right,
    /// Some errors of this kind are left to the compiler.
    Either,
}

fn shape(error: &Error, text: &str) -> Shape {
    assert!(
        error.kind != Kind::SecondReader,
        "{text}: {}",
        error.message
    );
    let left = LEFT.iter().any(|(kind, _)| *kind == error.kind);
    let place = error.span.map_or("", |span| &text[span.start..span.end]);
    let word = place.trim_matches('"');
    let is_name = |name: &str| constants::is_known(name.trim());
    let names = place.starts_with('"') && word.split('|').all(is_name);
    match error.kind {
        // Neither of the two is compared with the range then.
        Kind::ErrnoDiffers => Shape::Either,
        _ if left => Shape::Right,
        // JSON Schema takes `1.0`, `1e3` and `-0` for integers.
        Kind::WrongType
            if place
                .parse::<f64>()
                .is_ok_and(|n| n.fract() == 0.0 && n >= 0.0) =>
        {
            Shape::Either
        }
        // A list has a limit; sums over rules and ABIs have limits too.
        Kind::TooLarge if !place.starts_with('[') => Shape::Right,
        // Which names have a value, and which have the value 0, depends on the target.
        Kind::UnknownConstant | Kind::ValueTwoWithoutMask if names => Shape::Right,
        _ => Shape::Wrong,
    }
}

/// What was compared.
#[derive(Default)]
struct Tally {
    accepted: usize,
    refused: usize,
    /// By kind: how often it was the only kind of error of a text that the schema refuses.
    alone: BTreeMap<Kind, usize>,
    wrong: Vec<String>,
}

impl Tally {
    /// Compares what the schema and the compiler say of a text, if it is JSON.
    fn compare(&mut self, schema: &Validator, case: &Case) {
        let Ok(value) = serde_json::from_str::<Value>(&case.text) else {
            return;
        };
        let errors = case.errors();
        let kinds: BTreeSet<Kind> = errors.iter().map(|error| error.kind).collect();
        let shapes: Vec<Shape> = errors
            .iter()
            .map(|error| shape(error, &case.text))
            .collect();
        let valid = schema.is_valid(&value);
        if shapes.contains(&Shape::Wrong) {
            self.refused += 1;
            if let (1, Some(kind)) = (kinds.len(), kinds.first()) {
                *self.alone.entry(*kind).or_default() += 1;
            }
            if valid {
                let says = format!("{}: the schema accepts, but {errors}", case.name);
                self.wrong.push(says);
            }
        } else if !shapes.contains(&Shape::Either) {
            self.accepted += 1;
            if let Err(error) = schema.validate(&value) {
                let place = error.instance_path().to_string();
                let error: String = error.to_string().chars().take(200).collect();
                let says = format!("{}: the schema refuses {place}: {error}", case.name);
                self.wrong.push(says);
            }
        }
    }

    fn assert(&self) {
        let shown: Vec<&str> = self.wrong.iter().take(20).map(String::as_str).collect();
        let count = self.wrong.len();
        assert!(count == 0, "{count} differ:\n{}", shown.join("\n"));
    }
}

fn validator() -> Validator {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    jsonschema::draft7::meta::validate(&schema).unwrap();
    jsonschema::draft7::new(&schema).unwrap()
}

#[test]
fn real_profiles_and_vectors_are_judged_as_the_compiler_does() {
    let schema = validator();
    let mut tally = Tally::default();
    for case in vectors() {
        tally.compare(&schema, &case);
    }
    let root = Path::new(ROOT);
    for folder in [
        "examples",
        "tests/profiles",
        "tests/ui/profiles",
        "macro/compiler/tests/errors",
        "macro/compiler/tests/regressions",
    ] {
        for case in profiles(&root.join(folder)) {
            tally.compare(&schema, &case);
        }
    }
    let shared = root.join("../shared/profiles");
    if shared.is_dir() {
        for folder in ["whole", "resolved", "wild", "defaults"] {
            for case in profiles(&shared.join(folder)) {
                tally.compare(&schema, &case);
            }
        }
    } else {
        skip::skip(format_args!("{} is not here", shared.display()));
    }
    tally.assert();
    println!("{} accepted, {} refused", tally.accepted, tally.refused);
    assert!(tally.accepted > 150 && tally.refused > 30);
}

#[test]
fn every_change_is_judged_as_the_compiler_does() {
    let schema = validator();
    let mut options = Options::default();
    let capabilities = Setting::List(vec!["CAP_CHOWN".into()]);
    options.set("capabilities", &capabilities).unwrap();
    let kernel = Setting::Word("6.18".into());
    options.set("kernel", &kernel).unwrap();
    let listed = json!({ "defaultAction": "SCMP_ACT_LOG", "architectures": ["SCMP_ARCH_X86"] });
    let config = json!({
        "ociVersion": "1.2.0",
        "process": { "args": ["sh"] },
        "linux": { "seccomp": listed, "namespaces": [] },
    });
    let kubernetes = json!({
        "apiVersion": "security-profiles-operator.x-k8s.io/v1beta1",
        "kind": "SeccompProfile",
        "spec": listed,
    });
    let mut tally = Tally::default();
    for base in [complete(), listed, config, kubernetes] {
        let as_it_is = (String::from("unchanged"), base.clone());
        for (name, value) in changed(&base).into_iter().chain([as_it_is]) {
            let case = Case {
                name,
                text: value.to_string(),
                target: Abi::X86_64,
                options: options.clone(),
            };
            tally.compare(&schema, &case);
        }
    }
    tally.assert();
    println!("{} accepted, {} refused", tally.accepted, tally.refused);
    let unseen: Vec<&str> = Kind::ALL
        .iter()
        .filter(|kind| !LINTS.contains(kind) && !tally.alone.contains_key(kind))
        .filter(|kind| LEFT.iter().all(|(left, _)| left != *kind))
        .map(|kind| kind.name())
        .collect();
    assert!(unseen.is_empty(), "no text has only {unseen:?}");
}
