//! Where libseccomp is known to answer otherwise than this project, and what it answers there.
//!
//! A difference is a change of the policy: with all of them made, [`Policy::decide`] says what
//! libseccomp's program has to say, to the letter. So a difference cannot hide another one.

use crate::random::Random;
use crate::{calls, machine};
use peers::libseccomp::{self, Built, knows, number};
use peers::profile::{Profile, Rule};
use seccomp_profile_compiler::bpf::{Insn, RET};
use seccomp_profile_compiler::linux::abi::{Abi, Endian, Width, subcall};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::{arguments, syscalls};
use seccomp_profile_compiler::policy::{self, AbiRules, Condition, Policy, Test};
use seccomp_profile_compiler::sorted::Map;
use std::collections::BTreeSet;

/// A known difference in what a program answers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    UnknownName,
    ForeignCall,
    MemoryArguments,
    MultiplexedConditions,
    MultiplexedNumber,
    LostNumber,
}

impl Difference {
    /// In the order in which they are made.
    pub const ALL: [Difference; 6] = [
        Difference::UnknownName,
        Difference::ForeignCall,
        Difference::MemoryArguments,
        Difference::MultiplexedConditions,
        Difference::MultiplexedNumber,
        Difference::LostNumber,
    ];

    /// Returns its name, and why it is one.
    pub fn describe(self) -> (&'static str, &'static str) {
        match self {
            Difference::UnknownName => (
                "unknown-name",
                "the library's tables lack the call on the ABI, mostly as it is newer, so its rules \
                 are left out",
            ),
            Difference::ForeignCall => (
                "foreign-call",
                "the library gives 64-bit parisc the call `_llseek`, which the kernel has for \
                 32-bit programs only",
            ),
            Difference::MemoryArguments => (
                "memory-arguments",
                "where an ABI passes the arguments of a call in memory, the library compares the \
                 registers; here they count as unknown, and the stricter answer is given",
            ),
            Difference::MultiplexedConditions => (
                "multiplexed-conditions",
                "behind socketcall and ipc the library compares the arguments of the multiplexer \
                 with conditions on those of the call; here they count as unknown, and the \
                 stricter answer is given",
            ),
            Difference::MultiplexedNumber => (
                "multiplexed-number",
                "the library compares all bits of the first argument with the number of the call; \
                 the kernel looks at 32 (socketcall) or 16 (ipc) of them, and so does this project",
            ),
            Difference::LostNumber => (
                "lost-number",
                "without optimisation the library forgets to load the number if the first call \
                 of an architecture has no number there, and all rules of the architecture are dead",
            ),
        }
    }

    /// Changes a policy to what the library makes of the profile.
    pub fn make(self, policy: &mut Policy, profile: &Profile, built: &Built, optimize: u32) {
        match self {
            Difference::UnknownName => unknown_name(policy, profile, built),
            Difference::ForeignCall => foreign_call(policy, profile),
            Difference::MemoryArguments => memory_arguments(policy, profile),
            Difference::MultiplexedConditions => {
                multiplexed(policy, profile, |call, bits| Test::Masked {
                    mask: bits,
                    value: call,
                });
            }
            Difference::MultiplexedNumber => {
                multiplexed(policy, profile, |call, _| Test::Eq(call));
            }
            Difference::LostNumber if optimize == 1 => lost_number(policy, profile, built),
            Difference::LostNumber => {}
        }
    }
}

fn unknown_name(policy: &mut Policy, profile: &Profile, built: &Built) {
    for rules in &mut policy.abis {
        let abi = rules.abi;
        let known = |rule: &&Rule| {
            number(abi, &rule.name).is_some()
                || multiplexed_name(abi, &rule.name)
                || !knows(&rule.name) && !built.unknown.contains(&rule.name) // taken by number
        };
        let has = |nr: u32| move |rule: &&Rule| syscalls::number(abi, &rule.name) == Some(nr);
        let (there, lost): (Vec<_>, Vec<_>) = profile.rules.iter().partition(known);
        for rule in lost {
            let Some(nr) = syscalls::number(abi, &rule.name) else {
                continue;
            };
            // A call can have two names, of which the library knows one.
            let rest = there.iter().copied().filter(has(nr));
            rules.lists.remove(&nr);
            rules.lists.extend(list(nr, rest, abi.width()));
        }
    }
}

