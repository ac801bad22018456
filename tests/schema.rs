//! The JSON Schema of profiles: it accepts what the compiler accepts, and refuses what the compiler
//! refuses for its shape. `macro/compiler/schema.json` is what the compiler's function returns.
//!
//! `BLESS=1 cargo test --test schema` writes the file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use seccomp_profile_compiler::error::{Error, Kind, LINTS};
use seccomp_profile_compiler::linux::constants;
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::profile::Profile;
use seccomp_profile_compiler::profile::schema::schema;
use seccomp_profile_compiler::resolve::resolve;
use seccomp_profile_compiler::{Abi, Errors, Options};
use serde_json::{Map, Value, json};

const FILE: &str = "macro/compiler/schema.json";

/// The errors that the schema leaves to the compiler, and why.
const LEFT: [(Kind, &str); 21] = [
    (Kind::AlwaysTrueOr, "compares the numbers of conditions"),
    (Kind::BadOption, "is about options"),
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
    (Kind::RulesTooHard, "is about the proof"),
    (Kind::SecondReader, "is a defect of a reader"),
    (Kind::Syntax, "a validator gets only JSON"),
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

/// A text, and how it is compiled.
struct Case {
    name: String,
    text: String,
    target: Abi,
    options: Options,
}

impl Case {
    fn errors(&self) -> Errors {
        let profile = Profile::parse(&self.text, self.target, &self.options);
        let policy = profile.and_then(|profile| resolve(&profile, self.target, &self.options));
        policy.err().unwrap_or_default()
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

/// The options of a vector or case. Unknown names that an option ignores are unknown to the schema.
fn options(of: &Value) -> Options {
    let mut options = Options::default();
    let given = of.get("options").and_then(Value::as_object);
    for (key, value) in given.into_iter().flatten() {
        let setting = match value {
            _ if key == "unknown_names" => continue,
            Value::String(word) => Setting::Word(word.clone()),
            Value::Bool(flag) => Setting::Bool(*flag),
            Value::Array(words) => {
                let words = words.iter().map(|word| word.as_str().unwrap().into());
                Setting::List(words.collect())
            }
            // `expect_flags` is no option.
            _ => continue,
        };
        options.set(key, &setting).unwrap();
    }
    options
}

/// The texts of `tests/vectors.json` and `tests/intent.json`.
fn vectors() -> Vec<Case> {
    let mut cases = Vec::new();
    for (file, list) in [("vectors", "vectors"), ("intent", "cases")] {
        let text = fs::read_to_string(format!("tests/{file}.json")).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        for case in file[list].as_array().unwrap() {
            let target = case["target"].as_str().unwrap();
            let text = case.get("profile_text").and_then(Value::as_str);
            cases.push(Case {
                name: case["id"].to_string(),
                text: text.map_or_else(|| case["profile"].to_string(), String::from),
                target: Abi::from_oci_name(target)
                    .or_else(|| Abi::from_name(target))
                    .unwrap(),
                options: options(case),
            });
        }
    }
    cases
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

/// The profiles of a folder; of `NAME.TARGET.json` for the target.
fn profiles(folder: &Path) -> Vec<Case> {
    let mut options = Options::default();
    let capabilities = ["CAP_CHOWN", "CAP_SYS_CHROOT", "CAP_KILL"].map(String::from);
    let capabilities = Setting::List(capabilities.into());
    options.set("capabilities", &capabilities).unwrap();
    let kernel = Setting::Word("6.18".into());
    options.set("kernel", &kernel).unwrap();
    let case = |path: PathBuf| {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let target = stem.rsplit('.').next().and_then(Abi::from_name);
        Some(Case {
            name: path.display().to_string(),
            text: String::from_utf8(fs::read(&path).unwrap()).ok()?,
            target: target.unwrap_or(Abi::X86_64),
            options: options.clone(),
        })
    };
    json_files(folder).into_iter().filter_map(case).collect()
}

#[test]
fn the_file_is_what_the_function_returns() {
    if std::env::var_os("BLESS").is_some() {
        fs::write(FILE, schema()).unwrap();
    }
    let file = fs::read_to_string(FILE).unwrap_or_default();
    assert!(file == schema(), "{FILE} differs; BLESS=1 writes it");
}

#[test]
fn every_field_is_described() {
    fn undescribed(schema: &Value, path: &str, found: &mut Vec<String>) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let has = |key| property.get(key).is_some();
            if schema.get("additionalProperties").is_some() && !has("description") && !has("$ref") {
                found.push(format!("{path}.{name}"));
            }
            undescribed(property, &format!("{path}.{name}"), found);
        }
        if let Some(items) = schema.get("items") {
            undescribed(items, path, found);
        }
    }
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let mut found = Vec::new();
    for (name, definition) in schema["definitions"].as_object().unwrap() {
        undescribed(definition, name, &mut found);
    }
    assert!(found.is_empty(), "without description: {found:?}");
}

#[test]
fn real_profiles_and_vectors_are_judged_as_the_compiler_does() {
    let schema = validator();
    let mut tally = Tally::default();
    for case in vectors() {
        tally.compare(&schema, &case);
    }
    for folder in [
        "examples",
        "tests/profiles",
        "tests/ui/profiles",
        "macro/compiler/tests/errors",
        "macro/compiler/tests/regressions",
    ] {
        for case in profiles(Path::new(folder)) {
            tally.compare(&schema, &case);
        }
    }
    let shared = Path::new("../shared/profiles");
    if shared.is_dir() {
        for folder in ["whole", "resolved", "wild", "defaults"] {
            for case in profiles(&shared.join(folder)) {
                tally.compare(&schema, &case);
            }
        }
    } else {
        assert!(std::env::var_os("CI").is_none(), "the profiles are missing");
        println!("skipped: {} is not here", shared.display());
    }
    tally.assert();
    println!("{} accepted, {} refused", tally.accepted, tally.refused);
    assert!(tally.accepted > 150 && tally.refused > 30);
}

/// A profile with every field but `architectures`, which excludes `archMap`.
fn complete() -> Value {
    json!({
        "$schema": "schema.json",
        "comment": "free text",
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": 38,
        "defaultErrno": "ENOSYS",
        "archMap": [{
            "architecture": "SCMP_ARCH_X86_64",
            "subArchitectures": ["SCMP_ARCH_X86"],
            "//": "free text",
        }],
        "flags": ["SECCOMP_FILTER_FLAG_LOG"],
        "listenerPath": "/run/listener",
        "listenerMetadata": "of this container",
        "syscalls": [
            {
                "names": ["read", "exit_group"],
                "action": "SCMP_ACT_ALLOW",
                "includes": { "caps": ["CAP_CHOWN"], "arches": ["amd64"], "minKernel": "4.8" },
                "excludes": { "caps": ["CAP_BPF"], "arches": ["s390x"], "_comment": "free text" },
            },
            { "name": "ptrace", "action": "SCMP_ACT_TRACE", "errnoRet": 7, "errno": "7" },
            {
                "names": ["socket"],
                "action": "SCMP_ACT_ERRNO",
                "errno": "EAFNOSUPPORT",
                "args": [
                    { "index": 0, "value": "AF_UNIX", "op": "SCMP_CMP_NE", "$comment": "free text" },
                    { "index": 1, "value": 15, "valueTwo": 1, "op": "SCMP_CMP_MASKED_EQ" },
                ],
            },
        ],
    })
}

/// Values for every place, most of them wrong there.
fn values() -> Vec<Value> {
    let conditions = vec![json!({ "index": 0, "value": 0, "op": "SCMP_CMP_GE" }); 1025];
    let numbers = [
        "0",
        "1",
        "5",
        "6",
        "38",
        "255",
        "256",
        "4095",
        "4096",
        "65535",
        "65536",
        "4294967296",
        "18446744073709551615",
        "18446744073709551616",
        "-1",
        "-0",
        "1.5",
        "1.0",
        "1e3",
        "1e30",
    ];
    let words = [
        "",
        "0",
        "-0",
        "00",
        "007",
        "4095",
        "4096",
        "04095",
        "65535",
        "65536",
        "0x0",
        "0x",
        "0x1F",
        "0xfffffffffffffffff",
        "0x000000000000000000001",
        "0X1F",
        "-100",
        "+1",
        "1.5",
        "1e3",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "5.10",
        "05.010",
        "5.10.0",
        "5.10.1",
        "0.0",
        "0.0.0",
        "0.1",
        "255.255",
        "255.256",
        "256.1",
        "5",
        "5.",
        "5.10-rc1",
        "AF_UNIX",
        "AF_UNSPEC",
        "af_unix",
        "AF_UNIXX",
        " AF_UNIX\t|\nAF_INET ",
        "AF_UNIX|",
        "|AF_UNIX",
        "AF_UNIX||AF_INET",
        "AF_UNIX|1",
        "AF_UNIX AF_INET",
        "ENOSYS",
        "enosys",
        "EUNKNOWN",
        "CAP_CHOWN",
        "cap_chown",
        "amd64",
        "x86_64",
        "SCMP_ARCH_X86",
        "SCMP_ARCH_NATIVE",
        "SCMP_ACT_ALLOW",
        "SCMP_ACT_ERRNO",
        "SCMP_ACT_TRACE",
        "SCMP_ACT_NOTIFY",
        "SCMP_ACT_KILL",
        "ALLOW",
        "SCMP_CMP_EQ",
        "SCMP_CMP_MASKED_EQ",
        "EQ",
        "SECCOMP_FILTER_FLAG_TSYNC",
        "TSYNC",
        "read",
        "no_such_call",
        "SeccompProfile",
    ];
    let parse = |number: &str| serde_json::from_str(number).unwrap();
    let mut values: Vec<Value> = words.map(Value::from).into();
    values.extend(numbers.map(parse));
    values.extend([
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!([null]),
        json!([[]]),
        json!([{}]),
        json!(["read"]),
        json!(["read", "no_such_call"]),
        json!(["SCMP_ARCH_X86"]),
        json!(conditions),
        json!([{ "architecture": "SCMP_ARCH_X86_64", "subArchitectures": null }]),
        json!([{ "names": ["read"], "action": "SCMP_ACT_ALLOW", "args": null }]),
        json!({ "caps": [], "arches": null, "minKernel": "" }),
    ]);
    values
}

/// The pointers to all values inside a value, and to itself.
fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                pointers(value, format!("{at}/{}", key.replace('/', "~1")), found);
            }
        }
        Value::Array(elements) => {
            for (i, value) in elements.iter().enumerate() {
                pointers(value, format!("{at}/{i}"), found);
            }
        }
        _ => {}
    }
    found.push(at);
}

