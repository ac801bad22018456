use seccomp_profile::{Filter, seccomp_profile};

const PATH: &str = "profiles/allow.json";

static NOTHING: Filter = seccomp_profile!();
static NUMBER: Filter = seccomp_profile!(1);
static CONSTANT: Filter = seccomp_profile!(PATH);
static TEXT: Filter = seccomp_profile!(include_str!("allow.json"));
static UNSET: Filter = seccomp_profile!(env!("A_VARIABLE_THAT_NOBODY_SETS"));
static UNSET_PART: Filter =
    seccomp_profile!(concat!(env!("A_VARIABLE_THAT_NOBODY_SETS"), "/allow.json"));
static NUMBERED: Filter = seccomp_profile!(concat!("profiles/", 1));
static MESSAGE: Filter = seccomp_profile!(env!("CARGO_MANIFEST_DIR", "not set"));
static BARE: Filter = seccomp_profile!(env!);

fn main() {}