/// The rules of a number as the library takes them, if there are any.
fn list<'a>(
    nr: u32,
    rules: impl Iterator<Item = &'a Rule>,
    width: Width,
) -> Option<(u32, Vec<policy::Rule>)> {
    let rules = rules.map(|rule| policy::Rule {
        conditions: rule.conditions.iter().map(|one| cut(*one, width)).collect(),
        action: rule.action,
        exact: true,
    });
    let rules: Vec<policy::Rule> = rules.collect();
    (!rules.is_empty()).then_some((nr, rules))
}

/// `arch/parisc/kernel/syscalls/syscall.tbl` says of `_llseek` that it is of 32-bit programs.
pub const FOREIGN: (Abi, &str, u32) = (Abi::Parisc64, "_llseek", 140);

fn foreign_call(policy: &mut Policy, profile: &Profile) {
    let (abi, name, nr) = FOREIGN;
    for rules in policy.abis.iter_mut().filter(|rules| rules.abi == abi) {
        let named = profile.rules.iter().filter(|rule| rule.name == name);
        rules.lists.extend(list(nr, named, abi.width()));
    }
}

/// Makes the rules anew of calls such as the `mmap` of x86: with their conditions.
fn memory_arguments(policy: &mut Policy, profile: &Profile) {
    for rules in &mut policy.abis {
        let abi = rules.abi;
        let in_memory = |rule: &&Rule| {
            let signature = arguments::of(abi, &rule.name);
            signature.is_some_and(|signature| signature.in_memory())
        };
        let concerned: BTreeSet<u32> = profile
            .rules
            .iter()
            .filter(in_memory)
            .filter_map(|rule| syscalls::number(abi, &rule.name))
            .collect();
        for nr in concerned {
            let named = profile.rules.iter().filter(in_memory);
            let named = named.filter(|rule| syscalls::number(abi, &rule.name) == Some(nr));
            let Some((_, mut list)) = list(nr, named, abi.width()) else {
                continue;
            };
            unconditional_alone(&mut list);
            rules.lists.insert(nr, list);
        }
    }
}

/// An unconditional rule wins over all others of a call, also over those before it.
fn unconditional_alone(list: &mut Vec<policy::Rule>) {
    if let Some(at) = list.iter().position(|rule| rule.conditions.is_empty()) {
        list.swap(0, at);
        list.truncate(1);
    }
}

/// Makes the rules of the multiplexers anew, as the library does: the number of the call instead
/// of a condition on the first argument, all other conditions as they are.
fn multiplexed(policy: &mut Policy, profile: &Profile, test: fn(u64, u64) -> Test) {
    for rules in policy
        .abis
        .iter_mut()
        .filter(|rules| rules.abi.multiplexed())
    {
        let width = rules.abi.width();
        for name in ["socketcall", "ipc"] {
            let Some(nr) = syscalls::number(rules.abi, name) else {
                continue;
            };
            let mut list: Vec<policy::Rule> = Vec::new();
            for rule in &profile.rules {
                let call = subcall(&rule.name).filter(|(through, _)| through.name() == name);
                let conditions = rule
                    .conditions
                    .iter()
                    .map(|condition| cut(*condition, width));
                let conditions: Vec<Condition> = match call {
                    Some((through, call)) => {
                        let test = test(call.into(), through.mask());
                        let first = Condition {
                            arg: 0,
                            test,
                            width,
                        };
                        let others = conditions.filter(|condition| condition.arg != 0);
                        std::iter::once(first).chain(others).collect()
                    }
                    None if rule.name == name => conditions.collect(),
                    None => continue,
                };
                list.push(policy::Rule {
                    conditions,
                    action: rule.action,
                    exact: true,
                });
            }
            unconditional_alone(&mut list);
            rules.lists.remove(&nr);
            if !list.is_empty() {
                rules.lists.insert(nr, list);
            }
        }
    }
}

