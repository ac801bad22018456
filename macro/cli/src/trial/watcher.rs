//! A call of a watched command → its answer, and a finding if the profile does not let it run.

use seccomp_profile::{Notification, Response};
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;

use super::findings::Findings;
use super::site;
use crate::failure::complain;
use crate::watch::Watcher;

/// A command that is tried.
pub(super) struct Tried<'t> {
    pub(super) findings: Findings<'t>,
    symbols: site::Symbols,
    /// Whether each finding is printed at once.
    live: bool,
}

impl<'t> Tried<'t> {
    pub(super) fn new(findings: Findings<'t>, live: bool) -> Tried<'t> {
        Tried {
            findings,
            symbols: site::Symbols::default(),
            live,
        }
    }
}

impl Watcher for Tried<'_> {
    fn call(&mut self, call: &Notification<'_>) -> Response {
        let made = call.syscall();
        let data = SeccompData {
            nr: made.nr,
            arch: made.arch,
            instruction_pointer: made.instruction_pointer,
            args: made.args,
        };
        let Some(action) = self.findings.decide(&data) else {
            return Response::Continue;
        };
        let thread = call.pid();
        if let Some(new) = self.findings.count(&data, thread) {
            new.site = site::site(thread, data.instruction_pointer, &mut self.symbols);
            // The thread waits, unless it was killed. Then its number can be of another one.
            if !call.is_valid().unwrap_or(false) {
                new.site = site::Site::default();
            }
            if self.live {
                complain(&format!("try: {}", self.findings.last()));
            }
        }
        if self.findings.deny {
            answer(action)
        } else {
            Response::Continue
        }
    }
}

/// The answer that a listener can give in place of a filter.
fn answer(action: Action) -> Response {
    match action {
        Action::Allow | Action::Log | Action::Notify => Response::Continue,
        // A filter that answers with no error skips the call, which then returns 0.
        Action::Errno(0) => Response::Value(0),
        Action::Errno(errno) => Response::Errno(errno),
        // As without a tracer (`kernel/seccomp.c: __seccomp_filter`).
        Action::Trace(_) => Response::Errno(libc::ENOSYS as u16),
        Action::Trap | Action::KillThread | Action::KillProcess => {
            Response::Errno(libc::EPERM as u16)
        }
    }
}
