//! The calls of a trace that succeeded → the threads that have a filter.
//!
//! A filter is of the thread that installs it, of what this thread starts later, and with TSYNC of all
//! threads of the process.

use std::collections::BTreeMap;

/// The threads of a trace.
#[derive(Default)]
pub(super) struct Confined {
    threads: BTreeMap<u32, Thread>,
    /// Whether a thread has installed a filter.
    any: bool,
}

#[derive(Clone, Copy)]
struct Thread {
    process: u32,
    confined: bool,
}

impl Confined {
    /// Returns whether a thread has a filter. One whose start is not in the trace yet has one if any
    /// thread has.
    pub(super) fn is(&self, pid: u32) -> bool {
        let thread = self.threads.get(&pid);
        thread.map_or(self.any, |thread| thread.confined)
    }

    /// Notes a call that succeeded, and the thread or process that it has started.
    pub(super) fn call(&mut self, pid: u32, text: &str, child: Option<u32>) {
        let any = self.any;
        let thread = *self.threads.entry(pid).or_insert(Thread {
            process: pid,
            confined: any,
        });
        if let Some(child) = child {
            let process = match text.contains("CLONE_THREAD") {
                true => thread.process,
                false => child,
            };
            self.threads.insert(child, Thread { process, ..thread });
        }
        let installs = text.starts_with("seccomp(SECCOMP_SET_MODE_FILTER,")
            || text.starts_with("prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,");
        if !installs {
            return;
        }
        self.any = true;
        let all = text.contains("SECCOMP_FILTER_FLAG_TSYNC");
        for (other, it) in &mut self.threads {
            it.confined |= *other == pid || all && it.process == thread.process;
        }
    }

    /// Forgets a thread, whose number can be of another one later.
    pub(super) fn ended(&mut self, pid: u32) {
        self.threads.remove(&pid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTALL: &str = "seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=5, filter=0x7f})";
    const TSYNC: &str =
        "seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, {len=5, filter=0x7f})";
    const THREAD: &str = "clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0}, 88)";
    const PROCESS: &str = "clone(child_stack=NULL, flags=SIGCHLD, child_tidptr=0x7)";

    /// The threads that are confined after these calls.
    fn after(calls: &[(u32, &str, u32)]) -> Vec<u32> {
        let mut confined = Confined::default();
        for (pid, text, child) in calls {
            confined.call(*pid, text, (*child != 0).then_some(*child));
        }
        (1..=4).filter(|pid| confined.is(*pid)).collect()
    }

    #[test]
    fn a_filter_is_of_the_thread_its_children_and_with_tsync_of_all_threads() {
        let before = [(1, THREAD, 2), (1, PROCESS, 3), (2, "close(3)", 0)];
        let with = |more: &[(u32, &str, u32)]| after(&[&before[..], more].concat());
        assert!(with(&[]).is_empty());
        // The start of the fourth is not in the trace.
        assert_eq!(with(&[(1, INSTALL, 0)]), [1, 4]);
        assert_eq!(with(&[(1, TSYNC, 0)]), [1, 2, 4]);
        assert_eq!(with(&[(1, INSTALL, 0), (1, PROCESS, 4)]), [1, 4]);
        assert_eq!(with(&[(1, INSTALL, 0), (2, PROCESS, 4)]), [1]);
        let prctl = "prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=5, filter=0x7f})";
        assert_eq!(with(&[(3, prctl, 0), (2, THREAD, 4)]), [3]);
        let probe = "seccomp(SECCOMP_GET_ACTION_AVAIL, 0, [SECCOMP_RET_LOG])";
        assert!(with(&[(1, probe, 0)]).is_empty());
    }
}
