//! Lines of `strace` → calls, with the arguments whose values the text shows.
//!
//! A line is taken with what options put before it: process, time, address, number. A call that
//! another thread interrupts in the text is put together again. Which call a signal or the end of a
//! thread belongs to, is known only at the next line of the thread.

mod prefix;
mod words;

use std::collections::BTreeMap;

use seccomp_profile_compiler::linux::abi::{Abi, Width};

use crate::judge::Arguments;
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
                let thread = self.thread(pid);
                thread.returned = false;
                let nr = nr.ok();
                thread.last = nr.map(|nr| traced(pid, thread.exe.clone(), abi, nr, &open));
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
        let thread = self.thread(pid);
        let exe = thread.exe.clone().or_else(|| started.clone());
        let whole = text.len() - after.map_or(0, str::len);
        let mut call = traced(pid, exe, abi, nr, &text[..whole]);
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(lines: &[&str]) -> Vec<Traced> {
        let mut tracer = Tracer::new(Abi::X86_64);
        let mut calls = Vec::new();
        for line in lines {
            let read = tracer.read(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(read.problem, None);
            calls.extend(read.calls);
        }
        calls.extend(tracer.end());
        calls
    }

    fn one(line: &str) -> Traced {
        let mut calls = all(&[line]);
        assert_eq!(calls.len(), 1, "{line}");
        calls.remove(0)
    }

    #[test]
    fn what_options_put_before_a_call_is_skipped() {
        for (line, pid) in [
            ("close(3) = 0", 0),
            ("close(3</etc/passwd>)                 = 0", 0),
            ("[pid  77] close(3) = 0", 77),
            ("[pid  77<sh>] close(3) = 0", 77),
            ("77 close(3) = 0", 77),
            ("77    close(3) = 0", 77),
            ("77<sh> close(3) = 0", 77),
            (
                "77 23:05:22.352169 [00007fc117837ad7] close(3) = -1 EBADF (Bad file descriptor)",
                77,
            ),
            ("23:05:22 close(3) = 0", 0),
            ("1795993027.248123 close(3) = 0", 0),
            ("     0.000093 close(3) = 0", 0),
            ("77      0.000093 close(3) = 0", 77),
            ("[   3] close(3) = 0", 0),
            ("[????????????????] close(3) = ?", 0),
        ] {
            let call = one(line);
            assert_eq!(
                (call.pid, call.nr, call.args[0]),
                (pid, 3, Some(3)),
                "{line}"
            );
        }
    }

    #[test]
    fn other_lines_are_not_taken() {
        for line in [
            "",
            "[   12.345678] close(3) = 0",
            "closed(3) = 0",
            "close(3)",
            "close(3",
            "close(3) == 0",
            "some program says close(3) = 0",
            "<... close resumed",
        ] {
            assert!(Tracer::new(Abi::X86_64).read(line).is_none(), "{line}");
        }
    }

    #[test]
    fn values_of_arguments_are_read() {
        let args = |line| one(line).args;
        let openat = args(r#"openat(AT_FDCWD, "/a, \") = 3", O_RDWR|O_CLOEXEC) = 3"#);
        assert_eq!(
            openat[..4],
            [Some(-100_i64 as u64), None, Some(0o2000002), None]
        );
        let socket = args("socket(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK|0x10, 0) = 3");
        assert_eq!(socket[..3], [Some(1), Some(0o4021), Some(0)]);
        let clone = args("clone(child_stack=NULL, flags=CLONE_VM|SIGCHLD, child_tidptr=0x7) = 9");
        assert_eq!(clone[..2], [Some(0x111), None]);
        let mmap = args("mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE, -1, 0) = 0x7f0");
        assert_eq!(mmap[4], Some(u64::MAX));
        let exec = args(r#"execve("/a", ["a", "b)"], 0x7ffe /* 35 vars) */) = 0"#);
        assert_eq!(exec[..3], [None, None, Some(0x7ffe)]);
        assert_eq!(one("syscall_0x1c5(0x1, 0) = -1 ENOSYS").nr, 0x1c5);
    }

    #[test]
    fn interrupted_calls_are_put_together() {
        let calls = all(&[
            "[pid 1] socket(AF_INET,  <unfinished ...>",
            "[pid 2] close(3) = 0",
            "[pid 1] <... socket resumed>SOCK_STREAM, 0) = 7",
            "[pid 1] clone(child_stack=NULL, flags=SIGCHLDstrace: Process 3 attached",
            " <unfinished ...>",
        ][..4]);
        let names: Vec<_> = calls.iter().map(|call| (call.pid, call.nr)).collect();
        assert_eq!(names, [(1, 41), (1, 56), (2, 3)]);
        assert_eq!(calls[0].args[..3], [Some(2), Some(1), Some(0)]);
    }

    #[test]
    fn programs_and_their_children_have_a_name() {
        let calls = all(&[
            r#"7 execve("/bin/sh", ["sh"], 0x7 /* 35 vars */) = 0"#,
            "7 clone(child_stack=NULL, flags=SIGCHLD, child_tidptr=0x7) = 8",
            "8 close(3) = 0",
            r#"8 execve("/bin/nothing", ["sh"], 0x7 /* 35 vars */) = -1 ENOENT (No such file)"#,
            r#"8 execve("/bin/ls", ["sh"], 0x7 /* 35 vars */) = 0"#,
            "8 close(4) = 0",
            "8 +++ exited with 0 +++",
            "7 close(5) = 0",
        ]);
        let exes: Vec<_> = calls
            .iter()
            .map(|call| call.exe.as_deref().unwrap())
            .collect();
        let sh = "/bin/sh";
        assert_eq!(exes, [sh, sh, sh, sh, "/bin/ls", sh, sh]);
    }

    #[test]
    fn signals_belong_to_the_call_before() {
        let calls = all(&[
            "7 mkdir(\"x\", 0777) = 83",
            "7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_syscall=__NR_mkdir} ---",
            "7 close(4) = 0",
            "7 --- SIGCHLD {si_signo=SIGCHLD} ---",
            "7 rmdir(\"x\") = 84",
            "7 +++ killed by SIGSYS (core dumped) +++",
            "8 close(4) = 0",
            "8 +++ killed by SIGSYS +++",
            "9 futex(0x7, FUTEX_WAIT, 1, NULL <unfinished ...>",
            "9 <... futex resumed>) = ?",
            "9 +++ killed by SIGSYS +++",
        ]);
        let ends: Vec<_> = calls.iter().map(|call| call.end).collect();
        use End::*;
        assert_eq!(ends, [Trapped, Returned, Killed, Returned, Killed]);
    }

    #[test]
    fn other_modes_have_other_numbers() {
        let calls = all(&[
            "strace: [ Process PID=7 runs in 32 bit mode. ]",
            "[pid 7] close(3) = 0",
            "[ Process PID=7 runs in 64 bit mode. ]",
            "[pid 7] close(3) = 0",
        ]);
        let abis: Vec<_> = calls.iter().map(|call| (call.abi, call.nr)).collect();
        assert_eq!(abis, [(Abi::X86, 6), (Abi::X86_64, 3)]);
    }
}
