//! What compiling real profiles takes, stage by stage: the median of many runs.
//!
//! Proc-macros are built unoptimised unless someone asks for more, in release builds too, so both
//! count:
//!
//! ```text
//! cargo bench -p seccomp-profile-compiler                  # optimised
//! cargo bench -p seccomp-profile-compiler --profile dev    # as a proc-macro is built
//! ```

use std::hint::black_box;
use std::time::{Duration, Instant};

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

/// How long one stage of one profile is measured, after one run that is not counted.
const MEASURED: Duration = Duration::from_millis(500);

fn main() {
    if std::fs::read_dir(FOLDER).is_err() {
        println!("skipped: {FOLDER} is not here");
        return;
    }
    let stages = ["parse", "resolve", "lower", "verify", "compile"];
    print!("{:36}", "median in µs");
    println!("{}", stages.map(|stage| format!("{stage:>9}")).concat());
    for name in PROFILES {
        println!("{name:36}{}", row(name).map(shown).concat());
    }
}

fn shown(time: Duration) -> String {
    format!("{:9.1}", time.as_secs_f64() * 1e6)
}

/// The stages of one profile; `lower` includes assembling.
fn row(name: &str) -> [Duration; 5] {
    let text = std::fs::read_to_string(format!("{FOLDER}/{name}.json")).expect("a profile");
    let profile = parse(&text).expect("a valid profile");
    let policy = resolved(&profile);
    let insns = instructions(&policy);
    [
        median(|| (), |()| parse(&text)),
        median(|| (), |()| resolved(&profile)),
        median(|| (), |()| instructions(&policy)),
        median(|| insns.clone(), |insns| verify::verify(&policy, insns)),
        median(|| (), |()| compile(&text, Abi::X86_64, &Options::default())),
    ]
}

/// The median time of the work. Neither making its input nor dropping its result counts.
fn median<I, R>(input: impl Fn() -> I, work: impl Fn(I) -> R) -> Duration {
    let time = || {
        let input = input();
        let start = Instant::now();
        let result = black_box(work(black_box(input)));
        let time = start.elapsed();
        drop(result);
        time
    };
    time();
    let end = Instant::now() + MEASURED;
    let mut times = vec![time()];
    while Instant::now() < end {
        times.push(time());
    }
    times.sort();
    times[times.len() / 2]
}

fn parse(text: &str) -> Result<Profile, Errors> {
    Profile::parse(text, Abi::X86_64, &Options::default())
}

fn resolved(profile: &Profile) -> Policy {
    resolve(profile, Abi::X86_64, &Options::default())
        .expect("a profile with a meaning")
        .policy
}

fn instructions(policy: &Policy) -> Vec<Insn> {
    let lowered = lower(policy, &Weights::default(), Effort::default());
    assemble(&lowered.graph, lowered.root, policy.target.endian()).expect("a short program")
}
