#![allow(deprecated)] // the warnings are about the same mistake

use seccomp_profile::{Filter, seccomp_profile, syscall};

static HALF: Filter = seccomp_profile!({
    "defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [
        { "names": ["exit_group", "rt_sigreturn"], "action": "SCMP_ACT_ALLOW" },
        {
            "names": ["openat"],
            "action": "SCMP_ACT_ALLOW",
            "args": [{ "index": 0, "value": 18446744073709551516, "op": "SCMP_CMP_EQ" }]
        }
    ]
});

const _: () = assert!(HALF.evaluate(&syscall!(openat, -100)).runs());

fn main() {}
