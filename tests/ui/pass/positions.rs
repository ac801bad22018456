// Every place where an expression can stand, and nothing that any lint could mind.

#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    unused_results
)]
#![deny(
    let_underscore_drop,
    single_use_lifetimes,
    unused_lifetimes,
    trivial_casts
)]

//! Positions.

use ::seccomp_profile::{Filter, seccomp_profile};
use ::std::{assert, assert_eq};

static STATIC: Filter = seccomp_profile!("profiles/allow.json");
const CONST: Filter = seccomp_profile!("profiles/allow.json");
const LENGTH: usize = seccomp_profile!("profiles/allow.json").len();
static ARRAY: [Filter; 2] = [
    seccomp_profile!("profiles/allow.json"),
    seccomp_profile![
        "profiles/lenient.json",
        overlap = "first-match",
        unknown_names = "ignore",
        allow(int_argument)
    ],
];

const _: () = assert!(CONST.len() == LENGTH);

trait Sandboxed {
    const FILTER: Filter = seccomp_profile!("profiles/allow.json");
}

impl Sandboxed for u8 {}

impl Sandboxed for u16 {
    const FILTER: Filter = seccomp_profile!("profiles/allow.json");
}

struct Generic<T>(T);

impl<T> Generic<T> {
    const FILTER: Filter = seccomp_profile!("profiles/allow.json");
}

const fn constant() -> Filter {
    seccomp_profile!("profiles/allow.json")
}

// The names are those that the expansion uses itself.
fn generic<I, const PROGRAM: usize>() -> (&'static Filter, usize) {
    static FILTER: Filter = seccomp_profile!("profiles/allow.json");
    let here = seccomp_profile!("profiles/allow.json");
    (&FILTER, here.len() + PROGRAM)
}

mod named_alike {
    #[allow(dead_code)]
    mod core {}
    #[allow(dead_code)]
    mod seccomp_profile {}

    pub(crate) static FILTER: ::seccomp_profile::Filter =
        ::seccomp_profile::seccomp_profile!("profiles/allow.json");
}

fn main() {
    let bound = seccomp_profile!("profiles/allow.json");
    let closure = || seccomp_profile!("profiles/allow.json");
    let block = const { seccomp_profile!("profiles/allow.json") };
    let argument = Filter::len(&seccomp_profile! { "profiles/allow.json" });
    let (of_generic, sum) = generic::<u8, 1>();
    for filter in [
        STATIC,
        CONST,
        ARRAY[0],
        u8::FILTER,
        u16::FILTER,
        Generic::<u8>::FILTER,
        constant(),
        *of_generic,
        named_alike::FILTER,
        bound,
        closure(),
        block,
    ] {
        assert_eq!(filter.len(), LENGTH);
        assert_eq!(filter.flags(), 0);
        assert!(!filter.needs_listener());
    }
    assert_eq!(argument, LENGTH);
    assert_eq!(sum, LENGTH + 1);
    assert!(ARRAY[1].len() > LENGTH);
    assert_eq!(Generic(1).0, 1);
}
