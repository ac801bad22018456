//! Violations that are reported, in the running kernel, under an allocator that a handler must not
//! touch.
#![cfg(target_os = "linux")]

#[path = "../support/bound.rs"]
mod bound;
mod child;
mod enosys;
mod kill;
mod stack;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use libc::{c_int, c_long};
use seccomp_profile::{Filter, seccomp_profile};

/// Traps `getppid` on every ABI; everything else is allowed.
static TRAPS: Filter = seccomp_profile!("tests/profiles/reporter-traps.json", reporter = true);

/// Traps `getppid` and allows what the reporter needs; everything else fails.
static NARROW: Filter = seccomp_profile!(
    "tests/profiles/reporter-narrow.json",
    reporter = true,
    allow(int_argument),
);

/// A program's sandbox whose denials are all traps.
static SANDBOX: Filter = seccomp_profile!(
    "tests/profiles/reporter-sandbox.json",
    deny_action = "SCMP_ACT_TRAP",
    reporter = true,
);

struct Poisoned(AtomicBool);

#[global_allocator]
static ALLOCATOR: Poisoned = Poisoned(AtomicBool::new(false));

// SAFETY: as the system's allocator, until it ends the process.
unsafe impl GlobalAlloc for Poisoned {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.check();
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        self.check();
        // SAFETY: the caller's promises are the same.
        unsafe { System.dealloc(memory, layout) }
    }
}

impl Poisoned {
    fn check(&self) {
        if self.0.load(SeqCst) {
            std::process::abort();
        }
    }
}

/// Makes a call that a filter traps, and returns its answer and errno. While it is made, nobody may
/// allocate.
fn violate(nr: c_long, args: [c_long; 6]) -> (c_long, c_int) {
    ALLOCATOR.0.store(true, SeqCst);
    let [a, b, c, d, e, f] = args;
    // SAFETY: the tests pass calls that take no pointers.
    let answer = unsafe { libc::syscall(nr, a, b, c, d, e, f) };
    let errno = std::io::Error::last_os_error().raw_os_error();
    ALLOCATOR.0.store(false, SeqCst);
    (answer, errno.unwrap_or(0))
}
