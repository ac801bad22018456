//! The default policy of container engines as a profile of our own, compiled by the macro and
//! enforced by the running kernel.

#[cfg(target_os = "linux")]
#[path = "support/bound.rs"]
mod bound;
#[path = "../macro/compiler/tests/support/boundary.rs"]
mod boundary;
#[cfg(target_os = "linux")]
#[path = "support/child.rs"]
mod child;
#[path = "../macro/compiler/tests/support/profiles.rs"]
mod profiles;
#[path = "../macro/compiler/tests/support/skip.rs"]
mod skip;

#[cfg(target_os = "linux")]
use child::{call, call_with, check, passes};
#[cfg(target_os = "linux")]
use libc::c_int;

use seccomp_profile::{Filter, seccomp_profile};
use seccomp_profile_compiler::bpf;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::{Abi, Options, compile};

static CONTAINER: Filter = seccomp_profile!("tests/profiles/container.json", allow(int_argument));

#[test]
#[cfg(target_os = "linux")]
fn the_kernel_enforces_it() {
    passes(|| {
        check!(CONTAINER.install().is_ok());
        check!(call(libc::SYS_getppid).is_ok());
        let socket =
            |family, kind: c_int| call_with(libc::SYS_socket, [family, kind as _, 0, 0, 0, 0]);
        let eperm = Err(libc::EPERM);
        check!(socket(libc::AF_VSOCK as _, libc::SOCK_STREAM) == eperm);
        check!(socket(38, libc::SOCK_SEQPACKET) == eperm);
        check!(socket(libc::AF_UNIX as _, libc::SOCK_STREAM).is_ok());
        check!(call(libc::SYS_clone3) == Err(libc::ENOSYS));
        let personality = |persona| call_with(libc::SYS_personality, [persona, 0, 0, 0, 0, 0]);
        check!(personality(0x20) == eperm);
        check!(personality(0xffff_ffff).is_ok());
        check!(call_with(libc::SYS_clone, [libc::CLONE_NEWUSER as _, 0, 0, 0, 0, 0]) == eperm);
        // No rule lists these, and the last number is no call.
        check!(call(libc::SYS_bpf) == eperm);
        check!(call(libc::SYS_mount) == eperm);
        check!(call(100_000) == eperm);
        Ok(())
    });
}

/// Which calls a container can make by default is a fact that many engines share. Compares with the
/// published profile.
#[test]
fn it_decides_as_the_published_one() {
    let Some(published) = profiles::read("resolved/moby-default.x86_64.json") else {
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
    let mut compared = 0;
    let mut compare = |data: SeccompData| {
        let expected = published.policy.decide(&data);
        assert_eq!(ours.policy.decide(&data), expected, "{data:x?}");
        let answer = bpf::run(ours.program.insns(), &data, target.endian()).unwrap();
        assert_eq!(answer.word, expected.word(), "{data:x?}");
        compared += 1;
    };
    for policy in [&ours.policy, &published.policy] {
        boundary::calls(policy, usize::MAX, &mut compare);
    }
    for nr in 0..1024 {
        compare(SeccompData {
            nr,
            arch: target.token(),
            ..SeccompData::default()
        });
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
