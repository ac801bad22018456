#![deny(deprecated)]

use seccomp_profile::{Action, Filter, seccomp_profile, syscall};

static SANDBOX: Filter = seccomp_profile!(
    "profiles/server.json",
    with = ["profiles/base.json", "abort", "threads"],
    native_only = true,
);

static INLINE: Filter = seccomp_profile!({
    "defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [{ "names": ["futex"], "action": "SCMP_ACT_LOG" }]
}, with = ["threads", "exit", concat!("profiles", "/base.json"), "abort"]);

static GROUPS: Filter = seccomp_profile!({ "defaultAction": "SCMP_ACT_ERRNO" }, with = ["abort"]);

fn main() {
    // The first file that names a call decides it.
    assert_eq!(SANDBOX.evaluate(&syscall!(bind)), Action::Allow);
    assert_eq!(SANDBOX.evaluate(&syscall!(read)), Action::Allow);
    assert_eq!(SANDBOX.evaluate(&syscall!(rt_sigreturn)), Action::Allow);
    assert_eq!(SANDBOX.evaluate(&syscall!(connect)), Action::Errno(1));

    assert_eq!(INLINE.evaluate(&syscall!(futex)), Action::Log);
    assert_eq!(INLINE.evaluate(&syscall!(bind)), Action::KillProcess);
    assert_eq!(INLINE.evaluate(&syscall!(set_robust_list)), Action::Allow);

    assert_eq!(GROUPS.evaluate(&syscall!(rt_sigaction)), Action::Allow);
    assert_eq!(GROUPS.evaluate(&syscall!(openat)), Action::Errno(1));
}
