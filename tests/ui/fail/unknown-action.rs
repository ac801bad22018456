use seccomp_profile::{Filter, seccomp_profile};

static SANDBOX: Filter = seccomp_profile!("profiles/unknown-action.json");

fn main() {}
