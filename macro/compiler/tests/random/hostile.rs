//! Profiles and policies written to be hard: right, refused or too long, but never slow or large.

use std::time::Duration;

use seccomp_profile_compiler::compile;
use seccomp_profile_compiler::error::Kind;
use seccomp_profile_compiler::linux::abi::Abi;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::options::{Options, Overlap};

use super::check::{Figures, cpu_time, decides};

/// Unoptimised and on a slow machine; otherwise nothing takes a fifth of it.
const SLOWEST: Duration = Duration::from_secs(20);
/// In bytes.
const LARGEST: usize = 64 << 20;

/// A hard profile.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) targets: &'static [Abi],
    options: Options,
    text: String,
    /// The kind of error that is right, if not every program is too long to be one.
    refused: Option<Kind>,
}

/// A few numbers that are no pattern.
fn noise(i: usize) -> u64 {
    let mut x = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^ x >> 32
}

fn profile(entries: impl IntoIterator<Item = String>) -> String {
    let entries: Vec<String> = entries.into_iter().collect();
    let all = Abi::ALL
        .map(|abi| format!("{:?}", abi.oci_name()))
        .join(",");
    format!(
        "{{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[{all}],\"syscalls\":[\n{}]}}",
        entries.join(",\n")
    )
}

fn entry(names: &[&str], errno: Option<usize>, args: &[String]) -> String {
    let action = match errno {
        None => "\"SCMP_ACT_ALLOW\"".to_string(),
        Some(errno) => format!("\"SCMP_ACT_ERRNO\",\"errnoRet\":{}", 2 + errno % 4000),
    };
    format!(
        "{{\"names\":{names:?},\"action\":{action},\"args\":[{}]}}",
        args.join(",")
    )
}

fn arg(index: usize, op: &str, value: u64) -> String {
    format!("{{\"index\":{index},\"value\":{value},\"op\":\"SCMP_CMP_{op}\"}}")
}

fn masked(index: usize, mask: u64, value: u64) -> String {
    format!(
        "{{\"index\":{index},\"value\":{mask},\"valueTwo\":{value},\"op\":\"SCMP_CMP_MASKED_EQ\"}}"
    )
}

fn every_name() -> Vec<&'static str> {
    syscalls::names().filter(|name| *name != "write").collect()
}

/// Ten pigeons do not fit into nine holes, so these rules match every call: what bits of two
/// arguments say takes any resolution proof exponentially long.
fn pigeons() -> Vec<String> {
    let place = |pigeon: usize| (pigeon / 5, 9 * (pigeon % 5));
    let mut entries = Vec::new();
    for pigeon in 0..10 {
        let (arg, first) = place(pigeon);
        entries.push(entry(&["mmap"], None, &[masked(arg, 0x1ff << first, 0)]));
        for (other, hole) in (0..pigeon).flat_map(|other| (0..9).map(move |hole| (other, hole))) {
            let (arg2, first2) = place(other);
            let (bit, bit2) = (1 << (first + hole), 1 << (first2 + hole));
            let both = match arg == arg2 {
                true => vec![masked(arg, bit | bit2, bit | bit2)],
                false => vec![masked(arg, bit, bit), masked(arg2, bit2, bit2)],
            };
            entries.push(entry(&["mmap"], None, &both));
        }
    }
    entries
}

