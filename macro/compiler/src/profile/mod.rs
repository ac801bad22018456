//! A profile in the words of the OCI runtime spec (`config-linux.md`, "Seccomp"): faithful, with
//! places, and nothing left open that the spec or the kernel closes.
//!
//! Both readers, that of text and [`oci`](crate::profile::oci) for the oci-spec crate's
//! types, make their values through the functions here, so that one rule stands in one place.

mod docker;
mod fields;
pub mod json;
#[cfg(feature = "oci-spec")]
pub mod oci;
mod parse;
mod questions;

use crate::error::{Error, Kind, Spanned};
use crate::linux::abi::Abi;
use crate::linux::action::Action;
use crate::policy::Test;

/// A profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The action where no rule matches.
    pub default_action: Spanned<Action>,
    /// The listed architectures; the target's own is meant even if it is not listed.
    pub architectures: Vec<Spanned<Abi>>,
    /// The listed flags.
    pub flags: Vec<Spanned<Flag>>,
    /// Where a container runtime hands the listener to; nothing here connects to it.
    pub listener_path: Option<String>,
    /// What a container runtime hands over with it.
    pub listener_metadata: Option<String>,
    /// The rules that hold for the target and under the options.
    pub syscalls: Vec<Entry>,
    /// The rules that `includes` or `excludes` leave out.
    pub excluded: Vec<Excluded>,
}

/// A rule that its `includes` or `excludes` leave out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// The rule.
    pub entry: Entry,
    /// Its `includes`, as JSON.
    pub includes: Option<String>,
    /// Its `excludes`, as JSON.
    pub excludes: Option<String>,
}

/// One entry of `syscalls`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path to the entry: `syscalls[3]`.
    pub path: JsonPath,
    /// The calls.
    pub names: Vec<Spanned<String>>,
    /// What they get.
    pub action: Spanned<Action>,
    /// The conditions.
    pub args: Vec<Spanned<Arg>>,
}

/// Where an entry stands. Two are equal always: it is no part of the meaning.
#[derive(Clone, Debug, Default)]
pub struct JsonPath(pub String);

impl PartialEq for JsonPath {
    fn eq(&self, _: &JsonPath) -> bool {
        true
    }
}

impl Eq for JsonPath {}

/// One entry of `args`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arg {
    /// Index of the argument, 0 to 5.
    pub index: u8,
    /// What it must satisfy, on 64 bits.
    pub test: Test,
}

/// A flag of the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// Install on all threads of the process.
    Tsync,
    /// Log every action but ALLOW.
    Log,
    /// Leave speculative store bypass as it is.
    SpecAllow,
    /// A notified call waits so that only a fatal signal ends it.
    WaitKillableRecv,
}

impl Flag {
    /// Every flag that a profile can list.
    pub const ALL: [Flag; 4] = [
        Flag::Tsync,
        Flag::Log,
        Flag::SpecAllow,
        Flag::WaitKillableRecv,
    ];

    /// Returns the OCI name.
    pub const fn name(self) -> &'static str {
        match self {
            Flag::Tsync => "SECCOMP_FILTER_FLAG_TSYNC",
            Flag::Log => "SECCOMP_FILTER_FLAG_LOG",
            Flag::SpecAllow => "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
            Flag::WaitKillableRecv => "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
        }
    }

    /// Returns the bit (`include/uapi/linux/seccomp.h`).
    pub const fn bit(self) -> u32 {
        match self {
            Flag::Tsync => 1,
            Flag::Log => 2,
            Flag::SpecAllow => 4,
            Flag::WaitKillableRecv => 32,
        }
    }
}

/// `SECCOMP_FILTER_FLAG_NEW_LISTENER`: a filter with a NOTIFY rule gives a listener.
pub const NEW_LISTENER: u32 = 8;
/// `SECCOMP_FILTER_FLAG_TSYNC_ESRCH`: TSYNC fails with an errno, as a thread's number could be
/// taken for the listener.
pub const TSYNC_ESRCH: u32 = 16;

/// An operator of `args`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Ne,
    Lt,
    Le,
    Eq,
    Ge,
    Gt,
    MaskedEq,
}

/// The OCI names of operators.
pub(crate) const OPS: [(&str, Op); 7] = [
    ("SCMP_CMP_NE", Op::Ne),
    ("SCMP_CMP_LT", Op::Lt),
    ("SCMP_CMP_LE", Op::Le),
    ("SCMP_CMP_EQ", Op::Eq),
    ("SCMP_CMP_GE", Op::Ge),
    ("SCMP_CMP_GT", Op::Gt),
    ("SCMP_CMP_MASKED_EQ", Op::MaskedEq),
];

/// Makes a condition (rules 23 and 24).
pub(crate) fn arg(
    index: Spanned<u64>,
    op: Op,
    value: Spanned<u64>,
    value_two: Option<Spanned<u64>>,
) -> Result<Arg, Error> {
    if index.value > 5 {
        let message = format!("`index` {} is no argument", index.value);
        return Err(Error::new(Kind::BadArgIndex, index.span, message)
            .label("a system call has the arguments 0 to 5"));
    }
    let two = value_two.map_or(0, |two| two.value);
    let test = match op {
        Op::MaskedEq if two & !value.value == 0 => Test::Masked {
            mask: value.value,
            value: two,
        },
        Op::MaskedEq => {
            let span = value_two.map_or(value.span, |two| two.span);
            let message = format!(
                "`valueTwo` {two:#x} has bits outside the mask {:#x}",
                value.value
            );
            let error = Error::new(Kind::DatumOutsideMask, span, message)
                .label("can never be equal")
                .note("the condition is argument & `value` == `valueTwo`");
            let swapped = value.value & !two == 0;
            return Err(if swapped {
                error.note(format!(
                    "the two look swapped: \"value\": {two}, \"valueTwo\": {}",
                    value.value
                ))
            } else {
                error
            });
        }
        _ if two != 0 => {
            let span = value_two.map_or(value.span, |two| two.span);
            let message = "`valueTwo` with an operator that takes one value";
            return Err(Error::new(Kind::ValueTwoWithoutMask, span, message)
                .label("only SCMP_CMP_MASKED_EQ takes two")
                .note("a range is not one condition; every runtime ignores `valueTwo` here"));
        }
        Op::Ne => Test::Ne(value.value),
        Op::Lt => Test::Lt(value.value),
        Op::Le => Test::Le(value.value),
        Op::Eq => Test::Eq(value.value),
        Op::Ge => Test::Ge(value.value),
        Op::Gt => Test::Gt(value.value),
    };
    Ok(Arg {
        index: index.value as u8,
        test,
    })
}

impl Profile {
    /// Checks what concerns more than one field (rule 9).
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.default_action.value == Action::Notify {
            let message =
                "NOTIFY as the default action: the listener's own calls would wait for it";
            return Err(
                Error::new(Kind::NotifyDefault, self.default_action.span, message)
                    .label("use it in rules"),
            );
        }
        Ok(())
    }
}
