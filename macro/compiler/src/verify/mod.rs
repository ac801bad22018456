//! Instructions × policy → [`Program`], or a [`Mismatch`]: translation validation.
//!
//! [`verify`] does not know how the compiler found the instructions. It accepts them only if
//!
//! 1. the kernel accepts them, and they use only the operations of [`bpf`](crate::bpf); every
//!    instruction is reachable, and none reads A before a word is loaded;
//! 2. for *every* `seccomp_data` (each of the 2³² architectures and numbers, every value of the
//!    arguments and of the instruction pointer) they return the word of [`Policy::decide`];
//! 3. for every number that is always allowed they load only the number and the architecture, so
//!    that the kernel can cache it.
//!
//! *How.* A test reads one word, so the calls that take one path are a product of sets of values, one
//! set for each word (`calls`). Intervals intersected with cubes represent these sets exactly
//! (`values`). The proof (`proof`) follows the calls through the program (`path`), and looks up
//! their decision in the policy by token and number (`dispatch`). From there on it proves claims:
//! these calls get the answer of these rules (`claim`). At every step the rules are restricted to
//! the calls (`rules`). At a return, all calls of the product must get its answer (`answer`), or
//! there is a call that does not (`counterexample`). No set is approximated.
//!
//! A rule list can express every Boolean formula, so the equality of a program and a policy is hard
//! to decide in general. The work is bounded (`budget`), and a program that needs more is rejected.
//! But a program that tests one rule after the other is proved without a search, whatever its
//! rules are (`sequential`).
//!
//! The verifier shares types (policy, instruction) and facts ([`linux`](crate::linux)) with the stages
//! before it, but no code that makes decisions. So it does not repeat a mistake of such code.

mod answer;
mod budget;
mod calls;
mod claim;
mod compare;
mod counterexample;
mod decode;
mod dispatch;
mod mismatch;
mod path;
mod proof;
mod rules;
mod sequential;
mod values;

pub use compare::{Difference, Differing, compare, differences};
pub use mismatch::Mismatch;

use crate::bpf::Insn;
use crate::linux::abi::Endian;
use crate::policy::Policy;

/// Instructions that are proved equal to a policy.
///
/// Only [`verify`] can make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    insns: Vec<Insn>,
    endian: Endian,
}

impl Program {
    /// Returns the instructions.
    pub fn insns(&self) -> &[Insn] {
        &self.insns
    }

    /// Returns the byte order of the kernel for which the program is compiled.
    pub const fn endian(&self) -> Endian {
        self.endian
    }

    /// Returns the program as an array of `struct sock_filter` in the memory of that kernel.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.insns.len() * 8);
        for insn in &self.insns {
            bytes.extend_from_slice(&insn.to_bytes(self.endian));
        }
        bytes
    }
}

/// Proves that a program decides every call as a policy does.
///
/// # Errors
/// A [`Mismatch`]; if an answer is wrong, it contains a call with this answer.
pub fn verify(policy: &Policy, insns: Vec<Insn>) -> Result<Program, Mismatch> {
    let endian = policy.target.endian();
    let steps = decode::check(&insns, endian)?;
    proof::prove(policy, &steps)?;
    Ok(Program { insns, endian })
}