/// A condition as the library compares it on an ABI.
fn cut(condition: Condition, width: Width) -> Condition {
    let low = |value: u64| value & width.max();
    let test = match condition.test {
        Test::Ne(value) => Test::Ne(low(value)),
        Test::Lt(value) => Test::Lt(low(value)),
        Test::Le(value) => Test::Le(low(value)),
        Test::Eq(value) => Test::Eq(low(value)),
        Test::Ge(value) => Test::Ge(low(value)),
        Test::Gt(value) => Test::Gt(low(value)),
        Test::Masked { mask, value } => Test::Masked {
            mask: low(mask),
            value: low(value),
        },
    };
    Condition {
        test,
        width,
        ..condition
    }
}

/// This happens only if a call without a number has fewer conditions than all others of an ABI.
/// Which of equals comes first is the library's secret, so its program is asked whether the
/// token's rules are dead.
fn lost_number(policy: &mut Policy, profile: &Profile, built: &Built) {
    let (default, endian) = (policy.default, policy.target.endian());
    // Rules that say the default never come to the library.
    let always = |rule: &policy::Rule| rule.action != default && rule.conditions.is_empty();
    let absent_first = |rules: &AbiRules| {
        let absent = |name: &str| knows(name) && number(rules.abi, name).is_none();
        !rules.lists.values().flatten().any(always)
            && profile.rules.iter().any(|rule| absent(&rule.name))
    };
    let dead = |rules: &AbiRules| {
        rules.lists.iter().all(|(&nr, list)| {
            calls::arguments(list, &mut Random(0)).iter().all(|&args| {
                let call = calls::call(rules.abi.token(), nr, args);
                let bytes = machine::bytes(&call, endian);
                machine::run(&built.program, &bytes, endian) == Ok(default.word())
            })
        })
    };
    for token in policy.tokens() {
        let of_token = |rules: &&AbiRules| rules.abi.token() == token;
        let abis: Vec<&AbiRules> = policy.abis.iter().filter(of_token).collect();
        if abis.iter().any(|rules| absent_first(rules)) && abis.iter().all(|rules| dead(rules)) {
            for rules in &mut policy.abis {
                if rules.abi.token() == token {
                    rules.lists = Map::new();
                }
            }
        }
    }
}

/// Turns round the returns that the library wrote in the wrong byte order; whether there were any.
///
/// Where a return is too far away, the library writes another one nearby; for an architecture of
/// the other byte order than the machine it runs on, the answer of that one is swapped twice.
pub fn turn_returns(program: &mut [Insn], target: Abi) -> bool {
    let mut any = false;
    let foreign = (target.endian() == Endian::Big) != cfg!(target_endian = "big");
    for insn in program
        .iter_mut()
        .filter(|insn| foreign && insn.code == RET)
    {
        let turned = insn.k.swap_bytes();
        if Action::from_word(insn.k).is_none() && Action::from_word(turned).is_some() {
            insn.k = turned;
            any = true;
        }
    }
    any
}

/// Whether the library gives a call no number of its own on the ABI, even where it has one, as it
/// can be made through a multiplexer too.
pub fn multiplexed_name(abi: Abi, name: &str) -> bool {
    abi.multiplexed() && subcall(name).is_some()
}

/// Why the library is known to make no program of a profile, if it is.
pub fn refusal(profile: &Profile) -> Option<&'static str> {
    let target = profile.abis[0];
    // What has neither a name nor a number for the library does not come to it.
    let host = Abi::from_name(std::env::consts::ARCH);
    let added =
        |name: &str| knows(name) || host.is_some_and(|host| syscalls::number(host, name).is_some());
    let mut rules = profile.rules.iter();
    if !profile.abis.iter().all(|&abi| libseccomp::has(abi)) {
        Some("has no such architecture")
    } else if profile
        .abis
        .iter()
        .any(|abi| abi.endian() != target.endian())
    {
        Some("takes one byte order only")
    } else if profile.default == Action::Errno(4095)
        || rules.any(|rule| rule.action == Action::Errno(4095) && added(&rule.name))
    {
        Some("does not take the errno 4095, the greatest of the kernel")
    } else {
        None
    }
}
