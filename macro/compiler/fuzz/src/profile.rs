//! Bytes → a profile that is well-formed, and its text.

use arbitrary::Arbitrary;
use seccomp_profile_compiler::linux::abi::{Abi, Width};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::options::Effort;
use seccomp_profile_compiler::options::{Options, Overlap};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// A profile; indices are taken modulo what they point into.
#[derive(Arbitrary, Debug)]
pub struct Profile {
    target: u8,
    /// Whether lists are searched as well as those of real profiles.
    thorough: bool,
    /// A bit an ABI.
    architectures: u32,
    default: Answer,
    entries: Vec<Entry>,
}

/// An element of `syscalls`.
#[derive(Arbitrary, Debug)]
pub struct Entry {
    names: [u16; 2],
    action: Answer,
    args: Vec<Arg>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Answer {
    Allow,
    Errno(u16),
    KillProcess,
    KillThread,
    Trap,
    Trace(u16),
    Log,
    Notify,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Arg {
    index: u8,
    op: Op,
    value: Number,
    bits: u64,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Ne,
    Lt,
    Le,
    Eq,
    Ge,
    Gt,
    MaskedEq,
}

/// A number; most of those that show mistakes take few bytes.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Number {
    Small(u8),
    Bit(u8),
    Below(u8),
    Word(u32),
    Any(u64),
}

impl Number {
    fn get(self) -> u64 {
        match self {
            Number::Small(value) => value.into(),
            Number::Bit(bit) => 1 << (bit % 64),
            Number::Below(bit) => (1 << (bit % 64)) - 1,
            Number::Word(value) => value.into(),
            Number::Any(value) => value,
        }
    }
}

impl Answer {
    fn action(self) -> Action {
        match self {
            Answer::Allow => Action::Allow,
            Answer::Errno(errno) => Action::Errno(errno % 4096),
            Answer::KillProcess => Action::KillProcess,
            Answer::KillThread => Action::KillThread,
            Answer::Trap => Action::Trap,
            Answer::Trace(message) => Action::Trace(message),
            Answer::Log => Action::Log,
            Answer::Notify => Action::Notify,
        }
    }
}

impl Profile {
    /// The target.
    pub fn target(&self) -> Abi {
        Abi::ALL[usize::from(self.target) % Abi::ALL.len()]
    }

    /// Options under which all that is well-formed has a meaning, unless it is too large.
    pub fn options(&self) -> Options {
        Options {
            overlap: Overlap::FirstMatch,
            allow_notify_write: true,
            // More is slow, and inputs are to be many; with less, longer lists get a simpler order.
            effort: Effort(if self.thorough { 2_000 } else { 250 }),
            ..Options::default()
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn architectures(&self) -> impl Iterator<Item = Abi> {
        let listed = |(bit, _): &(usize, Abi)| self.architectures >> bit & 1 == 1;
        let listed = Abi::ALL.into_iter().enumerate().filter(listed);
        listed.map(|(_, abi)| abi)
    }

    /// NOTIFY cannot be the default.
    pub(crate) fn default(&self) -> Action {
        match self.default.action() {
            Action::Notify => Action::Trap,
            action => action,
        }
    }

    /// The profile as a file.
    pub fn text(&self) -> String {
        let (default, errno) = (self.default().oci_name(), self.default().number());
        let mut text = format!("{{\"defaultAction\": \"{default}\"");
        if let Some(errno) = errno {
            let _ = write!(text, ", \"defaultErrnoRet\": {errno}");
        }
        let architectures = self
            .architectures()
            .map(|abi| format!("{:?}", abi.oci_name()));
        let architectures: Vec<String> = architectures.collect();
        let entries: Vec<String> = self.entries.iter().map(Entry::text).collect();
        let (architectures, entries) = (architectures.join(", "), entries.join(",\n"));
        let _ = write!(
            text,
            ", \"architectures\": [{architectures}], \"syscalls\": [\n{entries}]}}"
        );
        text
    }
}

impl Entry {
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        static ALL: LazyLock<Vec<&str>> = LazyLock::new(|| syscalls::names().collect());
        let all = &*ALL;
        self.names
            .map(|at| all[usize::from(at) % all.len()])
            .into_iter()
    }

    pub(crate) fn action(&self) -> Action {
        self.action.action()
    }

    /// Whether the answer is the same for all arguments.
    pub(crate) fn is_unconditional(&self) -> bool {
        self.args.is_empty()
    }

    pub(crate) fn holds(&self, data: &SeccompData, width: Width) -> bool {
        let index = |arg: &Arg| arg.index % 6;
        let twice = (0..6).any(|i| self.args.iter().filter(|arg| index(arg) == i).count() > 1);
        let mut holding = self.args.iter().map(|arg| arg.holds(data, width));
        if twice {
            holding.any(|holds| holds)
        } else {
            holding.all(|holds| holds)
        }
    }

    fn text(&self) -> String {
        let names: Vec<String> = self.names().map(|name| format!("{name:?}")).collect();
        let (action, errno) = (self.action().oci_name(), self.action().number());
        let errno = errno.map_or(String::new(), |errno| format!(", \"errnoRet\": {errno}"));
        let args: Vec<String> = self.args.iter().map(Arg::text).collect();
        let (names, args) = (names.join(", "), args.join(", "));
        format!("{{\"names\": [{names}], \"action\": \"{action}\"{errno}, \"args\": [{args}]}}")
    }
}

impl Arg {
    /// The wanted bits of a mask.
    fn two(&self) -> u64 {
        self.value.get() & self.bits
    }

    fn holds(&self, data: &SeccompData, width: Width) -> bool {
        let cut = |value: u64| value & width.max();
        let (argument, value) = (
            cut(data.args[usize::from(self.index % 6)]),
            cut(self.value.get()),
        );
        match self.op {
            Op::Ne => argument != value,
            Op::Lt => argument < value,
            Op::Le => argument <= value,
            Op::Eq => argument == value,
            Op::Ge => argument >= value,
            Op::Gt => argument > value,
            Op::MaskedEq => argument & value == cut(self.two()),
        }
    }

    fn text(&self) -> String {
        let (op, two) = match self.op {
            Op::Ne => ("NE", 0),
            Op::Lt => ("LT", 0),
            Op::Le => ("LE", 0),
            Op::Eq => ("EQ", 0),
            Op::Ge => ("GE", 0),
            Op::Gt => ("GT", 0),
            Op::MaskedEq => ("MASKED_EQ", self.two()),
        };
        let (index, value) = (self.index % 6, self.value.get());
        format!(
            "{{\"index\": {index}, \"op\": \"SCMP_CMP_{op}\", \"value\": {value}, \"valueTwo\": {two}}}"
        )
    }
}
