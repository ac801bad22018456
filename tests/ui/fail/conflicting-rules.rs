use seccomp_profile::{Filter, seccomp_profile};

static SANDBOX: Filter = seccomp_profile!("profiles/conflicting-rules.json");

fn main() {}
