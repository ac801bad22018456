//! Lines of a log → the calls of each program, counted.

use std::collections::{BTreeMap, BTreeSet};

use seccomp_profile_compiler::Abi;
use serde_json::Value;

use super::judges::Judges;
use super::lost::{self, Loss};
use super::record::{self, Logged, Record};
use super::strace::{End, Traced, Tracer};
use crate::Failure;
use crate::judge::{Answer, Arguments};

/// What a log contains.
pub(super) struct Tally<'t> {
    pub(super) programs: BTreeMap<String, Program>,
    /// How many lines of `strace` had a call.
    pub(super) traced: u64,
    /// How many of these were made under a filter whose installation is in the trace.
    pub(super) confined: u64,
    /// Whether only these are counted.
    only_confined: bool,
    pub(super) lost: Lost,
    /// Records and calls that could not be read: the line, and why.
    pub(super) unreadable: Vec<(u64, String)>,
    events: BTreeSet<String>,
    tracer: Tracer,
    judges: Option<Judges<'t>>,
    line: u64,
}

/// The calls of one program.
#[derive(Default)]
pub(super) struct Program {
    pub(super) calls: BTreeMap<Key, Count>,
    pub(super) pids: BTreeSet<u32>,
}

/// Calls that the report does not tell apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) arch: u32,
    pub(super) nr: u32,
    pub(super) seen: Seen,
    /// What the profile would answer; nothing without a profile.
    pub(super) answers: Vec<Answer>,
    /// The arguments that the profile has conditions on, and their values where they are known.
    pub(super) tested: Vec<(u8, Option<u64>)>,
    /// Whether groups have rules for the call.
    pub(super) of_groups: bool,
}

/// What a log says about the answer to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    /// The record has the action, or none.
    Record(Option<Logged>),
    Trace(End),
}

/// How often a call was seen.
#[derive(Default)]
pub(super) struct Count {
    /// By the kernel, the daemon or `strace`.
    lines: u64,
    /// In the copy that the journal makes, which can be in the same log.
    journal: u64,
    /// The names of the threads.
    pub(super) comms: BTreeSet<String>,
    pub(super) ips: BTreeSet<u64>,
    /// The first such call, as `strace` wrote it.
    pub(super) text: Option<String>,
}

impl Count {
    pub(super) fn count(&self) -> u64 {
        self.lines.max(self.journal)
    }
}

/// What a log says about lines that it lacks.
#[derive(Default)]
pub(super) struct Lost {
    pub(super) lines: u64,
    pub(super) total: u64,
    /// The first lines that say so, with their numbers.
    pub(super) said: Vec<(u64, String)>,
    pub(super) times: u64,
}

impl<'t> Tally<'t> {
    /// `target` is the ABI of the programs in a trace.
    pub(super) fn new(target: Abi, judges: Option<Judges<'t>>, only_confined: bool) -> Tally<'t> {
        Tally {
            programs: BTreeMap::new(),
            traced: 0,
            confined: 0,
            only_confined,
            lost: Lost::default(),
            unreadable: Vec::new(),
            events: BTreeSet::new(),
            tracer: Tracer::new(target),
            judges,
            line: 0,
        }
    }

    /// Counts a line.
    pub(super) fn line(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.line += 1;
        let line = String::from_utf8_lossy(bytes);
        let message = message(&line);
        let line = message.as_deref().unwrap_or(&line);
        match record::read(line) {
            Some(Ok(record)) => return self.record(record),
            Some(Err(problem)) => {
                self.unreadable.push((self.line, problem));
                return Ok(());
            }
            None => {}
        }
        if let Some(loss) = lost::read(line) {
            self.lost.add(loss, self.line, line);
            return Ok(());
        }
        if let Some(read) = self.tracer.read(line) {
            let problem = read.problem.map(|problem| (self.line, problem));
            self.unreadable.extend(problem);
            for call in read.calls {
                self.traced(call)?;
            }
        }
        Ok(())
    }

    /// Counts what is complete at the end of the log.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        let tracer = std::mem::replace(&mut self.tracer, Tracer::new(Abi::X86_64));
        for call in tracer.end() {
            self.traced(call)?;
        }
        Ok(())
    }

