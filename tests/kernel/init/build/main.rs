//! The policies → `cases.rs`: each filter as a use of the macro, and the calls to make under it. And
//! the table of arguments → `taken.rs`: how much the target's kernel takes of some.
//!
//! What the kernel must answer is what `Policy::decide` says, here on the host. Of the compiler,
//! only the two stages before that are used: no program, no proof, no machine has a part in it.

mod edges;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use seccomp_profile_compiler::linux::abi::{Width, X32_BIT};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::{arguments, syscalls};
use seccomp_profile_compiler::options::Setting;
use seccomp_profile_compiler::policy::{Decision, Policy, SKIPPED};
use seccomp_profile_compiler::profile::Profile;
use seccomp_profile_compiler::resolve::resolve;
use seccomp_profile_compiler::{Abi, Options, Sources};

/// A profile with the options of one use: what the file says must be harmless to call with any
/// arguments, but for [`LIFE`].
struct Use {
    profile: &'static str,
    options: &'static [(&'static str, &'static str)],
    /// Whether the profile has numbers that only 64-bit ABIs can compare.
    wide: bool,
}

const fn plain(profile: &'static str) -> Use {
    with(profile, &[])
}

const fn with(profile: &'static str, options: &'static [(&'static str, &'static str)]) -> Use {
    Use {
        profile,
        options,
        wide: false,
    }
}

const USES: &[Use] = &[
    plain("actions"),
    plain("operators"),
    plain("indexes"),
    Use {
        wide: true,
        ..plain("wide")
    },
    plain("strict"),
    with("strict", &[("native_only", "true")]),
    with("strict", &[("newer_syscalls", "ENOSYS")]),
    with("strict", &[("default_action", "SCMP_ACT_TRAP")]),
    with("strict", &[("default_action", "SCMP_ACT_KILL_PROCESS")]),
    with("typed", &[("typed_arguments", "true")]),
    plain("multiplexed"),
    plain("multiplexed-strict"),
];

/// Arguments of the target's own calls, of every width.
const TAKEN: [(&str, &str); 13] = [
    ("fchmod", "mode"),
    ("dup", "fildes"),
    ("faccessat", "dfd"),
    ("setpriority", "niceval"),
    ("kill", "pid"),
    ("ioctl", "cmd"),
    ("prlimit64", "resource"),
    ("clone", "flags"),
    ("writev", "fd"),
    ("readv", "vlen"),
    ("lseek", "offset"),
    ("read", "count"),
    ("rt_sigprocmask", "sigsetsize"),
];

/// What a child that reports needs; never made as a test.
const LIFE: [&str; 4] = ["exit", "exit_group", "rt_sigreturn", "sigreturn"];

/// How the program reaches the kernel, and the ABI that the kernel then reports.
const X86_64_DOORS: &[(&str, Abi)] = &[("Native", Abi::X86_64), ("Int80", Abi::X86)];

fn main() {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=../policies");
    let target = target();
    let native = [("Native", target)];
    let doors = match target {
        Abi::X86_64 => X86_64_DOORS,
        _ => &native[..],
    };
    let mut text = String::from("pub(crate) static GROUPS: &[Group] = &[\n");
    for used in USES {
        if used.wide && target.width() == Width::W32 {
            continue;
        }
        let path = format!("../policies/{}.json", used.profile);
        let (policy, tokens) = resolved(&path, used, target);
        writeln!(
            text,
            "Group {{ name: {:?},",
            format!("{}{tokens}", used.profile)
        )
        .unwrap();
        writeln!(
            text,
            "filter: seccomp_profile!({path:?}{tokens}), cases: &["
        )
        .unwrap();
        for &(door, abi) in doors {
            for (nr, calls) in cases(&policy, target, abi) {
                let (arch, seen) = (abi.token(), seen(abi, nr));
                let name = syscalls::name(abi_of(abi, nr), nr).unwrap_or("?");
                writeln!(
                    text,
                    "Case {{ door: Door::{door}, name: {name:?}, nr: {nr:#x}, seen: {seen:#x}, \
                     arch: {arch:#x}, calls: &["
                )
                .unwrap();
                for (args, action) in calls {
                    writeln!(text, "({args:?}, Action::{action:?}),").unwrap();
                }
                text.push_str("] },\n");
            }
        }
        text.push_str("] },\n");
    }
    text.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    fs::write(out.join("cases.rs"), text).unwrap();
    fs::write(out.join("taken.rs"), taken(target)).unwrap();
}

