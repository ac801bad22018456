//! What each action does to a call.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use libc::c_int;
use seccomp_profile::{Filter, seccomp_profile};

use crate::child::{call, check, is_killed, passes};
use crate::{ACTIONS, thread};

#[test]
fn allow_runs_the_call_and_the_default_denies_the_rest() {
    static ALLOWED: Filter = seccomp_profile!(
        "tests/profiles/install-allowed.json",
        allow(exit_denied, crash_denied)
    );
    passes(|| {
        let pid = call(libc::SYS_getpid);
        check!(ALLOWED.install().is_ok());
        check!(call(libc::SYS_getpid) == pid);
        check!(call(libc::SYS_getppid) == Err(libc::EPERM));
        check!(call(libc::SYS_prctl) == Err(libc::EPERM));
        check!(call(0x0fff_ffff) == Err(libc::EPERM));
        Ok(())
    });
}

#[test]
fn errno_is_what_the_caller_gets() {
    passes(|| {
        check!(call(libc::SYS_getppid).is_ok());
        check!(ACTIONS.install().is_ok());
        check!(call(libc::SYS_getppid) == Err(libc::EXDEV));
        check!(call(libc::SYS_getpgid) == Err(libc::EPERM));
        Ok(())
    });
}

#[test]
fn log_runs_the_call() {
    passes(|| {
        let gid = call(libc::SYS_getegid);
        check!(ACTIONS.install().is_ok());
        check!(call(libc::SYS_getegid) == gid);
        Ok(())
    });
}

#[test]
fn trace_without_a_tracer_is_no_such_call() {
    passes(|| {
        check!(ACTIONS.install().is_ok());
        check!(call(libc::SYS_gettid) == Err(libc::ENOSYS));
        Ok(())
    });
}

#[test]
fn trap_without_a_handler_kills() {
    is_killed(|| {
        check!(ACTIONS.install().is_ok());
        let _ = call(libc::SYS_getuid);
        Ok(())
    });
}

#[test]
fn kill_thread_leaves_the_other_threads() {
    static STEP: AtomicU32 = AtomicU32::new(0);
    extern "C" fn other(_: *mut c_void) -> c_int {
        let installed = ACTIONS.install_on_this_thread().is_ok();
        STEP.store(if installed { 1 } else { 2 }, SeqCst);
        let _ = call(libc::SYS_geteuid);
        STEP.store(3, SeqCst);
        0
    }
    passes(|| {
        let other = thread::start(other)?;
        other.wait_for_its_end();
        check!(STEP.load(SeqCst) == 1);
        check!(call(libc::SYS_geteuid).is_ok());
        Ok(())
    });
}

#[test]
fn kill_thread_kills_the_last_thread_with_the_process() {
    is_killed(|| {
        check!(ACTIONS.install().is_ok());
        let _ = call(libc::SYS_geteuid);
        Ok(())
    });
}

#[test]
fn kill_process_kills_all_threads() {
    extern "C" fn other(_: *mut c_void) -> c_int {
        if ACTIONS.install_on_this_thread().is_ok() {
            let _ = call(libc::SYS_getgid);
        }
        0
    }
    is_killed(|| {
        let other = thread::start(other)?;
        other.wait_for_its_end();
        // Only a filter that did not kill lets this thread come so far.
        Ok(())
    });
}
