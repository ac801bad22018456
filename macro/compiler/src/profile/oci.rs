//! The second reader: types of the oci-spec crate, which container runtimes in Rust use → [`Profile`].
//!
//! Both readers read every profile, and their results must be equal. Programs that already have
//! the types in memory can also convert them directly.
//!
//! `LinuxSeccompAction::as_u32` is never used: it ORs an errno of any size into the action, so that
//! ERRNO with 0x7fff0000 becomes ALLOW.

use std::path::Path;

use oci_spec::runtime::{
    Arch, LinuxSeccomp, LinuxSeccompAction, LinuxSeccompArg, LinuxSeccompFilterFlag,
    LinuxSeccompOperator, LinuxSyscall,
};

use super::argument::Op;
use super::{Arg, Entry, Flag, JsonPath, Profile};
use crate::error::{Error, Errors, Kind, Span, Spanned};
use crate::linux::abi::Abi;
use crate::linux::action::Action;
use crate::linux::action::with_number;

/// Reads the JSON of a profile a second time and compares the results.
pub(crate) fn agree(object: &str, span: Span, profile: &Profile) -> Result<(), Error> {
    let differs = |what: String| {
        Error::new(
            Kind::SecondReader,
            span,
            format!("the oci-spec crate reads the profile differently: {what}"),
        )
        .note("one of the two readers is wrong, so nothing is compiled: please report this")
    };
    let theirs: LinuxSeccomp =
        serde_json::from_str(object).map_err(|error| differs(error.to_string()))?;
    let theirs = Profile::try_from(&theirs).map_err(|errors| differs(errors.to_string()))?;
    match difference(profile, &theirs) {
        None => Ok(()),
        Some(field) => Err(differs(format!("`{field}` differs"))),
    }
}

/// Returns the first field in which two profiles differ; places are not compared.
fn difference(a: &Profile, b: &Profile) -> Option<&'static str> {
    // Destructured, so that a new field cannot be forgotten here.
    let Profile {
        default_action,
        architectures,
        flags,
        listener_path,
        listener_metadata,
        syscalls,
        // The second reader only gets the rules that apply.
        excluded: _,
        min_kernels: _,
        strings: _,
        groups: _,
        is_composed: _,
    } = a;
    [
        ("defaultAction", *default_action == b.default_action),
        ("architectures", *architectures == b.architectures),
        ("flags", *flags == b.flags),
        ("listenerPath", *listener_path == b.listener_path),
        (
            "listenerMetadata",
            *listener_metadata == b.listener_metadata,
        ),
        ("syscalls", *syscalls == b.syscalls),
    ]
    .into_iter()
    .find_map(|(field, same)| (!same).then_some(field))
}

impl TryFrom<&LinuxSeccomp> for Profile {
    type Error = Errors;

    /// Converts a profile that was deserialised elsewhere; its errors have no places.
    ///
    /// Unknown fields may have been lost before, because serde ignores them by default.
    fn try_from(seccomp: &LinuxSeccomp) -> Result<Profile, Errors> {
        let profile = Profile {
            default_action: with_errno(
                seccomp.default_action(),
                seccomp.default_errno_ret(),
                "defaultErrnoRet",
            )?,
            architectures: each(seccomp.architectures(), |arch| architecture(*arch))?,
            flags: each(seccomp.flags(), |flag| Ok(nowhere(self::flag(flag))))?,
            listener_path: seccomp
                .listener_path()
                .as_deref()
                .map(utf8)
                .transpose()?
                .filter(|path| !path.is_empty()),
            listener_metadata: seccomp
                .listener_metadata()
                .clone()
                .filter(|metadata| !metadata.is_empty()),
            syscalls: each(seccomp.syscalls(), entry)?,
            excluded: Vec::new(),
            min_kernels: Vec::new(),
            strings: Vec::new(),
            groups: Vec::new(),
            is_composed: false,
        };
        for (i, entry) in profile.syscalls.iter().enumerate() {
            if entry.names.is_empty() {
                let message = format!("`syscalls[{i}].names` is empty");
                return Err(Error::nowhere(Kind::EmptyNames, message).into());
            }
        }
        if profile.listener_metadata.is_some() && profile.listener_path.is_none() {
            let message = "`listenerMetadata` needs `listenerPath`";
            return Err(Error::nowhere(Kind::ListenerMetadataWithoutPath, message).into());
        }
        profile.check()?;
        Ok(profile)
    }
}

fn nowhere<T>(value: T) -> Spanned<T> {
    Spanned {
        value,
        span: Span::default(),
    }
}

fn utf8(path: &Path) -> Result<String, Error> {
    let not_utf8 = || Error::nowhere(Kind::WrongType, "`listenerPath` is not UTF-8");
    path.to_str().map(String::from).ok_or_else(not_utf8)
}

