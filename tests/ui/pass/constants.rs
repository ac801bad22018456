//! Constants by name, with the values of the target; `libc` agrees.

use seccomp_profile::{Action, Filter, seccomp_profile, syscall};

static FILTER: Filter = seccomp_profile!(
    {
        "defaultAction": "SCMP_ACT_ERRNO",
        "syscalls": [
            { "names": ["exit", "exit_group", "rt_sigreturn", "rt_sigaction", "rt_sigprocmask",
                        "getpid", "gettid", "tgkill"], "action": "SCMP_ACT_ALLOW" },
            { "names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [
                { "index": 0, "value": "AF_UNIX", "op": "SCMP_CMP_EQ" },
                { "index": 1, "value": "SOCK_STREAM|SOCK_CLOEXEC", "op": "SCMP_CMP_EQ" }] },
            { "names": ["mprotect"], "action": "SCMP_ACT_ALLOW", "args": [
                { "index": 2, "value": "PROT_EXEC", "valueTwo": "0x0", "op": "SCMP_CMP_MASKED_EQ" }] },
            { "names": ["openat"], "action": "SCMP_ACT_ALLOW", "args": [
                { "index": 2, "value": "O_ACCMODE", "valueTwo": "O_RDONLY",
                  "op": "SCMP_CMP_MASKED_EQ" }] },
            { "names": ["unshare"], "action": "SCMP_ACT_ALLOW", "args": [
                { "index": 0, "value": "CLONE_NEWTIME", "op": "SCMP_CMP_EQ" }] }
        ]
    },
    allow(not_portable, sibling_bypass, missing_counterpart, int_argument)
);

fn main() {
    let stream = (libc::SOCK_STREAM | libc::SOCK_CLOEXEC) as u64;
    let unix = FILTER.evaluate(&syscall!(socket, libc::AF_UNIX as u64, stream));
    assert_eq!(unix, Action::Allow);
    let inet = FILTER.evaluate(&syscall!(socket, libc::AF_INET as u64, stream));
    assert_eq!(inet, Action::Errno(1));
}