    /// How many lines were read.
    pub(super) fn lines(&self) -> u64 {
        self.line
    }

    /// How many calls were counted.
    pub(super) fn calls(&self) -> u64 {
        let programs = self.programs.values();
        programs
            .flat_map(|program| program.calls.values())
            .map(Count::count)
            .sum()
    }

    fn record(&mut self, record: Record) -> Result<(), Failure> {
        let in_journal = record.event.is_none();
        // The same record can be in several files that were put together.
        let again = record.event.is_some_and(|event| !self.events.insert(event));
        if again {
            return Ok(());
        }
        let comm = record.comm;
        let exe = record.exe.or_else(|| comm.clone()).unwrap_or_default();
        let exe = exe.strip_suffix(" (deleted)").unwrap_or(&exe).to_string();
        let seen = Seen::Record(record.action);
        let count = self.count(exe, record.pid, (record.arch, record.nr), seen, &[None; 6])?;
        match in_journal {
            true => count.journal += 1,
            false => count.lines += 1,
        }
        count.comms.extend(comm);
        count.ips.extend(record.ip);
        Ok(())
    }

    fn traced(&mut self, call: Traced) -> Result<(), Failure> {
        self.traced += 1;
        self.confined += u64::from(call.confined);
        if self.only_confined && !call.confined {
            return Ok(());
        }
        let exe = call.exe.unwrap_or_default();
        let pid = (call.pid != 0).then_some(call.pid);
        let number = (call.abi.token(), call.nr);
        let count = self.count(exe, pid, number, Seen::Trace(call.end), &call.args)?;
        count.lines += 1;
        count.text.get_or_insert(call.text);
        Ok(())
    }

    fn count(
        &mut self,
        exe: String,
        pid: Option<u32>,
        (arch, nr): (u32, u32),
        seen: Seen,
        args: &Arguments,
    ) -> Result<&mut Count, Failure> {
        let (answers, tested, of_groups) = match &mut self.judges {
            Some(judges) => {
                let judge = judges.of(arch, nr)?;
                let tested = judge.tested(arch, nr).into_iter();
                let tested = tested.map(|index| (index, args[usize::from(index)]));
                let answers = judge.answers(arch, nr, args);
                (answers, tested.collect(), judge.is_of_groups(arch, nr))
            }
            None => (Vec::new(), Vec::new(), false),
        };
        let key = Key {
            arch,
            nr,
            seen,
            answers,
            tested,
            of_groups,
        };
        let program = self.programs.entry(exe).or_default();
        program.pids.extend(pid);
        Ok(program.calls.entry(key).or_default())
    }
}

impl Lost {
    fn add(&mut self, loss: Loss, number: u64, line: &str) {
        const SHOWN: usize = 3;
        self.times += 1;
        if self.said.len() < SHOWN {
            self.said.push((number, line.to_string()));
        }
        match loss {
            Loss::Lines(count) => self.lines = self.lines.saturating_add(count),
            Loss::Total(total) => self.total = self.total.max(total),
            Loss::Some => {}
        }
    }
}

