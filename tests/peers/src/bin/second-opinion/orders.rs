//! Lists of rules on one argument by EQ and NE: which of two that match decides.
//!
//! Two rules with different actions that match the same call are an error, unless libseccomp
//! certainly tests the first one first. Here thousands of such lists, on x86_64 and x86, alone and
//! with other rules beside them, are compiled by both: the lists that this project accepts must be
//! answered alike, for all combinations of values around the numbers of the rules. Those that it
//! refuses are counted, also how many of them libseccomp answers otherwise than by the first match.
//!
//! Where all rules that match a call have one action, no order of tests can give another answer:
//! if libseccomp does, it has compiled the list wrongly ([`witnesses`](crate::witnesses)). Such
//! decisions are counted too.

use crate::random::{Random, condition, entry};
use crate::{OPTIMIZE, calls, machine};
use peers::libseccomp;
use peers::profile::Profile;
use seccomp_profile_compiler::error::Kind;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::options::Overlap;
use seccomp_profile_compiler::policy::{Rule, Test};
use seccomp_profile_compiler::{Abi, Compiled, Options, compile};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A call that libseccomp knows on both ABIs, and that no multiplexer makes.
const CALL: &str = "ioctl";

const ABIS: [Abi; 2] = [Abi::X86_64, Abi::X86];

const ACTIONS: [(&str, Option<u16>); 7] = [
    ("SCMP_ACT_ALLOW", None),
    ("SCMP_ACT_ERRNO", None),
    ("SCMP_ACT_ERRNO", Some(13)),
    ("SCMP_ACT_TRAP", None),
    ("SCMP_ACT_LOG", None),
    ("SCMP_ACT_KILL", None),
    ("SCMP_ACT_TRACE", Some(7)),
];

const DATA: [u64; 11] = [
    0,
    1,
    2,
    3,
    5,
    16,
    38,
    40,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
];

/// What the comparisons came to.
#[derive(Default)]
struct Figures {
    accepted: usize,
    /// Accepted lists in which rules with different actions match the same call.
    ordered: usize,
    refused: usize,
    /// Refused lists that libseccomp refuses too, or answers otherwise than by the first match.
    apart: usize,
    decisions: usize,
    /// Decisions without a choice that libseccomp gets wrong, and in how many accepted lists.
    wrong: (usize, usize),
}

/// Compares `count` lists, and as many with other rules beside them.
pub fn check(count: u64, first: u64) -> Result<(), String> {
    for beside in [false, true] {
        let mut figures = Figures::default();
        for seed in first..first + count {
            let text = list(&mut Random(seed ^ u64::from(beside) << 63), beside);
            let compared = figures.compare(&text);
            compared.map_err(|wrong| format!("list {seed}, {beside}: {wrong}\n{text}"))?;
        }
        let Figures {
            accepted,
            ordered,
            refused,
            apart,
            decisions,
            wrong: (wrong, lists),
        } = figures;
        println!(
            "{count} lists of two to four EQ and NE rules{}: {accepted} accepted, {ordered} of \
             them for the certain order of libseccomp. Of {decisions} decisions none differs by \
             order; libseccomp gets {wrong} wrong, in {lists} lists, where no order matters. \
             {refused} lists are refused; libseccomp refuses {apart} of them too, or answers \
             otherwise than by the first match.",
            if beside {
                " with others beside them"
            } else {
                ""
            }
        );
        if ordered * 20 < accepted {
            return Err(format!("only {ordered} lists of {accepted} have an order"));
        }
    }
    Ok(())
}

/// A profile with one list.
fn list(random: &mut Random, beside: bool) -> String {
    let arg = random.below(6);
    let default = random.pick(&ACTIONS);
    let mut rules: Vec<Value> = Vec::new();
    let mut used = Vec::new();
    for _ in 0..2 + random.below(3) {
        let test = condition(arg, random.pick(&["EQ", "NE"]), random.pick(&DATA), 0);
        used.push(random.pick(&ACTIONS));
        rules.push(entry(&[CALL], used[used.len() - 1], vec![test]));
    }
    if random.one_in(2) {
        // As the error proposes it: the larger number first.
        rules.sort_by_key(|rule| std::cmp::Reverse(rule["args"][0]["value"].as_u64()));
    }
    for _ in 0..if beside { 1 + random.below(2) } else { 0 } {
        let place = random.below(rules.len() + 1);
        let other = (arg + 1 + random.below(5)) % 6;
        let value = random.pick(&DATA);
        let args = match random.below(5) {
            0 => vec![condition(other, random.pick(&["EQ", "NE"]), value, 0)],
            1 => {
                let op = random.pick(&["LT", "LE", "GE", "GT"]);
                vec![condition(arg, op, value, 0)]
            }
            2 => vec![condition(arg, "MASKED_EQ", 0xff, value & 0xff)],
            _ => vec![
                condition(arg, random.pick(&["EQ", "EQ", "NE"]), value, 0),
                condition(other, random.pick(&["EQ", "NE"]), random.pick(&DATA), 0),
            ],
        };
        // Rules with one action do not conflict.
        let action = match random.one_in(4) {
            true => random.pick(&ACTIONS),
            false => random.pick(&used),
        };
        rules.insert(place, entry(&[CALL], action, args));
    }
    let mut profile = json!({
        "defaultAction": default.0,
        "architectures": ABIS.map(|abi| abi.oci_name()),
        "syscalls": rules,
    });
    if let Some(errno) = default.1 {
        profile["defaultErrnoRet"] = errno.into();
    }
    format!("{profile:#}")
}

