use seccomp_profile::{Filter, seccomp_profile};

static TRAILING_COMMA: Filter = seccomp_profile!("profiles/not-json.json");
static EMPTY: Filter = seccomp_profile!("profiles/empty.json");
static NOT_UTF8: Filter = seccomp_profile!("profiles/not-utf8.json");

fn main() {}
