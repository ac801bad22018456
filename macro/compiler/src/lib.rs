//! Compiles an OCI seccomp profile to a classic BPF program, and proves the program equal to the
//! profile.
//!
//! Data goes in one direction; no stage calls an earlier one:
//!
//! ```text
//! profile text ─ parse ─> Profile ─ resolve ─> Policy ─ lower ─> Graph ─ assemble ─> instructions
//!                                                └───────────── verify ──────────────┴─> Program
//! ```
//!
//! - [`mod@profile`]: the JSON files and groups, and for each value its place in the file. What
//!   Docker and Podman add to the OCI runtime spec is resolved for the target while the file is
//!   read.
//! - [`mod@resolve`]: finds the number of every name, and fits conditions to the argument width of
//!   the ABI. Every rule of the policy keeps its place in the file.
//! - [`policy`]: the meaning of a profile on one target. [`Policy::decide`](policy::Policy::decide)
//!   is the definition that every program is proved equal to.
//! - [`mod@lower`] and [`graph`]: the tests that decide a call, in an order that keeps the program
//!   short and fast.
//! - [`mod@assemble`] and [`bpf`]: the instructions, and an interpreter for them.
//! - [`mod@verify`]: proves the instructions equal to the policy. Only `verify` can make a
//!   [`verify::Program`].
//!
//! Beside the pipeline are [`linux`], facts about the kernel; [`mod@lint`], warnings about profiles
//! that are valid but probably not what the author meant; `newer`, an error for a profile that is
//! stricter on a newer kernel than on the one it is compiled for; [`options`], the options of an
//! invocation; and [`sorted`], a map that costs users' builds little.
//!
//! Words that all stages use:
//!
//! - A *call* is a system call, as one `struct seccomp_data` describes it.
//! - An *ABI* is one way to make a call: it has its own call numbers and argument width. The
//!   *target* is the ABI of the program that installs the filter.
//! - An *audit token* is the `AUDIT_ARCH_*` value by which the kernel reports the ABI of a call.
//!   x86_64 and x32 share one.
//! - A *rule list* is all rules for one number of one ABI, in the order of the profile. In the
//!   literature this is called a *decision list*: the first rule that matches decides. If none
//!   matches, the default action decides.
//! - The *answer* to a call is the action that a policy or a program returns for it. One action is
//!   *stricter* than another if the kernel uses it when two installed filters return both.
//! - A *word* is one of the 32-bit words of `seccomp_data`, the only unit that a program can load.
//!   *A* is the accumulator of the BPF machine.
//!
//! Where to change what: for a new action start in [`linux::action`], for a new operator in
//! [`policy`]. Then change [`mod@profile`] and the runtime's `Action`. For a new ABI start in
//! [`linux::abi`] and `linux/syscalls.csv`. The leaves and splits of the decision tree are in
//! `lower/tree/` (chains of JEQ in `chain.rs`, JSET in `jset.rs` and `fork.rs`). The order in which
//! arguments are tested is chosen in `lower/args.rs`.
//!
//! The library uses neither `proc_macro` nor files nor unsafe code. So the macro of
//! `seccomp-profile`, the tests, the fuzzers and the tools can all link it.
#![forbid(unsafe_code)]

pub mod assemble;
mod blame;
pub mod bpf;
pub mod error;
pub mod graph;
pub mod groups;
pub mod lint;
pub mod linux;
pub mod lower;
mod newer;
pub mod options;
pub mod policy;
pub mod profile;
pub mod resolve;
pub mod sorted;
pub mod source;
pub mod stats;
pub mod verify;

pub use error::suggest::nearest;
pub use error::{Error, Errors};
pub use linux::abi::Abi;
pub use options::Options;
pub use source::Sources;

use blame::Blame;
use linux::version::Kernel;
use options::Effort;
use policy::Policy;
use profile::Profile;
use resolve::Resolved;
use resolve::origin::Origins;
use verify::{Mismatch, Program};

/// A compiled profile.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The program, proved equal to the policy.
    pub program: Program,
    /// What the profile means on the target.
    pub policy: Policy,
    /// The profile that was read.
    pub profile: Profile,
    /// The place of each rule of the policy in the profile.
    pub origins: Origins,
    /// Whether the search for a good program was stopped by [`Options::effort`] for some rule list.
    /// The program then tests the rules of this list one after the other.
    pub simplified: bool,
    /// The oldest kernel that may run the program, if the options name one. Rules that depend on
    /// the kernel version were resolved for this version, and no newer version makes the profile
    /// stricter.
    pub kernel: Option<Kernel>,
    /// The warnings of the lints, in the order of the text.
    pub warnings: Vec<Error>,
    /// The number of further warnings, which are not in `warnings`.
    pub hidden_warnings: usize,
}

