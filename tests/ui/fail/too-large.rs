use seccomp_profile::{Filter, seccomp_profile};

static LARGE: Filter = seccomp_profile!("made/large.json");

fn main() {}