const OPS: [&str; 6] = ["NE", "LT", "LE", "EQ", "GE", "GT"];
/// The cases; to make one takes nothing but its text.
pub(crate) fn cases() -> Vec<Case> {
    const NATIVE: &[Abi] = &[Abi::X86_64];
    const FAMILIES: &[Abi] = &[Abi::X86_64, Abi::S390x, Abi::Aarch64];
    let first_match = Options {
        overlap: Overlap::FirstMatch,
        ..Options::default()
    };
    let native = Options {
        native_only: true,
        ..first_match.clone()
    };
    let case = |name, targets: &'static [Abi], entries: Vec<String>| {
        let options = if targets == NATIVE {
            native.clone()
        } else {
            first_match.clone()
        };
        Case {
            name,
            targets,
            options,
            text: profile(entries),
            refused: None,
        }
    };
    let refused = |kind, case: Case| Case {
        refused: Some(kind),
        ..case
    };
    let strict = |case: Case| Case {
        options: Options::default(),
        ..case
    };
    let strict_native = |case: Case| Case {
        options: Options {
            native_only: true,
            ..Options::default()
        },
        ..case
    };

    let six = |op: fn(usize) -> &'static str, i: usize, shift: u32| -> Vec<String> {
        (0..6)
            .map(|index| arg(index, op(i + index), noise(i * 6 + index) >> shift))
            .collect()
    };
    let any_op = |i: usize| OPS[i % OPS.len()];
    let unequal = |_| "NE";
    let sparse = |i: usize| noise(i) & noise(i + 100) & 0xffff_ffff;
    let calls = every_name();
    let each = |rule: &dyn Fn(usize, &str) -> String| -> Vec<String> {
        calls
            .iter()
            .enumerate()
            .map(|(i, name)| rule(i, name))
            .collect()
    };
    let each_of = |count: usize, rule: &dyn Fn(usize) -> String| (0..count).map(rule).collect();
    let alternatives = |count: usize| -> Vec<String> {
        (0..count)
            .map(|i| arg(i % 6, "EQ", noise(i) >> 33))
            .collect()
    };
    vec![
        case(
            "1000 rules of six conditions",
            FAMILIES,
            each_of(1000, &|i| {
                entry(&["read"], Some(i % 3), &six(any_op, i, 33))
            }),
        ),
        case(
            "1000 rules of six wide inequalities",
            NATIVE,
            each_of(1000, &|i| entry(&["read"], Some(i), &six(unequal, i, 0))),
        ),
        case(
            "six inequalities on every call",
            FAMILIES,
            each_of(5, &|i| entry(&calls, Some(i), &six(unequal, i, 32))),
        ),
        case(
            "six wide inequalities on every call",
            NATIVE,
            each_of(10, &|i| entry(&calls, Some(i), &six(unequal, i, 0))),
        ),
        case(
            "everything unequal",
            NATIVE,
            each_of(100, &|i| {
                entry(&["read"], Some(i % 2), &six(unequal, i, 32))
            }),
        ),
        strict(case(
            "500 values",
            FAMILIES,
            each_of(500, &|i| {
                entry(&["ioctl"], None, &[arg(1, "EQ", noise(i) >> 40)])
            }),
        )),
        strict(case(
            "500 values of many actions",
            FAMILIES,
            each_of(500, &|i| {
                entry(&["ioctl"], Some(i), &[arg(1, "EQ", noise(i) >> 40)])
            }),
        )),
        case(
            "500 wide values",
            NATIVE,
            each_of(500, &|i| {
                entry(&["read"], Some(i % 2), &[arg(1, "EQ", noise(i))])
            }),
        ),
        refused(
            Kind::DatumTooWide,
            case(
                "500 values too wide",
                FAMILIES,
                each_of(500, &|i| {
                    entry(&["read"], Some(i % 2), &[arg(1, "EQ", noise(i) | 1 << 40)])
                }),
            ),
        ),
        case(
            "64 masks that overlap",
            NATIVE,
            each_of(64, &|i| {
                let mask = 0b10_0101u64.rotate_left(i as u32) & 0xffff_ffff;
                entry(&["mmap"], Some(i), &[masked(2, mask, mask & 0xf0f0_f0f0)])
            }),
        ),
        case(
            "64 masks of noise",
            NATIVE,
            each_of(64, &|i| {
                let mask = sparse(i);
                entry(
                    &["mmap"],
                    Some(i),
                    &[masked(2, mask, noise(i + 200) & mask)],
                )
            }),
        ),
        case(
            "masks and ranges",
            NATIVE,
            each_of(60, &|i| {
                let mask = sparse(i);
                let range = arg(1, any_op(i), noise(i) >> 34);
                entry(
                    &["mmap"],
                    Some(i % 5),
                    &[masked(2, mask, noise(i + 200) & mask), range],
                )
            }),
        ),
        case("ten pigeons in nine holes", NATIVE, pigeons()),
        strict_native(case(
            "inequalities in libseccomp's order",
            NATIVE,
            each_of(1000, &|i| {
                entry(&calls[..30], Some(i % 2), &[arg(1, "NE", 2000 - i as u64)])
            }),
        )),
        strict_native(case(
            "a certain order beside rules that do not matter",
            NATIVE,
            each_of(1020, &|i| {
                let number = 2000 - i as u64;
                let args = match i / 340 {
                    0 => vec![arg(1, "EQ", number)],
                    1 => vec![arg(1, "NE", number)],
                    _ => vec![arg(1, "EQ", number), arg(2, "GE", number)],
                };
                entry(&calls[..27], Some(i.min(340) / 340), &args)
            }),
        )),
        strict(case(
            "4000 names",
            FAMILIES,
            vec![entry(
                &calls.repeat(4000 / calls.len() + 1)[..4000],
                None,
                &[],
            )],
        )),
        case(
            "every call with its own answer",
            FAMILIES,
            each(&|i, name| entry(&[name], Some(i), &[])),
        ),
        case(
            "every call with its own rules",
            FAMILIES,
            each(&|i, name| entry(&[name], Some(i), &[arg(i % 6, "GE", noise(i) >> 40)])),
        ),
        strict(case(
            "25 alternatives on every call",
            FAMILIES,
            vec![entry(&calls, None, &alternatives(25))],
        )),
        refused(
            Kind::TooLarge,
            case(
                "1000 alternatives on every call",
                NATIVE,
                vec![entry(&calls, None, &alternatives(1000))],
            ),
        ),
        refused(
            Kind::TooLarge,
            case(
                "1025 alternatives",
                FAMILIES,
                vec![entry(&["read"], None, &alternatives(1025))],
            ),
        ),
        refused(
            Kind::ConflictingRules,
            strict(case(
                "30 conflicts on every call",
                FAMILIES,
                vec![
                    entry(&calls, None, &alternatives(30)),
                    entry(&calls, Some(1), &alternatives(30)),
                ],
            )),
        ),
        refused(
            Kind::TooLarge,
            case(
                "a megabyte of alternatives",
                NATIVE,
                each_of(14, &|i| {
                    let args: Vec<String> = (0..1000)
                        .map(|j| masked(j % 6, noise(i * 1000 + j) >> 36, 0))
                        .collect();
                    entry(&["read"], Some(i), &args)
                }),
            ),
        ),
        case(
            "hidden socket calls",
            &[Abi::S390x, Abi::X86, Abi::Ppc64le],
            each_of(300, &|i| {
                let name = ["socket", "bind", "connect", "listen", "accept4"][i % 5];
                entry(&[name], Some(i), &[arg(1 + i % 3, "EQ", noise(i) >> 36)])
            }),
        ),
    ]
}

