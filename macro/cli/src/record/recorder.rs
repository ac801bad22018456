//! Calls → what was seen of them; writes the profile while the command runs.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use seccomp_profile::{Notification, Response};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::syscalls;
use seccomp_profile_compiler::policy::{Decision, Policy};

use super::arguments::Choices;
use super::covered;
use super::lineage::{Lineage, Role, Scope};
use super::seen::{Call, Refused, Seen};
use super::task::Task;
use crate::Failure;
use crate::failure::complain;
use crate::judge;
use crate::watch::{Watcher, data};

/// How often the profile is written at most.
const WRITE: Duration = Duration::from_secs(1);

/// How long a command must run for a line on the terminal, which can get between its own lines.
const SHOW: Duration = Duration::from_secs(1);

/// The recorder of a command.
pub(super) struct Recorder<'t> {
    task: &'t Task<'t>,
    pub(super) seen: Seen,
    pub(super) lineage: Lineage,
    /// The policies of the groups, with `--groups`.
    groups: Vec<Policy>,
    /// The number of `clone3`, if it is answered with ENOSYS.
    clone3: Option<u32>,
    /// Whether something was seen since the profile was written.
    new: bool,
    written: Instant,
    /// Whether writing failed: that is said once.
    failed: bool,
    started: Instant,
    line: Option<ProgressBar>,
}

impl<'t> Recorder<'t> {
    pub(super) fn new(task: &'t Task<'t>, scope: Scope) -> Result<Recorder<'t>, Failure> {
        let clone3 = syscalls::number(task.abi, "clone3").filter(|nr| {
            let data = SeccompData {
                nr: *nr,
                arch: task.abi.token(),
                ..SeccompData::default()
            };
            let runs = task.compiled.policy.decide(&data).runs();
            !runs && !task.overrides.contains(nr)
        });
        let groups = match task.args.groups {
            true => covered::policies(task)?,
            false => Vec::new(),
        };
        Ok(Recorder {
            task,
            seen: Seen::default(),
            lineage: Lineage::new(scope, task.abi, "recorded"),
            groups,
            clone3,
            new: false,
            written: Instant::now(),
            failed: false,
            started: Instant::now(),
            line: None,
        })
    }

    /// Removes the line on the terminal.
    pub(super) fn clear_line(&self) {
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
    }

    /// Returns whether a call is of another ABI of this machine, and notes it if the file does not let
    /// it run.
    fn is_of_another_abi(&mut self, data: &SeccompData) -> bool {
        // A number of x32 is never one of x86_64.
        if data.arch == self.task.abi.token() && self.seen.calls.contains_key(&data.nr) {
            return false;
        }
        let abi = judge::abi(data.arch, data.nr);
        let Some(abi) = abi.filter(|abi| *abi != self.task.abi) else {
            return false;
        };
        self.seen.total += 1;
        let runs = self.task.compiled.policy.decide(data).runs();
        if !runs && !self.seen.others.contains_key(&(abi, data.nr)) {
            self.new = true;
            self.seen.others.insert((abi, data.nr), *data);
        }
        true
    }

    /// Notes a call that was answered.
    fn note(&mut self, data: &SeccompData, answer: Action) {
        self.seen.total += 1;
        let call = self.seen.calls.entry(data.nr).or_insert_with(|| {
            self.new = true;
            self.seen.last = Some(data.nr);
            Call {
                enosys: answer != Action::Allow,
                choices: Choices::new(self.task.abi, data.nr),
                ..Call::default()
            }
        });
        let same = |other: Action| other == answer || answer.runs() && other.runs();
        if call.refused.is_none() && !call.decided {
            let policy = &self.task.compiled.policy;
            call.decided = matches!(policy.lookup(data.arch, data.nr), Decision::Always(_));
            let other = policy.decide(data);
            if !same(other) {
                self.new = true;
                call.refused = Some(Refused {
                    args: data.args,
                    answer: other,
                });
            }
        }
        if let Some(choices) = &mut call.choices {
            self.new |= choices.add(&data.args) && self.task.args.arguments;
        }
        if !self.groups.is_empty() {
            let allowing = { self.groups.iter().enumerate() }
                .filter(|(_, group)| same(group.decide(data)))
                .fold(0, |bits, (at, _)| bits | 1 << at);
            self.new |= call.groups.insert(allowing);
        }
    }

    fn write(&mut self) {
        (self.new, self.written) = (false, Instant::now());
        if self.lineage.problem().is_some() {
            return;
        }
        let written = self.task.extend(&self.seen);
        let written = written.and_then(|extended| {
            { self.task.target.write(&extended.text) }
                .map_err(|error| Failure::Wrong(format!("{}: {error}", self.task.target)))
        });
        if let Err(Failure::Wrong(message) | Failure::Usage(message)) = written {
            if !self.failed {
                complain(&message);
            }
            self.failed = true;
        }
    }

    /// Shows how many calls there were, on a terminal.
    fn show(&mut self) {
        if self.started.elapsed() < SHOW {
            return;
        }
        let line = self.line.get_or_insert_with(|| {
            // It is hidden if standard error is no terminal.
            let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            line.with_style(
                ProgressStyle::with_template("{spinner} {msg}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            )
        });
        let last = self
            .seen
            .last
            .and_then(|nr| syscalls::name(self.task.abi, nr));
        let last = last.map_or(String::new(), |name| {
            format!("; the last new one is {name}")
        });
        let (total, different) = (self.seen.total, self.seen.calls.len());
        line.set_message(format!("{total} calls, {different} different{last}"));
        line.tick();
    }
}

impl Watcher for Recorder<'_> {
    fn call(&mut self, call: &Notification<'_>) -> Response {
        let data = data(call);
        let response = match self.lineage.role(call.pid(), &data) {
            Role::Other => return Response::Continue,
            Role::Starts(response) => return response,
            Role::Counts(response) if self.is_of_another_abi(&data) => {
                return response.unwrap_or(Response::Continue);
            }
            Role::Counts(Some(response)) => response,
            Role::Counts(None) if self.clone3 == Some(data.nr) => {
                self.note(&data, Action::Errno(ENOSYS));
                return Response::Errno(ENOSYS);
            }
            Role::Counts(None) => Response::Continue,
        };
        self.note(&data, Action::Allow);
        response
    }

    fn pause(&mut self) {
        self.show();
        if self.new && self.written.elapsed() >= WRITE {
            self.write();
        }
    }
}

/// The number of this host.
const ENOSYS: u16 = nix::errno::Errno::ENOSYS as u16;