impl Figures {
    fn compare(&mut self, text: &str) -> Result<(), String> {
        let profile = Profile::parse(text, Abi::X86_64)?;
        match compile(text, Abi::X86_64, &Options::default()) {
            Ok(compiled) => {
                self.accepted += 1;
                self.ordered += usize::from(has_order(&compiled));
                let differences = self.differences(&compiled, &profile)?;
                let (wrong, ordered): (Vec<_>, Vec<_>) = differences
                    .into_iter()
                    .partition(|difference| difference.wrong);
                self.wrong.0 += wrong.len();
                self.wrong.1 += usize::from(!wrong.is_empty());
                match ordered.into_iter().next() {
                    None => Ok(()),
                    Some(difference) => Err(difference.text),
                }
            }
            Err(errors) if errors.iter().all(|e| e.kind == Kind::ConflictingRules) => {
                self.refused += 1;
                let options = Options {
                    overlap: Overlap::FirstMatch,
                    ..Options::default()
                };
                let compiled = compile(text, Abi::X86_64, &options);
                let compiled = compiled.map_err(|errors| errors.to_string())?;
                // libseccomp refuses some of them.
                let apart = self.differences(&compiled, &profile);
                let apart = apart.map_or(true, |differences| !differences.is_empty());
                self.apart += usize::from(apart);
                Ok(())
            }
            Err(errors) => Err(errors.to_string()),
        }
    }

    /// Compares all decisions; returns those that differ.
    fn differences(
        &mut self,
        compiled: &Compiled,
        profile: &Profile,
    ) -> Result<Vec<Difference>, String> {
        let endian = Abi::X86_64.endian();
        let mut differences = Vec::new();
        for optimize in OPTIMIZE {
            let built = libseccomp::build(profile, optimize)?;
            for abi in ABIS {
                let nr = syscalls::number(abi, CALL).ok_or("the call has no number")?;
                for args in values(compiled, abi) {
                    let call = calls::call(abi.token(), nr, args);
                    let bytes = machine::bytes(&call, endian);
                    let ours = machine::run(compiled.program.insns(), &bytes, endian)?;
                    let theirs = machine::run(&built.program, &bytes, endian)?;
                    self.decisions += 1;
                    if ours != theirs {
                        differences.push(Difference {
                            wrong: actions(compiled, abi, &args).len() < 2,
                            text: format!(
                                "{CALL} on {abi} with {args:x?}: {ours:#x} here, {theirs:#x} \
                                 there, at its optimisation {optimize}"
                            ),
                        });
                    }
                }
            }
        }
        Ok(differences)
    }
}

/// A decision that differs.
struct Difference {
    /// Whether no order of tests explains it.
    wrong: bool,
    text: String,
}

/// The rules of the call on an ABI.
fn rules(compiled: &Compiled, abi: Abi) -> &[Rule] {
    let rules = compiled.policy.abis.iter().find(|rules| rules.abi == abi);
    let list = rules.and_then(|rules| rules.lists.get(&syscalls::number(abi, CALL)?));
    list.map_or(&[], Vec::as_slice)
}

/// The different actions of the rules that match.
fn actions(compiled: &Compiled, abi: Abi, args: &[u64; 6]) -> BTreeSet<u32> {
    let rules = rules(compiled, abi).iter();
    let matching = rules.filter(|rule| rule.matches(args));
    matching.map(|rule| rule.action.word()).collect()
}

/// Whether two rules with different actions match the same call.
fn has_order(compiled: &Compiled) -> bool {
    ABIS.into_iter().any(|abi| {
        let values = values(compiled, abi);
        let mut values = values.iter();
        values.any(|args| actions(compiled, abi, args).len() > 1)
    })
}

/// All combinations of numbers at and next to those of the rules.
fn values(compiled: &Compiled, abi: Abi) -> Vec<[u64; 6]> {
    let conditions = rules(compiled, abi)
        .iter()
        .flat_map(|rule| &rule.conditions);
    let mut of: [BTreeSet<u64>; 6] = Default::default();
    for condition in conditions {
        let of = &mut of[usize::from(condition.arg)];
        let (Test::Ne(at)
        | Test::Lt(at)
        | Test::Le(at)
        | Test::Eq(at)
        | Test::Ge(at)
        | Test::Gt(at)
        | Test::Masked { value: at, .. }) = condition.test;
        of.extend([at, at.wrapping_add(1), at.wrapping_sub(1), at | 1 << 32]);
        of.extend([0x1234, u64::MAX]);
    }
    let mut all = vec![[0; 6]];
    for (arg, values) in of
        .iter()
        .enumerate()
        .filter(|(_, values)| !values.is_empty())
    {
        let with = |args: &[u64; 6], value: u64| {
            let mut args = *args;
            args[arg] = value;
            args
        };
        let longer = all
            .iter()
            .flat_map(|args| values.iter().map(move |v| with(args, *v)));
        all = longer.collect();
    }
    all
}
