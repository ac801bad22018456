//! Lints about what the kernel takes of the argument that a condition compares.

use super::Lints;
use super::uses::{Use, Written, failing, matching};
use crate::error::{Error, Kind, Spanned};
use crate::linux::abi::{Abi, Width};
use crate::linux::arguments::{self, Argument, Part, Place, Type};
use crate::linux::syscalls;
use crate::policy::{Decision, Rule, Test};
use crate::profile::{Arg, Entry};

const TYPED: &str = "or add `typed_arguments = true` to the invocation: conditions then compare what the kernel takes";

impl Use<'_> {
    /// What the register contains that is compared.
    fn argument(&self) -> Option<Argument> {
        arguments::argument(self.abi, self.call, self.condition.arg.into())
    }
}

impl Lints<'_> {
    /// A comparison of more bits than the kernel takes, which other bits evade (`format`, *Argument
    /// width*).
    pub(super) fn int_argument(&mut self, written: &Written<'_>) {
        let default = self.policy.default.rank();
        let evaded = |at: &&Use<'_>| {
            let Some(argument) = at.argument() else {
                return false;
            };
            let (taken, action) = (argument.width(at.abi), at.rule.action.rank());
            let test = at.condition.test;
            taken < at.condition.width
                && !self.is_dead(at)
                && (action < default && lost_by_high_bits(test, taken.max())
                    || action > default && gained_by_high_bits(test, taken.max()))
        };
        let Some(at) = written.uses.iter().find(evaded) else {
            return;
        };
        let Some(argument) = at.argument() else {
            return;
        };
        let (bits, low) = (argument.width(at.abi).bits(), argument.width(at.abi).max());
        let message = format!(
            "the kernel takes {bits} bits of `{}` in `{}`, but the condition compares {}",
            argument.name,
            at.call,
            at.condition.width.bits()
        );
        let (plain, evading) = evasion(at.condition.test, low);
        let fix = match at.condition.test {
            Test::Eq(value) => format!(
                "compare the low {bits} bits: \"op\": \"SCMP_CMP_MASKED_EQ\", \"value\": {low}, \"valueTwo\": {value}"
            ),
            _ => format!(
                "list the intended values: SCMP_CMP_MASKED_EQ with \"value\": {low} compares the low {bits} bits"
            ),
        };
        let error = Error::new(Kind::IntArgument, written.span(), message)
            .path(written.path.as_str())
            .label("setting a high bit bypasses the condition");
        let error = self.contrast(
            error,
            at,
            (plain, evading),
            ": for the kernel both are the same",
        );
        self.report.push(error.note(fix).note(TYPED));
    }

    /// Returns whether a rule changes nothing, because another gives the same answer to every call.
    fn is_dead(&self, at: &Use<'_>) -> bool {
        let rules = match self.policy.lookup(at.abi.token(), at.nr) {
            Decision::Always(_) => return true,
            Decision::ByRules(rules) => rules,
        };
        let this = rules.iter().position(|rule| std::ptr::eq(rule, at.rule));
        let all = rules.iter().position(Rule::always_answers);
        let (Some(this), Some(all)) = (this, all) else {
            return false;
        };
        let between = &rules[this.min(all)..=this.max(all)];
        between.iter().all(|rule| rule.action == at.rule.action)
    }

    /// Adds two calls that differ in the register of a condition and in their answers. Another rule
    /// can decide both: then nothing is added.
    fn contrast(&self, error: Error, at: &Use<'_>, values: (u64, u64), why: &str) -> Error {
        let (first, second) = (at.args(values.0), at.args(values.1));
        if self.decide(at.abi, at.nr, first) == self.decide(at.abi, at.nr, second) {
            return error;
        }
        error.note(format!(
            "{}, but {}{why}",
            self.shown(at.abi, at.nr, first),
            self.shown(at.abi, at.nr, second),
        ))
    }

    /// A comparison with a negative `int`, which callers extend to 64 bits in two ways.
    pub(super) fn negative_int(&mut self, written: &Written<'_>) {
        let both = |at: &&Use<'_>| {
            let signed = at.argument().is_some_and(|argument| {
                argument.kind.is_signed() && argument.width(at.abi) == Width::W32
            });
            let wanted = match at.condition.test {
                Test::Eq(value) | Test::Ne(value) => Some(value),
                Test::Masked {
                    mask: u64::MAX,
                    value,
                } => Some(value),
                _ => None,
            };
            let negative = |value: u64| {
                let sign = value & 1 << 31 != 0;
                sign && (value >> 32 == 0 || value >> 32 == u64::from(u32::MAX))
            };
            let equal = signed && at.condition.width == Width::W64 && wanted.is_some_and(negative);
            equal && !self.is_dead(at)
        };
        let Some(at) = written.uses.iter().find(both) else {
            return;
        };
        let (Some(argument), Test::Eq(value) | Test::Ne(value) | Test::Masked { value, .. }) =
            (at.argument(), at.condition.test)
        else {
            return;
        };
        let low = value & u64::from(u32::MAX);
        let (zero, sign) = (low, low | u64::from(u32::MAX) << 32);
        let message = format!(
            "`{}` of `{}` is an `int`: callers pass {} as {zero:#x} or as {sign:#x}, and the condition matches one of the two",
            argument.name, at.call, low as u32 as i32
        );
        let error = Error::new(Kind::NegativeInt, written.span(), message)
            .path(written.path.as_str())
            .label("some callers zero-extend a negative number, others sign-extend it");
        let error = self.contrast(error, at, (zero, sign), "");
        self.report.push(
            error
                .note(format!(
                    "compare the low 32 bits: \"op\": \"SCMP_CMP_MASKED_EQ\", \"value\": 4294967295, \"valueTwo\": {low}"
                ))
                .note(TYPED),
        );
    }

    /// A comparison of an address with anything but NULL: what it points to is what matters, and
    /// that no filter sees.
    pub(super) fn pointer_argument(&mut self, written: &Written<'_>) {
        let compared = |at: &&Use<'_>| {
            let null = matches!(
                at.condition.test,
                Test::Eq(0) | Test::Ne(0) | Test::Gt(0) | Test::Le(0) | Test::Lt(1) | Test::Ge(1)
            );
            // The size or the place of a mapping is a number too.
            let whole = Test::Masked {
                mask: at.condition.width.max(),
                value: 0,
            };
            let address = at.argument().is_some_and(|argument| {
                argument.kind == Type::Address && argument.part == Part::Whole
            });
            address && !null && at.condition.test != whole && !self.is_moved(at)
        };
        let Some(at) = written.uses.iter().find(compared) else {
            return;
        };
        let Some(argument) = at.argument() else {
            return;
        };
        let message = format!(
            "`{}` of `{}` is an address: the condition compares the address, not what is stored there",
            argument.name, at.call
        );
        let error = Error::new(Kind::PointerArgument, written.span(), message)
            .path(written.path.as_str())
            .label("the caller chooses the address");
        let error = self.contrast(error, at, at.values(), ": the same can be stored at both");
        self.report.push(error.note(
            "a filter cannot read memory; remove the condition, or compare another argument",
        ));
    }

    /// A comparison of an argument that the call does not have.
    pub(super) fn absent_argument(&mut self, written: &Written<'_>) {
        let absent = |at: &Use<'_>| {
            let signature = arguments::of(at.abi, at.call);
            signature.is_some_and(|signature| {
                !signature.in_memory() && signature.get(at.condition.arg.into()).is_none()
            })
        };
        // Another name of the rule can have the argument, but this one does nothing with it.
        let Some(at) = written.uses.iter().find(|at| absent(at)) else {
            return;
        };
        let elsewhere = |other: &&Use<'_>| other.call == at.call && !absent(other);
        if written.uses.iter().any(|other| elsewhere(&other)) {
            return;
        }
        let count = arguments::of(at.abi, at.call).map_or(0, |signature| signature.count());
        let index = at.condition.arg;
        let message = format!(
            "`{}` has no argument {index} that the kernel looks at",
            at.call
        );
        let has = match count {
            0 => String::from("no argument"),
            1 => String::from("one argument, with index 0"),
            count => format!("{count} arguments, with the indices 0 to {}", count - 1),
        };
        let error = Error::new(Kind::AbsentArgument, written.span(), message)
            .path(written.path.as_str())
            .label("the caller can leave anything in this register")
            .note(format!("`{}` has {has}", at.call));
        let error = self.contrast(error, at, at.values(), ": for the kernel both are the same");
        self.report
            .push(error.note("remove the condition, or correct its `index`"));
    }

    /// A use where the ABI has another argument in the register, and the condition does not seem to
    /// be written for that one.
    fn is_moved(&self, at: &Use<'_>) -> bool {
        moved(at.abi, at.call, at.condition.arg).is_some()
    }

    /// A condition on an argument that some ABI of the set passes elsewhere.
    pub(super) fn moved_argument(&mut self) {
        for entry in self.entries() {
            for (i, arg) in entry.args.iter().enumerate() {
                let found = entry.names.iter().find_map(|name| {
                    let mut abis = self.policy.abis.iter().map(|rules| rules.abi);
                    abis.find_map(|abi| {
                        let nr = syscalls::number(abi, &name.value)?;
                        let place = moved(abi, &name.value, arg.value.index)?;
                        Some((name, abi, nr, place))
                    })
                });
                let Some((name, abi, nr, place)) = found else {
                    continue;
                };
                let (call, index) = (&name.value, arg.value.index);
                let usual = arguments::usual(call).and_then(|usual| usual.get(index.into()));
                let what = usual.map_or("argument", |argument| argument.name);
                let (message, label, fix) = match place {
                    Place::Memory => (
                        format!(
                            "on {abi}, `{call}` takes its arguments from memory, where no filter sees them"
                        ),
                        format!("cannot be tested on {abi}"),
                        format!(
                            "without its conditions the rule applies to every `{call}` on {abi}, as the stricter of {} and of the other rules",
                            self.action(entry)
                        ),
                    ),
                    Place::Register(at) => (
                        format!("on {abi}, `{what}` of `{call}` is argument {at}, not {index}"),
                        format!("compares another argument on {abi}"),
                        format!(
                            "write a rule of its own for {abi}, with \"index\": {at} and `includes.arches`, and leave it out of this one by `excludes.arches`"
                        ),
                    ),
                    Place::Halves { low, high } => (
                        format!(
                            "on {abi}, `{what}` of `{call}` is in two registers, arguments {low} and {high}"
                        ),
                        format!("compares half of it on {abi}"),
                        format!(
                            "remove {} from `architectures`, or write a rule of its own for it",
                            abi.oci_name()
                        ),
                    ),
                    Place::Nowhere | Place::Usual => (
                        format!("on {abi}, no filter sees `{what}` of `{call}`"),
                        format!("compares something else on {abi}"),
                        format!(
                            "remove {} from `architectures`, or the condition",
                            abi.oci_name()
                        ),
                    ),
                };
                let args = self.misread(entry, i, abi, place);
                self.report.push(
                    Error::new(Kind::MovedArgument, arg.span, message)
                        .path(format!("{}.args[{i}]", entry.path.0))
                        .label(label)
                        .note(self.shown(abi, nr, args))
                        .note(fix),
                );
            }
        }
    }

    /// Arguments of a call on an ABI that a condition misjudges, because its argument is elsewhere:
    /// the call runs, although its argument says that it should not.
    fn misread(&self, entry: &Entry, at: usize, abi: Abi, place: Place) -> [u64; 6] {
        let mut args = [0; 6];
        let to = match place {
            Place::Memory => return args,
            Place::Register(to) => to,
            Place::Halves { low, .. } => low,
            Place::Nowhere | Place::Usual => entry.args[at].value.index,
        };
        let test = |arg: &Spanned<Arg>| Arg::on(arg, abi).unwrap_or(arg.value.test);
        for arg in &entry.args {
            args[usize::from(arg.value.index)] = matching(test(arg), abi.width());
        }
        let arg = &entry.args[at];
        let (yes, no) = (matching(test(arg), abi.width()), failing(test(arg)));
        let (here, there) = match self.action(entry).runs() {
            true => (yes, no),
            false => (no, yes),
        };
        args[usize::from(to)] = there;
        args[usize::from(arg.value.index)] = here;
        args
    }
}

