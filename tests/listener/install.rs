//! Installing together with a listener, and what stands in the way.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd as _;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering::SeqCst};

use libc::{c_int, c_long, c_ulong};
use seccomp_profile::{Error, Filter, Listener, Response, seccomp_profile};

use crate::child::{Verdict, call, call_with, check, passes};
use crate::{GETPPID, ask, process};

static TSYNC: Filter = seccomp_profile!("tests/profiles/listener-tsync.json");
static KILLABLE: Filter = seccomp_profile!("tests/profiles/listener-killable.json");

/// Denies `getppid`, and needs no listener.
static DENIES: Filter = seccomp_profile!("tests/profiles/install-second.json");

#[test]
fn a_filter_says_that_it_needs_a_listener() {
    for filter in [&GETPPID, &TSYNC, &KILLABLE] {
        assert!(filter.needs_listener());
        assert_eq!(filter.install().err(), Some(Error::ListenerRequired));
        assert_eq!(
            filter.install_on_this_thread().err(),
            Some(Error::ListenerRequired)
        );
    }
    assert_eq!(
        DENIES.install_with_listener().err(),
        Some(Error::ListenerUnused)
    );
}

#[test]
fn a_listener_is_closed_on_exec() {
    passes(|| {
        let listener = GETPPID.install_with_listener().map_err(|_| line!())?;
        let fd = listener.as_raw_fd() as c_ulong;
        let flags = call_with(libc::SYS_fcntl, [fd, libc::F_GETFD as c_ulong, 0, 0, 0, 0]);
        check!(flags == Ok(libc::FD_CLOEXEC.into()));
        Ok(())
    });
}

#[test]
fn a_second_listener_is_refused_and_the_first_stays() {
    passes(|| {
        let listener = GETPPID.install_with_listener().map_err(|_| line!())?;
        for filter in [&GETPPID, &TSYNC, &KILLABLE] {
            check!(filter.install_with_listener().err() == Some(Error::ListenerExists));
        }
        check!(Error::ListenerExists.errno() == Some(libc::EBUSY));
        supervised(Listener::from(listener))
    });
}

/// A stricter filter beside it decides, whatever a supervisor would say.
#[test]
fn an_errno_is_stricter_than_a_listener() {
    passes(|| {
        let _listener = GETPPID.install_with_listener().map_err(|_| line!())?;
        check!(DENIES.install().is_ok());
        check!(ask(0) == Err(libc::EEXIST));
        Ok(())
    });
}

/// Serves one call of another process that has the same filter.
fn supervised(listener: Listener) -> Verdict {
    let caller = process::start(|| {
        check!(ask(0) == Ok(99));
        Ok(())
    })?;
    let notification = listener.receive().ok().flatten().ok_or(line!())?;
    check!(notification.respond(Response::Value(99)).is_ok());
    caller.passes()
}

static GO: AtomicU32 = AtomicU32::new(0);
static SEEN: AtomicI32 = AtomicI32::new(-1);

/// The second thread of a child.
struct Thread(libc::pthread_t);

/// Starts it by the C library alone, which takes none of the runner's locks for this.
fn start(body: extern "C" fn(*mut c_void) -> *mut c_void) -> Result<Thread, u32> {
    let mut thread = MaybeUninit::uninit();
    let nothing = ptr::null_mut();
    // SAFETY: the body lives as long as the process, takes no data and unwinds nowhere.
    check!(unsafe { libc::pthread_create(thread.as_mut_ptr(), ptr::null(), body, nothing) } == 0);
    // SAFETY: the call succeeded.
    Ok(Thread(unsafe { thread.assume_init() }))
}

impl Thread {
    fn join(self) {
        // SAFETY: the thread was started, and nobody else waits for it.
        unsafe { libc::pthread_join(self.0, ptr::null_mut()) };
    }
}

fn wait_until(holds: impl Fn() -> bool) {
    while !holds() {
        // SAFETY: takes no arguments.
        unsafe { libc::sched_yield() };
    }
}

/// The supervisor stays free: it gets the filter neither from the supervised thread, nor by a filter
/// that it wants to install for the process.
#[test]
fn a_listener_is_for_the_calls_of_one_thread() {
    extern "C" fn other(_: *mut c_void) -> *mut c_void {
        let listener = GETPPID.install_with_listener();
        GO.store(if listener.is_ok() { 1 } else { 2 }, SeqCst);
        wait_until(|| GO.load(SeqCst) == 3);
        ptr::null_mut()
    }
    passes(|| {
        let other = start(other)?;
        wait_until(|| GO.load(SeqCst) != 0);
        check!(GO.load(SeqCst) == 1);
        check!(ask(0).is_ok());
        let refused = DENIES.install().err();
        check!(matches!(refused, Some(Error::NotSynchronised { tid: Some(tid) }) if tid > 0));
        check!(ask(0).is_ok());
        GO.store(3, SeqCst);
        other.join();
        Ok(())
    });
}

#[test]
fn tsync_gives_all_threads_one_listener() {
    extern "C" fn other(_: *mut c_void) -> *mut c_void {
        wait_until(|| GO.load(SeqCst) == 1);
        SEEN.store(ask(0).map_or(-2, |answer| answer as c_int), SeqCst);
        ptr::null_mut()
    }
    passes(|| {
        let other = start(other)?;
        let listener = TSYNC.install_with_listener().map_err(|_| line!())?;
        let listener = Listener::from(listener);
        GO.store(1, SeqCst);
        let notification = listener.receive().ok().flatten().ok_or(line!())?;
        check!(c_long::from(notification.pid() as c_int) != call(libc::SYS_gettid).unwrap_or(0));
        check!(notification.respond(Response::Value(6)).is_ok());
        other.join();
        check!(SEEN.load(SeqCst) == 6);
        Ok(())
    });
}

#[test]
fn tsync_with_a_listener_does_not_name_the_thread_that_cannot_follow() {
    extern "C" fn other(_: *mut c_void) -> *mut c_void {
        let installed = DENIES.install_on_this_thread().is_ok();
        GO.store(if installed { 1 } else { 2 }, SeqCst);
        wait_until(|| GO.load(SeqCst) == 3);
        ptr::null_mut()
    }
    passes(|| {
        let other = start(other)?;
        wait_until(|| GO.load(SeqCst) != 0);
        check!(GO.load(SeqCst) == 1);
        let refused = Error::NotSynchronised { tid: None };
        check!(TSYNC.install_with_listener().err() == Some(refused));
        check!(refused.errno() == Some(libc::ESRCH));
        check!(ask(0).is_ok());
        GO.store(3, SeqCst);
        other.join();
        let listener = TSYNC.install_with_listener().map_err(|_| line!())?;
        supervised(Listener::from(listener))
    });
}
