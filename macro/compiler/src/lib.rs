//! Compiles OCI seccomp profiles to proved BPF programs.
//!
//! One direction, no way back:
//!
//! ```text
//! profile text ─ read ─> Profile ─ resolve ─> Policy ─ lower ─> graph ─ assemble ─> instructions
//!                                               └────────────── verify ──────────────┴─> Program
//! ```
//!
//! - [`mod@profile`]: the file in the OCI runtime spec's words, every mistake located; what Docker
//!   and Podman add to the spec is resolved for the target as it is read.
//! - [`policy`]: its meaning on one target; [`Policy::decide`](policy::Policy::decide) is the
//!   definition everything else is held against.
//! - [`graph`] and [`lower`]: decisions, the cheapest order searched.
//! - [`assemble`] and [`bpf`]: instructions, and a machine that runs them.
//! - [`mod@verify`]: proves instructions equal to the policy; nothing else makes a
//!   [`verify::Program`].
//!
//! Beside the way lie [`mod@lint`], what is allowed but rarely meant, `reporter`, what a handler of
//! SIGSYS needs that reports violations, and [`probe`], where the answers of a policy can change.
//!
//! To change something: a new OCI action or operator begins in [`policy`] and [`mod@profile`], and
//! `oci` and the runtime's `Action` follow; a new ABI in [`abi`] and `syscalls.csv`; a better leaf
//! or split of the decision tree in `lower/line.rs` (JSET leaves in `lower/bits.rs`), a better order
//! of arguments in `lower/args.rs`; what users can say beside the profile in [`options`].
//!
//! No `proc_macro`, no file access, no unsafe code: this is what the macro of `seccomp-profile`
//! calls with a text, and what tests, fuzzers and tools link.
#![forbid(unsafe_code)]

pub mod abi;
pub mod assemble;
pub mod bpf;
pub mod capability;
mod conflict;
mod errno;
pub mod error;
mod extended;
pub mod graph;
mod ints;
pub mod json;
pub mod kernel;
pub mod lint;
pub mod linux;
pub mod lower;
#[cfg(feature = "oci-spec")]
pub mod oci;
pub mod options;
pub mod policy;
pub mod probe;
pub mod profile;
mod read;
mod reader;
mod render;
mod reporter;
pub mod resolve;
mod set;
pub mod stats;
mod suggest;
pub mod syscalls;
pub mod verify;

pub use abi::Abi;
pub use error::{Error, Errors};
pub use options::Options;
pub use suggest::nearest;

use error::Kind;
use policy::Policy;
use profile::Profile;
use verify::{Mismatch, Program};

/// A profile, compiled.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The program, proved equal to the policy.
    pub program: Program,
    /// What the profile means on the target.
    pub policy: Policy,
    /// Whether the search for the best order was cut short by a rule list that is too hard.
    pub simplified: bool,
    /// The oldest kernel to run on, if the options name one: what the profile says of kernels was
    /// decided for this version, on newer ones too.
    pub kernel: Option<kernel::Kernel>,
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
    let policy = resolve::resolve(&profile, target, options)?;
    if options.reporter {
        reporter::check(&profile, &policy, options)?;
    }
    let warnings = lint::lint(&profile, &policy, options)?;
    let lowered = lower::lower(&policy, &options.weights, options.effort);
    let insns = assemble::assemble(&lowered.graph, lowered.root, target.endian())
        .map_err(|assemble::TooLong| too_long(&policy, &profile))?;
    let program = verify::verify(&policy, insns)
        .map_err(|mismatch| not_proved(&policy, &profile, &mismatch))?;
    let (simplified, kernel) = (lowered.simplified, options.kernel);
    Ok(Compiled {
        program,
        policy,
        simplified,
        kernel,
        warnings,
    })
}

/// Says why there is no proof.
fn not_proved(policy: &Policy, profile: &Profile, mismatch: &Mismatch) -> Error {
    match mismatch {
        Mismatch::TooComplex => {
            let message = "the rules are too hard to prove a program for within bounds";
            at_longest_list(policy, profile, Error::nowhere(Kind::RulesTooHard, message))
        }
        _ => {
            let message = format!("the program is not proved: {mismatch}");
            Error::nowhere(Kind::InternalMismatch, message)
                .note("this is a defect of the compiler, not of the profile: please report it")
        }
    }
}

/// Says what is large in a policy whose program the kernel would not take.
fn too_long(policy: &Policy, profile: &Profile) -> Error {
    let most = bpf::MAX_LEN;
    let message = format!("the program would have more than {most} instructions");
    let error = Error::nowhere(Kind::ProgramTooLong, message);
    at_longest_list(policy, profile, error)
}

/// Puts an error where the first rule of the longest list stands.
fn at_longest_list(policy: &Policy, profile: &Profile, error: Error) -> Error {
    let lists = policy.abis.iter().flat_map(|rules| {
        let length = |(&nr, list): (&u32, &Vec<_>)| (list.len(), rules.abi, nr);
        rules.lists.iter().map(length)
    });
    let Some((length, abi, nr)) = lists.max_by_key(|(length, ..)| *length) else {
        return error.note("there are no rules");
    };
    let call = syscalls::name(abi, nr).unwrap_or("?");
    let error = error.note(format!(
        "the longest list is that of `{call}` on {abi}: {length} rules"
    ));
    // The rules of a multiplexer can come from the calls behind it.
    let reaches = |name: &str| {
        let behind = abi::subcall(name).filter(|_| abi.multiplexed());
        name == call || behind.is_some_and(|(multiplexer, _)| multiplexer.name() == call)
    };
    for entry in &profile.syscalls {
        let mut names = entry.names.iter().enumerate();
        if let Some((i, name)) = names.find(|(_, name)| reaches(&name.value)) {
            let place = format!("{}.names[{i}]", entry.place.0);
            return error.within(name.span).at(place).label("its first rule");
        }
    }
    error
}
