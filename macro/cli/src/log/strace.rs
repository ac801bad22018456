//! Lines of `strace` → calls, with the arguments whose values the text shows.
//!
//! A line is taken with what options put before it: process, time, address, number. A call that
//! another thread interrupts in the text is put together again. Which call a signal or the end of a
//! thread belongs to, is known only at the next line of the thread.

mod confined;
mod prefix;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use seccomp_profile_compiler::linux::abi::{Abi, Width};

use crate::judge::Arguments;
use confined::Confined;
use prefix::{mode, prefix};
use words::{number, split, unquoted, values};

/// One call of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Traced {
    pub(super) pid: u32,
    /// The program, if the log has the `execve` that started it.
    pub(super) exe: Option<String>,
    pub(super) abi: Abi,
    pub(super) nr: u32,
    /// The values that the text shows.
    pub(super) args: Arguments,
    /// The call as it was written, without its result.
    pub(super) text: String,
    pub(super) end: End,
    /// Whether the trace has, before the call, the installation of a filter of this thread.
    pub(super) confined: bool,
}

/// What came after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    /// The thread went on.
    Returned,
    /// SIGSYS.
    Trapped,
    /// SIGSYS killed the thread before the call returned. If it killed several threads, those that
    /// waited in a call look the same.
    Killed,
}

/// What is known of the threads of a trace.
pub(super) struct Tracer {
    target: Abi,
    threads: BTreeMap<u32, Thread>,
    confined: Confined,
}

#[derive(Clone, Default)]
struct Thread {
    exe: Option<String>,
    abi: Option<Abi>,
    /// The text of a call that is not complete.
    open: Option<String>,
    last: Option<Traced>,
    /// Whether the last call has a result.
    returned: bool,
}

/// What a line contains.
#[derive(Default)]
pub(super) struct Read {
    /// The calls that are complete now.
    pub(super) calls: Vec<Traced>,
    /// Why the line has no call.
    pub(super) problem: Option<String>,
}

impl Tracer {
    /// A trace of a program of this ABI.
    pub(super) fn new(target: Abi) -> Tracer {
        Tracer {
            target,
            threads: BTreeMap::new(),
            confined: Confined::default(),
        }
    }

    /// Reads a line. `None` if `strace` did not write it.
    pub(super) fn read(&mut self, line: &str) -> Option<Read> {
        let mode = mode(line);
        if let Some((pid, words)) = mode {
            let abi = self.other_abi(words);
            self.thread(pid).abi = abi;
            return Some(Read::default());
        }
        let (pid, text) = prefix(line);
        let mut read = Read::default();
        if text.starts_with("--- SIG") {
            let thread = self.thread(pid);
            if let Some(last) = thread
                .last
                .as_mut()
                .filter(|_| text.starts_with("--- SIGSYS "))
            {
                last.end = End::Trapped;
            }
            return Some(read);
        }
        if text.starts_with("+++ exited with ") || text.starts_with("+++ killed by ") {
            let killed = text.starts_with("+++ killed by SIGSYS");
            self.finish(pid, killed, &mut read);
            self.threads.remove(&pid);
            self.confined.ended(pid);
            return Some(read);
        }
        if let Some(rest) = text.strip_prefix("<... ") {
            let (name, rest) = rest.split_once(" resumed>")?;
            return match self.thread(pid).open.take() {
                Some(open) => self.call(pid, &format!("{open}{rest}"), true),
                // The trace begins between the parts.
                None => self.call(pid, &format!("{name}(?, {rest}"), false),
            };
        }
        self.call(pid, text, false)
    }

    /// Returns the calls that were the last of their threads.
    pub(super) fn end(mut self) -> Vec<Traced> {
        let mut read = Read::default();
        let pids: Vec<u32> = self.threads.keys().copied().collect();
        for pid in pids {
            self.finish(pid, false, &mut read);
        }
        read.calls
    }

    fn thread(&mut self, pid: u32) -> &mut Thread {
        self.threads.entry(pid).or_default()
    }

