// Warnings are rustc's own, so that a crate that denies them does not build; `deny` makes errors.

#![deny(warnings)]

use seccomp_profile::{Filter, seccomp_profile};

static WARNED: Filter = seccomp_profile!("profiles/doubtful.json");
static DENIED: Filter = seccomp_profile!("profiles/doubtful.json", deny(int_argument));
static SILENT: Filter = seccomp_profile!("profiles/doubtful.json", allow(int_argument));

fn main() {}
