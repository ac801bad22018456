//! The calls that a profile does not let run: each once, with a count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::{arguments, call, syscalls};
use serde_json::{Value, json};

use super::site::Site;
use crate::judge::{self, Answer, Judge, Origin};
use crate::options::Target;
use crate::propose::{self, Proposal};

/// How many combinations of arguments of one call are told apart.
const APART: usize = 64;

/// How many threads are listed.
const LISTED: usize = 20;

/// What a command did that a profile does not allow.
pub(super) struct Findings<'f> {
    judge: &'f Judge<'f>,
    /// Whether the answers are real.
    pub(super) deny: bool,
    /// Whether an option replaces the actions of rules.
    replaced: bool,
    calls: u64,
    /// The arguments that the rules of a call have conditions on.
    tested: BTreeMap<(u32, u32), Vec<u8>>,
    found: BTreeMap<Key, usize>,
    /// In the order in which they were found.
    list: Vec<Finding>,
    /// What a person may want to know of the calls.
    pub(super) hints: Vec<&'static str>,
}

/// Calls that are not told apart: of the same number, and equal in the arguments that the profile
/// has conditions on.
type Key = (u32, u32, Vec<u64>);

/// One kind of call that is not allowed.
pub(super) struct Finding {
    /// The first such call.
    data: SeccompData,
    abi: Option<Abi>,
    answer: Answer,
    /// The arguments that the profile has conditions on. `None`: too many values were seen.
    tested: Option<Vec<u8>>,
    threads: BTreeSet<u32>,
    count: u64,
    pub(super) site: Site,
    /// Whether a group answers it with ENOSYS, after which C libraries make another call.
    fallback: bool,
    /// Whether groups have rules for the call.
    of_groups: bool,
}

impl<'f> Findings<'f> {
    pub(super) fn new(judge: &'f Judge<'f>, deny: bool, replaced: bool) -> Findings<'f> {
        Findings {
            judge,
            deny,
            replaced,
            calls: 0,
            tested: BTreeMap::new(),
            found: BTreeMap::new(),
            list: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Returns the answer to a call, unless it runs.
    pub(super) fn decide(&mut self, data: &SeccompData) -> Option<Action> {
        self.calls += 1;
        let action = self.judge.compiled.policy.decide(data);
        (!action.runs()).then_some(action)
    }

    /// Counts a call that does not run. Returns the finding if it is the first of its kind.
    pub(super) fn count(&mut self, data: &SeccompData, thread: u32) -> Option<&mut Finding> {
        let call = (data.arch, data.nr);
        let judge = self.judge;
        let tested = self.tested.entry(call);
        let mut tested = tested
            .or_insert_with(|| judge.tested(data.arch, data.nr))
            .clone();
        let mut values: Vec<u64> = { tested.iter() }
            .map(|index| data.args[usize::from(*index)])
            .collect();
        let all = (data.arch, data.nr, Vec::new())..=(data.arch, data.nr, vec![u64::MAX; 7]);
        let too_many = !self
            .found
            .contains_key(&(data.arch, data.nr, values.clone()))
            && self.found.range(all).nth(APART - 1).is_some();
        if too_many {
            tested.clear();
            values.clear();
        }
        let next = self.list.len();
        let at = *self
            .found
            .entry((data.arch, data.nr, values))
            .or_insert(next);
        if at == next {
            let answer = judge.answer(data);
            let abi = judge::abi(data.arch, data.nr);
            self.list.push(Finding {
                data: *data,
                abi,
                fallback: abi.is_some_and(|abi| answer.is_fallback(abi, data.nr)),
                of_groups: judge.is_of_groups(data.arch, data.nr),
                answer,
                tested: (!too_many).then_some(tested),
                threads: BTreeSet::new(),
                count: 0,
                site: Site::default(),
            });
        }
        let finding = &mut self.list[at];
        finding.count += 1;
        finding.threads.insert(thread);
        (at == next).then_some(finding)
    }

    /// How many calls would be denied.
    pub(super) fn denied(&self) -> u64 {
        let denied = self.list.iter().filter(|finding| finding.is_denied());
        denied.map(|finding| finding.count).sum()
    }

    /// The latest finding in words.
    pub(super) fn last(&self) -> String {
        self.list.last().map_or(String::new(), Finding::words)
    }

    pub(super) fn summary(&self) -> String {
        let different = self
            .list
            .iter()
            .filter(|finding| finding.is_denied())
            .count();
        let verb = if self.deny { "were" } else { "would be" };
        match self.denied() {
            0 => format!("none of {} calls {verb} denied", self.calls),
            denied => format!(
                "{denied} of {} calls {verb} denied ({different} different)",
                self.calls
            ),
        }
    }

    /// The findings with their counts, the most frequent first.
    pub(super) fn text(&self) -> String {
        let mut text = format!("try: {}\n", self.summary());
        let mut sorted: Vec<&Finding> = self.list.iter().collect();
        sorted.sort_by_key(|finding| std::cmp::Reverse(finding.count));
        let width = sorted
            .first()
            .map_or(0, |finding| finding.count.to_string().len());
        for finding in sorted {
            let count = finding.count;
            let _ = writeln!(text, "  {count:>width$}  {}", finding.call());
            let _ = writeln!(text, "  {:width$}    {}", "", finding.answered());
        }
        text
    }

    pub(super) fn json(&self) -> String {
        let found = self.list.iter().map(|finding| {
            json!({
                "syscall": finding.name(),
                "number": finding.data.nr,
                "abi": finding.abi.map(Abi::name),
                "arch": finding.data.arch,
                "args": finding.data.args.map(|arg| format!("{arg:#x}")),
                "call": finding.call(),
                "answer": finding.answer.action.to_string(),
                "place": finding.answer.place,
                "from": finding.answer.from(),
                "when": finding.answer.when,
                "denied": finding.is_denied(),
                "count": finding.count,
                "threads": finding.threads.iter().take(LISTED).collect::<Vec<_>>(),
                "thread": finding.site.thread,
                "exe": finding.site.exe,
                "module": finding.site.module,
                "offset": finding.site.offset.map(|offset| format!("{offset:#x}")),
                "symbol": finding.site.symbol,
            })
        });
        let found: Vec<Value> = found.collect();
        let proposal = self.proposal();
        let notes = proposal.notes().chain(self.hints.iter().copied());
        let report = json!({
            "calls": self.calls,
            "denied": self.denied(),
            "real": self.deny,
            "found": found,
            "add": proposal.json(),
            "notes": notes.collect::<Vec<_>>(),
        });
        format!("{report:#}\n")
    }

    /// The rules to add.
    pub(super) fn rules(&self) -> String {
        self.proposal().text()
    }

    /// What must be done by hand.
    pub(super) fn notes(&self) -> Vec<String> {
        self.proposal().notes().map(String::from).collect()
    }

    fn proposal(&self) -> Proposal {
        let mut proposal = Proposal::default();
        for finding in self.list.iter().filter(|finding| finding.is_denied()) {
            finding.propose(self.replaced, &mut proposal);
        }
        proposal
    }
}

impl Finding {
    fn name(&self) -> Option<&'static str> {
        syscalls::name(self.abi?, self.data.nr)
    }

