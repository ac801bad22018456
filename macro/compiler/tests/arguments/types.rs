//! How much of an argument each ABI takes.

use Abi::*;
use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::linux::arguments;

#[test]
fn known_types() {
    #[rustfmt::skip]
    let known: &[(Abi, &str, &str)] = &[
        (X86_64, "socket", "family:32s:AF type:32s:SOCK protocol:32s:IPPROTO"),
        (X86_64, "openat", "dfd:32s:AT_FDCWD filename:64 flags:32:O mode:16:S"),
        (X86, "openat", "dfd:32s:AT_FDCWD filename:32 flags:32:O mode:16:S"),
        (X86_64, "clone", "flags:32:CLONE newsp:64 parent_tid:64 child_tid:64 tls:64"),
        (S390x, "clone", "newsp:64 flags:32:CLONE parent_tid:64 child_tid:64 tls:64"),
        (Aarch64, "clone", "flags:32:CLONE newsp:64 parent_tid:64 tls:64 child_tid:64"),
        (X86_64, "unshare", "flags:64:CLONE"),
        (X86_64, "mmap", "addr:64 len:64 prot:64:PROT flags:64:MAP fd:32s off:64"),
        (X86, "mmap", "args:32"),
        (X86, "mmap2", "addr:32 len:32 prot:32:PROT flags:32:MAP fd:32s pgoff:32"),
        (X86_64, "mprotect", "start:64 len:64 prot:64:PROT"),
        (X86_64, "ptrace", "request:64s:PTRACE pid:32s addr:64 data:64"),
        (X86_64, "kill", "pid:32s sig:32s:SIG"),
        (X86_64, "ioctl", "fd:32s cmd:32:TIOC arg:64"),
        (X86_64, "prctl", "option:32s:PR arg2:64 arg3:64 arg4:64 arg5:64"),
        (X86_64, "setuid", "uid:32"),
        (X86, "setuid", "uid:16"),
        (S390, "chown", "filename:32 user:16 group:16"),
        (S390x, "chown", "filename:64 user:32 group:32"),
        (X86_64, "preadv2", "fd:32s vec:64 vlen:32 pos:64s - flags:32:RWF"),
        (X86_64, "getcpu", "cpup:64 nodep:64 -"),
        (Arm, "cacheflush", "start:32 end:32 flags:32"),
        (X86_64, "getpid", ""),
        (X86_64, "personality", "personality:32:PERSONALITY"),
        (Ppc64, "personality", "personality:32:PERSONALITY"),
    ];
    for (abi, call, expected) in known {
        let here = arguments::of(*abi, call).unwrap();
        let shown = (0..here.count()).map(|index| {
            let Some(argument) = here.get(index) else {
                return "-".to_string();
            };
            let sign = if argument.kind.is_signed() { "s" } else { "" };
            let family = argument
                .family
                .map_or(String::new(), |family| format!(":{family}"));
            let bits = argument.width(*abi).max().count_ones();
            format!("{}:{bits}{sign}{family}", argument.name)
        });
        assert_eq!(
            shown.collect::<Vec<_>>().join(" "),
            *expected,
            "{call} on {abi}"
        );
    }
}
