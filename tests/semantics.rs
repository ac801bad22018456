//! The vectors of `tests/vectors.json`: what profiles mean, decided by the policy and by the
//! program, and what stops the build.

use seccomp_profile_compiler::bpf;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::{Abi, Compiled, Errors, Options, compile};
use serde_json::Value;

fn vectors() -> Vec<Value> {
    let text = std::fs::read_to_string("tests/vectors.json").unwrap();
    let mut file: Value = serde_json::from_str(&text).unwrap();
    match file["vectors"].take() {
        Value::Array(vectors) => vectors,
        other => panic!("vectors are {other}"),
    }
}

fn compiled(vector: &Value) -> Result<Compiled, Errors> {
    let text = match vector.get("profile_text") {
        Some(text) => text.as_str().unwrap().to_string(),
        None => vector["profile"].to_string(),
    };
    let target = Abi::from_oci_name(vector["target"].as_str().unwrap()).unwrap();
    let mut options = Options::default();
    for (key, value) in vector
        .get("options")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let setting = match value {
            Value::String(word) => Setting::Word(word.clone()),
            Value::Array(words) => Setting::List(
                words
                    .iter()
                    .map(|word| word.as_str().unwrap().into())
                    .collect(),
            ),
            // `expect_flags` is no option.
            _ => continue,
        };
        options.set(key, &setting).unwrap();
    }
    compile(&text, target, &options)
}

fn number(value: &Value) -> u64 {
    match value {
        Value::String(hex) => u64::from_str_radix(hex.strip_prefix("0x").unwrap(), 16).unwrap(),
        other => other.as_u64().unwrap(),
    }
}

#[test]
fn every_vector_holds() {
    let (mut checks, mut refused) = (0, 0);
    for vector in vectors() {
        let id = vector["id"].as_str().unwrap();
        if let Some(kind) = vector.get("expect_error") {
            let errors = compiled(&vector).expect_err(id);
            let kinds: Vec<&str> = errors.iter().map(|error| error.kind.name()).collect();
            assert_eq!(kinds, [kind.as_str().unwrap()], "{id}: {errors}");
            refused += 1;
            continue;
        }
        let compiled = compiled(&vector).unwrap_or_else(|errors| panic!("{id}: {errors}"));
        if let Some(flags) = vector["options"].get("expect_flags") {
            assert_eq!(
                u64::from(compiled.policy.flags),
                flags.as_u64().unwrap(),
                "{id}"
            );
        }
        let vector_checks = vector["checks"].as_array().unwrap();
        assert!(!vector_checks.is_empty(), "{id} checks nothing");
        for check in vector_checks {
            let mut args = [0; 6];
            for (arg, value) in args.iter_mut().zip(check["args"].as_array().unwrap()) {
                *arg = number(value);
            }
            let data = SeccompData {
                nr: number(&check["nr"]) as u32,
                arch: number(&check["audit_arch"]) as u32,
                args,
                ..SeccompData::default()
            };
            let wanted = check["expect"].as_str().unwrap();
            assert_eq!(
                compiled.policy.decide(&data).to_string(),
                wanted,
                "{id}, policy: {check}"
            );
            let program = &compiled.program;
            let answer = bpf::run(program.insns(), &data, program.endian()).unwrap();
            let action = Action::from_word(answer.word).unwrap();
            assert_eq!(action.to_string(), wanted, "{id}, program: {check}");
            checks += 1;
        }
    }
    println!("{checks} answers and {refused} refusals as they should be");
}
