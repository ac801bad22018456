//! Random profiles as text, and what they mean, said a second time: read the rules in order, look
//! at each name, take the first that matches.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::policy::{action, number};
use seccomp_profile_compiler::linux::abi::{Abi, Width, X32_BIT, subcall};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::options::{NewerSyscalls, Options, Overlap};
use seccomp_profile_compiler::policy::SKIPPED;

/// A profile that is well-formed, for a target.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) target: Abi,
    pub(crate) options: Options,
    default: Action,
    architectures: Vec<Abi>,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    names: Vec<&'static str>,
    action: Action,
    args: Vec<Arg>,
}

#[derive(Clone, Copy, Debug)]
struct Arg {
    index: u8,
    op: Op,
    value: u64,
    value_two: u64,
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Ne,
    Lt,
    Le,
    Eq,
    Ge,
    Gt,
    MaskedEq,
}

const OPS: [Op; 7] = [Op::Ne, Op::Lt, Op::Le, Op::Eq, Op::Ge, Op::Gt, Op::MaskedEq];

/// Calls with something special about them.
const SPECIAL: [&str; 18] = [
    "read",
    "write",
    "ioctl",
    "clone",
    "personality",
    "socket",
    "sendto",
    "accept4",
    "socketcall",
    "shmat",
    "semctl",
    "ipc",
    "restart_syscall",
    "cacheflush",
    "mmap",
    "mmap2",
    "select",
    "fadvise64_64",
];

/// Whether an ABI passes the arguments of a call in memory. Then what an entry asks of them cannot
/// be seen.
fn in_memory(abi: Abi, name: &str) -> bool {
    match name {
        "fadvise64_64" | "mmap2" => abi == Abi::S390,
        "mmap" => matches!(abi, Abi::X86 | Abi::M68k | Abi::S390 | Abi::S390x),
        "select" => matches!(abi, Abi::X86 | Abi::M68k | Abi::Ppc),
        _ => false,
    }
}

/// Any profile of any target.
pub(crate) fn profile() -> impl Strategy<Value = Profile> {
    let heads = (
        select(Abi::ALL.to_vec()),
        subsequence(Abi::ALL.to_vec(), 0..=23),
    );
    let default = action().prop_filter("not NOTIFY", |action| *action != Action::Notify);
    // Numbers that no 32-bit ABI can compare with are errors there, so most profiles have none.
    let wide = prop::bool::weighted(0.3);
    (heads, default, vec(entry(), 0..12), options(), wide).prop_map(
        |((target, architectures), default, mut entries, options, wide)| {
            for arg in entries.iter_mut().flat_map(|entry| &mut entry.args) {
                if !wide {
                    arg.value &= Width::W32.max();
                    arg.value_two &= Width::W32.max();
                }
            }
            Profile {
                target,
                options,
                default,
                architectures,
                entries,
            }
        },
    )
}

fn options() -> impl Strategy<Value = Options> {
    let bad_arch = prop::option::of(action());
    (any::<[bool; 2]>(), prop::bool::weighted(0.9), bad_arch).prop_map(
        |([native_only, newer], first_match, bad_arch_action)| Options {
            native_only,
            overlap: if first_match {
                Overlap::FirstMatch
            } else {
                Overlap::Error
            },
            newer_syscalls: if newer {
                NewerSyscalls::Enosys
            } else {
                NewerSyscalls::Default
            },
            bad_arch_action,
            allow_notify_write: true,
            ..Options::default()
        },
    )
}

fn entry() -> impl Strategy<Value = Entry> {
    let all: Vec<&'static str> = syscalls::names().collect();
    let names = prop_oneof![
        3 => vec(select(SPECIAL.to_vec()), 1..5),
        1 => vec(select(all), 1..40),
    ];
    let args = prop_oneof![2 => Just(Vec::new()), 3 => vec(arg(), 1..5)];
    (names, action(), args).prop_map(|(names, action, args)| Entry {
        names,
        action,
        args,
    })
}

