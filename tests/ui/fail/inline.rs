#![deny(deprecated)]

use seccomp_profile::{Filter, seccomp_profile};

static MISSPELT: Filter = seccomp_profile!({
    "defaultAction": "SCMP_ACT_ERRN",
    "syscalls": [{ "names": ["wirte"], "action": "SCMP_ACT_ALLOW", "comment": 1 }]
});

static CONFLICT: Filter = seccomp_profile!({
    "defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [
        {
            "names": ["socket"], "action": "SCMP_ACT_KILL_PROCESS",
            "args": [{ "index": 0, "value": 2, "op": "SCMP_CMP_EQ" }]
        },
        { "names": ["socket"], "action": "SCMP_ACT_ALLOW" }
    ]
});

static NEGATIVE: Filter = seccomp_profile!({ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": -1 });

static TRAILING: Filter = seccomp_profile!({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [], });

static EMPTY: Filter = seccomp_profile!({});

static DOUBTFUL: Filter = seccomp_profile!({
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [{ "names": ["clone3"], "action": "SCMP_ACT_ERRNO" }]
});

fn main() {}
