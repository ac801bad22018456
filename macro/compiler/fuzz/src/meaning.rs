//! A profile → what it says of a call, a second time and without a policy: rules are read in order,
//! the first that matches answers.

use seccomp_profile_compiler::linux::abi::{Abi, X32_BIT, subcall};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::arguments;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::SKIPPED;

use crate::profile::{Entry, Profile};

/// What a profile says on its target.
pub struct Meaning<'a> {
    default: Action,
    abis: Vec<(Abi, Vec<Reading<'a>>)>,
}

/// An entry and one of its names.
struct Reading<'a> {
    entry: &'a Entry,
    /// The call's number.
    number: Option<u32>,
    /// Whether the ABI passes the call's arguments in memory, where no condition can see them.
    in_memory: bool,
    behind: Option<Behind>,
}

/// Where a call is another one's: number of that, and the bits of its first argument.
struct Behind {
    number: u32,
    mask: u64,
    call: u64,
}

impl<'a> Meaning<'a> {
    /// Reads a profile.
    pub fn of(profile: &'a Profile) -> Meaning<'a> {
        let target = profile.target();
        let listed = |abi: &Abi| *abi == target || profile.architectures().any(|a| a == *abi);
        let set = target.family().iter().copied().filter(listed);
        let entries = || profile.entries().iter();
        let readings = |abi: Abi| {
            entries().flat_map(move |entry| entry.names().map(move |name| read(entry, name, abi)))
        };
        Meaning {
            default: profile.default(),
            abis: set.map(|abi| (abi, readings(abi).collect())).collect(),
        }
    }

    /// What the profile says of a call.
    pub fn decide(&self, data: &SeccompData) -> Action {
        let mut abis = self.abis.iter().filter(|(abi, _)| abi.token() == data.arch);
        if data.nr == SKIPPED {
            return abis.next().map_or(Action::KillThread, |_| self.default);
        }
        let abi = abis.find(|(abi, _)| match abi {
            Abi::X86_64 => data.nr < X32_BIT,
            Abi::X32 => data.nr >= X32_BIT,
            _ => true,
        });
        match abi {
            Some((abi, readings)) => self.first_match(*abi, readings, data),
            None => Action::KillThread,
        }
    }

    fn first_match(&self, abi: Abi, readings: &[Reading<'_>], data: &SeccompData) -> Action {
        let mut strictest: Option<Action> = None;
        let under = |strictest: Option<Action>, action: Action| {
            strictest.map_or(action, |strictest| strictest.stricter(action))
        };
        for reading in readings {
            let (entry, action) = (reading.entry, reading.entry.action());
            if let Some(behind) = &reading.behind {
                if behind.number == data.nr && data.args[0] & behind.mask == behind.call {
                    let answer = under(strictest, action);
                    if entry.is_unconditional() {
                        return answer;
                    }
                    strictest = Some(answer);
                }
            }
            if reading.number == Some(data.nr) {
                if reading.in_memory && !entry.is_unconditional() {
                    strictest = Some(under(strictest, action));
                } else if entry.holds(data, abi.width()) {
                    return under(strictest, action);
                }
            }
        }
        under(strictest, self.default)
    }
}

fn read<'a>(entry: &'a Entry, name: &str, abi: Abi) -> Reading<'a> {
    let behind = subcall(name).filter(|_| abi.multiplexed());
    let behind = behind.and_then(|(multiplexer, call)| {
        Some(Behind {
            number: syscalls::number(abi, multiplexer.name())?,
            mask: multiplexer.mask(),
            call: call.into(),
        })
    });
    Reading {
        entry,
        number: syscalls::number(abi, name),
        in_memory: arguments::of(abi, name).is_some_and(|signature| signature.in_memory()),
        behind,
    }
}
