//! A forked child, so that a filter does not affect the test process.
//!
//! The test process has threads, so the child must do only what is async-signal-safe: it must not
//! allocate or panic. A check that fails writes its line to memory that the parent shares.
#![allow(dead_code)] // no test needs all of it

use std::ptr;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use libc::{c_int, c_long, c_ulong};

use crate::bound::bound;

/// The result of a child: success, or the line of the check that failed.
pub(crate) type Verdict = Result<(), u32>;

/// How a child ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Passed,
    FailedAt { line: u32 },
    Exited(c_int),
    KilledBy { signal: c_int },
}

/// Returns from the child's work with an error if the condition is false.
macro_rules! check {
    ($condition:expr) => {
        if !$condition {
            return Err(line!());
        }
    };
}
pub(crate) use check;

/// Runs `work` in a child and requires that all its checks pass.
#[track_caller]
pub(crate) fn passes(work: impl FnOnce() -> Verdict) {
    assert_eq!(run(work), End::Passed);
}

/// Runs `work` in a child and requires that seccomp kills it.
#[track_caller]
pub(crate) fn is_killed(work: impl FnOnce() -> Verdict) {
    let signal = libc::SIGSYS;
    assert_eq!(run(work), End::KilledBy { signal });
}

/// Runs `work` in a child. Its filters must allow `exit_group`.
pub(crate) fn run(work: impl FnOnce() -> Verdict) -> End {
    let line = Shared::new();
    // SAFETY: the child calls nothing that needs a lock of another thread: `work` uses only system
    // calls and its own memory.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "fork: {}", std::io::Error::last_os_error());
    if pid == 0 {
        bound();
        let failed = work().map_err(|at| line.set(at.into())).is_err();
        // SAFETY: ends the process at once, without the runner's destructors.
        unsafe { libc::_exit(failed.into()) }
    }
    let mut status = 0;
    // SAFETY: `pid` is a child of this process, and no other code waits for it.
    assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
    if libc::WIFSIGNALED(status) {
        let signal = libc::WTERMSIG(status);
        return End::KilledBy { signal };
    }
    match (libc::WEXITSTATUS(status), line.get()) {
        (0, 0) => End::Passed,
        (1, line @ 1..) => End::FailedAt { line: line as u32 },
        (code, _) => End::Exited(code),
    }
}

/// Runs `work` in a child and returns what it finds.
#[track_caller]
pub(crate) fn found(work: impl FnOnce() -> i64) -> i64 {
    let answer = Shared::new();
    passes(|| {
        answer.set(work());
        Ok(())
    });
    answer.get()
}

/// A number in a page that parent and child share.
struct Shared(*mut AtomicI64);

impl Shared {
    fn new() -> Shared {
        // SAFETY: a fresh anonymous mapping; zeroed, and aligned to a page.
        let page = unsafe {
            libc::mmap(
                ptr::null_mut(),
                size_of::<AtomicI64>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        assert_ne!(page, libc::MAP_FAILED);
        Shared(page.cast())
    }

    fn set(&self, value: i64) {
        // SAFETY: the mapping lives as long as `self` and contains an initialised number.
        unsafe { &*self.0 }.store(value, Relaxed);
    }

    fn get(&self) -> i64 {
        // SAFETY: as in `set`.
        unsafe { &*self.0 }.load(Relaxed)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: the mapping was made in `new`, and no reference to it outlives `set` and `get`.
        unsafe { libc::munmap(self.0.cast(), size_of::<AtomicI64>()) };
    }
}

/// Makes a system call with all six argument registers set.
pub(crate) fn call_with(nr: c_long, args: [c_ulong; 6]) -> Result<c_long, c_int> {
    let [a, b, c, d, e, f] = args;
    // SAFETY: the tests pass numbers of calls that take no pointers, or that a filter stops.
    match unsafe { libc::syscall(nr, a, b, c, d, e, f) } {
        -1 => Err(std::io::Error::last_os_error().raw_os_error().unwrap_or(-1)),
        answer => Ok(answer),
    }
}

/// Makes a system call; returns its answer, or the errno below 0.
pub(crate) fn answer(nr: c_long, args: [c_ulong; 6]) -> i64 {
    call_with(nr, args).unwrap_or_else(|errno| (-errno).into())
}

/// Makes a system call whose arguments are 0.
pub(crate) fn call(nr: c_long) -> Result<c_long, c_int> {
    call_with(nr, [0; 6])
}

/// Calls prctl(2) without arguments.
pub(crate) fn prctl(option: c_int) -> Result<c_long, c_int> {
    call_with(libc::SYS_prctl, [option as c_ulong, 0, 0, 0, 0, 0])
}
