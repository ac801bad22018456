//! A call of a watched command → its answer, and a finding if the profile does not let it run.

use seccomp_profile::{Notification, Response};
use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::action::Action;

use super::backtrace::Backtraces;
use super::findings::Findings;
use super::site;
use crate::failure::complain;
use crate::record::lineage::{Lineage, Role};
use crate::watch::{Watcher, data};

/// A command that is tried.
pub(super) struct Tried<'t> {
    pub(super) findings: Findings<'t>,
    pub(super) lineage: Lineage,
    symbols: site::Symbols,
    pub(super) backtraces: Backtraces,
    /// Whether each finding is printed at once.
    live: bool,
}

impl<'t> Tried<'t> {
    pub(super) fn new(findings: Findings<'t>, lineage: Lineage, abi: Abi, live: bool) -> Tried<'t> {
        Tried {
            findings,
            lineage,
            symbols: site::Symbols::default(),
            backtraces: Backtraces::new(abi),
            live,
        }
    }
}

impl Watcher for Tried<'_> {
    fn call(&mut self, call: &Notification<'_>) -> Response {
        let data = data(call);
        let thread = call.pid();
        let unless_denied = match self.lineage.role(thread, &data) {
            Role::Other => return Response::Continue,
            Role::Starts(response) => return response,
            Role::Counts(response) => response.unwrap_or(Response::Continue),
        };
        let decided = self.findings.decide(&data);
        self.backtraces.look(thread, &data, decided.is_none());
        let Some(action) = decided else {
            return unless_denied;
        };
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
        match self.findings.deny {
            true => answer(action).unwrap_or(unless_denied),
            false => unless_denied,
        }
    }
}

/// The answer that a listener can give in place of a filter; nothing if the call runs.
fn answer(action: Action) -> Option<Response> {
    Some(match action {
        Action::Allow | Action::Log | Action::Notify => return None,
        // A filter that answers with no error skips the call, which then returns 0.
        Action::Errno(0) => Response::Value(0),
        Action::Errno(errno) => Response::Errno(errno),
        // As without a tracer (`kernel/seccomp.c: __seccomp_filter`).
        Action::Trace(_) => Response::Errno(libc::ENOSYS as u16),
        Action::Trap | Action::KillThread | Action::KillProcess => {
            Response::Errno(libc::EPERM as u16)
        }
    })
}