/// Compiles a case for a target and says what it took.
pub(crate) fn run(case: &Case, target: Abi) -> Result<String, String> {
    let memory = peak_memory();
    let start = cpu_time();
    let result = compile(&case.text, target, &case.options);
    let time = cpu_time() - start;
    let memory = peak_memory() - memory;
    let end = match &result {
        Ok(compiled) => {
            let insns = compiled.program.insns();
            let policy = &compiled.policy;
            let mut figures = Figures {
                simplified: compiled.simplified,
                ..Figures::default()
            };
            decides(policy, insns, &mut figures, None)?;
            let simplified = if compiled.simplified {
                ", simplified"
            } else {
                ""
            };
            format!("{} instructions{simplified}", insns.len())
        }
        Err(errors) => {
            let right = [Some(Kind::ProgramTooLong), case.refused];
            if !errors.iter().all(|error| right.contains(&Some(error.kind))) {
                return Err(format!("{errors} ({time:.1?}, {} KiB)", memory / 1024));
            }
            errors
                .iter()
                .next()
                .map_or(String::new(), |error| error.kind.name().to_string())
        }
    };
    let said = format!("{end}, {time:.1?}, {} KiB", memory / 1024);
    if time > SLOWEST || memory > LARGEST {
        Err(said)
    } else {
        Ok(said)
    }
}

/// The most memory this process ever had, in bytes.
fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("a Linux kernel");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .expect("VmHWM");
    let kibibytes = line.trim().trim_end_matches(" kB").trim().parse::<usize>();
    kibibytes.expect("a number of kB") * 1024
}
