//! A filter for an old kernel on the running one: what a profile denies from a newer version on, the
//! filter would let through.

use seccomp_profile_compiler::error::Kind;
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::profile::Profile;
use seccomp_profile_compiler::resolve::resolve;
use seccomp_profile_compiler::{Abi, Options, compile};

use crate::child::{call, check, passes};
use crate::policy;

/// `getppid` stands for a call that newer kernels made dangerous.
const PROFILE: &str = r#"{
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [{
        "names": ["getppid"],
        "action": "SCMP_ACT_ERRNO",
        "errnoRet": 18,
        "includes": { "minKernel": "4.1" }
    }]
}"#;

fn host() -> Abi {
    Abi::from_name(std::env::consts::ARCH).unwrap()
}

fn options(kernel: &str) -> Options {
    let mut options = Options::default();
    let version = Setting::Word(kernel.into());
    options.set("kernel", &version).unwrap();
    options
}

#[test]
fn a_filter_that_newer_kernels_make_stricter_is_not_built() {
    let errors = compile(PROFILE, host(), &options("4.0")).unwrap_err();
    let kinds: Vec<Kind> = errors.iter().map(|error| error.kind).collect();
    assert_eq!(kinds, [Kind::NewerKernelStricter]);
    let text = errors.to_string();
    for part in [
        "`getppid()` with ALLOW",
        "from Linux 4.1 on",
        "with ERRNO(18)",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn such_a_filter_would_let_the_call_through() {
    for (kernel, denied) in [("4.0", false), ("4.1", true)] {
        let options = options(kernel);
        let profile = Profile::parse(PROFILE, host(), &options).unwrap();
        let resolved = resolve(&profile, host(), &options).unwrap();
        let program = policy::program(&resolved.policy);
        passes(|| {
            check!(policy::install(&program));
            check!(call(libc::SYS_getppid).is_err() == denied);
            Ok(())
        });
    }
    let compiled = compile(PROFILE, host(), &options("4.1")).unwrap();
    assert_eq!(compiled.kernel, options("4.1").kernel);
}
