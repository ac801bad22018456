//! The meaning of a profile: for every audit token a total function from (number, arguments) to an
//! action.
//!
//! [`Policy::decide`] is the reference semantics: every program is proved equal to it. It is written
//! for readers, not for speed: it chooses an ABI, walks the rule list of the call, and returns the
//! action of the first rule that matches.
//!
//! The *answer* to a call is the action that the policy returns. A test, condition or rule *matches*
//! arguments; a rule *always answers* if it matches all arguments of its call.

pub(crate) mod admits;
pub mod probe;

use crate::linux::abi::{Abi, Width, X32_BIT};
use crate::linux::action::Action;
use crate::linux::data::SeccompData;
use crate::sorted::{self, Map};

/// The number that a tracer sets to skip a call (`kernel/seccomp.c: __seccomp_filter`,
/// `if (this_syscall < 0) goto skip`); no call of any ABI has it.
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
    /// argument & mask == value; the value has no bit outside the mask.
    Masked {
        /// The bits that are compared.
        mask: u64,
        /// The wanted bits.
        value: u64,
    },
}

impl Test {
    /// Returns whether an argument satisfies the test; the argument is already truncated to the
    /// width of its ABI.
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

/// Returns the test on the low bits of a width, or the number that does not fit in them (`format`,
/// *Argument width*).
pub(crate) fn narrow(test: Test, width: Width) -> Result<Test, u64> {
    let low = |value: u64| value & width.max();
    // The sign bit and all above it.
    let negative = !(width.max() >> 1);
    let fit = |value: u64| {
        if value == low(value) || value & negative == negative {
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
        // The value lies within the mask: if its upper bits are all 1, those of the mask are too.
        Test::Masked { mask, value } => Test::Masked {
            mask: low(mask),
            value: fit(value)?,
        },
    })
}

/// A test and its argument. The numbers fit the width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// Index of the argument, 0 to 5.
    pub arg: u8,
    /// The test that it must satisfy.
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
    /// The rule matches if all conditions match; without conditions it always matches. At most one
    /// condition for each argument.
    pub conditions: Vec<Condition>,
    /// The action of the rule.
    pub action: Action,
    /// Whether the conditions are all conditions of the rule. `false` for a conditional rule on a
    /// call through a multiplexer, where a filter cannot see the arguments in user memory. The
    /// answer is then the stricter of this action and the answer of the rest of the list (`format`,
    /// *Multiplexed calls*).
    pub exact: bool,
}

impl Rule {
    /// Returns whether the rule ends its list: it matches all arguments, so no later rule is used.
    pub(crate) fn always_answers(&self) -> bool {
        self.exact && self.conditions.is_empty()
    }

    /// Returns whether all conditions match.
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
    pub lists: Map<u32, Vec<Rule>>,
    /// The numbers that are newer than the syscall table, and their answer, if it is not the
    /// default.
    pub newer: Option<Newer>,
}

/// The answer to calls that are newer than the syscall table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newer {
    /// The highest number in the table on the ABI.
    pub known: u32,
    /// The answer to higher numbers.
    pub action: Action,
}

/// What a policy decides about a call from its number alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision<'a> {
    /// The same answer for all arguments.
    Always(Action),
    /// The first match of these rules, else the default.
    ByRules(&'a [Rule]),
}

/// The meaning of a profile on one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The ABI of the program that will install the filter.
    pub target: Abi,
    /// The answer if no rule matches.
    pub default: Action,
    /// The answer to calls of an ABI that is not in the ABI set.
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

    /// Returns what the policy decides about a call from its token and number alone.
    pub fn lookup(&self, arch: u32, nr: u32) -> Decision<'_> {
        let Some(rules) = self.abi_of(arch, nr) else {
            // A skipped call belongs to no ABI, so it does not get the answer for other ABIs.
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

    /// Returns the answer of the first rule that matches, else the default (`format`, *First match*,
    /// *Multiplexed calls*).
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

    /// Returns the numbers at which the result of [`lookup`](Policy::lookup) can change under this
    /// token: sorted, 0 first.
    pub fn boundaries(&self, arch: u32) -> Vec<u32> {
        let mut starts = vec![0];
        for rules in self.abis.iter().filter(|rules| rules.abi.token() == arch) {
            for &nr in rules.lists.keys() {
                if starts.last() != Some(&nr) {
                    starts.push(nr);
                }
                starts.extend(nr.checked_add(1));
            }
            if let Some(newer) = rules.newer {
                starts.extend_from_slice(&[1, newer.known.saturating_add(1)]);
                starts.extend_from_slice(&[ARM_PRIVATE.0, ARM_PRIVATE.1 + 1]);
            }
        }
        starts.extend_from_slice(&[X32_BIT, SKIPPED]);
        sorted::sort_unique(&mut starts);
        starts
    }
}

impl Newer {
    /// Returns whether a number of the ABI gets this answer (`format`, *Newer calls*).
    ///
    /// On s390 number 0 counts as newer: older kernels report it for a number that is too large for
    /// the `svc` instruction (`arch/s390/kernel/syscall.c`); Linux 6.1 reports the low 16 bits. The
    /// private calls of arm have higher numbers than its other calls, but are not newer.
    pub const fn covers(self, abi: Abi, nr: u32) -> bool {
        match abi {
            Abi::S390 | Abi::S390x if nr == 0 => true,
            Abi::Arm if ARM_PRIVATE.0 <= nr && nr <= ARM_PRIVATE.1 => false,
            _ => nr > self.known && nr != SKIPPED,
        }
    }
}

impl Abi {
    /// Returns whether a number under this ABI's token belongs to this ABI (`format`, *x32 numbers*).
    /// A skipped call belongs to x86_64, not to x32 (`format`, *Skipped calls*).
    const fn has_number(self, nr: u32) -> bool {
        match self {
            Abi::X86_64 => nr < X32_BIT || nr == SKIPPED,
            Abi::X32 => nr >= X32_BIT && nr != SKIPPED,
            _ => true,
        }
    }
}
