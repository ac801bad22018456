use seccomp_profile::{Action, Filter, seccomp_profile, syscall};

static SANDBOX: Filter = seccomp_profile!({
    "defaultAction": "SCMP_ACT_ERRNO",
    "defaultErrnoRet": 38,
    "syscalls": [
        { "names": ["read", "write", "exit_group", "rt_sigreturn"], "action": "SCMP_ACT_ALLOW" },
        {
            "names": ["socket"],
            "action": "SCMP_ACT_ALLOW",
            "args": [
                { "index": 0, "value": 4294967295, "valueTwo": 1, "op": "SCMP_CMP_MASKED_EQ" }
            ]
        }
    ]
}, native_only = true);

/// What one macro writes for another.
macro_rules! allowing {
    ($($name:literal),*) => {
        seccomp_profile!({
            "defaultAction": "SCMP_ACT_ERRNO",
            "syscalls": [{ "names": [$($name),*], "action": "SCMP_ACT_ALLOW" }]
        }, allow(exit_denied, clone3_errno))
    };
}

fn main() {
    const READS: Filter = allowing!("read", "pread64");
    assert_eq!(SANDBOX.evaluate(&syscall!(socket, 1)), Action::Allow);
    assert_eq!(SANDBOX.evaluate(&syscall!(socket, 2)), Action::Errno(38));
    assert_eq!(READS.evaluate(&syscall!(pread64)), Action::Allow);
    assert_eq!(READS.evaluate(&syscall!(write)), Action::Errno(1));
}
