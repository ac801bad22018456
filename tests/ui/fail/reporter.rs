use seccomp_profile::{Filter, seccomp_profile};

static NOTHING_TRAPPED: Filter = seccomp_profile!("profiles/without-gettid.json", reporter = true);
static NO_GETTID: Filter = seccomp_profile!(
    "profiles/without-gettid.json",
    reporter = true,
    deny_action = "SCMP_ACT_TRAP",
);

fn main() {}
