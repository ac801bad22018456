//! Threads → whether their calls count: all of them, or those of a process and its children from
//! some moment on.
//!
//! A notification has the number of a thread, but says neither when the thread began nor which
//! thread began it. So all threads of a process count, and its children, those too that began
//! before: a superset of the threads that would have the filter.

use std::collections::HashMap;

use seccomp_profile::__private::MARKER;
use seccomp_profile::Response;
use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::{constants, syscalls};
use seccomp_profile_compiler::profile::NEW_LISTENER;

use crate::failure::complain;
use crate::judge;

/// Which calls of the command count.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope {
    /// All.
    All,
    /// Those of a process and its children from some moment on.
    After(Start),
}

/// The moment from which a process counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start {
    /// It installs a filter, or calls `record_from_here`.
    Install,
    /// It has made the call with this number.
    Call(u32),
}

/// The numbers of calls on an ABI.
#[derive(Clone, Copy, Default)]
struct Numbers {
    seccomp: Option<u32>,
    prctl: Option<u32>,
    getpid: Option<u32>,
    exit_group: Option<u32>,
    /// The call from which on calls count.
    start: Option<u32>,
}

impl Numbers {
    fn all(native: Abi, scope: Scope) -> Vec<(Abi, Numbers)> {
        let start = match scope {
            Scope::After(Start::Call(nr)) => syscalls::name(native, nr),
            _ => None,
        };
        let others = native.family().iter().copied();
        let abis = { [native].into_iter() }.chain(others.filter(|abi| *abi != native));
        abis.map(|abi| {
            let number = |name| syscalls::number(abi, name);
            let numbers = Numbers {
                seccomp: number("seccomp"),
                prctl: number("prctl"),
                getpid: number("getpid"),
                exit_group: number("exit_group"),
                start: start.and_then(number),
            };
            (abi, numbers)
        })
        .collect()
    }

    /// Returns whether a call is that of `record_from_here`.
    fn marks(self, data: &SeccompData) -> bool {
        let [first, second, third, ..] = data.args;
        Some(data.nr) == self.getpid && [first, second, third] == MARKER.map(u64::from)
    }

    /// Returns whether a call installs a filter. A probe with a null pointer does not.
    fn installs(self, abi: Abi, data: &SeccompData) -> Option<Install> {
        let constant = |name: &str| constants::value(abi, name);
        let [first, second, third, ..] = data.args;
        let is = |value: u64, name: &str| Some(value & u64::from(u32::MAX)) == constant(name);
        if Some(data.nr) == self.seccomp {
            let installs = is(first, "SECCOMP_SET_MODE_FILTER") && third != 0;
            let listener = second & u64::from(NEW_LISTENER) != 0;
            return installs.then_some(match listener {
                true => Install::WithListener,
                false => Install::Plain,
            });
        }
        let installs = Some(data.nr) == self.prctl
            && is(first, "PR_SET_SECCOMP")
            && second & u64::from(u32::MAX) == SECCOMP_MODE_FILTER
            && third != 0;
        installs.then_some(Install::Plain)
    }
}

/// What a call is to the recording.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// It does not count.
    Other,
    /// It does not count, but those after it do; its answer.
    Starts(Response),
    /// It counts; its answer, unless it runs.
    Counts(Option<Response>),
}

/// The threads and processes of a command.
pub(crate) struct Lineage {
    scope: Scope,
    abi: Abi,
    /// What is done with the program: `recorded`.
    done: &'static str,
    /// The numbers on each ABI of this machine; the first one is that of this command.
    numbers: Vec<(Abi, Numbers)>,
    /// When each thread began, and its process.
    processes: HashMap<u32, (Began, u32)>,
    /// When each process began, and whether its calls count.
    counts: HashMap<u32, (Began, bool)>,
    started: bool,
    /// Whether a filter was to be installed.
    installed: bool,
    /// Whether a filter was to be installed that has a listener.
    listener: bool,
}

impl Lineage {
    pub(crate) fn new(scope: Scope, abi: Abi, done: &'static str) -> Lineage {
        Lineage {
            scope,
            abi,
            done,
            numbers: Numbers::all(abi, scope),
            processes: HashMap::new(),
            counts: HashMap::new(),
            started: false,
            installed: false,
            listener: false,
        }
    }

