//! What a log contains → text, JSON, or rules to add.

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::syscalls;
use serde_json::{Value, json};

use super::record::Logged;
use super::strace::End;
use super::tally::{Count, Key, Program, Seen, Tally};
use super::traced::{self, cut};
use crate::failure::complain;
use crate::inspect::phrase::plain;
use crate::judge::{self, Answer, Origin, certain};
use crate::paint::Paint;
use crate::propose::{self, Proposal};

/// How many addresses, processes and threads are listed.
const LISTED: usize = 20;

pub(super) struct Report<'r> {
    pub(super) tally: &'r Tally<'r>,
    /// The name of the log.
    pub(super) log: &'r str,
    /// The ABI that is not named.
    pub(super) target: Abi,
    /// Whether there is a profile.
    pub(super) judged: bool,
    /// Whether an option replaces the actions of rules.
    pub(super) deny_replaced: bool,
    /// Whether calls before the installation of a filter were left out.
    pub(super) after_install: bool,
    pub(super) paint: Paint,
}

impl Report<'_> {
    /// Returns whether the profile lets every call run.
    pub(super) fn all_run(&self) -> bool {
        let mut keys = { self.tally.programs.values() }.flat_map(|program| program.calls.keys());
        !self.judged || keys.all(runs) && self.tally.unreadable.is_empty()
    }

    /// Writes to standard error what the log lacks, and what could not be read.
    pub(super) fn complain(&self) {
        let log = plain(self.log);
        let tally = self.tally;
        if tally.programs.is_empty() && tally.unreadable.is_empty() {
            complain(&format!(
                "{log}: no SECCOMP record in {} lines",
                tally.lines()
            ));
        }
        let without = tally.traced - tally.confined;
        if self.judged && !self.after_install && tally.confined > 0 && without > 0 {
            complain(&format!(
                "{log}: {without} of {} were made without the filter that the program installs; \
                 --after-install leaves them out",
                times(tally.traced, "call")
            ));
        }
        let (shown, rest) = tally.unreadable.split_at(tally.unreadable.len().min(3));
        for (line, problem) in shown {
            complain(&format!("{log}:{line}: {}", plain(problem)));
        }
        if !rest.is_empty() {
            complain(&format!("{log}: {} more lines cannot be read", rest.len()));
        }
        let lost = &tally.lost;
        if lost.times > 0 {
            let mut counts = Vec::new();
            if lost.lines > 0 {
                counts.push(format!("{} lines were not written", lost.lines));
            }
            if lost.total > 0 {
                counts.push(format!("{} records were lost since the start", lost.total));
            }
            let counts = match counts.as_slice() {
                [] => "records were lost".into(),
                counts => counts.join(", "),
            };
            complain(&format!(
                "{log}: this log is not complete: {counts}. It says so {}, first here:",
                times(lost.times, "time")
            ));
            for (line, text) in &lost.said {
                complain(&format!("{log}:{line}: {}", cut(&plain(text))));
            }
            complain(
                "Run auditd, or set kernel.printk_ratelimit to 0; `seccomp-profile try` loses nothing.",
            );
        }
    }

    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        for (exe, program) in &self.tally.programs {
            if !out.is_empty() {
                out.push('\n');
            }
            let calls = self.shown(program);
            let shown: u64 = calls.iter().map(|(_, count)| count.count()).sum();
            let (grouped, calls): (Vec<_>, Vec<_>) = { calls.into_iter() }
                .partition(|(key, _)| self.judged && key.seen == Seen::Trace(End::Returned));
            let all: u64 = program.calls.values().map(Count::count).sum();
            let mut head = format!("{}: {}", self.paint.bold(&named(exe)), times(all, "call"));
            if program.pids.len() > 1 {
                head.push_str(&format!(" of {} processes", program.pids.len()));
            }
            out.push_str(&format!("{head}\n"));
            let width = { calls.iter().chain(&grouped) }.map(|(_, count)| count.count());
            let width = width.max().unwrap_or(0).to_string().len();
            for (key, count) in calls {
                out.push_str(&format!(
                    "  {:>width$}  {}{}\n",
                    count.count(),
                    self.call(key, count),
                    self.seen(key.seen)
                ));
                for line in self.answers(key) {
                    out.push_str(&format!("  {:width$}    {line}\n", ""));
                }
            }
            out.push_str(&traced::text(
                &grouped,
                |key| self.name(key),
                |key| self.answers(key),
            ));
            if shown < all {
                out.push_str(&format!("  {:>width$}  others, which run\n", all - shown));
            }
        }
        out
    }

    /// The calls that the report is about, the most frequent first.
    fn shown<'p>(&self, program: &'p Program) -> Vec<(&'p Key, &'p Count)> {
        let traced = |key: &Key| key.seen == Seen::Trace(End::Returned);
        let calls = program.calls.iter();
        let calls = calls.filter(|(key, _)| !self.judged || !traced(key) || !runs(key));
        let mut calls: Vec<_> = calls.collect();
        calls.sort_by_key(|(_, count)| std::cmp::Reverse(count.count()));
        calls
    }

    /// The call, with its arguments if the answer depends on them.
    fn call(&self, key: &Key, count: &Count) -> String {
        match &count.text {
            Some(text) if self.judged => cut(&plain(text)),
            _ => self.name(key),
        }
    }

    fn name(&self, key: &Key) -> String {
        let Some(abi) = judge::abi(key.arch, key.nr) else {
            return format!("system call {} of architecture {:#x}", key.nr, key.arch);
        };
        let name = syscalls::name(abi, key.nr);
        let name = name.map_or_else(|| format!("system call {}", key.nr), String::from);
        if abi == self.target {
            name
        } else {
            format!("{name} on {abi}")
        }
    }

    fn seen(&self, seen: Seen) -> String {
        let painted = |logged: Logged| self.paint.action(logged.action(), logged.name());
        match seen {
            Seen::Record(Some(action)) => format!(": {}", painted(action)),
            Seen::Record(None) => ": the record has no action".into(),
            Seen::Trace(End::Returned) => String::new(),
            Seen::Trace(End::Trapped) => ": SIGSYS".into(),
            Seen::Trace(End::Killed) => ": killed by SIGSYS".into(),
        }
    }

    /// What the profile answers, line by line.
    fn answers(&self, key: &Key) -> Vec<String> {
        let as_seen = |answer: &Answer| match key.seen {
            Seen::Record(Some(action)) => action.can_be(answer.action),
            _ => false,
        };
        match key.answers.as_slice() {
            [] => Vec::new(),
            [answer] if as_seen(answer) => vec![format!("by {answer}")],
            [answer] if matches!(key.seen, Seen::Record(_)) => vec![format!("now by {answer}")],
            [answer] => vec![answer.to_string()],
            several => {
                let head = "depends on arguments that the log does not have:".to_string();
                let lines = several.iter().map(|answer| {
                    let note = if as_seen(answer) {
                        ", as in the log"
                    } else {
                        ""
                    };
                    format!("  {answer}{note}")
                });
                std::iter::once(head).chain(lines).collect()
            }
        }
    }

    pub(super) fn json(&self) -> String {
        let programs = self.tally.programs.iter().map(|(exe, program)| {
            let calls = program.calls.iter();
            let calls = calls.map(|(key, count)| self.call_json(key, count));
            json!({
                "exe": exe,
                "pids": program.pids.iter().take(LISTED).collect::<Vec<_>>(),
                "processes": program.pids.len(),
                "calls": calls.collect::<Vec<_>>(),
            })
        });
        let lost = &self.tally.lost;
        let (proposal, notes) = self.proposal();
        let mut report = json!({
            "lines": self.tally.lines(),
            "calls": self.tally.calls(),
            "programs": programs.collect::<Vec<_>>(),
            "lost": {
                "lines": lost.lines,
                "total": lost.total,
                "times": lost.times,
                "said": lost.said.iter().map(|(line, text)| json!({
                    "line": line,
                    "text": text,
                })).collect::<Vec<_>>(),
            },
            "unreadable": self.tally.unreadable.iter().map(|(line, problem)| json!({
                "line": line,
                "problem": problem,
            })).collect::<Vec<_>>(),
            "add": proposal,
            "notes": notes,
        });
        if self.judged {
            report["all_run"] = self.all_run().into();
        }
        format!("{report:#}\n")
    }

    fn call_json(&self, key: &Key, count: &Count) -> Value {
        let abi = judge::abi(key.arch, key.nr);
        let mut call = json!({
            "syscall": abi.and_then(|abi| syscalls::name(abi, key.nr)),
            "number": key.nr,
            "abi": abi.map(Abi::name),
            "arch": key.arch,
            "count": count.count(),
            "threads": count.comms.iter().take(LISTED).collect::<Vec<_>>(),
            "addresses": count.ips.iter().take(LISTED).map(|ip| format!("{ip:#x}")).collect::<Vec<_>>(),
        });
        match key.seen {
            Seen::Record(action) => call["action"] = action.map(Logged::name).into(),
            Seen::Trace(end) => {
                call["signal"] = match end {
                    End::Returned => Value::Null,
                    End::Trapped => "SIGSYS".into(),
                    End::Killed => "killed by SIGSYS".into(),
                };
                call["text"] = count.text.clone().into();
            }
        }
        if self.judged {
            call["answer"] = certain(&key.answers)
                .map(|action| action.to_string())
                .into();
            let answers = key.answers.iter().map(|answer| {
                json!({
                    "action": answer.action.to_string(),
                    "place": answer.place,
                    "from": answer.from(),
                    "when": answer.when,
                })
            });
            call["answers"] = answers.collect();
        }
        call
    }

    /// The rules to add; what must be done by hand goes to standard error.
    pub(super) fn rules(&self) -> String {
        let proposal = self.proposed();
        for note in proposal.notes() {
            complain(note);
        }
        proposal.text()
    }

    fn proposal(&self) -> (Value, Vec<String>) {
        let proposal = self.proposed();
        let notes = proposal.notes().map(String::from).collect();
        (proposal.json(), notes)
    }

    fn proposed(&self) -> Proposal {
        let mut proposal = Proposal::default();
        for (exe, program) in &self.tally.programs {
            for key in program.calls.keys() {
                self.propose(exe, key, &mut proposal);
            }
        }
        proposal
    }

    fn propose(&self, exe: &str, key: &Key, proposal: &mut Proposal) {
        let abi = judge::abi(key.arch, key.nr);
        let name = abi.and_then(|abi| Some((abi, syscalls::name(abi, key.nr)?)));
        let Some((abi, name)) = name else {
            proposal.note(format!(
                "{} has no name: no rule can allow it",
                self.name(key)
            ));
            return;
        };
        let exe = named(exe);
        let answers = key.answers.as_slice();
        let args: Option<Vec<(u8, u64)>> = { key.tested.iter() }
            .map(|(index, value)| Some((*index, (*value)?)))
            .collect();
        match (answers, args) {
            ([], _) => proposal.allow(&exe, name, &[]),
            (_, _) if certain(answers) == Some(Action::Allow) => {}
            ([answer], _) if answer.is_fallback(abi, key.nr) => {}
            (
                [
                    Answer {
                        origin: Origin::OtherAbi,
                        ..
                    },
                ],
                _,
            ) => proposal.note(match self.target.family().contains(&abi) {
                true => format!(
                    "`{name}` was called on {abi}: add {} to `architectures` first",
                    abi.oci_name()
                ),
                false => format!("`{name}` was called on {abi}: use --target {abi}"),
            }),
            (
                [
                    answer @ Answer {
                        origin: Origin::Rule,
                        ..
                    },
                ],
                _,
            ) if !self.deny_replaced => {
                if answer.action != Action::Log {
                    proposal.note(format!("`{name}`: {answer}: this rule must be changed"));
                }
            }
            _ if key.of_groups => proposal.of_groups(&self.name(key), name),
            ([_], Some(args)) => {
                let args: Vec<(u8, Value)> = { args.iter() }
                    .map(|(index, value)| (*index, propose::value(abi, key.nr, *index, *value)))
                    .collect();
                proposal.allow(&exe, name, &args);
            }
            _ => {
                let places: Vec<&str> = { answers.iter() }
                    .filter_map(|answer| answer.place.as_deref())
                    .collect();
                proposal.note(format!(
                    "`{name}` depends on arguments that the log does not have ({}): \
                     `seccomp-profile try` shows them",
                    places.join(", ")
                ));
            }
        }
    }
}

/// Returns whether a call runs by the profile, whatever its arguments, or fails with the ENOSYS of a
/// group, after which C libraries make another call.
fn runs(key: &Key) -> bool {
    let abi = judge::abi(key.arch, key.nr);
    let fallback = |answer: &Answer| abi.is_some_and(|abi| answer.is_fallback(abi, key.nr));
    { key.answers.iter() }.all(|answer| answer.action.runs() || fallback(answer))
}

/// The name of a program.
fn named(exe: &str) -> String {
    match exe {
        "" => "(a program without a name)".into(),
        exe => plain(exe),
    }
}

fn times(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
