//! No rule list is too hard: where a search would take too long, the program tests the rules in
//! their order, and is proved.

use std::time::Duration;

use seccomp_profile_compiler::error::Kind;
use seccomp_profile_compiler::linux::abi::{Abi, Width};
use seccomp_profile_compiler::options::{Options, Overlap};
use seccomp_profile_compiler::{compile, linux::syscalls};

use super::check::{Figures, cpu_time, decides};

/// Unoptimised and on a slow machine.
const SLOWEST: Duration = Duration::from_secs(20);

/// Numbers without a pattern, the same in each run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x ^ x >> 27
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// A condition with any operator, on a small number, one bit, or any number.
fn condition(noise: &mut Noise, index: u64, width: Width) -> String {
    const OPS: [&str; 7] = ["NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"];
    let op = OPS[noise.below(7) as usize];
    let value = match noise.below(3) {
        0 => noise.below(256),
        1 => 1 << noise.below(u64::from(width.bits())),
        _ => noise.next() & width.max(),
    };
    let wanted = if op == "MASKED_EQ" {
        noise.next() & value
    } else {
        0
    };
    format!(r#"{{"index":{index},"op":"SCMP_CMP_{op}","value":{value},"valueTwo":{wanted}}}"#)
}

/// A profile with `rules` rules, of `conditions` conditions each, for a name that `name` chooses.
fn profile(
    noise: &mut Noise,
    (rules, conditions): (usize, u64),
    width: Width,
    name: impl Fn(usize) -> &'static str,
) -> String {
    let rule = |at: usize| {
        let first = noise.below(6);
        let args: Vec<String> = (0..conditions)
            .map(|i| condition(noise, (first + i) % 6, width))
            .collect();
        let action = ["ALLOW", "LOG", "TRAP", "KILL_PROCESS"][noise.below(4) as usize];
        let (name, args) = (name(at), args.join(","));
        format!(r#"{{"names":["{name}"],"action":"SCMP_ACT_{action}","args":[{args}]}}"#)
    };
    let rules: Vec<String> = (0..rules).map(rule).collect();
    let rules = rules.join(",\n");
    format!(r#"{{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{rules}]}}"#)
}

fn options() -> Options {
    Options {
        overlap: Overlap::FirstMatch,
        ..Options::default()
    }
}

#[test]
fn no_list_is_too_hard() {
    let mut noise = Noise(1);
    let (mut proved, mut too_long) = (0, 0);
    for target in [Abi::X86_64, Abi::X86, Abi::S390x] {
        for rules in [10, 100, 1000] {
            for conditions in [1, 2, 3, 6] {
                let shape = (rules, conditions);
                let text = profile(&mut noise, shape, target.width(), |_| "ioctl");
                let start = cpu_time();
                let compiled = compile(&text, target, &options());
                let time = cpu_time() - start;
                assert!(time < SLOWEST, "{target}: {shape:?}: {time:?}");
                match compiled {
                    Ok(compiled) => {
                        // The proof is about every call; a few calls say the same of the short ones.
                        if rules == 10 {
                            let mut figures = Figures {
                                simplified: compiled.simplified,
                                ..Figures::default()
                            };
                            let insns = compiled.program.insns();
                            decides(&compiled.policy, insns, &mut figures, None).unwrap();
                        }
                        proved += 1;
                    }
                    Err(errors) => {
                        let mut kinds = errors.iter().map(|error| error.kind);
                        let right = [Kind::ProgramTooLong, Kind::AlwaysTrueOr];
                        assert!(
                            kinds.all(|kind| right.contains(&kind)),
                            "{shape:?}: {errors}"
                        );
                        too_long += 1;
                    }
                }
            }
        }
    }
    assert!(proved >= 24 && too_long <= 12, "{proved} and {too_long}");
}

#[test]
fn rules_for_every_call_take_little_time() {
    let names: Vec<&'static str> = syscalls::calls(Abi::X86_64)
        .iter()
        .map(|(_, name)| *name)
        .filter(|name| *name != "write")
        .collect();
    let mut noise = Noise(2);
    let text = profile(&mut noise, (5000, 1), Width::W64, |at| {
        names[at % names.len()]
    });
    let start = cpu_time();
    let compiled = compile(&text, Abi::X86_64, &options());
    let time = cpu_time() - start;
    println!("{time:?}");
    if let Err(errors) = compiled {
        assert!(
            errors
                .iter()
                .all(|error| error.kind == Kind::ProgramTooLong),
            "{errors}"
        );
    }
    assert!(time < SLOWEST / 2, "{time:?}");
}
