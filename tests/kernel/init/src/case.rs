//! One number under one filter: what the policy says of its calls, and what the kernel does.

use seccomp_profile::{Action, Filter, Syscall, seccomp_profile};

use crate::call::Door;
use crate::child::{self, End, Verdict};

/// A filter and what it is asked.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) filter: Filter,
    pub(crate) cases: &'static [Case],
}

/// Calls of one number.
pub(crate) struct Case {
    pub(crate) door: Door,
    pub(crate) name: &'static str,
    pub(crate) nr: u32,
    /// The number as the filter sees it.
    pub(crate) seen: u32,
    pub(crate) arch: u32,
    /// Arguments, and what `Policy::decide` says of them.
    pub(crate) calls: &'static [([u64; 6], Action)],
}

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

impl Case {
    /// Returns what this is about.
    pub(crate) fn label(&self, group: &Group) -> String {
        let Case { door, name, nr, .. } = self;
        let count = self.calls.len();
        format!("{}: {door:?} {name} {nr:#x}, {count} calls", group.name)
    }

    /// Makes every call in a process of its own.
    pub(crate) fn run(&self, group: &Group) -> Verdict {
        for &(args, action) in self.calls {
            let outcome = self.check(group, args, action);
            outcome
                .map_err(|why| format!("{args:#x?} must be {action}: {why}").replace('\n', ""))?;
        }
        Ok(())
    }

    fn check(&self, group: &Group, args: [u64; 6], action: Action) -> Verdict {
        let (before, end) = child::observe(|seen| {
            if action.runs() {
                seen.before(self.door.call(self.nr, args));
            }
            match group.filter.install() {
                Ok(_) => seen.answer(self.door.call(self.nr, args)),
                Err(_) => seen.not_installed(),
            }
        });
        let expected = match action {
            Action::Allow | Action::Log => End::Answered(before),
            Action::Errno(errno) => End::Answered(-i64::from(errno)),
            Action::Trace(_) => End::Answered(-i64::from(libc::ENOSYS)),
            Action::Trap => End::Trapped {
                errno: 0,
                nr: self.seen,
                arch: self.arch,
            },
            _ => End::Killed(libc::SIGSYS),
        };
        if end != expected {
            return Err(format!("{end:?}, not {expected:?}"));
        }
        // The runtime's own machine runs on this processor, and has to read as the kernel does.
        let mut call = Syscall::new(self.seen, args);
        call.arch = self.arch;
        let evaluated = group.filter.evaluate(&call);
        if evaluated != action {
            return Err(format!("evaluated to {evaluated}"));
        }
        Ok(())
    }
}