/// Returns two values that are the same to the kernel, which takes the bits `low`, but not to a
/// test.
fn evasion(test: Test, low: u64) -> (u64, u64) {
    let plain = match test {
        Test::Eq(value) | Test::Ne(value) | Test::Le(value) | Test::Gt(value) => value,
        Test::Masked { value, .. } => value,
        Test::Lt(value) | Test::Ge(value) => value.saturating_sub(1),
    } & low;
    let free = match test {
        Test::Masked { mask, .. } => mask & !low,
        _ => !low,
    };
    let mut bits = (0..u64::BITS).map(|bit| 1 << bit & free);
    let evades = |bit: &u64| *bit != 0 && test.holds(plain) != test.holds(plain | bit);
    let bit = bits.find(evades).unwrap_or(low + 1);
    (plain, plain | bit)
}

/// Returns where an ABI has the argument that a condition was probably written for, if that is not
/// where most ABIs have it.
///
/// If the register contains something that is compared, and on most ABIs an address, the condition
/// was written for this ABI.
fn moved(abi: Abi, call: &str, index: u8) -> Option<Place> {
    let place = arguments::place(abi, call, index.into())?;
    if place == Place::Usual {
        return None;
    }
    let usual = arguments::usual(call)?.get(index.into());
    let here = arguments::of(abi, call)?.get(index.into());
    let address =
        |argument: Option<Argument>| argument.is_none_or(|argument| argument.kind == Type::Address);
    let meant_here = address(usual) && !address(here);
    (!meant_here).then_some(place)
}

/// Returns whether a test matches some value of the low bits, but not another with the same low
/// bits.
fn lost_by_high_bits(test: Test, low: u64) -> bool {
    match test {
        Test::Eq(value) => value <= low,
        Test::Lt(_) | Test::Le(_) => true,
        Test::Masked { mask, value } => mask > low && value <= low,
        Test::Ne(_) | Test::Ge(_) | Test::Gt(_) => false,
    }
}

/// Returns whether a test does not match some value of the low bits, but matches another with the
/// same low bits.
fn gained_by_high_bits(test: Test, low: u64) -> bool {
    match test {
        Test::Ne(value) => value <= low,
        Test::Ge(_) | Test::Gt(_) => true,
        Test::Eq(_) | Test::Lt(_) | Test::Le(_) | Test::Masked { .. } => false,
    }
}
