use seccomp_profile::{Filter, seccomp_profile};

static UNKNOWN: Filter = seccomp_profile!("profiles/allow.json", nativ_only = true);
static WRONG_WORD: Filter = seccomp_profile!("profiles/allow.json", overlap = "frist-match");
static WRONG_TYPE: Filter = seccomp_profile!("profiles/allow.json", native_only = "yes");
static NO_WORD: Filter = seccomp_profile!("profiles/allow.json", newer_syscalls = true);
static NUMBER: Filter = seccomp_profile!("profiles/allow.json", native_only = 1);
static TWICE: Filter = seccomp_profile!(
    "profiles/allow.json",
    native_only = true,
    native_only = true
);
static NO_VALUE: Filter = seccomp_profile!("profiles/allow.json", native_only);
static NO_KEY: Filter = seccomp_profile!("profiles/allow.json", "first-match");
static NO_COMMA: Filter = seccomp_profile!("profiles/allow.json" native_only = true);
static CAPABILITY: Filter =
    seccomp_profile!("profiles/allow.json", capabilities = ["CAP_KILL", "CAP_SYS_ADMN"]);
static NO_LIST: Filter = seccomp_profile!("profiles/allow.json", capabilities = "CAP_KILL");
static KERNEL: Filter = seccomp_profile!("profiles/allow.json", kernel = "5.10_2");
static VERSION: Filter = seccomp_profile!("profiles/allow.json", kernel = 5.10);
static ACTION: Filter = seccomp_profile!("profiles/allow.json", default_action = "SCMP_ACT_ERNO");
static ERRNO: Filter = seccomp_profile!("profiles/allow.json", deny_action = "SCMP_ACT_ERRNO(9999)");
static LINT: Filter = seccomp_profile!("profiles/allow.json", allow(io-uring, int-argumnet));
static LINTS: Filter = seccomp_profile!("profiles/allow.json", allow = true);
static NO_LINTS: Filter = seccomp_profile!("profiles/allow.json", kernel("5.10"));
static NO_CONTEXT: Filter = seccomp_profile!("profiles/docker.json");
static WEIGHTS: Filter =
    seccomp_profile!("profiles/allow.json", weights = "profiles/bad-weights.txt");

fn main() {}
