//! A policy that the compiler does not make of a profile → a filter in the kernel: what would happen
//! without one of its rules.

use libc::{c_ulong, sock_filter, sock_fprog};
use seccomp_profile_compiler::policy::Policy;
use seccomp_profile_compiler::{Options, assemble, lower, verify};

use crate::child::call_with;

/// Compiles a policy, and proves the program equal to it.
pub(crate) fn program(policy: &Policy) -> Vec<sock_filter> {
    let options = Options::default();
    let lowered = lower::lower(policy, &options.weights, options.effort);
    let insns = assemble::assemble(&lowered.graph, lowered.root, policy.target.endian());
    let insns = insns.unwrap_or_else(|_| panic!("the program is too long"));
    let program = verify::verify(policy, insns).unwrap_or_else(|_| panic!("not proved"));
    let insns = program.insns().iter().map(|insn| sock_filter {
        code: insn.code,
        jt: insn.jt,
        jf: insn.jf,
        k: insn.k,
    });
    insns.collect()
}

/// Installs a program; returns whether that succeeds.
pub(crate) fn install(program: &[sock_filter]) -> bool {
    let program = sock_fprog {
        len: program.len() as u16,
        // The kernel only reads it.
        filter: program.as_ptr().cast_mut(),
    };
    let no_new_privs = [libc::PR_SET_NO_NEW_PRIVS as c_ulong, 1, 0, 0, 0, 0];
    let address = (&raw const program) as c_ulong;
    let mode = libc::SECCOMP_SET_MODE_FILTER as c_ulong;
    call_with(libc::SYS_prctl, no_new_privs).is_ok()
        && call_with(libc::SYS_seccomp, [mode, 0, address, 0, 0, 0]).is_ok()
}