/// The place and the width of arguments on the target.
fn taken(target: Abi) -> String {
    let mut text = String::from("pub(crate) static TAKEN: &[Taken] = &[\n");
    for (call, name) in TAKEN {
        let signature = arguments::of(target, call).unwrap();
        let mut registers =
            (0..arguments::REGISTERS).filter_map(|at| Some((at, signature.get(at)?)));
        let found = registers.find(|(_, argument)| argument.name == name);
        let (at, argument) = found.unwrap_or_else(|| panic!("no argument {name} of {call}"));
        let bits = argument.width(target).bits();
        writeln!(
            text,
            "Taken {{ call: {call:?}, argument: {name:?}, index: {at}, bits: {bits} }},"
        )
        .unwrap();
    }
    text.push_str("];\n");
    text
}

/// The ABI that this is built for, by the names of rustc.
fn target() -> Abi {
    let variable = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap();
    let little = variable("ENDIAN") == "little";
    match variable("ARCH").as_str() {
        "mips64" if little => Abi::Mipsel64,
        "powerpc64" if little => Abi::Ppc64le,
        arch => Abi::from_name(arch).unwrap_or_else(|| panic!("no ABI for {arch}")),
    }
}

/// What a use means, and its options as the macro takes them.
fn resolved(path: &str, used: &Use, target: Abi) -> (Policy, String) {
    let mut options = Options::default();
    let mut tokens = String::new();
    for &(key, value) in used.options {
        let (setting, token) = match (key, value) {
            (key, "true") => (Setting::Bool(true), format!("{key} = true")),
            (key, word) => (Setting::Word(word.into()), format!("{key} = {word:?}")),
        };
        let set = options.set(key, &setting);
        set.unwrap_or_else(|error| panic!("{}", error.message));
        write!(tokens, ", {token}").unwrap();
    }
    let text = fs::read_to_string(path).unwrap();
    let meaning = Profile::parse(&text, target, &options)
        .and_then(|profile| resolve(&profile, target, &options));
    let resolved = meaning.unwrap_or_else(|errors| {
        panic!("{}", errors.render(&Sources::one(path, &text)).join("\n"))
    });
    (resolved.policy, tokens)
}

/// The calls of one ABI that tell the policy from others, and what they get.
fn cases(policy: &Policy, target: Abi, abi: Abi) -> BTreeMap<u32, Vec<([u64; 6], Action)>> {
    let arch = abi.token();
    let mut cases = BTreeMap::new();
    // Beside what the rules name: small and great, and getpid in disguise.
    let more = [20, 39, X32_BIT | 39, X32_BIT - 1, 1 << 31, SKIPPED - 1];
    for nr in policy.boundaries(arch).into_iter().chain(more) {
        let (seen, own) = (seen(abi, nr), abi_of(abi, nr));
        let name = syscalls::name(own, seen);
        if name.is_some_and(|name| LIFE.contains(&name)) {
            continue;
        }
        let vectors = match policy.lookup(arch, seen) {
            Decision::Always(_) => BTreeSet::from([edges::FILLER]),
            Decision::ByRules(rules) => edges::vectors(rules, own.width()),
        };
        let listed = policy
            .abis
            .iter()
            .any(|rules| rules.abi == own && rules.lists.contains_key(&seen));
        let mut calls = Vec::new();
        for args in edges::as_registers(vectors, target.width(), own.width()) {
            let action = policy.decide(&SeccompData {
                nr: seen,
                arch,
                args,
                ..SeccompData::default()
            });
            // What nobody listed may do harm if it runs; -1 is no call.
            if !action.runs() || listed || nr == SKIPPED {
                calls.push((args, action));
            }
        }
        if !calls.is_empty() {
            cases.insert(nr, calls);
        }
    }
    cases
}

/// The ABI whose number this is, if it came in by the door of `abi`.
fn abi_of(abi: Abi, nr: u32) -> Abi {
    match abi {
        Abi::X86_64 if (X32_BIT..SKIPPED).contains(&nr) => Abi::X32,
        abi => abi,
    }
}

/// The number that the kernel, and so the filter, sees: s390 has 16 bits of it
/// (`arch/s390/kernel/syscall.c: __do_syscall`, since Linux 5.12).
fn seen(abi: Abi, nr: u32) -> u32 {
    match abi {
        Abi::S390x => nr & 0xffff,
        _ => nr,
    }
}
