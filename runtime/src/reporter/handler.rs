//! A trapped call → its line on standard error, and then the end of the process or an errno.

use super::violation::Violation;
use crate::error::Error;
use crate::sys::registers;
use crate::sys::sigsys::{self, Handler, Trap};

struct Kill;

impl Handler for Kill {
    fn trapped(trap: &mut Trap) {
        write_line(trap);
        trap.kill_process();
    }
}

struct Enosys;

impl Handler for Enosys {
    fn trapped(trap: &mut Trap) {
        write_line(trap);
        trap.return_enosys();
    }
}

/// Sets the handler for `After::Kill`.
pub(super) fn kill() -> Result<(), Error> {
    set::<Kill>()
}

/// Sets the handler for `After::Enosys`.
pub(super) fn enosys() -> Result<(), Error> {
    if !registers::SUPPORTED {
        return Err(Error::RegistersUnknown);
    }
    set::<Enosys>()
}

fn set<H: Handler>() -> Result<(), Error> {
    sigsys::set_handler::<H>().map_err(|errno| Error::HandlerNotSet { errno })
}

fn write_line(trap: &Trap) {
    let violation = Violation {
        nr: trap.nr(),
        arch: trap.arch(),
        args: trap.args(),
        instruction_pointer: trap.instruction_pointer(),
        thread: sigsys::thread(),
    };
    sigsys::write_stderr(violation.line().bytes());
}
