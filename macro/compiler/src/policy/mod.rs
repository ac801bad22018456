//! What a profile means: for every audit token a total function from (number, arguments) to an
//! action.
//!
//! [`Policy::decide`] is the reference semantics, the definition every program is proved equal
//! to. It is written to be read, not to be fast: one ABI is chosen, its rule list is walked, the
//! first rule that matches answers.

pub(crate) mod admits;
pub mod probe;

use std::collections::BTreeMap;

use crate::linux::abi::{Abi, Width, X32_BIT};
use crate::linux::action::Action;
use crate::linux::data::SeccompData;

/// The number a tracer sets to skip a call (`kernel/seccomp.c: __seccomp_filter`,
/// `if (this_syscall < 0) goto skip`); no ABI gives it to a call.
pub const SKIPPED: u32 = u32::MAX;

/// The first and last number of arm's private calls (`arch/arm/kernel/traps.c: arm_syscall`).
const ARM_PRIVATE: (u32, u32) = (0x000f_0000, 0x000f_07ff);

/// A test of one argument; all comparisons are unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Test {
    /// argument != value
    Ne(u64),
    /// argument < value
    Lt(u64),
    /// argument <= value
    Le(u64),
    /// argument == value
    Eq(u64),
    /// argument >= value
    Ge(u64),
    /// argument > value
    Gt(u64),
    /// argument & mask == value; no bit of the value lies outside the mask.
    Masked {
        /// The bits that count.
        mask: u64,
        /// What they must be.
        value: u64,
    },
}

impl Test {
    /// Returns whether the test holds for an argument, already cut to its ABI's width.
    pub const fn holds(self, argument: u64) -> bool {
        match self {
            Test::Ne(value) => argument != value,
            Test::Lt(value) => argument < value,
            Test::Le(value) => argument <= value,
            Test::Eq(value) => argument == value,
            Test::Ge(value) => argument >= value,
            Test::Gt(value) => argument > value,
            Test::Masked { mask, value } => argument & mask == value,
        }
    }
}

/// Rules 25 and 26: a test as the ABI's width sees it, or the number that does not fit.
pub(crate) fn narrow(test: Test, abi: Abi) -> Result<Test, u64> {
    if abi.width() == Width::W64 {
        return Ok(test);
    }
    let low = |value: u64| value & Width::W32.max();
    let fit = |value: u64| {
        let sign_extended = value >= 0xffff_ffff_8000_0000;
        if value == low(value) || sign_extended {
            Ok(low(value))
        } else {
            Err(value)
        }
    };
    Ok(match test {
        Test::Ne(value) => Test::Ne(fit(value)?),
        Test::Lt(value) => Test::Lt(fit(value)?),
        Test::Le(value) => Test::Le(fit(value)?),
        Test::Eq(value) => Test::Eq(fit(value)?),
        Test::Ge(value) => Test::Ge(fit(value)?),
        Test::Gt(value) => Test::Gt(fit(value)?),
        // Within the mask, so a high half that is all ones lies under a mask that is.
        Test::Masked { mask, value } => Test::Masked {
            mask: low(mask),
            value: fit(value)?,
        },
    })
}

/// A test and the argument that it looks at. Its numbers fit the width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// Index of the argument, 0 to 5.
    pub arg: u8,
    /// What it must satisfy.
    pub test: Test,
    /// How much of the argument is compared: as much as the ABI has, or the kernel takes.
    pub width: Width,
}

impl Condition {
    /// Returns whether the condition holds for the arguments of a call.
    pub fn holds(&self, args: &[u64; 6]) -> bool {
        self.test
            .holds(args[usize::from(self.arg)] & self.width.max())
    }
}

/// One entry of a call's rule list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// All must hold for the rule to match; none means always. At most one an argument.
    pub conditions: Vec<Condition>,
    /// The answer of the rule.
    pub action: Action,
    /// Whether the conditions tell all. A conditional rule on a multiplexed call cannot be
    /// evaluated behind the multiplexer (the real arguments lie in user memory): it is `false`
    /// there, and the answer is the stricter of this action and what the rest of the list gives.
    pub exact: bool,
}

impl Rule {
    /// Returns whether the rule ends a list: it matches all arguments, and nothing behind it counts.
    pub(crate) fn always_answers(&self) -> bool {
        self.exact && self.conditions.is_empty()
    }

    /// Returns whether all conditions hold.
    pub fn matches(&self, args: &[u64; 6]) -> bool {
        self.conditions
            .iter()
            .all(|condition| condition.holds(args))
    }
}

/// Returns the rules up to the first that always answers.
pub(crate) fn reachable(rules: &[Rule]) -> &[Rule] {
    match rules.iter().position(Rule::always_answers) {
        Some(at) => &rules[..=at],
        None => rules,
    }
}

/// The rule lists of one ABI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbiRules {
    /// The ABI.
    pub abi: Abi,
    /// Number of a call → its rules in profile order; no list is empty.
    pub lists: BTreeMap<u32, Vec<Rule>>,
    /// Which numbers are newer than the syscall table and what they get, if they are to get
    /// something of their own.
    pub newer: Option<Newer>,
}

