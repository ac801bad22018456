//! A profile → the profiles that differ from it in one place.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// A profile with every field but `architectures`, which excludes `archMap`.
pub(crate) fn complete() -> Value {
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
pub(crate) fn changed(base: &Value) -> Vec<(String, Value)> {
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