/// A value with one place changed: every place, to every value, without it, and with every other
/// member.
fn changed(base: &Value) -> Vec<(String, Value)> {
    let mut places = Vec::new();
    pointers(base, String::new(), &mut places);
    let fields: BTreeSet<String> = places
        .iter()
        .filter_map(|place| base.pointer(place)?.as_object())
        .flat_map(|members| members.keys().cloned())
        .chain(["architectures", "Names", "_args", "x", "baseProfileName"].map(String::from))
        .collect();
    let few = [
        json!(null),
        json!(0),
        json!(""),
        json!([]),
        json!("read"),
        json!(["read"]),
        json!(["SCMP_ARCH_X86"]),
    ];
    let mut all = Vec::new();
    for place in &places {
        let mut change = |what: String, to: &dyn Fn(&mut Value)| {
            let mut value = base.clone();
            to(value.pointer_mut(place).unwrap());
            all.push((format!("{place} {what}"), value));
        };
        for value in values() {
            let shown: String = value.to_string().chars().take(60).collect();
            change(format!("= {shown}"), &|at| *at = value.clone());
        }
        let Some(Value::Object(members)) = base.pointer(place) else {
            continue;
        };
        for key in members.keys() {
            change(format!("without {key}"), &|at| {
                at.as_object_mut().map(|at| at.remove(key));
            });
        }
        for field in fields.iter().filter(|field| !members.contains_key(*field)) {
            for value in &few {
                change(format!("with {field}: {value}"), &|at| {
                    at[field] = value.clone();
                });
            }
        }
    }
    all
}

#[test]
fn every_change_is_judged_as_the_compiler_does() {
    let schema = validator();
    let mut options = Options::default();
    let capabilities = Setting::List(vec!["CAP_CHOWN".into()]);
    options.set("capabilities", &capabilities).unwrap();
    let kernel = Setting::Word("6.18".into());
    options.set("kernel", &kernel).unwrap();
    let object = |members: [(&str, Value); 3]| {
        let members = members.map(|(name, value)| (name.to_string(), value));
        Value::Object(Map::from_iter(members))
    };
    let listed = json!({ "defaultAction": "SCMP_ACT_LOG", "architectures": ["SCMP_ARCH_X86"] });
    let config = object([
        ("ociVersion", json!("1.2.0")),
        ("process", json!({ "args": ["sh"] })),
        ("linux", json!({ "seccomp": listed, "namespaces": [] })),
    ]);
    let kubernetes = object([
        (
            "apiVersion",
            json!("security-profiles-operator.x-k8s.io/v1beta1"),
        ),
        ("kind", json!("SeccompProfile")),
        ("spec", listed.clone()),
    ]);
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
