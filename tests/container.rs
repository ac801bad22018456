//! A container engine's default policy as a profile of ours, compiled by the macro and enforced
//! by the running kernel.

use seccomp_profile::{Filter, seccomp_profile};
use seccomp_profile_compiler::bpf;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::policy::Decision;
use seccomp_profile_compiler::policy::probe::Probes;
use seccomp_profile_compiler::{Abi, Options, compile};

static CONTAINER: Filter = seccomp_profile!("tests/profiles/container.json", allow(int_argument));

/// What a call returned: its result, or the errno.
#[cfg(target_os = "linux")]
fn errno(result: libc::c_long) -> libc::c_int {
    if result != -1 {
        return 0;
    }
    // SAFETY: __errno_location has no preconditions and returns this thread's errno.
    unsafe { *libc::__errno_location() }
}

/// The child checks every call and exits with the number of the first that is wrong, so that it
/// allocates nothing after `fork`.
#[cfg(target_os = "linux")]
fn child() -> libc::c_int {
    if CONTAINER.install().is_err() {
        return 100;
    }
    // SAFETY: none of these calls is given a pointer it would follow; most are denied.
    let results = unsafe {
        [
            (errno(libc::syscall(libc::SYS_getppid)), 0),
            (
                errno(libc::syscall(
                    libc::SYS_socket,
                    libc::AF_VSOCK,
                    libc::SOCK_STREAM,
                    0,
                )),
                libc::EPERM,
            ),
            (
                errno(libc::syscall(libc::SYS_socket, 38, libc::SOCK_SEQPACKET, 0)),
                libc::EPERM,
            ),
            (
                errno(libc::syscall(
                    libc::SYS_socket,
                    libc::AF_UNIX,
                    libc::SOCK_STREAM,
                    0,
                )),
                0,
            ),
            (errno(libc::syscall(libc::SYS_clone3, 0, 0)), libc::ENOSYS),
            (
                errno(libc::syscall(libc::SYS_personality, 0x20)),
                libc::EPERM,
            ),
            (
                errno(libc::syscall(libc::SYS_personality, 0xffff_ffffu32)),
                0,
            ),
            (
                errno(libc::syscall(
                    libc::SYS_clone,
                    libc::CLONE_NEWUSER,
                    0,
                    0,
                    0,
                    0,
                )),
                libc::EPERM,
            ),
            // Listed nowhere, and a number nobody has.
            (errno(libc::syscall(libc::SYS_bpf, 0, 0, 0)), libc::EPERM),
            (
                errno(libc::syscall(libc::SYS_mount, 0, 0, 0, 0, 0)),
                libc::EPERM,
            ),
            (errno(libc::syscall(100_000)), libc::EPERM),
        ]
    };
    let wrong = results.iter().position(|(got, wanted)| got != wanted);
    wrong.map_or(0, |at| at as libc::c_int + 1)
}

#[test]
#[cfg(target_os = "linux")]
fn the_kernel_enforces_it() {
    // SAFETY: the child only makes system calls and leaves through _exit.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "fork");
    if pid == 0 {
        // SAFETY: ends the child without running what belongs to its parent.
        unsafe { libc::_exit(child()) }
    }
    let mut status = 0;
    // SAFETY: `pid` is our child and `status` may be written.
    let waited = unsafe { libc::waitpid(pid, &mut status, 0) };
    assert_eq!(waited, pid);
    assert!(libc::WIFEXITED(status), "status {status:#x}");
    assert_eq!(
        libc::WEXITSTATUS(status),
        0,
        "the check of that place (from 1) is wrong"
    );
}

/// Which calls a container may make by default is a fact that many engines share; the published
/// profile is read where it is at hand.
#[test]
fn it_decides_as_the_published_one() {
    let path = "../shared/profiles/resolved/moby-default.x86_64.json";
    let Ok(published) = std::fs::read_to_string(path) else {
        assert!(std::env::var_os("CI").is_none(), "{path} is missing");
        println!("skipped: {path} is not here");
        return;
    };
    let ours = std::fs::read_to_string("tests/profiles/container.json").unwrap();
    let target = Abi::X86_64;
    let options = Options {
        native_only: true,
        ..Options::default()
    };
    let ours = compile(&ours, target, &options).unwrap();
    let published = compile(&published, target, &options).unwrap();
    let mut numbers: Vec<u32> = (0..1024).collect();
    numbers.extend(ours.policy.boundaries(target.token()));
    let mut compared = 0;
    for nr in numbers {
        let mut args = vec![[0; 6], [u64::MAX; 6]];
        for policy in [&ours.policy, &published.policy] {
            if let Decision::ByRules(rules) = policy.lookup(target.token(), nr) {
                args.extend(Probes::new(rules, target).all());
            }
        }
        for args in args {
            let data = SeccompData {
                nr,
                arch: target.token(),
                args,
                ..SeccompData::default()
            };
            let wanted = published.policy.decide(&data);
            assert_eq!(ours.policy.decide(&data), wanted, "{data:x?}");
            let answer = bpf::run(ours.program.insns(), &data, target.endian()).unwrap();
            assert_eq!(answer.word, wanted.word(), "{data:x?}");
            compared += 1;
        }
    }
    println!("{compared} answers are the same");
}

/// The macro embeds what the library compiles.
#[test]
#[cfg(target_arch = "x86_64")]
fn the_macro_embeds_the_proved_program() {
    let text = std::fs::read_to_string("tests/profiles/container.json").unwrap();
    let compiled = compile(&text, Abi::X86_64, &Options::default()).unwrap();
    let embedded: Vec<bpf::Insn> = CONTAINER
        .program()
        .iter()
        .map(|insn| bpf::Insn {
            code: insn.code,
            jt: insn.jt,
            jf: insn.jf,
            k: insn.k,
        })
        .collect();
    assert_eq!(embedded, compiled.program.insns());
    assert_eq!(CONTAINER.flags(), compiled.policy.flags);
}
