use seccomp_profile::{Filter, seccomp_profile};

static SANDBOX: Filter = seccomp_profile!("profiles/unknown-syscall.json");

fn main() {}
