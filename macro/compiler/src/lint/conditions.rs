//! Lints about what a condition says: alternatives, masks, tests that are always or never true.

use super::Lints;
use super::uses::{Use, Written};
use crate::error::{Error, Kind};
use crate::linux::abi::Width;
use crate::linux::arguments;
use crate::policy::{Test, admits};
use crate::profile::Entry;
use crate::resolve::origin::Group;
use crate::sorted::Set;

/// The flags of `clone` and `unshare` that make a namespace (`include/uapi/linux/sched.h`); not
/// CLONE_NEWTIME, which is a signal for `clone`.
const NAMESPACES: u64 = 0x7e02_0000;

impl Lints<'_> {
    /// All lints about one condition.
    pub(super) fn conditional_rules(&mut self) {
        for written in self.conditions() {
            let all = |is: fn(Test, Width) -> bool| {
                let mut uses = written.uses.iter();
                !written.uses.is_empty() && uses.all(|at| is(at.condition.test, at.condition.width))
            };
            if all(admits::is_full) {
                self.report.push(
                    Error::new(
                        Kind::AlwaysTrue,
                        written.span(),
                        "this condition is always true",
                    )
                    .path(written.path)
                    .label("matches every value")
                    .note("remove the condition"),
                );
            } else if all(admits::is_empty) {
                self.report.push(
                    Error::new(
                        Kind::NeverTrue,
                        written.span(),
                        "this condition is never true",
                    )
                    .path(written.path)
                    .label("matches no value")
                    .note("the rule has no effect: remove it, or correct the condition"),
                );
            } else {
                self.mask_without_value(&written);
                self.all_bits(&written);
                self.int_argument(&written);
                self.negative_int(&written);
                self.pointer_argument(&written);
                self.absent_argument(&written);
            }
        }
    }

    /// Returns the first use of a condition in a denial.
    fn denial<'u>(&self, written: &'u Written<'_>) -> Option<&'u Use<'u>> {
        let default = self.policy.default.rank();
        let mut uses = written.uses.iter();
        uses.find(|at| at.rule.action.rank() < default)
    }

    /// A denial if no bit of a mask is set. A mask of all low bits selects a field, whose value can
    /// be 0.
    fn mask_without_value(&mut self, written: &Written<'_>) {
        let Some(at) = self.denial(written) else {
            return;
        };
        let Test::Masked { mask, value: 0 } = at.condition.test else {
            return;
        };
        let field = mask.count_ones() > 1 && mask & mask.wrapping_add(1) == 0;
        if field || at.rule.conditions.len() > 1 {
            return;
        }
        let message = format!(
            "the rule denies `{}` if no bit of {mask:#x} is set; with one of them set, the call is not denied",
            at.call
        );
        let bit = mask & mask.wrapping_neg();
        self.report.push(
            Error::new(Kind::MaskWithoutValue, written.span(), message)
                .path(written.path.as_str())
                .label("`valueTwo` is 0: all bits of the mask must be 0")
                .note(self.shown(at.abi, at.nr, at.args(mask)))
                .note(format!(
                    "to deny the call if a bit is set, write one rule for each bit: \"value\": {bit}, \"valueTwo\": {bit}, \"op\": \"SCMP_CMP_MASKED_EQ\""
                )),
        );
    }

    /// A denial that matches only if several namespaces are asked for at once.
    fn all_bits(&mut self, written: &Written<'_>) {
        let Some(at) = self.denial(written) else {
            return;
        };
        let wanted = match at.condition.test {
            Test::Masked { value, .. } | Test::Eq(value) => value & NAMESPACES,
            _ => return,
        };
        let index = usize::from(at.condition.arg);
        let signature = arguments::of(at.abi, at.call);
        let argument = signature.and_then(|signature| signature.get(index));
        let is_clone = argument.is_some_and(|argument| argument.family == Some("CLONE"));
        if wanted.count_ones() < 2 || !is_clone {
            return;
        }
        let bit = wanted & wanted.wrapping_neg();
        let message = format!(
            "the rule denies `{}` only if all of {} namespace flags are set at once",
            at.call,
            wanted.count_ones()
        );
        self.report.push(
            Error::new(Kind::AllBits, written.span(), message)
                .path(written.path.as_str())
                .label("one flag alone does not match")
                .note(self.shown(at.abi, at.nr, at.args(bit)))
                .note(format!(
                    "write one rule for each flag: \"value\": {bit}, \"valueTwo\": {bit}, \"op\": \"SCMP_CMP_MASKED_EQ\""
                )),
        );
    }

    /// An argument that is compared twice makes the conditions on other arguments alternatives too.
    pub(super) fn or_of_all(&mut self) {
        let mut reported = Set::new();
        for rules in &self.policy.abis {
            for (&nr, list) in &rules.lists {
                if list.len() < 2 {
                    continue;
                }
                for (rule, origin) in list.iter().zip(self.origins.of(rules.abi, nr)) {
                    let Group::One(at) = origin.group else {
                        continue;
                    };
                    let entry = origin.entry(self.profile);
                    let Some((twice, other)) = across(entry) else {
                        continue;
                    };
                    if at != other || !reported.insert(origin.entry) {
                        continue;
                    }
                    let (repeated, index) =
                        (entry.args[twice].value.index, entry.args[other].value.index);
                    let condition = rule.conditions[0];
                    let mut args = [0; 6];
                    // A value that was hardly meant, and one that matches.
                    args[usize::from(repeated)] = condition.width.max();
                    args[usize::from(index)] =
                        admits::common(condition.test, Test::Ge(0), condition.width).unwrap_or(0);
                    let message = format!(
                        "argument {repeated} is compared twice, so every condition of the rule is an alternative, also this one on argument {index}"
                    );
                    self.report.push(
                        Error::new(Kind::OrOfAll, entry.args[other].span, message)
                            .path(format!("{}.args[{other}]", entry.path.0))
                            .label("the rule matches if only this is true")
                            .related(entry.args[twice].span, "compared here, and once more")
                            .note(self.shown(rules.abi, nr, args))
                            .note(format!(
                                "write one rule for each value of argument {repeated}, each with the other conditions"
                            )),
                    );
                }
            }
        }
    }
}

/// The indices in `args` of a condition on an argument that is compared twice, and of one on another
/// argument.
fn across(entry: &Entry) -> Option<(usize, usize)> {
    let indices: Vec<u8> = entry.args.iter().map(|arg| arg.value.index).collect();
    let count = |index: &u8| indices.iter().filter(|other| *other == index).count();
    let twice = indices.iter().position(|index| count(index) > 1)?;
    let others = || (0..indices.len()).filter(|at| indices[*at] != indices[twice]);
    let once = others().find(|at| count(&indices[*at]) == 1);
    Some((twice, once.or_else(|| others().next())?))
}