    /// Whether the profile denies it. A supervisor can allow what gets NOTIFY, and what a group
    /// answers with ENOSYS is meant so.
    fn is_denied(&self) -> bool {
        self.answer.action != Action::Notify && !self.fallback
    }

    /// The answer, and whether it is meant so.
    fn answered(&self) -> String {
        match self.fallback {
            true => format!(
                "{}, as meant: C libraries then make another call",
                self.answer
            ),
            false => self.answer.to_string(),
        }
    }

    /// The call. Registers that it does not have are left out, unless the profile looks at them.
    fn call(&self) -> String {
        let signature = self.abi.zip(self.name());
        let signature = signature.and_then(|(abi, name)| arguments::of(abi, name));
        let mut args = self.data.args;
        if let Some(signature) = signature {
            let tested = self
                .tested
                .iter()
                .flatten()
                .map(|index| usize::from(*index) + 1);
            let shown = tested.max().unwrap_or(0).max(signature.count());
            args[shown..].fill(0);
        }
        match self.abi {
            Some(abi) => {
                let text = call::text(abi, self.data.nr, &args);
                match Target::host().is_ok_and(|host| host == abi) {
                    true => text,
                    false => format!("{text} on {abi}"),
                }
            }
            None => format!(
                "system call {} of architecture {:#x}",
                self.data.nr, self.data.arch
            ),
        }
    }

    fn words(&self) -> String {
        let thread = self.threads.first().copied().unwrap_or(0);
        let ip = self.data.instruction_pointer;
        format!(
            "{}\n     {}\n     thread {thread}{}",
            self.call(),
            self.answered(),
            self.site.words(ip)
        )
    }

    fn propose(&self, replaced: bool, proposal: &mut Proposal) {
        let (Some(abi), Some(name)) = (self.abi, self.name()) else {
            proposal.note(format!("{} has no name: no rule can allow it", self.call()));
            return;
        };
        match (self.answer.origin, &self.tested) {
            (Origin::OtherAbi, _) => proposal.note(format!(
                "`{name}` was called on {abi}: add {} to `architectures` first",
                abi.oci_name()
            )),
            (Origin::Rule, _) if !replaced => proposal.note(format!(
                "`{}`: {}: this rule must be changed",
                self.call(),
                self.answer
            )),
            _ if self.of_groups => proposal.of_groups(&self.call(), name),
            (_, None) => proposal.note(format!(
                "`{name}` was called with many different arguments: add conditions by hand"
            )),
            (_, Some(tested)) => {
                let value = |index: &u8| {
                    let value = self.data.args[usize::from(*index)];
                    (*index, propose::value(abi, self.data.nr, *index, value))
                };
                let args: Vec<(u8, Value)> = tested.iter().map(value).collect();
                let exe = self
                    .site
                    .exe
                    .as_deref()
                    .unwrap_or("a program without a name");
                proposal.allow(exe, name, &args);
            }
        }
    }
}
