//! What a profile means: for every audit token a total function from (number, arguments) to an
//! action.
//!
//! [`Policy::decide`] is the reference semantics, the definition every program is proved equal
//! to. It is written to be read, not to be fast: one ABI is chosen, its rule list is walked, the
//! first rule that matches answers.

use std::collections::BTreeMap;
use std::fmt;

use crate::abi::{Abi, Width, X32_BIT};
use crate::bpf::SeccompData;

/// The number a tracer sets to skip a call (`kernel/seccomp.c: __seccomp_filter`,
/// `if (this_syscall < 0) goto skip`); no ABI gives it to a call.
pub const SKIPPED: u32 = u32::MAX;

/// The first and last number of arm's private calls (`arch/arm/kernel/traps.c: arm_syscall`).
const ARM_PRIVATE: (u32, u32) = (0x000f_0000, 0x000f_07ff);

/// What the kernel does with a call; the order is from strictest to loosest, as
/// `kernel/seccomp.c: seccomp_run_filters` ranks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Kill the whole process.
    KillProcess,
    /// Kill the calling thread.
    KillThread,
    /// Send SIGSYS.
    Trap,
    /// Skip the call and return this errno, 0 to 4095.
    Errno(u16),
    /// Ask the listener.
    Notify,
    /// Tell the tracer this number; without a tracer ENOSYS.
    Trace(u16),
    /// Run the call and log it.
    Log,
    /// Run the call.
    Allow,
}

impl Action {
    /// Returns the `SECCOMP_RET_*` word (`include/uapi/linux/seccomp.h`).
    pub const fn word(self) -> u32 {
        match self {
            Action::KillProcess => 0x8000_0000,
            Action::KillThread => 0x0000_0000,
            Action::Trap => 0x0003_0000,
            Action::Errno(errno) => 0x0005_0000 | errno as u32,
            Action::Notify => 0x7fc0_0000,
            Action::Trace(message) => 0x7ff0_0000 | message as u32,
            Action::Log => 0x7ffc_0000,
            Action::Allow => 0x7fff_0000,
        }
    }

    /// Returns the name in the OCI runtime spec; of which the [`number`](Action::number) is no part.
    pub const fn oci_name(self) -> &'static str {
        match self {
            Action::KillProcess => "SCMP_ACT_KILL_PROCESS",
            Action::KillThread => "SCMP_ACT_KILL_THREAD",
            Action::Trap => "SCMP_ACT_TRAP",
            Action::Errno(_) => "SCMP_ACT_ERRNO",
            Action::Notify => "SCMP_ACT_NOTIFY",
            Action::Trace(_) => "SCMP_ACT_TRACE",
            Action::Log => "SCMP_ACT_LOG",
            Action::Allow => "SCMP_ACT_ALLOW",
        }
    }

    /// Returns the number that ERRNO and TRACE carry, `errnoRet` in a profile.
    pub const fn number(self) -> Option<u16> {
        match self {
            Action::Errno(number) | Action::Trace(number) => Some(number),
            _ => None,
        }
    }

    /// Returns the action whose [`word`](Action::word) is exactly this one.
    pub const fn from_word(word: u32) -> Option<Action> {
        let action = match (word & 0xffff_0000, (word & 0xffff) as u16) {
            (0x8000_0000, 0) => Action::KillProcess,
            (0x0000_0000, 0) => Action::KillThread,
            (0x0003_0000, 0) => Action::Trap,
            (0x0005_0000, errno) => Action::Errno(errno),
            (0x7fc0_0000, 0) => Action::Notify,
            (0x7ff0_0000, message) => Action::Trace(message),
            (0x7ffc_0000, 0) => Action::Log,
            (0x7fff_0000, 0) => Action::Allow,
            _ => return None,
        };
        Some(action)
    }

    /// Returns the action's place in the kernel's precedence, 0 the strictest; data do not count.
    pub const fn rank(self) -> u8 {
        match self {
            Action::KillProcess => 0,
            Action::KillThread => 1,
            Action::Trap => 2,
            Action::Errno(_) => 3,
            Action::Notify => 4,
            Action::Trace(_) => 5,
            Action::Log => 6,
            Action::Allow => 7,
        }
    }

    /// Returns whether the kernel runs the call.
    pub const fn runs(self) -> bool {
        matches!(self, Action::Log | Action::Allow)
    }

    /// Returns the stricter of two actions, `self` where they rank the same.
    pub const fn stricter(self, other: Action) -> Action {
        if other.rank() < self.rank() {
            other
        } else {
            self
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::KillProcess => f.write_str("KILL_PROCESS"),
            Action::KillThread => f.write_str("KILL_THREAD"),
            Action::Trap => f.write_str("TRAP"),
            Action::Errno(errno) => write!(f, "ERRNO({errno})"),
            Action::Notify => f.write_str("NOTIFY"),
            Action::Trace(message) => write!(f, "TRACE({message})"),
            Action::Log => f.write_str("LOG"),
            Action::Allow => f.write_str("ALLOW"),
        }
    }
}

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

/// A test and the argument it looks at. On 32-bit ABIs its numbers fit 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// Index of the argument, 0 to 5.
    pub arg: u8,
    /// What it must satisfy.
    pub test: Test,
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
    pub fn matches(&self, args: &[u64; 6], width: Width) -> bool {
        self.conditions.iter().all(|condition| {
            condition
                .test
                .holds(args[usize::from(condition.arg)] & width.max())
        })
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
    /// The rules, in order, then the default; compared on this width.
    ByRules(&'a [Rule], Width),
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
            Decision::ByRules(rules, width) => self.first_match(rules, &data.args, width),
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
            Some(list) => Decision::ByRules(list, rules.abi.width()),
        }
    }

    /// Returns the rules of the ABI that a call belongs to, if it is in the set.
    pub fn abi_of(&self, arch: u32, nr: u32) -> Option<&AbiRules> {
        self.abis
            .iter()
            .find(|rules| rules.abi.token() == arch && rules.abi.has_number(nr))
    }

    /// Rules 18, 19 and 29: the first rule that matches, else the default.
    fn first_match(&self, rules: &[Rule], args: &[u64; 6], width: Width) -> Action {
        match rules.split_first() {
            None => self.default,
            Some((rule, rest)) if !rule.matches(args, width) => self.first_match(rest, args, width),
            Some((rule, _)) if rule.exact => rule.action,
            Some((rule, rest)) => rule.action.stricter(self.first_match(rest, args, width)),
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
