//! What compiling real profiles takes, stage by stage.
//!
//! Proc-macros are built unoptimised unless someone asks for more, in release builds too, so both
//! count:
//!
//! ```text
//! cargo bench -p seccomp-profile-compiler                  # optimised
//! cargo bench -p seccomp-profile-compiler --profile dev    # as a proc-macro is built
//! ```

use divan::Bencher;

use seccomp_profile_compiler::assemble::assemble;
use seccomp_profile_compiler::bpf::Insn;
use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::lower::lower;
use seccomp_profile_compiler::options::Effort;
use seccomp_profile_compiler::options::Options;
use seccomp_profile_compiler::options::weights::Weights;
use seccomp_profile_compiler::policy::Policy;
use seccomp_profile_compiler::profile::Profile;
use seccomp_profile_compiler::resolve::resolve;
use seccomp_profile_compiler::{Errors, compile, verify};

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/profiles/resolved"
);
/// One ABI, three ABIs, many names, many arguments, and the smallest.
const PROFILES: [&str; 5] = [
    "moby-default.x86_64",
    "moby-default.x86_64-multi",
    "containers-common.x86_64",
    "firecracker-vmm.x86_64",
    "runtime-spec-example-config.x86_64",
];

fn main() {
    if std::fs::read_dir(FOLDER).is_err() {
        println!("skipped: {FOLDER} is not here");
        return;
    }
    divan::main();
}

fn text(name: &str) -> String {
    std::fs::read_to_string(format!("{FOLDER}/{name}.json")).expect("a profile")
}

fn parse(text: &str) -> Result<Profile, Errors> {
    Profile::parse(text, Abi::X86_64, &Options::default())
}

fn profile(name: &str) -> Profile {
    parse(&text(name)).expect("a valid profile")
}

fn policy(name: &str) -> Policy {
    resolve(&profile(name), Abi::X86_64, &Options::default())
        .expect("a profile with a meaning")
        .policy
}

fn instructions(policy: &Policy) -> Vec<Insn> {
    let lowered = lower(policy, &Weights::default(), Effort::default());
    assemble(&lowered.graph, lowered.root, policy.target.endian()).expect("a short program")
}

#[divan::bench(args = PROFILES)]
fn parsing(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher.bench_local(|| parse(&text));
}

#[divan::bench(args = PROFILES)]
fn resolving(bencher: Bencher<'_, '_>, name: &str) {
    let profile = profile(name);
    bencher.bench_local(|| resolve(&profile, Abi::X86_64, &Options::default()));
}

#[divan::bench(args = PROFILES)]
fn lowering_and_assembling(bencher: Bencher<'_, '_>, name: &str) {
    let policy = policy(name);
    bencher.bench_local(|| instructions(&policy));
}

#[divan::bench(args = PROFILES)]
fn verifying(bencher: Bencher<'_, '_>, name: &str) {
    let policy = policy(name);
    let instructions = instructions(&policy);
    bencher
        .with_inputs(|| instructions.clone())
        .bench_local_values(|instructions| verify::verify(&policy, instructions));
}

#[divan::bench(args = PROFILES)]
fn compiling(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher.bench_local(|| compile(&text, Abi::X86_64, &Options::default()));
}