/// Compiles a profile for the ABI `target`.
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
/// Every error of the profile, with its place.
#[cfg(feature = "serde_json")]
pub fn compile(text: &str, target: Abi, options: &Options) -> Result<Compiled, Errors> {
    compose(&Sources::one("", text), target, options)
}

/// Compiles a composition of profiles and groups, as [`compile`] does with one profile.
///
/// ```
/// use seccomp_profile_compiler::{Abi, Options, Sources, compose};
///
/// let server = r#"{
///     "defaultAction": "SCMP_ACT_ERRNO",
///     "syscalls": [{ "names": ["read", "write"], "action": "SCMP_ACT_ALLOW" }]
/// }"#;
/// let base = r#"{ "syscalls": [{ "names": ["close"], "action": "SCMP_ACT_ALLOW" }] }"#;
/// let others = [(String::from("base.json"), base)];
/// let sources = Sources::compose(("server.json", server), others, &["abort"])?;
/// let compiled = compose(&sources, Abi::X86_64, &Options::default())?;
/// assert_eq!(compiled.warnings, []);
/// # Ok::<(), seccomp_profile_compiler::Errors>(())
/// ```
///
/// # Errors
/// Every error of the texts, with its place.
pub fn compose(sources: &Sources<'_>, target: Abi, options: &Options) -> Result<Compiled, Errors> {
    let profile = Profile::compose(sources, target, options)?;
    let resolved = resolve::resolve(&profile, target, options)?;
    newer::check(sources, target, options, &profile, &resolved.policy)?;
    build(profile, resolved, target, options)
}

/// Compiles a profile that was read elsewhere, such as one in the types of the oci-spec crate: for a
/// container runtime that compiles filters at run time. Its errors have no places.
///
/// ```
/// # #[cfg(feature = "oci-spec")] {
/// use oci_spec::runtime::{LinuxSeccompAction, LinuxSeccompBuilder, LinuxSyscallBuilder};
/// use seccomp_profile_compiler::profile::Profile;
/// use seccomp_profile_compiler::{Abi, Options, compile_profile};
///
/// let rule = LinuxSyscallBuilder::default()
///     .names(vec![String::from("reboot")])
///     .action(LinuxSeccompAction::ScmpActErrno)
///     .build()
///     .unwrap();
/// let seccomp = LinuxSeccompBuilder::default()
///     .default_action(LinuxSeccompAction::ScmpActAllow)
///     .syscalls(vec![rule])
///     .build()
///     .unwrap();
///
/// let profile = Profile::try_from(&seccomp)?;
/// let compiled = compile_profile(profile, Abi::X86_64, &Options::default())?;
/// let instructions = compiled.program.insns(); // what `seccomp(2)` takes, as `struct sock_filter`
/// assert!(instructions.len() < 12);
/// # }
/// # Ok::<(), seccomp_profile_compiler::Errors>(())
/// ```
///
/// # Errors
/// Every error of the profile.
pub fn compile_profile(
    profile: Profile,
    target: Abi,
    options: &Options,
) -> Result<Compiled, Errors> {
    let resolved = resolve::resolve(&profile, target, options)?;
    build(profile, resolved, target, options)
}

/// Makes the program of a resolved profile, with its proof.
fn build(
    profile: Profile,
    resolved: Resolved,
    target: Abi,
    options: &Options,
) -> Result<Compiled, Errors> {
    let Resolved { policy, origins } = resolved;
    let warnings = lint::lint(&profile, &policy, &origins, options)?;
    let blame = Blame {
        profile: &profile,
        policy: &policy,
        origins: &origins,
    };
    let attempt = |effort: Effort| {
        let lowered = lower::lower(&policy, &options.weights, effort);
        let insns = assemble::assemble(&lowered.graph, lowered.root, target.endian())
            .map_err(|assemble::TooLong| blame.too_long())?;
        Ok::<_, Error>((verify::verify(&policy, insns), lowered.simplified))
    };
    let (mut proved, mut simplified) = attempt(options.effort)?;
    if let Err(Mismatch::TooComplex) = proved {
        // A program that tests the rules in their order is proved without a search.
        (proved, simplified) = attempt(Effort(0))?;
    }
    let program = proved.map_err(|mismatch| blame.not_proved(&mismatch))?;
    Ok(Compiled {
        program,
        policy,
        profile,
        origins,
        simplified,
        kernel: options.kernel,
        warnings: warnings.list,
        hidden_warnings: warnings.hidden,
    })
}
