//! Instructions × policy → [`Program`], or a [`Mismatch`]: translation validation.
//!
//! Whatever the compiler did to find its instructions, [`verify`] forgets. It accepts them if and
//! only if
//!
//! 1. the kernel takes them, and they consist of the operations of [`bpf`](crate::bpf) only, each
//!    on some path, none reading A before it was loaded;
//! 2. for *every* `seccomp_data` (each of the 2³² architectures, numbers, each value of the
//!    arguments, each instruction pointer) they return the word of [`Policy::decide`];
//! 3. for every number that is always allowed they load nothing but number and architecture, so
//!    that the kernel caches it.
//!
//! *How.* A test looks at one word, so the calls that take one path are a product of sets of
//! values, one for each word (`calls`); intervals cut with cubes represent these sets exactly
//! (`values`). Program and policy are walked side by side (`proof`): calls arrive at instructions
//! (`path`), their numbers are looked up (`number`), and what is claimed of them then (`claim`)
//! is followed to the returns, while the rule list is cut down to what is still open (`rules`). At
//! a return all calls of the product have to get its answer (`answer`). Nothing is sampled or
//! rounded, and where not all calls are right, there is one to show. To decide equality is hard
//! in general, as a rule list can say any boolean formula, so the work is bounded (`budget`) and
//! what needs more is refused. But a program that tests one rule after the other is proved without
//! a search, whatever the rules are (`order`).
//!
//! The code shares with the stages before it the types of policy and instruction, nothing else.

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

pub use compare::{Difference, compare};
pub use mismatch::Mismatch;

use crate::bpf::Insn;
use crate::linux::abi::Endian;
use crate::policy::Policy;

/// Instructions that are proved to decide as a policy does.
///
/// [`verify`] is the only way to one.
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

    /// Returns the byte order of the kernel that the program is for.
    pub const fn endian(&self) -> Endian {
        self.endian
    }

    /// Returns the program as it lies in that kernel's memory: an array of `struct sock_filter`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.insns.len() * 8);
        for insn in &self.insns {
            bytes.extend_from_slice(&insn.to_bytes(self.endian));
        }
        bytes
    }
}

/// Proves that a program decides as a policy does.
///
/// # Errors
/// What is wrong with it, and if it is an answer, a call that gets it.
pub fn verify(policy: &Policy, insns: Vec<Insn>) -> Result<Program, Mismatch> {
    let endian = policy.target.endian();
    let steps = decode::check(&insns, endian)?;
    proof::prove(policy, &steps)?;
    Ok(Program { insns, endian })
}
