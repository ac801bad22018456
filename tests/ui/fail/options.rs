use seccomp_profile::{Filter, seccomp_profile};

static UNKNOWN: Filter = seccomp_profile!("profiles/allow.json", nativ_only = true);
static WRONG_WORD: Filter = seccomp_profile!("profiles/allow.json", overlap = "frist-match");
static WRONG_TYPE: Filter = seccomp_profile!("profiles/allow.json", native_only = "yes");
static NO_WORD: Filter = seccomp_profile!("profiles/allow.json", newer_syscalls = true);
static NUMBER: Filter = seccomp_profile!("profiles/allow.json", native_only = 1);
static TWICE: Filter = seccomp_profile!(
    "profiles/allow.json",
    native_only = true,
    native_only = true
);
static NO_VALUE: Filter = seccomp_profile!("profiles/allow.json", native_only);
static NO_KEY: Filter = seccomp_profile!("profiles/allow.json", "first-match");
static NO_COMMA: Filter = seccomp_profile!("profiles/allow.json" native_only = true);
static WEIGHTS: Filter =
    seccomp_profile!("profiles/allow.json", weights = "profiles/bad-weights.txt");

fn main() {}