fn arg() -> impl Strategy<Value = Arg> {
    let any_bits = prop_oneof![Just(0), Just(u64::MAX), any::<u64>()];
    (0..6u8, any::<Index>(), number(), any_bits).prop_map(|(index, op, value, bits)| {
        let op = OPS[op.index(OPS.len())];
        let value_two = if matches!(op, Op::MaskedEq) {
            bits & value
        } else {
            0
        };
        Arg {
            index,
            op,
            value,
            value_two,
        }
    })
}

impl Profile {
    /// The profile as a file.
    pub(crate) fn text(&self) -> String {
        let (action, errno) = (self.default.oci_name(), self.default.number());
        let mut text = format!("{{\"defaultAction\": \"{action}\"");
        if let Some(errno) = errno {
            let _ = write!(text, ", \"defaultErrnoRet\": {errno}");
        }
        let architectures: Vec<String> = self
            .architectures
            .iter()
            .map(|abi| format!("{:?}", abi.oci_name()))
            .collect();
        let entries: Vec<String> = self.entries.iter().map(Entry::text).collect();
        let _ = write!(
            text,
            ", \"architectures\": [{}], \"syscalls\": [{}]}}",
            architectures.join(", "),
            entries.join(",\n")
        );
        text
    }

    /// What the profile means.
    pub(crate) fn meaning(&self) -> Meaning<'_> {
        let listed = |abi: &Abi| self.architectures.contains(abi) && !self.options.native_only;
        let family = self.target.family().iter().copied();
        let set = family.filter(|abi| *abi == self.target || listed(abi));
        Meaning {
            profile: self,
            abis: set
                .map(|abi| (abi, syscalls::highest(abi), self.lines(abi)))
                .collect(),
        }
    }

    /// Every name of every entry that is a call of an ABI, in order.
    fn lines(&self, abi: Abi) -> Vec<Line<'_>> {
        let mut lines = Vec::new();
        for entry in &self.entries {
            for name in &entry.names {
                if let Some((multiplexer, call)) = subcall(name).filter(|_| abi.multiplexed()) {
                    let first = Some((multiplexer.mask(), u64::from(call)));
                    let nr = syscalls::number(abi, multiplexer.name());
                    lines.extend(nr.map(|nr| Line {
                        nr,
                        entry,
                        first,
                        visible: false,
                    }));
                }
                let nr = syscalls::number(abi, name);
                lines.extend(nr.map(|nr| Line {
                    nr,
                    entry,
                    first: None,
                    visible: !in_memory(abi, name),
                }));
            }
        }
        lines
    }
}

/// The meaning of a profile.
pub(crate) struct Meaning<'a> {
    profile: &'a Profile,
    /// Each with its highest number.
    abis: Vec<(Abi, u32, Vec<Line<'a>>)>,
}

/// An entry, for one number.
struct Line<'a> {
    nr: u32,
    entry: &'a Entry,
    /// Behind a multiplexer: the mask of the first argument, and the call.
    first: Option<(u64, u64)>,
    /// Whether what the entry asks of the arguments can be seen.
    visible: bool,
}

