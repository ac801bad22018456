//! Installing allocates nothing, in a thread and in a child of a process that is full of threads:
//! here an allocation where none may be ends the process.
#![cfg(target_os = "linux")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use seccomp_profile::{CommandExt, Error, Filter, seccomp_profile};

static FILTER: Filter = seccomp_profile!("tests/profiles/install-second.json");
static NOTIFY: Filter = seccomp_profile!("tests/profiles/install-notify.json");

struct Poisoned;

/// The process that may allocate: not its children.
static PARENT: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static FORBIDDEN: Cell<bool> = const { Cell::new(false) };
}

fn check() {
    let parent = PARENT.load(Relaxed);
    let in_child = parent != 0 && parent != std::process::id();
    if in_child || FORBIDDEN.get() {
        std::process::abort();
    }
}

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Poisoned {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        check();
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        check();
        // SAFETY: as the caller promises, and `memory` is from the same allocator.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Poisoned = Poisoned;

/// Does it in a thread of its own, which a filter may hold, without an allocation.
fn without_allocation<T: Send>(install: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            FORBIDDEN.set(true);
            let result = install();
            FORBIDDEN.set(false);
            result
        });
        thread.join().unwrap()
    })
}

#[test]
fn none_where_a_filter_is_installed_or_refused() {
    // Before any thread has filters of its own, which the others could not get.
    without_allocation(|| FILTER.install()).unwrap();
    without_allocation(|| FILTER.install_on_this_thread()).unwrap();
    drop(without_allocation(|| NOTIFY.install_with_listener()).unwrap());
    let refused = without_allocation(|| NOTIFY.install());
    assert_eq!(refused, Err(Error::ListenerRequired));
    let refused = without_allocation(|| FILTER.install_with_listener().map(drop));
    assert_eq!(refused, Err(Error::ListenerUnused));
    let mut fill = (0..32768).map(|_| FILTER.install_on_this_thread());
    let refused = without_allocation(move || fill.find_map(Result::err));
    assert_eq!(refused, Some(Error::ChainTooLong));
}

#[test]
fn none_in_the_child_of_a_process_whose_threads_allocate() {
    static DONE: AtomicBool = AtomicBool::new(false);
    PARENT.store(std::process::id(), Relaxed);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !DONE.load(Relaxed) {
                    drop(std::hint::black_box(vec![0_u8; 4096]));
                }
            });
        }
        for _ in 0..100 {
            let status = Command::new("true").seccomp(&FILTER).status();
            assert!(status.unwrap().success());
            let refused = Command::new("true").seccomp(&NOTIFY).status();
            assert_eq!(refused.unwrap_err().raw_os_error(), Some(libc::EOPNOTSUPP));
        }
        DONE.store(true, Relaxed);
    });
}