    /// Returns why nothing can be written, if that is so.
    pub(crate) fn problem(&self) -> Option<String> {
        Some(match self.scope {
            Scope::All => return None,
            Scope::After(_) if self.listener => format!(
                "the program installs a filter with a listener: a program that is {} cannot have one, because it has that of this command",
                self.done
            ),
            Scope::After(_) if self.started => return None,
            Scope::After(Start::Install) => {
                "the program neither installed a filter nor called `record_from_here`".into()
            }
            Scope::After(Start::Call(nr)) => {
                let name = syscalls::name(self.abi, nr).unwrap_or("?");
                format!("the program did not call `{name}`")
            }
        })
    }

    /// Returns what the call of a thread is to the recording.
    pub(crate) fn role(&mut self, thread: u32, data: &SeccompData) -> Role {
        let Scope::After(start) = self.scope else {
            return Role::Counts(None);
        };
        let abi = judge::abi(data.arch, data.nr);
        let known = self.numbers.iter().find(|(known, _)| Some(*known) == abi);
        let (abi, numbers) = known.copied().unwrap_or((self.abi, Numbers::default()));
        let process = self.process(thread);
        let counts = self.counts_already(process);
        if Some(data.nr) == numbers.exit_group {
            // Its number is free soon, and the time at which the next one begins can be the same.
            self.processes.remove(&thread);
            self.counts.remove(&process);
        }
        let response = match start {
            Start::Call(_) if numbers.start == Some(data.nr) => Response::Continue,
            Start::Install if numbers.marks(data) && !counts => {
                if !self.started {
                    let done = self.done;
                    complain(&format!(
                        "the program is {done} from `record_from_here` on (process {process})"
                    ));
                }
                Response::Continue
            }
            Start::Install => match numbers.installs(abi, data) {
                None => return role(counts, None),
                Some(Install::WithListener) => {
                    self.listener = true;
                    // As the kernel answers: there is a listener already.
                    return Role::Starts(Response::Errno(nix::errno::Errno::EBUSY as u16));
                }
                Some(Install::Plain) => {
                    if !self.installed {
                        self.installed = true;
                        complain(&format!(
                            "the program installs its filter (process {process}): it is not confined while it is {}",
                            self.done
                        ));
                    }
                    Response::Value(0)
                }
            },
            Start::Call(_) => return role(counts, None),
        };
        if counts {
            return Role::Counts(Some(response));
        }
        self.started = true;
        self.counts.insert(process, (began(process), true));
        Role::Starts(response)
    }

    /// Returns the process of a thread, and forgets what is known of others that had these numbers
    /// before.
    fn process(&mut self, thread: u32) -> u32 {
        let now = began(thread);
        match self.processes.get(&thread) {
            // A thread that was killed meanwhile is the one that is known.
            Some((then, process)) if now.is_none() || *then == now => return *process,
            _ => {}
        }
        let process = status(thread, "Tgid:").unwrap_or(thread);
        self.known(process);
        if now.is_some() {
            self.processes.insert(thread, (now, process));
        }
        process
    }

    /// Returns whether a process counts, if that is known of it and not of an earlier one with its
    /// number.
    fn known(&mut self, process: u32) -> Option<bool> {
        let (then, counts) = *self.counts.get(&process)?;
        if began(process).is_some_and(|now| then != Some(now)) {
            self.counts.remove(&process);
            return None;
        }
        Some(counts)
    }

    /// Returns whether a process counts by what is known of it and its parent.
    fn counts_already(&mut self, process: u32) -> bool {
        if let Some((_, counts)) = self.counts.get(&process) {
            return *counts;
        }
        let parent = status(process, "PPid:");
        let known = parent.and_then(|parent| self.known(parent));
        // If its parent has ended, it may be the child of one that counts.
        let counts = known.unwrap_or(self.started);
        let now = began(process);
        // Of one that was killed meanwhile nothing is known.
        if now.is_some() {
            self.counts.insert(process, (now, counts));
        }
        counts
    }
}

fn role(counts: bool, response: Option<Response>) -> Role {
    if counts {
        Role::Counts(response)
    } else {
        Role::Other
    }
}

/// A filter that a program installs.
enum Install {
    Plain,
    WithListener,
}

/// `include/uapi/linux/seccomp.h`
const SECCOMP_MODE_FILTER: u64 = 2;

/// When a thread began, in ticks since the start of the machine. A later thread can have its number.
type Began = Option<u64>;

/// Reads when a thread began (`proc_pid_stat(5)`, field 22); nothing if it has ended.
fn began(thread: u32) -> Began {
    let stat = std::fs::read_to_string(format!("/proc/{thread}/stat")).ok()?;
    // The name before can contain anything.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_ascii_whitespace().nth(19)?.parse().ok()
}

/// Reads a number from the status of a thread; nothing if it has ended.
fn status(thread: u32, field: &str) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{thread}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().parse().ok()
}
