use seccomp_profile::{Filter, seccomp_profile};

static NO_GROUP: Filter = seccomp_profile!("profiles/server.json", with = ["abrt"]);
static NO_PATH: Filter = seccomp_profile!("profiles/server.json", with = ["base"]);
static TWICE: Filter = seccomp_profile!("profiles/server.json", with = ["abort", "exit", "abort"]);
static SAME_FILE: Filter =
    seccomp_profile!("profiles/server.json", with = ["abort", "profiles/../profiles/server.json"]);
static NO_FILE: Filter = seccomp_profile!("profiles/server.json", with = ["profiles/bse.json"]);
static NO_LIST: Filter = seccomp_profile!("profiles/server.json", with = "abort");
static NO_WORD: Filter = seccomp_profile!("profiles/server.json", with = [abort]);

// Errors in a later file are at its path, with its lines.
static LATER: Filter = seccomp_profile!("profiles/server.json", with = ["profiles/two-errors.json"]);
static DEFAULT: Filter =
    seccomp_profile!("profiles/server.json", with = ["abort", "profiles/other-default.json"]);
static INLINE: Filter = seccomp_profile!({
    "defaultAction": "SCMP_ACT_ERRNO"
}, with = ["profiles/other-default.json"]);
static FIRST: Filter = seccomp_profile!("profiles/base.json", with = ["profiles/server.json"]);

static UNUSED: Filter = seccomp_profile!({
    "defaultAction": "SCMP_ACT_ALLOW"
}, with = ["abort"], deny(unused_group));

fn main() {}
