//! Lints about the policy's answers to calls that every program depends on, and to io_uring.

use super::Lints;
use crate::error::{Error, Kind};
use crate::linux::action::Action;
use crate::linux::{errno, rings, siblings};
use crate::profile::Entry;

/// What a program calls to end itself by a signal: `abort`, and the handler that Rust's standard
/// library installs for faults. One of each group is enough.
const CRASH: [(&[&str], &str); 5] = [
    (
        &["rt_sigaction"],
        "to restore the default action of the signal",
    ),
    (&["rt_sigprocmask"], "to unblock the signal"),
    (&["gettid"], "to name the thread"),
    (&["getpid"], "to name the process"),
    (&["tgkill", "tkill"], "to send the signal"),
];

impl Lints<'_> {
    pub(super) fn clone3_errno(&mut self) {
        let enosys = errno::number(self.policy.target, "ENOSYS").unwrap_or(38);
        let Some(action) = self
            .denied("clone3")
            .filter(|action| *action != Action::Errno(enosys))
        else {
            return;
        };
        if !self.can_run("clone") {
            return;
        }
        let (span, path) = self.place("clone3");
        self.report.push(
            Error::new(
                Kind::Clone3Errno,
                span,
                format!(
                    "`clone3` gets {action}, but a libc falls back to `clone` only after ENOSYS"
                ),
            )
            .path(path)
            .label("a libc that uses `clone3` cannot start threads")
            .note(format!("return ENOSYS for `clone3` (SCMP_ACT_ERRNO with \"errnoRet\": {enosys}), or allow it")),
        );
    }

    /// A ring makes calls that the filter would deny or restrict. A ring that another process made
    /// is enough.
    pub(super) fn io_uring(&mut self) {
        let open = ["io_uring_setup", "io_uring_enter"];
        let Some(open) = open.iter().find(|call| self.can_run(call)) else {
            return;
        };
        let target = self.policy.target;
        let free = |call: &str| self.is_free(target, call);
        // If another call can do the same deed, a ring gains nothing.
        let same_deed_is_free = |call: &str| {
            let part_of_futex = call.starts_with("futex_") && free("futex");
            let mut forms = siblings::of(call);
            part_of_futex || forms.any(|form| siblings::others(form).any(|other| free(other.call)))
        };
        let mut bypassed: Vec<&str> = Vec::new();
        for operation in rings::operations() {
            for call in operation.calls() {
                // A command of a driver is not one of `ioctl`.
                let exists = call != "ioctl" && !self.answers(target, call).is_empty();
                if exists && !free(call) && !same_deed_is_free(call) {
                    bypassed.push(call);
                }
            }
        }
        bypassed.dedup();
        let [first, others @ ..] = &bypassed[..] else {
            return;
        };
        let more = match others.len() {
            0 => String::new(),
            1 => format!(" and `{}`", others[0]),
            more => format!(" and {more} more calls"),
        };
        let (span, path) = self.place(open);
        self.report.push(
            Error::new(
                Kind::IoUring,
                span,
                format!("io_uring bypasses the filter for `{first}`{more}: filters do not see its operations"),
            )
            .path(path)
            .label(format!("allows `{open}`"))
            .note("return ENOSYS for `io_uring_setup` and `io_uring_enter`: programs then behave as on a kernel without io_uring"),
        );
    }

    /// An errno for `rt_sigreturn` is worse than a signal: the program continues after a call that
    /// must not return.
    pub(super) fn exit_denied(&mut self) {
        let ends = self.denied("exit_group");
        let returns = self
            .denied("rt_sigreturn")
            .filter(|action| matches!(action, Action::Errno(_)));
        for &(call, action, what) in &[
            ("exit_group", ends, "the program cannot exit"),
            ("rt_sigreturn", returns, "signal handlers cannot return"),
        ] {
            let Some(action) = action else {
                continue;
            };
            let (span, path) = self.place(call);
            self.report.push(
                Error::new(Kind::ExitDenied, span, format!("{what}: `{call}` gets {action}"))
                    .path(path)
                    .label(format!("`{call}` is denied here"))
                    .note("allow `exit_group` and `rt_sigreturn`, as the group `abort` does: they give a program no additional access"),
            );
        }
    }

    /// Where calls fail with an errno by default, a program that cannot end itself by a signal runs
    /// on: the handler of faults returns to the instruction that faults, for ever.
    pub(super) fn crash_denied(&mut self) {
        if !matches!(self.policy.default, Action::Errno(_)) {
            return;
        }
        let target = self.policy.target;
        let fails = |call: &str| {
            let answers = self.answers(target, call);
            let errno = |action: &Action| matches!(action, Action::Errno(_));
            // An ABI without the call does without it.
            !answers.is_empty() && answers.iter().all(errno)
        };
        let failing: Vec<&(&[&str], &str)> = CRASH
            .iter()
            .filter(|(calls, _)| calls.iter().all(|call| fails(call)))
            .collect();
        let [(calls, what), ..] = failing[..] else {
            return;
        };
        // A group speaks only for calls that no profile names.
        let is_named = |call: &str| {
            let names = |entry: &Entry| entry.names.iter().any(|name| name.value == call);
            let mut excluded = self.profile.excluded.iter();
            self.entries().any(names) || excluded.any(|excluded| names(&excluded.entry))
        };
        let (named, unnamed): (Vec<&str>, Vec<&str>) = { failing.iter() }
            .map(|(calls, _)| calls[0])
            .partition(|call| is_named(call));
        let list = |calls: &[&str]| {
            let quoted: Vec<String> = calls.iter().map(|call| format!("\"{call}\"")).collect();
            quoted.join(", ")
        };
        let fix = match (&unnamed[..], &named[..]) {
            (_, []) => format!(
                "add the group `abort` to the invocation: `with = [\"abort\"]`; or allow {}",
                list(&unnamed)
            ),
            ([], _) => format!("allow {} in the rule that names it", list(&named)),
            _ => format!(
                "add the group `abort` to the invocation: `with = [\"abort\"]`; and allow {}, which the profile names",
                list(&named)
            ),
        };
        let Some(action) = self.answers(target, calls[0]).first().copied() else {
            return;
        };
        let message = format!(
            "a fault or `abort` cannot end the program: `{}` gets {action}, and is needed {what}",
            calls[0]
        );
        let (span, path) = self.place(calls[0]);
        let mut error = Error::new(Kind::CrashDenied, span, message)
            .path(path)
            .label("a crash becomes an endless loop")
            .note("Rust's handler of SIGSEGV then returns to the instruction that faults, again and again")
            .note(fix);
        if failing.iter().any(|(calls, _)| calls.contains(&"tgkill")) {
            error = error.note("the group allows `tgkill` with SIGABRT only; without a condition it can send any signal to any process of the same user");
        }
        self.report.push(error);
    }
}
