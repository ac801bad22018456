//! Violations that are reported, in the running kernel, under an allocator that a handler must not
//! touch.
#![cfg(target_os = "linux")]

#[path = "../support/bound.rs"]
mod bound;
mod child;
mod enosys;
mod kill;
mod raise;
#[path = "../../macro/compiler/tests/support/skip.rs"]
mod skip;
mod stack;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use libc::{c_int, c_long};
use seccomp_profile::{Filter, seccomp_profile};

/// Traps `getppid` on every ABI; everything else is allowed.
static TRAPS: Filter = seccomp_profile!("tests/profiles/reporter-traps.json", reporter = true);

/// Traps `getppid` and allows what the reporter needs; everything else fails.
static NARROW: Filter = seccomp_profile!(
    "tests/profiles/reporter-narrow.json",
    reporter = true,
    allow(int_argument, crash_denied),
);

/// A program's sandbox whose denials are all traps.
static SANDBOX: Filter = seccomp_profile!(
    "tests/profiles/reporter-sandbox.json",
    deny_action = "SCMP_ACT_TRAP",
    reporter = true,
);

thread_local! {
    /// Whether this thread is in a call that a filter traps. The handler runs on the same thread,
    /// and other threads of the test runner may allocate.
    static IN_CALL: Cell<bool> = const { Cell::new(false) };
}

struct Poisoned;

#[global_allocator]
static ALLOCATOR: Poisoned = Poisoned;

// SAFETY: as the system's allocator, until it ends the process.
unsafe impl GlobalAlloc for Poisoned {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        check();
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        check();
        // SAFETY: the caller's promises are the same.
        unsafe { System.dealloc(memory, layout) }
    }
}

fn check() {
    if IN_CALL.get() {
        std::process::abort();
    }
}

/// Makes a call that a filter traps, and returns its answer and errno. While it is made, its thread
/// must not allocate.
fn violate(nr: c_long, args: [c_long; 6]) -> (c_long, c_int) {
    IN_CALL.set(true);
    let [a, b, c, d, e, f] = args;
    // SAFETY: the tests pass calls that take no pointers.
    let answer = unsafe { libc::syscall(nr, a, b, c, d, e, f) };
    let errno = std::io::Error::last_os_error().raw_os_error();
    IN_CALL.set(false);
    (answer, errno.unwrap_or(0))
}