impl Meaning<'_> {
    /// What the profile says of a call.
    pub(crate) fn decide(&self, data: &SeccompData) -> Action {
        let Profile {
            default, options, ..
        } = self.profile;
        let with_token = || {
            self.abis
                .iter()
                .filter(|(abi, ..)| abi.token() == data.arch)
        };
        if with_token().next().is_some() && data.nr == SKIPPED {
            return *default;
        }
        let abi = with_token().find(|(abi, ..)| match abi {
            Abi::X86_64 => data.nr < X32_BIT,
            Abi::X32 => data.nr >= X32_BIT,
            _ => true,
        });
        match abi {
            None => options.bad_arch_action.unwrap_or(Action::KillThread),
            Some((abi, highest, _)) if self.is_newer(*abi, *highest, data.nr) => self.enosys(),
            Some((abi, _, lines)) => self.first_match(lines, data, abi.width()),
        }
    }

    fn is_newer(&self, abi: Abi, highest: u32, nr: u32) -> bool {
        let Profile {
            default, options, ..
        } = self.profile;
        let runs = matches!(default, Action::Allow | Action::Log | Action::Trace(_));
        let new = match abi {
            Abi::Arm if (0xf_0000..0xf_0800).contains(&nr) => false,
            Abi::S390 | Abi::S390x if nr == 0 => true,
            _ => nr > highest,
        };
        new && !runs && options.newer_syscalls == NewerSyscalls::Enosys
    }

    fn enosys(&self) -> Action {
        Action::Errno(match self.profile.target.name() {
            name if name.starts_with("mips") => 89,
            name if name.starts_with("parisc") => 251,
            _ => 38,
        })
    }

    fn first_match(&self, lines: &[Line<'_>], data: &SeccompData, width: Width) -> Action {
        let mut strictest: Option<Action> = None;
        let under = |strictest: Option<Action>, action: Action| {
            strictest.map_or(action, |strictest| strictest.stricter(action))
        };
        for line in lines.iter().filter(|line| line.nr == data.nr) {
            let answer = under(strictest, line.entry.action);
            if line
                .first
                .is_some_and(|(mask, call)| data.args[0] & mask != call)
            {
                continue;
            }
            if line.entry.args.is_empty() || line.visible && line.entry.holds(data, width) {
                return answer;
            }
            if !line.visible {
                strictest = Some(answer);
            }
        }
        under(strictest, self.profile.default)
    }
}

impl Entry {
    fn holds(&self, data: &SeccompData, width: Width) -> bool {
        let again = |(i, arg): (usize, &Arg)| {
            self.args[..i]
                .iter()
                .any(|earlier| earlier.index == arg.index)
        };
        let mut holding = self.args.iter().map(|arg| arg.holds(data, width));
        match self.args.iter().enumerate().any(again) {
            true => holding.any(|holds| holds),
            false => holding.all(|holds| holds),
        }
    }

    fn text(&self) -> String {
        let names: Vec<String> = self.names.iter().map(|name| format!("{name:?}")).collect();
        let (action, errno) = (self.action.oci_name(), self.action.number());
        let errno = errno.map_or(String::new(), |errno| format!(", \"errnoRet\": {errno}"));
        let args: Vec<String> = self.args.iter().map(Arg::text).collect();
        format!(
            "{{\"names\": [{}], \"action\": \"{action}\"{errno}, \"args\": [{}]}}",
            names.join(", "),
            args.join(", ")
        )
    }
}

impl Arg {
    fn holds(&self, data: &SeccompData, width: Width) -> bool {
        let cut = |value: u64| value & width.max();
        let (argument, value) = (cut(data.args[usize::from(self.index)]), cut(self.value));
        match self.op {
            Op::Ne => argument != value,
            Op::Lt => argument < value,
            Op::Le => argument <= value,
            Op::Eq => argument == value,
            Op::Ge => argument >= value,
            Op::Gt => argument > value,
            Op::MaskedEq => argument & value == cut(self.value_two),
        }
    }

    fn text(&self) -> String {
        let Arg {
            index,
            op,
            value,
            value_two,
        } = *self;
        let (op, two) = match op {
            Op::Ne => ("NE", None),
            Op::Lt => ("LT", None),
            Op::Le => ("LE", None),
            Op::Eq => ("EQ", None),
            Op::Ge => ("GE", None),
            Op::Gt => ("GT", None),
            Op::MaskedEq => ("MASKED_EQ", Some(value_two)),
        };
        let two = two.map_or(String::new(), |two| format!(", \"valueTwo\": {two}"));
        format!("{{\"index\": {index}, \"op\": \"SCMP_CMP_{op}\", \"value\": {value}{two}}}")
    }
}
