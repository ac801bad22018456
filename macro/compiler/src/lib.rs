//! Compiles OCI seccomp profiles to proved BPF programs.
//!
//! One direction, no way back:
//!
//! ```text
//! profile text ─ parse ─> Profile ─ resolve ─> Policy ─ lower ─> Graph ─ assemble ─> instructions
//!                                                └───────────── verify ──────────────┴─> Program
//! ```
//!
//! - [`mod@profile`]: the file in the words of the OCI runtime spec, every mistake located. What
//!   Docker and Podman add to the spec is resolved for the target as it is read.
//! - [`mod@resolve`]: names to numbers, conditions to widths; every rule of the policy keeps the
//!   place that it comes from.
//! - [`policy`]: the meaning of a profile on one target. [`Policy::decide`](policy::Policy::decide)
//!   is the definition that every program is proved equal to.
//! - [`mod@lower`] and [`graph`]: decisions in a cheap order.
//! - [`mod@assemble`] and [`bpf`]: instructions, and an interpreter that runs them.
//! - [`mod@verify`]: proves instructions equal to the policy. Nothing else makes a
//!   [`verify::Program`].
//!
//! Beside the pipeline stand [`linux`], facts about the kernel; [`mod@lint`], what is allowed but
//! rarely meant; and [`options`], what an invocation says beside the profile.
//!
//! Where to change what: a new action or operator begins in [`linux::action`] or [`policy`], and
//! [`mod@profile`] and the runtime's `Action` follow; a new ABI in [`linux::abi`] and
//! `linux/syscalls.csv`; a better leaf or split of the decision tree in `lower/tree/` (chains of
//! JEQ in `chain.rs`, JSET in `jset.rs`); a better order of arguments in `lower/args.rs`.
//!
//! No `proc_macro`, no file access, no unsafe code: the macro of `seccomp-profile` calls this
//! library with a text, and tests, fuzzers and tools link it.
#![forbid(unsafe_code)]

pub mod assemble;
mod blame;
pub mod bpf;
pub mod error;
pub mod graph;
pub mod lint;
pub mod linux;
pub mod lower;
pub mod options;
pub mod policy;
pub mod profile;
pub mod resolve;
pub mod stats;
pub mod verify;

pub use error::suggest::nearest;
pub use error::{Error, Errors};
pub use linux::abi::Abi;
pub use options::Options;

use blame::Blame;
use linux::version::Kernel;
use policy::Policy;
use profile::Profile;
use resolve::Resolved;
use resolve::origin::Origins;
use verify::Program;

/// A profile, compiled.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The program, proved equal to the policy.
    pub program: Program,
    /// What the profile means on the target.
    pub policy: Policy,
    /// The profile as it was read.
    pub profile: Profile,
    /// Where the policy's rules stand in the profile.
    pub origins: Origins,
    /// Whether the search for the best order was given up because a rule list was too hard.
    pub simplified: bool,
    /// The oldest kernel to run on, if the options name one. What the profile says of kernels was
    /// decided for this version, on newer ones too.
    pub kernel: Option<Kernel>,
    /// What is rarely meant, in the order of the text.
    pub warnings: Vec<Error>,
}

/// Compiles a profile for programs of the ABI `target`.
///
/// ```
/// use seccomp_profile_compiler::{Abi, Options, compile};
///
/// let profile = r#"{
///     "defaultAction": "SCMP_ACT_ERRNO",
///     "syscalls": [{ "names": ["read", "write"], "action": "SCMP_ACT_ALLOW" }]
/// }"#;
/// let compiled = compile(profile, Abi::X86_64, &Options::default())?;
/// assert!(compiled.program.insns().len() < 12);
/// # Ok::<(), seccomp_profile_compiler::Errors>(())
/// ```
///
/// # Errors
/// All that is wrong with the profile, with places.
pub fn compile(text: &str, target: Abi, options: &Options) -> Result<Compiled, Errors> {
    let profile = Profile::parse(text, target, options)?;
    let Resolved { policy, origins } = resolve::resolve(&profile, target, options)?;
    let warnings = lint::lint(&profile, &policy, &origins, options)?;
    let lowered = lower::lower(&policy, &options.weights, options.effort);
    let blame = Blame {
        profile: &profile,
        policy: &policy,
        origins: &origins,
    };
    let insns = assemble::assemble(&lowered.graph, lowered.root, target.endian())
        .map_err(|assemble::TooLong| blame.too_long())?;
    let program = verify::verify(&policy, insns).map_err(|mismatch| blame.not_proved(&mismatch))?;
    Ok(Compiled {
        program,
        policy,
        profile,
        origins,
        simplified: lowered.simplified,
        kernel: options.kernel,
        warnings,
    })
}