    /// The call of a line, or the first part of one. A call that is `resumed` takes the place of its
    /// first part.
    fn call(&mut self, pid: u32, text: &str, resumed: bool) -> Option<Read> {
        let (name, rest) = text.split_once('(')?;
        let abi = self.thread(pid).abi.unwrap_or(self.target);
        let nr = number(abi, name)?;
        let unfinished = rest
            .find("<unfinished ...>")
            .or_else(|| rest.find("strace: Process "));
        let (words, after) = split(rest);
        let mut read = Read::default();
        let result = match (after, unfinished) {
            (Some(after), _) => after.trim_start().strip_prefix("= ")?,
            (None, Some(at)) => {
                self.close(pid, &mut read);
                let open = format!("{name}({}", &rest[..at]);
                let confined = self.confined.is(pid);
                let thread = self.thread(pid);
                thread.returned = false;
                thread.last = nr.ok().map(|nr| Traced {
                    confined,
                    ..traced(pid, thread.exe.clone(), abi, nr, &open)
                });
                thread.open = Some(open);
                return Some(read);
            }
            (None, None) => return None,
        };
        let nr = match nr {
            Ok(nr) => nr,
            Err(problem) => {
                read.problem = Some(problem);
                return Some(read);
            }
        };
        if !resumed {
            self.close(pid, &mut read);
        }
        let succeeded = !result.starts_with(['-', '?']);
        let started = (succeeded && matches!(name, "execve" | "execveat"))
            .then(|| words.iter().find_map(|word| unquoted(word)))
            .flatten();
        let child = (succeeded && matches!(name, "clone" | "clone3" | "fork" | "vfork"))
            .then(|| {
                result
                    .split(|c: char| !c.is_ascii_digit())
                    .next()?
                    .parse()
                    .ok()
            })
            .flatten();
        let confined = self.confined.is(pid);
        let whole = text.len() - after.map_or(0, str::len);
        if succeeded {
            self.confined.call(pid, &text[..whole], child);
        }
        let thread = self.thread(pid);
        let exe = thread.exe.clone().or_else(|| started.clone());
        let mut call = traced(pid, exe, abi, nr, &text[..whole]);
        call.confined = confined;
        call.args = values(abi, name, &words);
        // The kernel puts the number of the call back where the result would be
        // (`syscall_rollback`), or the call never returns.
        let result = result.split(' ').next().unwrap_or_default();
        thread.returned = result != "?" && result != nr.to_string();
        thread.last = Some(call);
        thread.exe = started.or(thread.exe.take());
        if let Some(child) = child {
            let (exe, abi) = (thread.exe.clone(), thread.abi);
            let child: &mut Thread = self.thread(child);
            child.exe = child.exe.take().or(exe);
            child.abi = child.abi.or(abi);
        }
        Some(read)
    }

    /// Completes the last call of a thread.
    fn close(&mut self, pid: u32, read: &mut Read) {
        let thread = self.thread(pid);
        thread.open = None;
        read.calls.extend(thread.last.take());
    }

    fn finish(&mut self, pid: u32, killed: bool, read: &mut Read) {
        let thread = self.thread(pid);
        if let Some(last) = thread.last.as_mut().filter(|_| killed && !thread.returned) {
            last.end = End::Killed;
        }
        self.close(pid, read);
    }

    /// The ABI of a mode that `strace` names.
    fn other_abi(&self, words: &str) -> Option<Abi> {
        let mut family = self.target.family().iter().copied();
        match words {
            "x32" => family.find(|abi| *abi == Abi::X32),
            "32 bit" => family.find(|abi| abi.width() == Width::W32 && *abi != Abi::X32),
            _ => family.find(|abi| abi.width() == Width::W64),
        }
    }
}

fn traced(pid: u32, exe: Option<String>, abi: Abi, nr: u32, text: &str) -> Traced {
    Traced {
        pid,
        exe,
        abi,
        nr,
        args: [None; 6],
        text: text.trim_end().to_string(),
        end: End::Returned,
        confined: false,
    }
}
