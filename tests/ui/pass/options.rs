// Every option, alone and together; the profile is refused without the two that relax.

#![deny(warnings)]

use seccomp_profile::{Filter, seccomp_profile};

const RELAXED: Filter = seccomp_profile!(
    "profiles/lenient.json",
    overlap = "first-match",
    unknown_names = "ignore",
    allow(int - argument),
);
const NATIVE: Filter = seccomp_profile!(
    "profiles/lenient.json",
    native_only = true,
    overlap = "first-match",
    unknown_names = "ignore",
    allow(int_argument, always_true,),
    deny(io - uring)
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
const BARE: Filter = seccomp_profile!("profiles/docker.json", capabilities = [], kernel = "4.7");
const ADMIN: Filter = seccomp_profile!(
    "profiles/docker.json",
    capabilities = ["CAP_SYS_ADMIN", "CAP_CHOWN"],
    kernel = "5.10",
);
const AUDIT: Filter = seccomp_profile!("profiles/allow.json", default_action = "SCMP_ACT_LOG");
const ENOSYS: Filter =
    seccomp_profile!("profiles/allow.json", default_action = "SCMP_ACT_ERRNO(38)");
const DEBUG: Filter = seccomp_profile!("profiles/allow.json", deny_action = "SCMP_ACT_TRAP");
#[allow(deprecated)]
const DOUBTFUL: Filter = seccomp_profile!("profiles/doubtful.json");
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
    assert_eq!(
        (BARE.kernel(), ADMIN.kernel(), PLAIN.kernel()),
        (Some((4, 7)), Some((5, 10)), None)
    );
    assert!(ADMIN.len() > BARE.len());
    // SECCOMP_RET_LOG, _ERRNO, _TRAP
    assert!(returns(AUDIT, 0x7ffc_0000) && !returns(AUDIT, 0x0005_0001));
    assert!(returns(ENOSYS, 0x0005_0000 | 38) && !returns(ENOSYS, 0x0005_0001));
    assert!(returns(DEBUG, 0x0003_0000) && !returns(DEBUG, 0x0005_0001) && !returns(DEBUG, 0));
    assert!(!DOUBTFUL.needs_listener());
}
