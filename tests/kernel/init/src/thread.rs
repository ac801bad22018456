//! Filters and the other threads of a process.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use seccomp_profile::{Error, Filter, seccomp_profile};

use crate::call::plain;
use crate::child::{self, Verdict, require};

static ACTIONS: Filter = seccomp_profile!("../policies/actions.json");
static OPERATORS: Filter = seccomp_profile!("../policies/operators.json");
static FLAGS: Filter = seccomp_profile!("../policies/flags.json");

static TID: AtomicI32 = AtomicI32::new(0);
static PASSED_BY: AtomicBool = AtomicBool::new(false);

/// Starts a thread that makes a call, and waits until it is gone or a while has passed.
fn thread_that_calls(nr: libc::c_long) -> bool {
    thread::spawn(move || {
        TID.store(plain(libc::SYS_gettid) as i32, SeqCst);
        plain(nr);
        PASSED_BY.store(true, SeqCst);
        thread::sleep(Duration::from_secs(60));
    });
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(5) {
        let tid = TID.load(SeqCst);
        // SAFETY: signal 0 asks whether the thread is there, and is not sent.
        let there =
            tid == 0 || unsafe { libc::syscall(libc::SYS_tgkill, std::process::id(), tid, 0) } == 0;
        if !there {
            return true;
        }
        thread::sleep(Duration::from_millis(1));
    }
    false
}

pub(crate) fn kill_thread() -> Verdict {
    require!(ACTIONS.install().is_ok());
    require!(thread_that_calls(libc::SYS_getegid));
    require!(!PASSED_BY.load(SeqCst));
    Ok(())
}

pub(crate) fn kill_process() -> Verdict {
    let status = child::fork(|| {
        if ACTIONS.install().is_err() {
            return 2;
        }
        thread_that_calls(libc::SYS_getgid);
        0
    });
    require!(libc::WIFSIGNALED(status), status);
    require!(libc::WTERMSIG(status) == libc::SIGSYS, status);
    Ok(())
}

/// Runs `work` on a second thread between two moments of the first.
fn beside(before: fn() -> Verdict, meanwhile: fn() -> Verdict, after: fn() -> Verdict) -> Verdict {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (ready, started) = std::sync::mpsc::channel::<Verdict>();
    let other = thread::spawn(move || {
        let _ = ready.send(before());
        let _ = wait.recv();
        after()
    });
    started.recv().map_err(|error| error.to_string())??;
    meanwhile()?;
    drop(go);
    other
        .join()
        .unwrap_or_else(|_| Err("the thread panicked".into()))
}

pub(crate) fn all_threads() -> Verdict {
    beside(
        || {
            require!(plain(libc::SYS_getppid) >= 0);
            Ok(())
        },
        || {
            let enforced = FLAGS.install();
            require!(
                enforced.is_ok_and(|enforced| enforced.on_all_threads()),
                enforced
            );
            Ok(())
        },
        || {
            require!(plain(libc::SYS_getppid) == -3000, plain(libc::SYS_getppid));
            Ok(())
        },
    )
}

pub(crate) fn this_thread() -> Verdict {
    beside(
        || Ok(()),
        || {
            let enforced = FLAGS.install_on_this_thread();
            require!(
                enforced.is_ok_and(|enforced| !enforced.on_all_threads()),
                enforced
            );
            require!(plain(libc::SYS_getppid) == -3000, plain(libc::SYS_getppid));
            Ok(())
        },
        || {
            require!(plain(libc::SYS_getppid) >= 0);
            Ok(())
        },
    )
}

pub(crate) fn diverged() -> Verdict {
    beside(
        || {
            TID.store(plain(libc::SYS_gettid) as i32, SeqCst);
            require!(OPERATORS.install_on_this_thread().is_ok());
            Ok(())
        },
        || {
            let tid = Some(TID.load(SeqCst));
            let enforced = FLAGS.install();
            require!(enforced == Err(Error::NotSynchronised { tid }), enforced);
            require!(plain(libc::SYS_getppid) >= 0);
            Ok(())
        },
        || {
            // Its own filter still decides.
            require!(plain(libc::SYS_getppid) == -3003, plain(libc::SYS_getppid));
            Ok(())
        },
    )
}