/// The answer to calls that the syscall table does not know yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newer {
    /// The highest number the table knows on the ABI.
    pub known: u32,
    /// The answer above it.
    pub action: Action,
}

/// What a policy says of one number before any argument is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision<'a> {
    /// The same answer for all arguments.
    Always(Action),
    /// The rules, in order, then the default.
    ByRules(&'a [Rule]),
}

/// The meaning of a profile on one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The ABI of the program that will install the filter.
    pub target: Abi,
    /// The answer where no rule matches.
    pub default: Action,
    /// The answer to calls of an ABI that is not in the set.
    pub bad_arch: Action,
    /// The ABI set: the target's own first, then in the order of [`Abi`].
    pub abis: Vec<AbiRules>,
    /// The flags for `seccomp(2)`, `SECCOMP_FILTER_FLAG_*`.
    pub flags: u32,
}

impl Policy {
    /// Returns the answer to one call.
    pub fn decide(&self, data: &SeccompData) -> Action {
        match self.lookup(data.arch, data.nr) {
            Decision::Always(action) => action,
            Decision::ByRules(rules) => self.first_match(rules, &data.args),
        }
    }

    /// Returns what is known of a call from its token and number alone.
    pub fn lookup(&self, arch: u32, nr: u32) -> Decision<'_> {
        let Some(rules) = self.abi_of(arch, nr) else {
            // The skipped call is nobody's, and so not a foreign one's either.
            let ours = self.abis.iter().any(|rules| rules.abi.token() == arch);
            return Decision::Always(if ours && nr == SKIPPED {
                self.default
            } else {
                self.bad_arch
            });
        };
        if let Some(newer) = rules.newer.filter(|newer| newer.covers(rules.abi, nr)) {
            return Decision::Always(newer.action);
        }
        match rules.lists.get(&nr).map(Vec::as_slice) {
            None | Some([]) => Decision::Always(self.default),
            Some([first, ..]) if first.always_answers() => Decision::Always(first.action),
            Some(list) => Decision::ByRules(list),
        }
    }

    /// Returns the rules of the ABI that a call belongs to, if it is in the set.
    pub fn abi_of(&self, arch: u32, nr: u32) -> Option<&AbiRules> {
        self.abis
            .iter()
            .find(|rules| rules.abi.token() == arch && rules.abi.has_number(nr))
    }

    /// Rules 18, 19 and 29: the first rule that matches, else the default.
    fn first_match(&self, rules: &[Rule], args: &[u64; 6]) -> Action {
        match rules.split_first() {
            None => self.default,
            Some((rule, rest)) if !rule.matches(args) => self.first_match(rest, args),
            Some((rule, _)) if rule.exact => rule.action,
            Some((rule, rest)) => rule.action.stricter(self.first_match(rest, args)),
        }
    }

    /// Returns the audit tokens of the ABI set, each once, the target's first.
    pub fn tokens(&self) -> Vec<u32> {
        let mut tokens = Vec::new();
        for rules in &self.abis {
            if !tokens.contains(&rules.abi.token()) {
                tokens.push(rules.abi.token());
            }
        }
        tokens
    }

    /// Returns every number at which [`lookup`](Policy::lookup) can begin to answer differently
    /// under this token: sorted, 0 first.
    pub fn boundaries(&self, arch: u32) -> Vec<u32> {
        let mut starts = Vec::new();
        for rules in self.abis.iter().filter(|rules| rules.abi.token() == arch) {
            for &nr in rules.lists.keys() {
                if starts.last() != Some(&nr) {
                    starts.push(nr);
                }
                starts.extend(nr.checked_add(1));
            }
            if let Some(newer) = rules.newer {
                starts.extend([1, newer.known.saturating_add(1)]);
                starts.extend([ARM_PRIVATE.0, ARM_PRIVATE.1 + 1]);
            }
        }
        starts.extend([0, X32_BIT, SKIPPED]);
        // A stable sort, as it finds that the numbers of a list are in order already.
        starts.sort();
        starts.dedup();
        starts
    }
}

impl Newer {
    /// Returns whether a number of the ABI gets this answer (rule 35).
    ///
    /// On s390 number 0 counts as newer: older kernels show it for a number that is too large for
    /// the `svc` instruction (`arch/s390/kernel/syscall.c`); Linux 6.1 shows the low 16 bits. Arm's
    /// private calls stand far above its sequence and are as old as the rest.
    pub const fn covers(self, abi: Abi, nr: u32) -> bool {
        match abi {
            Abi::S390 | Abi::S390x if nr == 0 => true,
            Abi::Arm if ARM_PRIVATE.0 <= nr && nr <= ARM_PRIVATE.1 => false,
            _ => nr > self.known && nr != SKIPPED,
        }
    }
}

impl Abi {
    /// Rules 13 and 14: whether a number under this ABI's token belongs to this ABI. The skipped
    /// call is x86_64's, not x32's.
    const fn has_number(self, nr: u32) -> bool {
        match self {
            Abi::X86_64 => nr < X32_BIT || nr == SKIPPED,
            Abi::X32 => nr >= X32_BIT && nr != SKIPPED,
            _ => true,
        }
    }
}
