//! A further child, of one that has a single thread: it runs beside its parent.

use libc::{c_int, pid_t};

use crate::child::Verdict;

/// A running process; it is killed if its parent loses interest.
pub(crate) struct Process {
    pid: pid_t,
}

/// Starts a process.
pub(crate) fn start(work: impl FnOnce() -> Verdict) -> Result<Process, u32> {
    // SAFETY: the caller's process has one thread.
    match unsafe { libc::fork() } {
        0 => {
            // SAFETY: a plain system call; what hangs is ended by the alarm.
            unsafe { libc::alarm(20) };
            let line = work().err().map_or(0, |line| line.clamp(1, 255) as c_int);
            // SAFETY: ends the process at once, without its parent's destructors.
            unsafe { libc::_exit(line) }
        }
        pid @ 1.. => Ok(Process { pid }),
        _ => Err(line!()),
    }
}

impl Process {
    pub(crate) fn id(&self) -> u32 {
        self.pid as u32
    }

    pub(crate) fn signal(&self, signal: c_int) {
        // SAFETY: the process is this one's child, and nobody has waited for it.
        unsafe { libc::kill(self.pid, signal) };
    }

    /// Waits for the end of the process, and fails with the line of the check that failed there.
    pub(crate) fn passes(self) -> Verdict {
        match self.wait() {
            status if libc::WIFEXITED(status) => match libc::WEXITSTATUS(status) {
                0 => Ok(()),
                line => Err(line as u32),
            },
            _ => Err(line!()),
        }
    }

    /// Kills the process and waits until it is gone.
    pub(crate) fn kill(self) {
        self.signal(libc::SIGKILL);
        self.wait();
    }

    fn wait(&self) -> c_int {
        let mut status = 0;
        loop {
            // SAFETY: as in `signal`; the status is written to.
            let waited = unsafe { libc::waitpid(self.pid, &mut status, 0) };
            // Signals may interrupt the wait.
            if waited == self.pid {
                return status;
            }
        }
    }
}
