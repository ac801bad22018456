// Every option, alone and together; the profile is refused without the two that relax.

#![deny(warnings)]

use seccomp_profile::{Filter, seccomp_profile};

const RELAXED: Filter = seccomp_profile!(
    "profiles/lenient.json",
    overlap = "first-match",
    unknown_names = "ignore",
);
const NATIVE: Filter = seccomp_profile!(
    "profiles/lenient.json",
    native_only = true,
    overlap = "first-match",
    unknown_names = "ignore"
);
const NEWER: Filter = seccomp_profile!("profiles/allow.json", newer_syscalls = "ENOSYS");
const BAD_ARCH: Filter = seccomp_profile!(
    "profiles/allow.json",
    bad_arch_action = "SCMP_ACT_KILL_PROCESS"
);
const WEIGHTED: Filter = seccomp_profile!("profiles/allow.json", weights = "profiles/weights.txt");
const DEFAULTS: Filter = seccomp_profile!(
    "profiles/allow.json",
    native_only = false,
    overlap = "error",
    unknown_names = "error",
    newer_syscalls = "default",
    allow_notify_write = false,
);
const PLAIN: Filter = seccomp_profile!("profiles/allow.json");

fn words(filter: Filter) -> Vec<(u16, u8, u8, u32)> {
    filter
        .program()
        .iter()
        .map(|i| (i.code, i.jt, i.jf, i.k))
        .collect()
}

fn returns(filter: Filter, answer: u32) -> bool {
    words(filter).contains(&(0x06, 0, 0, answer))
}

fn main() {
    assert_eq!(words(DEFAULTS), words(PLAIN));
    assert!(NATIVE.len() < RELAXED.len());
    // SECCOMP_RET_ERRNO | ENOSYS
    assert!(returns(NEWER, 0x0005_0000 | 38) && !returns(PLAIN, 0x0005_0000 | 38));
    // SECCOMP_RET_KILL_PROCESS
    assert!(returns(BAD_ARCH, 0x8000_0000) && !returns(PLAIN, 0x8000_0000));
    assert_ne!(words(WEIGHTED), words(PLAIN));
}
