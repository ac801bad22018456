//! A second thread in a child, made by clone(2) alone, and the filters of several threads.

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering::SeqCst};

use libc::c_int;
use seccomp_profile::{Error, Filter, seccomp_profile};

use crate::ACTIONS;
use crate::child::{Verdict, call, check, passes};

static TSYNC: Filter = seccomp_profile!("tests/profiles/install-tsync.json");

#[repr(align(16))]
struct Stack(UnsafeCell<[u8; 1 << 16]>);

// SAFETY: only the one thread that `start` makes in a process uses it.
unsafe impl Sync for Stack {}

static STACK: Stack = Stack(UnsafeCell::new([0; 1 << 16]));

/// The number of the running thread; the kernel makes it 0 when the thread ends, however it ends.
static TID: AtomicI32 = AtomicI32::new(0);

/// The second thread of a child.
pub(crate) struct Thread {
    tid: c_int,
}

/// Starts the second thread of a child; there can be one.
///
/// It shares errno with the first, so that only one of them may make calls that fail at a time.
pub(crate) fn start(body: extern "C" fn(*mut c_void) -> c_int) -> Result<Thread, u32> {
    let flags = libc::CLONE_VM
        | libc::CLONE_FS
        | libc::CLONE_FILES
        | libc::CLONE_SIGHAND
        | libc::CLONE_THREAD
        | libc::CLONE_SYSVSEM
        | libc::CLONE_PARENT_SETTID
        | libc::CLONE_CHILD_CLEARTID;
    // SAFETY: the stack is used by no other thread and lives as long as the process, as does TID;
    // the body unwinds nowhere and touches no thread-local memory but errno.
    let tid = unsafe {
        libc::clone(
            body,
            STACK.0.get().add(1).cast(),
            flags,
            std::ptr::null_mut(),
            TID.as_ptr(),
            std::ptr::null_mut::<c_void>(),
            TID.as_ptr(),
        )
    };
    check!(tid > 0);
    Ok(Thread { tid })
}

impl Thread {
    /// Waits until the kernel has ended the thread.
    pub(crate) fn wait_for_its_end(&self) {
        wait_until(|| TID.load(SeqCst) == 0);
    }
}

/// Waits without a call that could fail and so write errno.
fn wait_until(holds: impl Fn() -> bool) {
    while !holds() {
        // SAFETY: takes no arguments.
        unsafe { libc::sched_yield() };
    }
}

/// Installs while a second thread runs, and requires what that one gets from `getppid` then: an
/// errno, or 0.
fn another_thread_gets(errno: c_int, install: impl FnOnce() -> Verdict) -> Verdict {
    static GO: AtomicU32 = AtomicU32::new(0);
    static SEEN: AtomicI32 = AtomicI32::new(-1);
    extern "C" fn other(_: *mut c_void) -> c_int {
        wait_until(|| GO.load(SeqCst) == 1);
        SEEN.store(call(libc::SYS_getppid).err().unwrap_or(0), SeqCst);
        0
    }
    let other = start(other)?;
    install()?;
    check!(call(libc::SYS_getppid) == Err(libc::EXDEV));
    GO.store(1, SeqCst);
    other.wait_for_its_end();
    check!(SEEN.load(SeqCst) == errno);
    Ok(())
}

#[test]
fn without_tsync_other_threads_go_free() {
    passes(|| {
        another_thread_gets(0, || {
            check!(ACTIONS.install().is_ok_and(|now| !now.on_all_threads()));
            Ok(())
        })
    });
}

#[test]
fn all_threads_get_the_filter_where_they_are_asked_to() {
    passes(|| {
        another_thread_gets(libc::EXDEV, || {
            let Ok(enforced) = ACTIONS.install_on_all_threads() else {
                return Err(line!());
            };
            check!(enforced.on_all_threads());
            check!(enforced.flags() == libc::SECCOMP_FILTER_FLAG_TSYNC as u32);
            Ok(())
        })
    });
}

#[test]
fn tsync_gives_the_filter_to_all_threads() {
    passes(|| {
        another_thread_gets(libc::EXDEV, || {
            check!(TSYNC.install().is_ok_and(|now| now.on_all_threads()));
            Ok(())
        })
    });
    passes(|| {
        another_thread_gets(libc::EXDEV, || {
            let enforced = TSYNC.install_on_all_threads();
            check!(enforced.is_ok_and(|now| now.on_all_threads()));
            Ok(())
        })
    });
}

#[test]
fn tsync_names_the_thread_that_cannot_follow() {
    static STEP: AtomicU32 = AtomicU32::new(0);
    extern "C" fn other(_: *mut c_void) -> c_int {
        STEP.store(if ACTIONS.install().is_ok() { 1 } else { 2 }, SeqCst);
        wait_until(|| STEP.load(SeqCst) == 3);
        0
    }
    passes(|| {
        let other = start(other)?;
        wait_until(|| STEP.load(SeqCst) != 0);
        check!(STEP.load(SeqCst) == 1);
        let tid = Some(other.tid);
        check!(TSYNC.install() == Err(Error::NotSynchronised { tid }));
        check!(ACTIONS.install_on_all_threads() == Err(Error::NotSynchronised { tid }));
        check!(call(libc::SYS_getppid).is_ok());
        STEP.store(3, SeqCst);
        other.wait_for_its_end();
        check!(TSYNC.install().is_ok());
        Ok(())
    });
}