fn each<T, U>(
    list: &Option<Vec<T>>,
    read: impl Fn(&T) -> Result<U, Error>,
) -> Result<Vec<U>, Error> {
    list.iter().flatten().map(read).collect()
}

fn entry(syscall: &LinuxSyscall) -> Result<Entry, Error> {
    Ok(Entry {
        source: 0,
        path: JsonPath::default(),
        names: syscall.names().iter().cloned().map(nowhere).collect(),
        action: with_errno(syscall.action(), syscall.errno_ret(), "errnoRet")?,
        args: each(syscall.args(), |arg| condition(arg).map(nowhere))?,
    })
}

fn condition(condition: &LinuxSeccompArg) -> Result<Arg, Error> {
    let op = match condition.op() {
        LinuxSeccompOperator::ScmpCmpNe => Op::Ne,
        LinuxSeccompOperator::ScmpCmpLt => Op::Lt,
        LinuxSeccompOperator::ScmpCmpLe => Op::Le,
        LinuxSeccompOperator::ScmpCmpEq => Op::Eq,
        LinuxSeccompOperator::ScmpCmpGe => Op::Ge,
        LinuxSeccompOperator::ScmpCmpGt => Op::Gt,
        LinuxSeccompOperator::ScmpCmpMaskedEq => Op::MaskedEq,
    };
    let index = condition.index() as u64;
    Arg::new(
        nowhere(index),
        op,
        nowhere(condition.value()),
        condition.value_two().map(nowhere),
    )
}

fn with_errno(
    of: LinuxSeccompAction,
    errno: Option<u32>,
    field: &str,
) -> Result<Spanned<Action>, Error> {
    let word = match of {
        LinuxSeccompAction::ScmpActKill | LinuxSeccompAction::ScmpActKillThread => {
            Action::KillThread
        }
        LinuxSeccompAction::ScmpActKillProcess => Action::KillProcess,
        LinuxSeccompAction::ScmpActTrap => Action::Trap,
        LinuxSeccompAction::ScmpActErrno => Action::Errno(1),
        LinuxSeccompAction::ScmpActTrace => Action::Trace(1),
        LinuxSeccompAction::ScmpActAllow => Action::Allow,
        LinuxSeccompAction::ScmpActLog => Action::Log,
        LinuxSeccompAction::ScmpActNotify => Action::Notify,
    };
    with_number(
        nowhere(word),
        errno.map(|errno| nowhere(u64::from(errno))),
        field,
    )
}

fn flag(flag: &LinuxSeccompFilterFlag) -> Flag {
    match flag {
        LinuxSeccompFilterFlag::SeccompFilterFlagTsync => Flag::Tsync,
        LinuxSeccompFilterFlag::SeccompFilterFlagLog => Flag::Log,
        LinuxSeccompFilterFlag::SeccompFilterFlagSpecAllow => Flag::SpecAllow,
        LinuxSeccompFilterFlag::SeccompFilterFlagWaitKillableRecv => Flag::WaitKillableRecv,
    }
}

fn architecture(arch: Arch) -> Result<Spanned<Abi>, Error> {
    let abi = match arch {
        Arch::ScmpArchNative => {
            let message = "`SCMP_ARCH_NATIVE` is not a name of the OCI spec";
            return Err(Error::nowhere(Kind::UnknownArch, message));
        }
        Arch::ScmpArchX86 => Abi::X86,
        Arch::ScmpArchX86_64 => Abi::X86_64,
        Arch::ScmpArchX32 => Abi::X32,
        Arch::ScmpArchArm => Abi::Arm,
        Arch::ScmpArchAarch64 => Abi::Aarch64,
        Arch::ScmpArchLoongarch64 => Abi::Loongarch64,
        Arch::ScmpArchM68k => Abi::M68k,
        Arch::ScmpArchMips => Abi::Mips,
        Arch::ScmpArchMips64 => Abi::Mips64,
        Arch::ScmpArchMips64n32 => Abi::Mips64n32,
        Arch::ScmpArchMipsel => Abi::Mipsel,
        Arch::ScmpArchMipsel64 => Abi::Mipsel64,
        Arch::ScmpArchMipsel64n32 => Abi::Mipsel64n32,
        Arch::ScmpArchParisc => Abi::Parisc,
        Arch::ScmpArchParisc64 => Abi::Parisc64,
        Arch::ScmpArchPpc => Abi::Ppc,
        Arch::ScmpArchPpc64 => Abi::Ppc64,
        Arch::ScmpArchPpc64le => Abi::Ppc64le,
        Arch::ScmpArchRiscv64 => Abi::Riscv64,
        Arch::ScmpArchS390 => Abi::S390,
        Arch::ScmpArchS390x => Abi::S390x,
        Arch::ScmpArchSh => Abi::Sh,
        Arch::ScmpArchSheb => Abi::Sheb,
    };
    Ok(nowhere(abi))
}