/// The message of an entry of the journal: of `-o json`, `-o export` or `-o verbose`.
fn message(line: &str) -> Option<String> {
    if let Some(message) = line.trim_start().strip_prefix("MESSAGE=") {
        return Some(message.to_string());
    }
    if !line.starts_with('{') {
        return None;
    }
    let entry: Value = serde_json::from_str(line).ok()?;
    match entry.get("MESSAGE")? {
        Value::String(message) => Some(message.clone()),
        // What is not UTF-8 is an array of bytes.
        Value::Array(bytes) => {
            let byte = |value: &Value| u8::try_from(value.as_u64()?).ok();
            let bytes: Vec<u8> = bytes.iter().map(byte).collect::<Option<_>>()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seccomp_profile_compiler::{Options, Sources};

    /// The same sequence in every run.
    struct Random(u64);

    impl Random {
        fn below(&mut self, end: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % end as u64) as usize
        }
    }

    const LINES: [&str; 12] = [
        "[1.0] audit: type=1326 audit(1795993027.248:3855): auid=1 pid=5 comm=\"a\" exe=2F61 \
         sig=31 arch=c000003e syscall=82 compat=0 ip=0x7f code=0x80000000",
        "type=SECCOMP msg=audit(11/29/26 22:59:40.248:3855) : pid=7 comm=a exe=/a sig=SIGSYS \
         arch=x86_64 syscall=rename compat=0 ip=0x7f code=kill-process",
        "h audit[5]: SECCOMP pid=5 comm=\"a\" exe=\"/a\" sig=0 arch=40000003 syscall=102 code=0x50000",
        "{\"MESSAGE\":\"SECCOMP pid=5 arch=c00000b7 syscall=1 code=0x7ffc0000\"}",
        "{\"MESSAGE\":[83,69,67,67,79,77,80,32,97]}",
        "kauditd_printk_skb: 273 callbacks suppressed",
        "audit: audit_lost=3 audit_rate_limit=0 audit_backlog_limit=64",
        "[pid  77] openat(AT_FDCWD, \"/a\\\", {[(\", O_RDONLY|O_CLOEXEC) = 3</a>",
        "77 clone(child_stack=NULL, flags=CLONE_VM|SIGCHLD, child_tidptr=0x7) = 9",
        "[pid 1] socket(AF_INET,  <unfinished ...>",
        "[pid 1] <... socket resumed>SOCK_STREAM, 0) = 7",
        "1 +++ killed by SIGSYS (core dumped) +++",
    ];

    #[test]
    fn no_input_makes_it_panic() {
        let profile = r#"{
            "defaultAction": "SCMP_ACT_ERRNO",
            "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            "syscalls": [{
                "names": ["socket"],
                "action": "SCMP_ACT_ALLOW",
                "args": [{ "index": 0, "value": 2, "op": "SCMP_CMP_EQ" }]
            }]
        }"#;
        let sources = Sources::one("p.json", profile);
        let options = Options::default();
        let judges = Judges::new(&sources, &options, None, Abi::X86_64).unwrap();
        let mut tally = Tally::new(Abi::X86_64, Some(judges), false);
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for round in 0..30_000 {
            let mut line = LINES[random.below(LINES.len())].as_bytes().to_vec();
            for _ in 0..random.below(6) {
                let at = random.below(line.len().max(1));
                let byte = random.below(256) as u8;
                match random.below(5) {
                    0 if at < line.len() => line[at] = byte,
                    1 if at < line.len() => drop(line.remove(at)),
                    2 if at <= line.len() => {
                        line.insert(at, b"(){}[]\"=<>, \\*/0f"[usize::from(byte) % 17])
                    }
                    3 => line.truncate(at),
                    _ => {
                        let other = LINES[random.below(LINES.len())].as_bytes();
                        line.extend(&other[random.below(other.len())..]);
                    }
                }
            }
            if round % 10 == 0 {
                line = (0..random.below(200))
                    .map(|_| random.below(256) as u8)
                    .collect();
            }
            // Other targets than this host's are compiled; a mistake would end the test.
            tally.line(&line).unwrap();
        }
        tally.end().unwrap();
        assert!(tally.programs.len() > 10 && tally.lost.times > 100 && tally.traced > 100);
    }

    #[test]
    fn copies_of_a_record_count_once() {
        let mut tally = Tally::new(Abi::X86_64, None, false);
        let fields = "pid=5 comm=\"a\" exe=\"/a\" arch=c000003e syscall=82 code=0x50000";
        for line in [
            format!("audit: type=1326 audit(1.0:1): {fields}"),
            format!("type=SECCOMP msg=audit(1.0:1): {fields}"),
            format!("audit: type=1326 audit(1.0:2): {fields}"),
            format!("h audit[5]: SECCOMP {fields}"),
            format!("h audit[5]: SECCOMP {fields}"),
            format!("h audit[5]: SECCOMP {fields}"),
        ] {
            tally.line(line.as_bytes()).unwrap();
        }
        let calls = &tally.programs["/a"].calls;
        let counts: Vec<u64> = calls.values().map(Count::count).collect();
        assert_eq!(counts, [3]);
    }
}
