// Every way to name a profile.

#![deny(warnings)]

// As if renamed in Cargo.toml.
extern crate seccomp_profile as sandbox;

use sandbox::Filter;

macro_rules! given {
    ($path:literal) => {
        sandbox::seccomp_profile!($path)
    };
}

macro_rules! expression {
    ($path:expr) => {
        sandbox::seccomp_profile!($path)
    };
}

macro_rules! all {
    ($($tokens:tt)*) => {
        sandbox::seccomp_profile!($($tokens)*)
    };
}

macro_rules! fixed {
    () => {
        sandbox::seccomp_profile!("profiles/allow.json")
    };
}

macro_rules! joined {
    ($name:literal) => {
        sandbox::seccomp_profile!(::core::concat!("profiles/", $name, ".json"),)
    };
}

static FILTERS: [Filter; 11] = [
    sandbox::seccomp_profile!("profiles/allow.json"),
    sandbox::seccomp_profile!(r"./profiles/../profiles/allow.json"),
    sandbox::seccomp_profile!(concat!("profiles", "/", "allow.json")),
    sandbox::seccomp_profile!(concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/allow.json")),
    sandbox::seccomp_profile!(std::concat!(
        concat!(::std::env!("CARGO_MANIFEST_DIR",), "/profiles"),
        r#"/allow.json"#,
    )),
    given!("profiles/allow.json"),
    expression!("profiles/allow.json"),
    expression!(concat!("profiles/", "allow.json")),
    all!("profiles/allow.json", native_only = false),
    fixed!(),
    joined!("allow"),
];

fn main() {
    for filter in FILTERS {
        assert_eq!(filter.len(), FILTERS[0].len());
    }
}
